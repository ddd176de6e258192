"""A worker killed at the worst moments of what moves, copies or registers backups; and what is true then.

Whatever the moment, the task ends once, and well; every backup is whole in one place; nothing is there twice.
"""

import os
import signal

import pytest
from tests.engine.house import House, read_files, succeeded, wait_until
from tests.engine.test_replication import held, records, replica_vault, start
from tests.engine.test_sync import counts, vault_with_a_repository
from tests.engine.working import process

from holdfast.model.replication import RecordStatus
from holdfast.model.task import Page, Status
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import Vault
from holdfast.service import attachments, backups, sync, tasks

# Files are what counts here.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILES = {"letter.txt": b"dear all", "deep/photo.raw": os.urandom(50_000)}


def killed(house: House, vault: Vault, moment: str) -> None:
    """A worker works until it comes to that moment in a vault's repository, and is no more."""
    place = f"{house.folder}/store/vaults/{vault.id}"
    with process(house, "w1", dies_at=moment.replace("@", place)) as worker:
        assert worker.wait(60) == -signal.SIGKILL


def ended_once(house: House, task_id: str) -> None:
    """The task ended well, and nobody made another one of its kind."""
    task = succeeded(house.ended(task_id))
    wanted = TaskFilter(project_id="", operations=(task.operation,))
    found, count = tasks.find(house.context(), wanted, Page())
    assert ([one.id for one in found], count) == ([task_id], 1)
    assert task.status is Status.SUCCESS


PUTTING = "open @/snapshots$"  # a snapshot is to be written, the first
UNLOCKING = "os.remove @/locks/"  # all is done that takes long, and no row is written
FORGETTING = "os.remove @/snapshots/"


@pytest.mark.parametrize(
    ("where", "moment"), [("there", PUTTING), ("there", UNLOCKING), ("here", UNLOCKING), ("here", FORGETTING)]
)
def test_a_resource_whose_mover_was_killed_has_moved_whole(house: House, where: str, moment: str) -> None:
    here, there = house.vault(house.directory("home", FILES)), house.vault()
    with house.working():
        some = [succeeded(house.back_up(here)) for _ in range(2)]
    (home,) = house.show_vault(here).attachments
    task = attachments.migrate(house.context(), here.id, [home.resource_id], there.id)
    killed(house, {"here": here, "there": there}[where], moment)
    with house.working("w1"):
        ended_once(house, task.id)
        wait_until(lambda: not house.repository(here).snapshots(), lambda: "what was left is still there")
        succeeded(house.restore(some[0].backup_id or "", destination=str(house.folder / "elsewhere")))
    moved = [house.backup(one) for one in some]
    assert {backup.vault_id for backup in moved} == {there.id}
    there_now = [one["id"] for one in house.repository(there).snapshots()]
    assert sorted(there_now) == sorted(backup.snapshot_id or "" for backup in moved)
    assert house.show_vault(here).attachments == ()
    assert [one.resource_id for one in house.show_vault(there).attachments] == [home.resource_id]
    assert read_files(house.folder / "elsewhere") == FILES
    house.repository(there).check()


def test_what_a_cancelled_backup_had_written_goes_though_who_clears_it_away_is_killed(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    task_id = house.start_backup(vault)
    killed(house, vault, UNLOCKING)
    assert len(house.repository(vault).snapshots()) == 1
    tasks.cancel(house.context(), task_id)
    killed(house, vault, FORGETTING)
    assert house.task(task_id).status is Status.FAILED
    with house.working("w1"):
        wait_until(lambda: not house.repository(vault).snapshots(), lambda: "what it wrote is still there")
    house.repository(vault).check()


def test_a_deletion_that_had_begun_is_finished_whoever_wants_it_stopped_since(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        first, second = (house.backup(succeeded(house.back_up(vault))) for _ in range(2))
    task = backups.delete(house.context(), first.id)
    killed(house, vault, "open @/snapshots/[0-9a-f]{64}")  # its snapshot is gone, others may be its as well
    assert [one["id"] for one in house.repository(vault).snapshots()] == [second.snapshot_id]
    tasks.cancel(house.context(), task.id)
    with house.working("w2"):
        ended_once(house, task.id)
    assert [one.id for one in held(house.context(), vault)] == [second.id]


@pytest.mark.parametrize("moment", [PUTTING, UNLOCKING])
def test_a_backup_whose_copier_was_killed_has_one_replica(house: House, moment: str) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    killed(house, to, moment)
    (record,) = records(house, source)
    assert record.status is RecordStatus.REPLICATING
    with house.working("w1"):
        ended_once(house, task.id)
        (replica,) = held(house.context(), to)
        succeeded(house.restore(replica.id, destination=str(house.folder / "elsewhere")))
    (record,) = records(house, source)
    assert (record.status, record.destination_backup_id) == (RecordStatus.SUCCESS, replica.id)
    assert [one["id"] for one in house.repository(to).snapshots()] == [replica.snapshot_id]
    assert read_files(house.folder / "elsewhere") == FILES
    house.repository(to).check()


@pytest.mark.parametrize("moment", ["open @/snapshots/[0-9a-f]{64}", UNLOCKING])
def test_what_a_killed_worker_was_about_to_register_is_registered_once(house: House, moment: str) -> None:
    vault, restic = vault_with_a_repository(house)
    for number in range(2):
        (house.folder / "mail").mkdir(exist_ok=True)
        (house.folder / "mail" / "letter").write_text(f"letter {number}")
        restic.run("backup", str(house.folder / "mail"))
    task = sync.of_vault(house.context(), vault.id)
    killed(house, vault, moment)
    with house.working("w1"):
        ended_once(house, task.id)
        assert counts(house.task(task.id)) == (2, 0, 0)
        again = sync.of_vault(house.context(), vault.id)
        assert counts(succeeded(house.ended(again.id))) == (0, 0, 0)
    found = held(house.context(), vault)
    assert sorted(one.snapshot_id or "" for one in found) == sorted(one["id"] for one in restic.snapshots())
