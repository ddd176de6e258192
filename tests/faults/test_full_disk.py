"""The store's disk fills up in the middle of a backup, a replication, or a move."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.engine.house import MIB, House, read_files, succeeded
from tests.engine.test_migrate_resources import move
from tests.engine.test_replication import held, records, replica_vault, replicate

from holdfast.model.backup import BackupStatus
from holdfast.model.replication import RecordStatus
from holdfast.model.task import Status

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_full_disk_fails_the_backup_harms_nothing_and_the_next_one_works(
    house: House, small_disk: Path
) -> None:
    house.config = msgspec.structs.replace(house.config, store=small_disk.as_uri())
    first = house.vault(house.directory("letters", {"letter.txt": b"dear all"}))
    second = house.vault(house.directory("photos", {"photo.raw": os.urandom(8 * MIB)}))
    with house.working():
        letters = succeeded(house.back_up(first))
        task = house.back_up(second)
        assert task.status is Status.FAILED
        assert "full" in task.error.message
        assert house.backup(task).status is BackupStatus.ERROR
        restored = house.folder / "elsewhere"
        fill(small_disk)
        succeeded(house.restore(letters.backup_id or "", destination=str(restored)))
        assert read_files(restored) == {"letter.txt": b"dear all"}
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        for vault in (first, second):
            assert len(house.repository(vault).snapshots()) == (vault == first)
            house.repository(vault).check()
        succeeded(house.back_up(second))
    house.repository(second).check()


def fill(folder: Path) -> None:
    """Take the last byte of a file system."""
    with (folder / "rest").open("wb", buffering=0) as rest, suppress(OSError):
        while True:
            rest.write(bytes(4096))


def test_a_full_disk_fails_a_replication_and_the_next_one_works(house: House, small_disk: Path) -> None:
    house.config = msgspec.structs.replace(house.config, store=small_disk.as_uri())
    vault, to = (
        house.vault(house.directory("photos", {"photo.raw": os.urandom(3 * MIB)})),
        replica_vault(house),
    )
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        task = replicate(house, source, to)
        assert (task.status, "full" in task.error.message) == (Status.FAILED, True)
        (record,) = records(house, source)
        assert (record.status, record.error) == (RecordStatus.FAIL, task.error)
        assert held(house.context(), to) == []
        house.repository(vault).check()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        succeeded(replicate(house, source, to))
        (replica,) = held(house.context(), to)
    assert [one["id"] for one in house.repository(to).snapshots()] == [replica.snapshot_id]
    house.repository(to).check()


def test_a_full_disk_fails_a_move_which_changes_nothing_and_the_next_one_works(
    house: House, small_disk: Path
) -> None:
    house.config = msgspec.structs.replace(house.config, store=small_disk.as_uri())
    here, there = house.vault(house.directory("photos", {"photo.raw": os.urandom(3 * MIB)})), house.vault()
    with house.working():
        taken = succeeded(house.back_up(here))
        before = house.backup(taken)
        task = house.ended(move(house, here, there).id)
        assert (task.status, "full" in task.error.message) == (Status.FAILED, True)
        assert house.backup(taken) == before
        assert [one.name for one in house.show_vault(here).attachments] == ["photos"]
        house.repository(here).check()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        succeeded(house.ended(move(house, here, there).id))
    assert [one["id"] for one in house.repository(there).snapshots()] == [house.backup(taken).snapshot_id]
    assert house.repository(here).snapshots() == []
    house.repository(there).check()
