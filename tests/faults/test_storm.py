"""Many tasks, and workers and a database that go away while they are done."""

import signal
import time

import pytest
from tests.engine.house import House, read_files, succeeded, wait_until
from tests.engine.working import process
from tests.faults import aftermath
from tests.faults.conftest import Server

from holdfast.engine.worker import EXIT_FENCED
from holdfast.model.task import Status

FILES = {"letter.txt": b"dear all", "deep/photo.raw": bytes(200_000)}
EACH = 4


def load(house: House) -> list[str]:
    """The ids of tasks that back up what is quick to read, and what is not."""
    ledger = str(house.folder / "ledger")
    asked = []
    for number in range(EACH):
        quick = house.directory(f"home-{number}", FILES)
        slow = house.source("Ledger", ledger=ledger, name=f"book-{number}")
        asked += [house.start_backup(house.vault(quick)), house.start_backup(house.vault(slow))]
    return asked


def ended(house: House, asked: list[str]) -> int:
    """How many of the tasks have ended."""
    return sum(house.task(task_id).status.is_end for task_id in asked)


def all_is_well(house: House, asked: list[str]) -> None:
    """Every task ended well, once, and what it backed up comes back."""
    quick = [succeeded(house.ended(task_id)) for task_id in asked][0::2]
    for task in quick:
        there = house.folder / "there" / task.id
        succeeded(house.restore(task.backup_id or "", destination=str(there)))
        assert read_files(there) == FILES
    aftermath.kept(house)
    assert len(aftermath.sound(house)) == len(asked)


# One that is put to sleep with SQLite's one lock in its hand keeps everybody from everything.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_worker_ends_what_three_began_when_one_is_killed_and_one_sleeps(house: House) -> None:
    asked = load(house)
    with process(house, "w1") as killed, process(house, "w2") as asleep, process(house, "w3"):
        wait_until(lambda: ended(house, asked) > 1, lambda: "nothing ends")
        killed.send_signal(signal.SIGKILL)
        asleep.send_signal(signal.SIGSTOP)
        for task_id in asked:
            succeeded(house.ended(task_id))
        # A worker that sleeps while it has nothing in hand is declared dead all the same.
        time.sleep(1.5 * house.config.lease_seconds)
        asleep.send_signal(signal.SIGCONT)
        assert asleep.wait(30) == EXIT_FENCED
        all_is_well(house, asked)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # chaos asks both
def test_two_of_three_workers_killed_under_load(house: House) -> None:
    asked = load(house)
    with process(house, "w1") as first, process(house, "w2") as second, process(house, "w3"):
        wait_until(lambda: ended(house, asked) > 1, lambda: "nothing ends")
        first.send_signal(signal.SIGKILL)
        second.send_signal(signal.SIGKILL)
        all_is_well(house, asked)


def test_a_database_that_crashes_twice_under_load_loses_nothing(own_house: House, server: Server) -> None:
    house = own_house
    asked = load(house)
    with house.working("w1", worker_slots=3):
        for often in (1, EACH):
            wait_until(lambda often=often: ended(house, asked) >= often, lambda: "nothing ends")  # type: ignore[misc] # a default argument
            server.crash()
            time.sleep(1)
            server.start()
        all_is_well(house, asked)
    assert house.fences == []
    assert all(house.task(task_id).status is Status.SUCCESS for task_id in asked)
