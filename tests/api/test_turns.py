"""Calls have turns: few are at work at a time, and one that takes long keeps nobody waiting."""

import threading
import time
from collections.abc import Callable

import anyio
import pytest

from holdfast.api import turns

# Nothing of this depends on the database.
PATIENCE_SECONDS = 20


class Counted:
    """Work, and how much of it was under way at a time."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.most = 0
        self.begun = 0
        self._now = 0
        self._work = work
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.begun += 1
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            self._work()
        finally:
            with self._lock:
                self._now -= 1


async def crowd(work: Callable[[], object], number: int) -> None:
    """So many calls at once."""
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            for _ in range(number):
                group.start_soon(turns.in_turn, work)


def test_of_many_calls_few_are_at_work_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_SECONDS", PATIENCE_SECONDS)
    work = Counted(lambda: time.sleep(0.001))
    anyio.run(crowd, work, 50)
    assert (work.begun, work.most) == (50, turns.AT_ONCE)


def test_who_waits_for_something_hands_the_turn_on() -> None:
    # Each waits until all have begun: none of them would ever end if it kept its turn.
    number = 4 * turns.AT_ONCE
    together = threading.Barrier(number)
    work = Counted(lambda: together.wait(PATIENCE_SECONDS))
    anyio.run(crowd, work, number)
    assert (work.begun, work.most) == (number, number)


def test_a_turn_is_given_once_however_the_call_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        time.sleep(2 * turns.LONGEST_SECONDS)  # it has handed its turn on by then
        raise KeyError("nothing of this name")

    async def go() -> Counted:
        for _ in range(2 * turns.AT_ONCE):
            with pytest.raises(KeyError):
                await turns.in_turn(fail)
        monkeypatch.setattr(turns, "LONGEST_SECONDS", PATIENCE_SECONDS)
        after = Counted(lambda: time.sleep(0.001))
        await crowd(after, 20)
        return after

    assert anyio.run(go).most == turns.AT_ONCE
    assert anyio.run(turns.in_turn, lambda: 7) == 7
