"""The store's disk fills up in the middle of a backup."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.engine.house import MIB, House, read_files, succeeded

from holdfast.model.backup import BackupStatus
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
