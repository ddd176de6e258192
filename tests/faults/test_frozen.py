"""A worker that is frozen for longer than its lease, and comes back."""

import signal
import time

from tests.engine.house import House, succeeded
from tests.engine.working import process

from holdfast.engine.worker import EXIT_FENCED


def test_who_comes_back_too_late_is_fenced_and_leaves(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as late:
        house.running(task_id)
        late.send_signal(signal.SIGSTOP)
        gate.touch()
        with house.working("w2"):
            task = succeeded(house.ended(task_id))
            late.send_signal(signal.SIGCONT)
            assert late.wait(30) == EXIT_FENCED
    assert house.task(task_id) == task
    assert [one["id"] for one in house.repository(vault).snapshots()] == [house.backup(task).snapshot_id]
    house.repository(vault).check()


def test_who_slept_alone_goes_on_where_it_was(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as only:
        house.running(task_id)
        only.send_signal(signal.SIGSTOP)
        time.sleep(2 * house.config.lease_seconds)
        only.send_signal(signal.SIGCONT)
        gate.touch()
        succeeded(house.ended(task_id))
        assert only.poll() is None
    assert len(house.repository(vault).snapshots()) == 1
