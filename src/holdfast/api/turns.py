"""Turns: few calls at a time are at work in threads, however many have come.

Threads that run Python at the same time take the interpreter from each other at every statement to the
database, and all of them together get less done than two. So a call waits for its turn before it has a
thread. One that takes long, because it waits for a store or for another's transaction, hands its turn on
after a moment and goes on without one.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio.lowlevel import RunVar
from starlette.concurrency import run_in_threadpool

AT_ONCE = 2
LONGEST_SECONDS = 0.02

Result = TypeVar("Result")
_TURNS: RunVar[asyncio.Semaphore] = RunVar("turns of calls")


async def in_turn(work: Callable[[], Result]) -> Result:
    """What `work` returns, from a thread, when its turn has come."""
    turns = _turns()
    await turns.acquire()
    turn = _Turn(turns)
    handing_on = asyncio.get_running_loop().call_later(LONGEST_SECONDS, turn.end)
    try:
        return await run_in_threadpool(work)
    finally:
        handing_on.cancel()
        turn.end()


class _Turn:
    """One turn, which ends once."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._has_ended = False

    def end(self) -> None:
        """Whoever waits is next."""
        if not self._has_ended:
            self._has_ended = True
            self._turns.release()


def _turns() -> asyncio.Semaphore:
    try:
        return _TURNS.get()
    except LookupError:
        turns = asyncio.Semaphore(AT_ONCE)
        _TURNS.set(turns)
        return turns
