"""Exports of tasks: all that match, however many, for whoever takes them how slowly."""

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from holdfast.db.task_exports import Walk
from holdfast.model.task import Task
from holdfast.model.task_filter import NEWEST_FIRST, Order, TaskFilter

from . import tasks
from .context import Context


def pieces(
    context: Context,
    wanted: TaskFilter,
    order: Order = NEWEST_FIRST,
    marker: str | None = None,
    limit: int | None = None,
) -> Iterator[list[Task]]:
    """The tasks of the project that match when the first of them are pulled, each once, some at a time.

    At most `limit` of them, from behind the task `marker`. Each piece is read in a transaction of its own:
    between two nothing is held of the database. Those that wait say why. Pulling the first raises
    InvalidParameter for a marker that names no task.
    """
    wanted = replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        walk = Walk(tx, wanted, order, marker)
    left = limit
    while left is None or left > 0:
        with context.db.reading() as tx:
            found = tasks.with_reasons(tx, context, walk.step(tx))
        if not found:
            return
        yield list(islice(found, left))
        left = None if left is None else left - len(found)
