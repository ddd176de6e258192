"""What it takes to perform an operation: the long part, its result, and what is written when it is over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from holdfast.engine.tools import Tools, Work
from holdfast.model.task import Ending, Task


def nothing_left(task: Task, *what: object) -> None:
    """There is nothing to clear away."""


def nothing(tx: Connection, task: Task, *result: object) -> None:
    """No rows to write."""


@dataclass(frozen=True)
class Performance:
    """How one operation is performed.

    `run` does the work and returns a `result`, which JSON can hold. It writes no rows, and may be called
    again after a worker died in it. `ending` says how the task ends; it is written first, and only by the
    worker that still holds the task. Then `commit` writes all that follows, in the same transaction. When
    the task fails for any reason, `fail` takes commit's place, and then `clear` takes away what is left.
    `withdraw` takes fail's place for a task that somebody stopped before it began: nothing was done yet.
    When it has ended well, `settle` takes away what is of no use any more, once at least: it is called again
    where a worker died meanwhile. The task has ended by then, and others may be at work on the same things.
    """

    run: Callable[[Work, Tools], Any]
    result: type
    ending: Callable[[Task, Any], Ending]
    commit: Callable[[Connection, Task, Any], None] = nothing
    fail: Callable[[Connection, Task], None] = nothing
    clear: Callable[[Task, Tools], None] = nothing_left
    settle: Callable[[Task, Any, Tools], None] = nothing_left
    withdraw: Callable[[Connection, Task], None] = nothing
