"""A worker killed in the middle of a replication into another region, and the other region restarted."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.far import Far, far_away, start
from tests.engine.house import MIB, House, read_files, succeeded, wait_until
from tests.engine.working import process

from holdfast.model.task import Status

MEGABYTES = 48


@pytest.fixture
def far(tmp_path: Path, migrated_sqlite: Path, house: House) -> Iterator[Far]:
    with far_away(tmp_path / "far", migrated_sqlite) as far:
        far.known_to(house)
        yield far


def packs(repository: Path) -> int:
    """How many packs are whole."""
    return sum(len(one.name) == 64 for one in (repository / "data").rglob("*"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_sent_before_both_sides_broke_off_is_not_sent_again(house: House, far: Far) -> None:
    files = {f"{number}.raw": os.urandom(MIB) for number in range(MEGABYTES)}
    vault, to = house.vault(house.directory("home", files)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    folder = far.house.folder / "store" / "vaults" / to.id
    with process(house, "w1") as worker:
        wait_until(lambda: packs(folder) > 0, lambda: f"{house.task(task.id)}")
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert [one.status for one in far.tasks()] == [Status.RUNNING]
    far.stop()
    far.start()
    assert far.house.repository(to).snapshots() == []
    with house.working("w1"):
        ended = succeeded(house.ended(task.id))
    (replica,) = far.held(to)
    (there,) = far.tasks()
    assert there.status is Status.SUCCESS
    assert 0 < ended.figures.bytes_done < MEGABYTES * MIB
    with far.house.working():
        succeeded(far.house.restore(replica.id, destination=str(far.house.folder / "elsewhere")))
    assert read_files(far.house.folder / "elsewhere") == files
    far.house.repository(to).check()
