"""Doing aside what nobody can stop, so that whoever waits for it can be stopped."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import TypeVar

PAUSE_SECONDS = 0.2

Value = TypeVar("Value")


def aside(do: Callable[[], Value], tick: Callable[[], object]) -> Value:
    """What `do` returns, or raises, while `tick` is called several times a second.

    What `tick` raises ends the waiting. `do` then goes on until it ends by itself, and nobody looks at what
    comes of it: so only what changes nothing may be done here.
    """
    future: Future[Value] = Future()
    within = copy_context().run  # what it writes to the log is about the same
    threading.Thread(target=within, args=(_do, do, future), name="aside", daemon=True).start()
    while not wait([future], PAUSE_SECONDS).done:
        tick()
    return future.result()


def _do(do: Callable[[], Value], future: "Future[Value]") -> None:
    try:
        future.set_result(do())
    except Exception as fault:  # noqa: BLE001 - it is raised where it is waited for
        future.set_exception(fault)
