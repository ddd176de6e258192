"""Tasks as a caller may ask for them."""

from msgspec.structs import replace

from holdfast.db import tasks, work
from holdfast.model.errors import TaskOver
from holdfast.model.task import Page, Task, TaskFilter

from .context import Context


def find(context: Context, wanted: TaskFilter, page: Page) -> tuple[list[Task], int]:
    """A page of the project's tasks, newest first, and how many match in all.

    Raises InvalidParameter for a marker that names no task.
    """
    wanted = replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        count = tasks.count(tx, wanted)
        return tasks.find(tx, wanted, page), count


def show(context: Context, task_id: str) -> Task:
    """One task of the project; raises TaskNotFound."""
    with context.db.reading() as tx:
        return tasks.get(tx, context.project_id, task_id)


def cancel(context: Context, task_id: str) -> Task:
    """Ask a task to stop; the task as it is at this moment.

    One that waits ends as soon as a worker looks, one that runs where it next tells how far it is: both have
    `failed`, with a code of their own. Raises TaskNotFound, or TaskOver for one that has ended.
    """
    with context.changing() as tx:
        task = tasks.get(tx, context.project_id, task_id)
        if task.status.is_end:
            raise TaskOver(task.status)
        work.request_cancel(tx, context.project_id, task_id)
    context.wake()
    return task
