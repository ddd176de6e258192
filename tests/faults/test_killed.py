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
