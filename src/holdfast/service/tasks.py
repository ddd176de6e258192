"""Tasks as a caller may ask for them."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import task_answers, tasks, waiting, work
from holdfast.model.errors import TaskOver
from holdfast.model.same import Same
from holdfast.model.task import Page, Task
from holdfast.model.task_filter import NEWEST_FIRST, Order, TaskFilter
from holdfast.model.waiting import Wait

from . import incoming_replications
from .context import Context, Database

_WAITING = 1024


def find(
    context: Context, wanted: TaskFilter, page: Page, order: Order = NEWEST_FIRST
) -> tuple[list[Task], int]:
    """A page of the project's tasks, and how many match in all; those that wait say why, as of a second ago.

    Raises InvalidParameter for a marker that names no task.
    """
    wanted = replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        found, count = task_answers.search(tx, wanted, page, order)
        return with_reasons(tx, context, found), count


def show(context: Context, task_id: str) -> Task:
    """One task of the project; one that waits says why. Raises TaskNotFound."""
    with context.db.reading() as tx:
        task = tasks.get(tx, context.project_id, task_id)
        if task.status.is_end:
            return task
        return _with(waiting.find(tx, [task.id], context.config.lease_seconds), [task])[0]


def find_without_reasons(
    context: Context, wanted: TaskFilter, page: Page, order: Order = NEWEST_FIRST
) -> tuple[list[Task], int]:
    """The same as `find`, for whoever does not care why tasks wait."""
    with context.db.reading() as tx:
        return task_answers.search(tx, replace(wanted, project_id=context.project_id), page, order)


def unended(db: Database, task_ids: Collection[str]) -> Collection[str]:
    """Those of these tasks, of any project, that have not ended."""
    with db.reading() as tx:
        return work.unended(tx, task_ids)


def cancel(context: Context, task_id: str) -> Task:
    """Ask a task to stop; the task as it is at this moment.

    One that waits ends as soon as a worker looks, one that runs where it next tells how far it is: both have
    `failed`, with a code of their own. One that another region does ends here at once, and there as soon as
    it tells how far it is. Raises TaskNotFound, or TaskOver for one that has ended.
    """
    with context.changing() as tx:
        task = tasks.get(tx, context.project_id, task_id)
        if task.status.is_end:
            raise TaskOver(task.status)
        if task.is_done_elsewhere:
            incoming_replications.stop(tx, task)
        else:
            work.request_cancel(tx, context.project_id, task_id)
    context.wake()
    return task


def with_reasons(tx: Connection, context: Context, found: Sequence[Task]) -> list[Task]:
    """The same tasks; those that nobody is at say why, as of a second ago.

    Reads nothing where all have ended.
    """
    unfinished = [task for task in found if not task.status.is_end]
    if not unfinished:
        return list(found)
    return _with(waiting.lately(tx, unfinished, context.config.lease_seconds), found)


def _with(why: Mapping[str, Wait], found: Sequence[Task]) -> list[Task]:
    return [_waiting(Same(task), Same(why[task.id])) if task.id in why else task for task in found]


@lru_cache(_WAITING)
def _waiting(task: Same[Task], why: Same[Wait]) -> Task:
    """The same object for the same two, so that what is made of it can be kept as well."""
    return replace(task.value, waits_because=why.value)
