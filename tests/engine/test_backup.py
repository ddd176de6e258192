"""Backups through a worker, on both databases, with real directories, images and repositories."""

import os
import shutil

import pytest
from msgspec.structs import replace
from tests.engine.house import MIB, House, read_files, succeeded, write_files

from holdfast.db import resources as rows
from holdfast.db import vaults
from holdfast.model.backup import BackupStatus
from holdfast.model.resource import GIB, ObjectType
from holdfast.model.task import CANCELLED, Status
from holdfast.service import resources, tasks
from holdfast.service.resources import ResourceFilter

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_what_is_backed_up_and_lost_is_restored_as_it_was(house: House) -> None:
    files = {"letter.txt": b"dear all", "deep/er/photo.raw": bytes(range(256)) * 9000, "empty": b""}
    vault = house.vault(house.directory("home", files))
    with house.working():
        task = succeeded(house.back_up(vault))
        shutil.rmtree(house.folder / "home")
        succeeded(house.restore(task.backup_id or ""))
    assert read_files(house.folder / "home") == files
    house.repository(vault).check()


def test_a_backup_tells_what_it_read_and_what_that_took(house: House) -> None:
    vault = house.vault(house.directory("home", {"zeros": bytes(3 * MIB), "letter.txt": b"dear all"}))
    with house.working():
        task = succeeded(house.back_up(vault))
    assert task.progress == 100
    assert task.figures.bytes_done == task.figures.bytes_total == 3 * MIB + 8
    assert task.figures.files_done == task.figures.files_total == 2
    assert 0 < task.figures.bytes_stored < MIB
    backup = house.backup(task)
    assert backup.status is BackupStatus.AVAILABLE
    assert (backup.read_bytes, backup.file_count) == (3 * MIB + 8, 2)
    shown = house.show_vault(vault)
    on_disk = sum(path.stat().st_size for path in (house.folder / "store").rglob("*") if path.is_file())
    assert shown.used_bytes == on_disk
    assert shown.attachments[0].size_gb == 1


def test_the_next_backup_builds_on_the_last_one(house: House) -> None:
    vault = house.vault(house.directory("home", {"large": os.urandom(MIB)}))
    with house.working():
        first = house.backup(succeeded(house.back_up(vault)))
        write_files(house.folder / "home", {"new": b"news"})
        second = house.backup(succeeded(house.back_up(vault)))
    assert second.stored_bytes < first.stored_bytes / 2
    parents = {one["id"]: one.get("parent") for one in house.repository(vault).snapshots()}
    assert parents == {first.snapshot_id: None, second.snapshot_id: first.snapshot_id}


