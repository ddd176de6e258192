"""Reconciling a vault with its repository, which stock restic writes into as well."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from tests.engine.house import House, Restic, read_files, succeeded, write_files
from tests.engine.working import process

from holdfast.db import backups as rows
from holdfast.model import ids
from holdfast.model.backup import Backup, BackupStatus
from holdfast.model.errors import SyncUnderWay
from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.task import Page, Status, SyncDetail, Task
from holdfast.model.vault import Vault
from holdfast.service import backups, checkpoints, sync
from holdfast.service.backups import BackupFilter
from holdfast.service.sync import SyncedBackup

# What is compared does not depend on where the rows are.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILES = {"letter.txt": b"dear all", "deep/er/note": b"remember"}


def counts(task: Task) -> tuple[int, int, int]:
    assert isinstance(task.detail, SyncDetail)
    return task.detail.added, task.detail.removed, task.detail.failed


def reconciled(house: House, vault: Vault) -> tuple[int, int, int]:
    """How many backups a sync of the vault registered, took off, and could not read."""
    return counts(succeeded(house.ended(sync.of_vault(house.context(), vault.id).id)))


def held(house: House, vault: Vault) -> list[Backup]:
    wanted = BackupFilter(project_id=house.project.id, vault_id=vault.id)
    return backups.find(house.context(), wanted, Page())[0]


def change(restic: Restic, *arguments: str) -> None:
    """Have stock restic change something, under a lock of its own."""
    subprocess.run(
        ["restic", *arguments], env=dict(restic.environment), check=True, capture_output=True, text=True
    )


def vault_with_a_repository(house: House) -> tuple[Vault, Restic]:
    vault = house.vault()
    restic = house.repository(vault)
    restic.run("init")
    return vault, restic


def saved_by_restic(house: House, restic: Restic, name: str = "mail", host: str = "post") -> Path:
    """A folder of some machine, backed up by stock restic."""
    folder = house.folder / name
    write_files(folder, FILES)
    restic.run("backup", "--host", host, str(folder))
    return folder


def asked(vault: Vault, **more: str) -> SyncedBackup:
    values = {
        "backup_id": ids.new(),
        "name": "from_the_post",
        "bucket": vault.id,
        "image_path": "",
        "resource_id": ids.new(),
        "resource_name": "the mail",
        "resource_type": "OS::Native::Server",
    }
    return SyncedBackup(**values | more)


def test_what_stock_restic_wrote_becomes_a_backup_that_is_restored(house: House) -> None:
    vault, restic = vault_with_a_repository(house)
    folder = saved_by_restic(house, restic)
    with house.working():
        assert reconciled(house, vault) == (1, 0, 0)
        (backup,) = held(house, vault)
        succeeded(house.restore(backup.id, destination=str(house.folder / "elsewhere")))
        assert read_files(house.folder / "elsewhere") == FILES
        assert reconciled(house, vault) == (0, 0, 0)
    (snapshot,) = restic.snapshots()
    assert (backup.status, backup.resource_type) == (BackupStatus.AVAILABLE, ResourceType.FILE_SHARE)
    assert backup.snapshot_id == snapshot["id"]
    assert backup.name == "restic_post_mail"
    assert backup.resource_name == f"post:{folder}"
    assert (backup.read_bytes, backup.file_count) == (sum(map(len, FILES.values())), len(FILES))
    assert backup.created_at == backup.protected_at
    checkpoint = checkpoints.show(house.context(), backup.checkpoint_id)
    assert [one.name for one in checkpoint.attachments] == [backup.resource_name]
    assert house.show_vault(vault).used_bytes > 0


def test_snapshots_of_one_path_of_one_machine_are_of_one_resource(house: House) -> None:
    vault, restic = vault_with_a_repository(house)
    for host in ("post", "post", "bakery"):
        saved_by_restic(house, restic, host=host)
    with house.working():
        assert reconciled(house, vault) == (3, 0, 0)
    found = held(house, vault)
    assert len({one.id for one in found}) == 3
    assert len({one.resource_id for one in found}) == 2


def test_what_stock_restic_wrote_is_restored_wherever_it_was_called_from(house: House) -> None:
    vault, restic = vault_with_a_repository(house)
    folder = house.folder / "mail"
    write_files(folder, FILES)
    (house.folder / "both").mkdir()
    calls = {
        "absolute": (house.folder, [str(folder)], FILES),
        "relative": (house.folder, ["mail"], FILES),
        "inside": (folder, ["."], FILES),
        "deeper": (house.folder, ["mail/deep"], {"er/note": b"remember"}),
        "several": (
            house.folder,
            [str(folder / "letter.txt"), str(folder / "deep/er/note")],
            FILES,
        ),
    }
    for name, (where, paths, _) in calls.items():
        here = Path.cwd()
        os.chdir(where)
        restic.run("backup", "--host", name, *paths)
        os.chdir(here)
    with house.working():
        assert reconciled(house, vault) == (len(calls), 0, 0)
        for backup in held(house, vault):
            name = backup.resource_name.partition(":")[0]
            succeeded(house.restore(backup.id, destination=str(house.folder / name)))
            assert read_files(house.folder / name) == calls[name][2], name


def test_a_registered_backup_goes_with_its_snapshot(house: House) -> None:
    vault, restic = vault_with_a_repository(house)
    saved_by_restic(house, restic)
    with house.working():
        reconciled(house, vault)
        (backup,) = held(house, vault)
        succeeded(house.delete(backup.id))
        assert restic.snapshots() == []
        assert reconciled(house, vault) == (0, 0, 0)


def test_a_backup_whose_snapshot_was_forgotten_is_taken_off(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        first, second = (house.backup(succeeded(house.back_up(vault))) for _ in range(2))
        change(house.repository(vault), "forget", first.snapshot_id or "")
        assert reconciled(house, vault) == (0, 1, 0)
        assert [one.id for one in held(house, vault)] == [second.id]
        succeeded(house.restore(second.id, destination=str(house.folder / "elsewhere")))


def test_of_a_server_the_disk_goes_whose_snapshot_was_forgotten_and_at_last_the_server(house: House) -> None:
    paths = [str(house.image(name, 2)) for name in ("system", "data")]
    server = house.register("server", "web", "image_server", {"disks": paths})
    vault = house.vault(server, kind=ObjectType.SERVER)
    with house.working():
        backup = house.backup(succeeded(house.back_up(vault)))
        one, other = backup.children
        change(house.repository(vault), "forget", one.snapshot_id or "")
        assert reconciled(house, vault) == (0, 1, 0)
        assert [left.id for left in house.backup_of(backup.id).children] == [other.id]
        change(house.repository(vault), "forget", other.snapshot_id or "")
        assert reconciled(house, vault) == (0, 1, 0)
    assert held(house, vault) == []


def test_a_backup_whose_snapshot_was_tagged_anew_stays_the_same(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        before = house.backup(succeeded(house.back_up(vault)))
        change(house.repository(vault), "tag", "--add", "precious")
        assert reconciled(house, vault) == (0, 0, 0)
        (after,) = held(house, vault)
        assert (after.id, after.name) == (before.id, before.name)
        assert after.snapshot_id != before.snapshot_id
        succeeded(house.restore(after.id, destination=str(house.folder / "elsewhere")))


def test_files_in_a_vault_for_disks_are_counted_and_named(house: House) -> None:
    vault = house.vault(kind=ObjectType.DISK)
    restic = house.repository(vault)
    restic.run("init")
    saved_by_restic(house, restic)
    with house.working():
        task = succeeded(house.ended(sync.of_vault(house.context(), vault.id).id))
    assert counts(task) == (0, 0, 1)
    assert "the vault is for disk" in task.warnings[0]
    assert held(house, vault) == []


def test_a_snapshot_that_cannot_be_read_costs_no_backup(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup = house.backup(succeeded(house.back_up(vault)))
        name = backup.snapshot_id or ""
        path = house.folder / "store" / "vaults" / vault.id / "snapshots" / name
        path.chmod(0o600)
        path.write_bytes(bytes(100))
        assert reconciled(house, vault) == (0, 0, 1)
    assert [one.id for one in held(house, vault)] == [backup.id]


def test_a_repository_that_is_not_there_takes_no_backup_off(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup = house.backup(succeeded(house.back_up(vault)))
        (house.folder / "store").rename(house.folder / "unplugged")
        task = house.ended(sync.of_vault(house.context(), vault.id).id)
    assert task.status is Status.FAILED
    assert [one.id for one in held(house, vault)] == [backup.id]


def test_in_a_vault_that_was_never_used_there_is_nothing(house: House) -> None:
    vault = house.vault()
    with house.working():
        assert reconciled(house, vault) == (0, 0, 0)


def test_a_backup_under_way_is_nobody_elses(house: House) -> None:
    fuse = house.folder / "fuse"
    fuse.touch()
    vault = house.vault(house.source("Fuse", fuse=str(fuse)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as worker:
        assert worker.wait(60) == -signal.SIGKILL
    assert len(house.repository(vault).snapshots()) == 1  # whole, and its backup not yet written
    sync_id = sync.of_vault(house.context(), vault.id).id
    with house.working("w1"):
        ended = [succeeded(house.ended(one)) for one in (sync_id, task_id)]
    assert counts(ended[0]) == (0, 0, 0)
    assert [one.id for one in held(house, vault)] == [ended[1].backup_id]


def test_what_failed_is_not_brought_back(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        task = succeeded(house.back_up(vault))
        with house.db.transaction() as tx:
            rows.fail(tx, task.backup_id or "")
        assert reconciled(house, vault) == (0, 0, 0)
        succeeded(house.delete(task.backup_id or ""))
        assert reconciled(house, vault) == (0, 0, 0)
    assert held(house, vault) == []


def test_the_copy_of_a_backup_of_another_vault_is_no_backup_of_its_own(house: House) -> None:
    """A migration that failed leaves one."""
    owner, (other, restic) = house.vault(house.directory("home", FILES)), vault_with_a_repository(house)
    with house.working():
        task = succeeded(house.back_up(owner))
        source = house.repository(owner).environment
        change(
            Restic(
                dict(restic.environment)
                | {
                    "RESTIC_FROM_REPOSITORY": source["RESTIC_REPOSITORY"],
                    "RESTIC_FROM_PASSWORD": source["RESTIC_PASSWORD"],
                }
            ),
            "copy",
        )
        assert len(restic.snapshots()) == 1
        assert reconciled(house, other) == (0, 0, 0)
        succeeded(house.delete(task.backup_id or ""))
        assert reconciled(house, other) == (1, 0, 0)


def test_a_backup_that_somebody_is_deleting_is_left_to_them(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup = house.backup(succeeded(house.back_up(vault)))
    change(house.repository(vault), "forget", backup.snapshot_id or "")
    sync_id = sync.of_vault(house.context(), vault.id).id
    delete_id = backups.delete(house.context(), backup.id).id
    with house.working():
        for one in (sync_id, delete_id):
            succeeded(house.ended(one))
    assert held(house, vault) == []


def test_a_snapshot_becomes_the_backup_that_the_caller_says(house: House) -> None:
    vault, restic = vault_with_a_repository(house)
    home = house.directory("home", {"other": b"things"})
    for host in ("post", "bakery"):
        saved_by_restic(house, restic, host=host)
    chosen = restic.snapshots()[0]["id"]
    wanted = asked(vault, image_path=f"snapshots/{chosen[:12]}", resource_id=home.id)
    with house.working():
        (task,) = sync.of_backups(house.context(), [wanted])
        assert counts(succeeded(house.ended(task.id))) == (1, 0, 0)
        (backup,) = held(house, vault)
        assert (backup.id, backup.name, backup.snapshot_id) == (wanted.backup_id, wanted.name, chosen)
        assert (backup.resource_id, backup.resource_name) == (home.id, wanted.resource_name)
        succeeded(house.restore(backup.id))  # into the resource that it is said to be of
    assert read_files(house.folder / "home") == {"other": b"things", **FILES}


def test_a_snapshot_that_is_not_there_fails_its_task(house: House) -> None:
    vault, restic = vault_with_a_repository(house)
    saved_by_restic(house, restic)
    with house.working():
        (task,) = sync.of_backups(house.context(), [asked(vault, image_path="0123456789abcdef")])
        task = house.ended(task.id)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.6200")
    assert held(house, vault) == []


def test_a_known_backup_is_looked_at_alone(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        kept, lost = (house.backup(succeeded(house.back_up(vault))) for _ in range(2))
        restic = house.repository(vault)
        change(restic, "forget", lost.snapshot_id or "")
        saved_by_restic(house, restic)
        found = [
            counts(succeeded(house.ended(task.id)))
            for task in sync.of_backups(
                house.context(),
                [
                    asked(vault, backup_id=one.id, bucket="any", resource_type="OS::Sfs::Turbo")
                    for one in (kept, lost)
                ],
            )
        ]
    assert found == [(0, 0, 0), (0, 1, 0)]
    assert [one.id for one in held(house, vault)] == [kept.id]


def test_one_sync_of_a_vault_goes_on_at_a_time(house: House) -> None:
    vault = house.vault()
    sync.of_vault(house.context(), vault.id)
    with pytest.raises(SyncUnderWay):
        sync.of_vault(house.context(), vault.id)
    sync.of_vault(house.context(), house.vault(name="v2").id)


def test_a_backup_whose_listings_cannot_be_read_is_counted_and_kept(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    with house.working():
        backup = house.backup(succeeded(house.back_up(vault)))
        for one in (house.folder / "store" / "vaults" / vault.id / "data").rglob("*"):
            if one.is_file():
                one.chmod(0o600)
                one.write_bytes(bytes(one.stat().st_size))
        wanted = asked(vault, backup_id=backup.id, resource_type="OS::Sfs::Turbo")
        (task,) = sync.of_backups(house.context(), [wanted])
        assert counts(succeeded(house.ended(task.id))) == (0, 0, 1)
    assert [one.id for one in held(house, vault)] == [backup.id]
