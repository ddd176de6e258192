"""A worker killed in the middle of a backup, at once and for good."""

import signal

from tests.engine.house import House, succeeded
from tests.engine.working import process


def test_a_worker_that_is_killed_and_started_again_finishes_its_backup(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as worker:
        house.running(task_id)
        worker.send_signal(signal.SIGKILL)
    assert house.repository(vault).snapshots() == []
    gate.touch()
    with process(house, "w1"):
        task = succeeded(house.ended(task_id))
    assert [one["id"] for one in house.repository(vault).snapshots()] == [house.backup(task).snapshot_id]
    house.repository(vault).check()


def test_a_snapshot_that_was_complete_when_its_worker_died_is_the_backup(house: House) -> None:
    fuse = house.folder / "fuse"
    fuse.touch()
    vault = house.vault(house.source("Fuse", fuse=str(fuse)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as worker:
        assert worker.wait(60) == -signal.SIGKILL
    (snapshot,) = house.repository(vault).snapshots()
    with house.working("w1"):
        task = succeeded(house.ended(task_id))
    assert house.repository(vault).snapshots() == [snapshot]
    backup = house.backup(task)
    assert (backup.snapshot_id, backup.root, backup.file_count) == (snapshot["id"], "fuse", 1)
    assert task.figures.bytes_done == backup.read_bytes == 4096


def test_another_worker_takes_over_when_the_lease_is_over(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as worker:
        house.running(task_id)
        worker.send_signal(signal.SIGKILL)
    gate.touch()
    with house.working("w2"):
        task = succeeded(house.ended(task_id))
    assert [one["id"] for one in house.repository(vault).snapshots()] == [house.backup(task).snapshot_id]
    house.repository(vault).check()
