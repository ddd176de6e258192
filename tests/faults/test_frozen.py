"""A worker that is frozen for longer than its lease, and comes back."""

import signal
import sqlite3
import time

import sqlalchemy as sa
from tests.engine.house import House, succeeded
from tests.engine.working import Process, process

from holdfast.engine.worker import EXIT_FENCED


def freeze(worker: Process, house: House) -> None:
    """Stop the process where it is, but not while it holds SQLite's one lock: nobody could write then."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        if house.db.dialect != "sqlite" or is_writable(str(sa.make_url(house.db.url).database)):
            return
        worker.send_signal(signal.SIGCONT)
        time.sleep(0.01)


def is_writable(path: str) -> bool:
    other = sqlite3.connect(path, timeout=1)
    try:
        other.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    finally:
        other.close()
    return True


def test_who_comes_back_too_late_is_fenced_and_leaves(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    task_id = house.start_backup(vault)
    with process(house, "w1") as late:
        house.running(task_id)
        freeze(late, house)
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
        freeze(only, house)
        time.sleep(2 * house.config.lease_seconds)
        only.send_signal(signal.SIGCONT)
        gate.touch()
        succeeded(house.ended(task_id))
        assert only.poll() is None
    assert len(house.repository(vault).snapshots()) == 1
