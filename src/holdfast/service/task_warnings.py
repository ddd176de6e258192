"""The logs of what went wrong with single files of tasks, as a caller may read them."""

from collections.abc import Sequence

from holdfast.db import task_warnings, tasks
from holdfast.model.task import Page
from holdfast.model.task_warning import MOST_LINES

from .context import Context


def find(context: Context, task_id: str, page: Page) -> tuple[Sequence[str], int]:
    """Some lines of the log of a task, unfinished or ended, and how many there are; raises TaskNotFound."""
    with context.db.reading() as tx:
        tasks.get(tx, context.project_id, task_id)
        count = task_warnings.count(tx, task_id)
        offset = min(page.offset, MOST_LINES + 1)  # beyond the last line there is
        return task_warnings.find(tx, task_id, offset, page.limit), count