def test_a_full_backup_has_no_parent(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working():
        succeeded(house.back_up(vault))
        full = house.backup(succeeded(house.back_up(vault, incremental=False)))
    parents = {one["id"]: one.get("parent") for one in house.repository(vault).snapshots()}
    assert parents[full.snapshot_id or ""] is None


def test_a_server_is_backed_up_disk_by_disk(house: House) -> None:
    paths = [house.image("system"), house.image("data"), house.image("scratch")]
    server = house.register("server", "web", "image_server", {"disks": [str(path) for path in paths]})
    disks = {one.name: one for one in resources.find(house.context(), ResourceFilter(parent_id=server.id))}
    vault = house.vault(server, kind=ObjectType.SERVER)
    with house.working():
        left_out = {server.id: (disks["scratch.img"].id,)}
        task = succeeded(house.back_up(vault, exclude_volumes=left_out))
    backup = house.backup(task)
    assert backup.read_bytes == 8 * MIB
    assert {child.resource_name for child in backup.children} == {"system.img", "data.img"}
    assert {child.status for child in backup.children} == {BackupStatus.AVAILABLE}
    assert {child.resource_id for child in backup.children} == {
        disks["system.img"].id,
        disks["data.img"].id,
    }
    snapshots = house.repository(vault).snapshots()
    assert {one["id"] for one in snapshots} == {child.snapshot_id for child in backup.children}
    house.repository(vault).check()


def test_a_server_that_loses_a_disk_half_way_leaves_nothing_behind(house: House) -> None:
    paths = [house.image("system"), house.image("data")]
    server = house.register("server", "web", "image_server", {"disks": [str(path) for path in paths]})
    vault = house.vault(server, kind=ObjectType.SERVER)
    # It is there when it is looked at, and cannot be opened as an image when its turn comes.
    disks = resources.find(house.context(), ResourceFilter(parent_id=server.id))
    last = max(disks, key=lambda disk: (disk.created_at, disk.name))
    with house.db.transaction() as tx:
        rows.put(tx, replace(last, provider="tests.engine.sources:Patchy", settings={"sound": False}))
    with house.working():
        task = house.back_up(vault)
    assert task.status is Status.FAILED
    assert house.backup(task).children == ()
    assert house.repository(vault).snapshots() == []
    assert house.show_vault(vault).used_bytes > MIB


def test_a_server_without_a_disk_left_fails(house: House) -> None:
    server = house.register("server", "web", "image_server", {"disks": [str(house.image("system"))]})
    (disk,) = resources.find(house.context(), ResourceFilter(parent_id=server.id))
    vault = house.vault(server, kind=ObjectType.SERVER)
    with house.working():
        task = house.back_up(vault, exclude_volumes={server.id: (disk.id,)})
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.0001")


def test_a_server_without_any_disk_fails(house: House) -> None:
    server = house.register("server", "web", "image_server", {"disks": [str(house.image("system"))]})
    vault = house.vault(server, kind=ObjectType.SERVER)
    with house.db.transaction() as tx:
        for disk in rows.find(tx, server.project_id, parent_id=server.id):
            rows.remove(tx, server.project_id, disk.id)
    with house.working():
        task = house.back_up(vault)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.7108")


def test_what_cannot_be_read_is_left_out_counted_and_named(house: House) -> None:
    vault = house.vault(house.source("Patchy", sound=True))
    with house.working():
        task = succeeded(house.back_up(vault))
    assert task.figures.warning_count == 2
    assert task.warnings == ("patchy/hidden: Permission denied", "patchy/rotten: Input/output error")
    assert house.backup(task).file_count == 1


def test_a_backup_of_nothing_readable_fails_and_leaves_no_snapshot(house: House) -> None:
    vault = house.vault(house.source("Patchy", sound=False))
    with house.working():
        task = house.back_up(vault)
    assert task.status is Status.FAILED
    assert "patchy/rotten: Input/output error" in task.error.message
    assert house.backup(task).status is BackupStatus.ERROR
    assert house.repository(vault).snapshots() == []


def test_a_resource_that_is_gone_fails_its_backup(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    shutil.rmtree(house.folder / "home")
    with house.working():
        task = house.back_up(vault)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.6302")
    assert str(house.folder / "home") in task.error.message
    assert house.backup(task).status is BackupStatus.ERROR


def test_a_full_vault_takes_no_more(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}), size_gb=1)
    task_id = house.start_backup(vault)
    with house.db.transaction() as tx:
        vaults.set_used(tx, vault.id, GIB)
    with house.working():
        task = house.ended(task_id)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.6114")


def test_a_running_backup_can_be_cancelled(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    with house.working():
        task_id = house.start_backup(vault)
        house.running(task_id)
        tasks.cancel(house.context(), task_id)
        task = house.ended(task_id)
        assert (task.status, task.error.code) == (Status.FAILED, CANCELLED)
        assert "cancelled" in task.error.message
        assert house.repository(vault).snapshots() == []
        gate.touch()
        succeeded(house.back_up(vault))


def test_a_waiting_backup_can_be_cancelled(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = house.start_backup(vault)
    tasks.cancel(house.context(), task_id)
    with house.working():
        task = house.ended(task_id)
    assert task.was_cancelled
    assert house.backup(task).status is BackupStatus.ERROR
    assert not (house.folder / "store" / "vaults" / vault.id / "config").exists()


def test_a_worker_that_stops_leaves_its_task_to_the_next_one(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    with house.working() as worker:
        task_id = house.start_backup(vault)
        house.running(task_id)
        worker.stop(0)
        assert house.task(task_id).status is Status.RUNNING
    gate.touch()
    with house.working("w2"):
        task = succeeded(house.ended(task_id))
    assert len(house.repository(vault).snapshots()) == 1
    assert house.backup(task).status is BackupStatus.AVAILABLE


def test_several_vaults_are_backed_up_side_by_side(house: House) -> None:
    gate = house.folder / "gate"
    slow = house.vault(house.source("Tap", gate=str(gate)))
    quick = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working(worker_slots=2):
        slow_id = house.start_backup(slow)
        house.running(slow_id)
        succeeded(house.back_up(quick))
        assert house.task(slow_id).status is Status.RUNNING
        gate.touch()
        succeeded(house.ended(slow_id))
