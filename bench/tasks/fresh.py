"""Functions called in a process of their own, whose memory and caches nothing has touched yet."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from bench.measure import pss_of

Given = ParamSpec("Given")
Result = TypeVar("Result")

_SPAWN = multiprocessing.get_context("spawn")
_PATIENCE_SECONDS = 120.0


def call(function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
    """The function's result, or what it raised."""
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as pool:
        return pool.submit(function, *given, **named).result()


def memory() -> int:
    """This process's PSS in bytes."""
    return pss_of(os.getpid())


@dataclass(frozen=True)
class Bell:
    """Between two processes: whoever works beside says that it has begun, and is told to end."""

    ready: Event
    stop: Event


@dataclass
class Beside(Generic[Result]):
    """A process that works beside this one; what came of it is told when it has ended."""

    pid: int
    told: list[Result] = field(default_factory=list)

    @property
    def result(self) -> Result:
        """What the function gave back."""
        return self.told[0]


@contextmanager
def beside(
    function: Callable[Concatenate[Bell, Given], Result], *given: Given.args, **named: Given.kwargs
) -> Iterator[Beside[Result]]:
    """Have the function run in another process, from when it has begun until the end of the context."""
    bell = Bell(_SPAWN.Event(), _SPAWN.Event())
    told: SimpleQueue[Result] = _SPAWN.SimpleQueue()
    process = _SPAWN.Process(target=_run, args=(function, bell, told, given, named), daemon=True)
    process.start()
    working: Beside[Result] = Beside(process.pid or 0)
    try:
        if not bell.ready.wait(_PATIENCE_SECONDS) or not process.is_alive():
            raise RuntimeError(f"{function.__name__} did not begin")
        yield working
        bell.stop.set()
        working.told.append(told.get())
    finally:
        bell.stop.set()
        process.join(_PATIENCE_SECONDS)


def _run(function: Any, bell: Bell, told: Any, given: Any, named: Any) -> None:
    told.put(function(bell, *given, **named))
