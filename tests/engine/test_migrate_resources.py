"""Moving resources between vaults with their backups, through a worker on both databases."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.house import MIB, House, read_files, succeeded

from holdfast.db import dispatch
from holdfast.db import vaults as stored
from holdfast.engine.halt import Halt, Interrupted
from holdfast.engine.meter import Meter, Tell, Told
from holdfast.engine.operations import migrate_resources
from holdfast.engine.perform import Performer
from holdfast.engine.repositories import Repositories
from holdfast.engine.tools import Tools, Work
from holdfast.model.checkpoint import Wanted
from holdfast.model.errors import BackupNotFound, Fenced, VaultBusy, VaultLocked
from holdfast.model.resource import GIB, ObjectType
from holdfast.model.task import Status, Task
from holdfast.model.vault import MAX_RESOURCES, Attachment, ProtectStatus, Vault, VaultChange
from holdfast.service import attachments, checkpoints, vaults

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def move(house: House, here: Vault, there: Vault, *names: str) -> Task:
    """The resources of these names, or all, on their way."""
    held = house.show_vault(here).attachments
    moving = [one.resource_id for one in held if not names or one.name in names]
    return attachments.migrate(house.context(), here.id, moving, there.id)


def test_a_resource_moves_with_its_backups_and_can_be_restored_from_there(house: House) -> None:
    home = house.directory("home", {"letter.txt": b"dear all", "deep/note.txt": b"well"})
    mail = house.directory("mail", {"inbox": b"you have mail"})
    here, there = house.vault(home, mail, name="here"), house.vault(name="there")
    with house.working():
        run, (first, stays) = checkpoints.create(house.context(), here.id, Wanted())
        for task in (first, stays):
            succeeded(house.ended(task.id))
        second = succeeded(house.ended(start(house, here, home.id)))
        task = succeeded(house.ended(move(house, here, there, "home").id))
        assert task.progress == 100
        assert task.figures.bytes_stored > 0
        moved = [house.backup(one) for one in (first, second)]
        assert {backup.vault_id for backup in moved} == {there.id}
        assert house.backup(stays).vault_id == here.id
        (house.folder / "home" / "letter.txt").unlink()
        succeeded(house.restore(moved[0].id))
        assert read_files(house.folder / "home")["letter.txt"] == b"dear all"
        third = house.backup(succeeded(house.ended(start(house, there, home.id))))
    assert [one["id"] for one in house.repository(here).snapshots()] == [house.backup(stays).snapshot_id]
    held = {one["id"] for one in house.repository(there).snapshots()}
    assert held == {backup.snapshot_id for backup in (*moved, third)}
    house.repository(there).check()
    assert [one.name for one in house.show_vault(here).attachments] == ["mail"]
    (attached,) = house.show_vault(there).attachments
    assert (attached.name, attached.backup_count) == ("home", 3)
    assert attached.protect_status is ProtectStatus.AVAILABLE
    assert house.show_vault(there).used_bytes > 0
    # The first run is in both vaults now and stays where it was; the second went along.
    assert checkpoints.show(house.context(), run.id).vault_id == here.id
    assert checkpoints.show(house.context(), moved[1].checkpoint_id).vault_name == "there"


def start(house: House, vault: Vault, resource_id: str) -> str:
    wanted = Wanted(resource_ids=(resource_id,))
    _, (task,) = checkpoints.create(house.context(), vault.id, wanted)
    return task.id


def test_what_has_moved_survives_the_vault_that_it_left(house: House) -> None:
    home = house.directory("home", {"letter.txt": b"dear all"})
    here, there = house.vault(home), house.vault()
    with house.working():
        backup = house.backup(succeeded(house.back_up(here)))
        succeeded(house.ended(move(house, here, there).id))
        succeeded(house.ended(vaults.delete(house.context(), here.id).id))
        (house.folder / "home" / "letter.txt").unlink()
        succeeded(house.restore(backup.id))
    assert (house.folder / "home" / "letter.txt").read_bytes() == b"dear all"
    assert checkpoints.show(house.context(), backup.checkpoint_id).vault_id == there.id


def test_what_moves_there_and_back_again_is_whole_both_times(house: House) -> None:
    here = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    there = house.vault()
    with house.working():
        backup = house.backup(succeeded(house.back_up(here)))
        for source, target in ((here, there), (there, here), (here, there)):
            succeeded(house.ended(move(house, source, target).id))
            (one,) = house.repository(target).snapshots()
            assert one["id"] == house.backup_of(backup.id).snapshot_id
            assert house.repository(source).snapshots() == []
        succeeded(house.delete(backup.id))
    with pytest.raises(BackupNotFound):
        house.backup_of(backup.id)
    assert house.repository(there).snapshots() == []


def test_a_server_moves_disk_by_disk(house: House) -> None:
    images = [house.image("boot"), house.image("data")]
    web = house.register("server", "web", "image_server", {"disks": [str(image) for image in images]})
    here, there = (house.vault(*some, kind=ObjectType.SERVER) for some in ([web], []))
    with house.working():
        taken = succeeded(house.back_up(here))
        succeeded(house.ended(move(house, here, there).id))
        backup = house.backup(taken)
        before = images[1].read_bytes()
        images[1].write_bytes(bytes(4 * MIB))
        succeeded(house.restore(backup.id))
    assert images[1].read_bytes() == before
    assert {disk.vault_id for disk in backup.children} == {there.id} == {backup.vault_id}
    held = {one["id"] for one in house.repository(there).snapshots()}
    assert held == {disk.snapshot_id for disk in backup.children}


def test_a_resource_without_backups_moves_and_makes_no_repository(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    with house.working():
        succeeded(house.ended(move(house, here, there).id))
    assert [one.name for one in house.show_vault(there).attachments] == ["home"]
    assert not (house.folder / "store").exists()


def test_a_vault_that_something_moves_to_is_not_deleted(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    task = move(house, here, there)
    for vault in (here, there):
        with pytest.raises(VaultBusy):
            vaults.delete(house.context(), vault.id)
    with house.working():
        succeeded(house.ended(task.id))
    vaults.delete(house.context(), here.id)


# ── when it does not go well ──


def test_what_does_not_fit_stays_where_it_was_and_leaves_nothing_behind(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault(size_gb=1)
    with house.working():
        backup = house.backup(succeeded(house.back_up(here)))
    task = move(house, here, there)
    with house.db.transaction() as tx:  # somebody else was faster
        stored.set_used(tx, there.id, GIB)
    with house.working():
        failed = house.ended(task.id)
    assert (failed.status, failed.error.code) == (Status.FAILED, "BackupService.6114")
    assert house.backup_of(backup.id) == backup
    assert [one.name for one in house.show_vault(here).attachments] == ["home"]
    assert house.show_vault(here).attachments[0].protect_status is ProtectStatus.AVAILABLE


def test_a_vault_that_fills_up_in_the_middle_takes_no_resource(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": os.urandom(MIB)})), house.vault(size_gb=1)
    with house.working():
        backup = house.backup(succeeded(house.back_up(here)))
        much = house.folder / "store" / "vaults" / there.id / "data" / "much"
        much.parent.mkdir(parents=True)
        with much.open("wb") as file:
            file.truncate(GIB)
        task = move(house, here, there)
        with house.db.transaction() as tx:
            stored.set_used(tx, there.id, GIB - 1)  # as it was when somebody looked last
        failed = house.ended(task.id)
    assert (failed.status, failed.error.code) == (Status.FAILED, "BackupService.6114")
    assert house.backup_of(backup.id) == backup
    assert house.repository(there).snapshots() == []
    assert [one.name for one in house.show_vault(here).attachments] == ["home"]


def test_what_was_locked_meanwhile_stays_where_it_is(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    with house.working():
        backup = house.backup(succeeded(house.back_up(here)))
    task = move(house, here, there)
    vaults.update(house.context(), here.id, VaultChange(locked=True))
    with house.working():
        assert house.ended(task.id).status is Status.FAILED
    assert house.backup_of(backup.id) == backup
    assert [one.name for one in house.show_vault(here).attachments] == ["home"]


def test_a_vault_that_was_locked_while_copies_were_made_has_none_of_them_elsewhere(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    with house.working():
        succeeded(house.back_up(here))
    task, tools = move(house, here, there), tools_of(house)

    def lock(told: Told) -> None:  # noqa: ARG001 - what is told does not matter
        if not house.show_vault(here).locked:
            vaults.update(house.context(), here.id, VaultChange(locked=True))

    with pytest.raises(VaultLocked):
        migrate_resources.run(work_on(task, lock), tools)
    assert house.repository(there).snapshots() == []


def test_a_vault_that_was_filled_meanwhile_takes_no_more_resources(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    task = move(house, here, there)
    with house.db.transaction() as tx:
        for number in range(MAX_RESOURCES):
            one = Attachment(resource_id=str(number), name="one", type="OS::Sfs::Turbo")
            stored.attach(tx, there.id, one)
    with house.working():
        assert house.ended(task.id).status is Status.FAILED
    assert [one.name for one in house.show_vault(here).attachments] == ["home"]
    assert len(house.show_vault(there).attachments) == MAX_RESOURCES


def tools_of(house: House) -> Tools:
    return Tools(house.db, house.config, Repositories(house.db, house.config.store_url), "w9")


def work_on(task: Task, tell: Tell = lambda *_: None) -> Work:
    return Work(task, 1, Meter(tell, Halt()))


def test_of_a_resource_with_a_damaged_backup_nothing_moves(house: House) -> None:
    home = house.directory("home", {"letter.txt": b"dear all"})
    here, there = house.vault(home), house.vault()
    with house.working():
        first = succeeded(house.back_up(here))
        whole = packs_of(house, here)
        (house.folder / "home" / "more").write_bytes(os.urandom(4096))
        second = succeeded(house.back_up(here))
        for pack in packs_of(house, here) - whole:
            pack.unlink()
        failed = house.ended(move(house, here, there).id)
    assert failed.status is Status.FAILED
    assert [house.backup(one).vault_id for one in (first, second)] == [here.id, here.id]
    assert house.repository(there).snapshots() == []
    assert house.show_vault(there).used_bytes > 0  # what was sent takes room until the vault is pruned
    assert [one.name for one in house.show_vault(here).attachments] == ["home"]


def packs_of(house: House, vault: Vault) -> set[Path]:
    return set((house.folder / "store" / "vaults" / vault.id / "data").glob("*/*"))


def test_the_copies_of_a_worker_that_died_are_made_anew(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    with house.working():
        succeeded(house.back_up(here))
    task, tools = move(house, here, there), tools_of(house)
    before = migrate_resources.run(work_on(task), tools)
    after = migrate_resources.run(work_on(task), tools)
    (one,) = house.repository(there).snapshots()
    assert [one["id"]] == list(after.copies.values()) != list(before.copies.values())


def test_a_worker_that_lost_the_task_leaves_the_copies_of_the_one_that_has_it(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    with house.working():
        succeeded(house.back_up(here))
    task, tools = move(house, here, there), tools_of(house)
    copies = migrate_resources.run(work_on(task), tools).copies

    def lost(told: Told) -> None:
        raise Fenced(f"{told}")

    with pytest.raises(Fenced):
        migrate_resources.run(work_on(task, lost), tools)
    assert [one["id"] for one in house.repository(there).snapshots()] == list(copies.values())


class Dying(Performer):
    """Its process ends as soon as a task has ended well."""

    def _settle(self, *_: object) -> None:
        raise Interrupted


def test_what_a_worker_left_behind_when_it_died_is_taken_away_by_the_next(house: House) -> None:
    here, there = house.vault(house.directory("home", {"a": b"1"})), house.vault()
    with house.working():
        succeeded(house.back_up(here))
    task, tools = move(house, here, there), tools_of(house)
    with house.db.transaction() as tx:
        dispatch.dispatch(tx, tools.worker_id, house.config.sites, 1)
    kept: dict[str, str] = {}

    def step(name: str, do: Callable[[], str]) -> str:
        if name not in kept:
            kept[name] = do()
        return kept[name]

    with pytest.raises(Interrupted):
        Dying(tools, Halt(), step, lambda: None).perform(task.id)
    assert house.task(task.id).status is Status.SUCCESS
    assert len(house.repository(here).snapshots()) == 1
    Performer(tools, Halt(), step, lambda: None).perform(task.id)
    assert house.repository(here).snapshots() == []
    assert len(house.repository(there).snapshots()) == 1
