"""Answers that were given before: which tasks a page has, and how many match in all.

Whoever watches tasks asks the same again and again. What the answer depends on changes only with a project's
events, its segments and what was trimmed, and all of that is numbered in the one row that every question
reads first. So an answer is right for as long as that row is as it was; the tasks are read anew each time.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from holdfast.model.task import Page, Task
from holdfast.model.task_filter import Order, TaskFilter

from . import task_projects, tasks
from .history import shelf
from .task_projects import TaskProject

_BYTES_OF_A_NUMBER = 40


class _Answer(msgspec.Struct, frozen=True):
    """The numbers of a page's tasks and of all that match, and as of which state of the project."""

    as_of: TaskProject
    seqs: Sequence[int]
    count: int


def search(tx: Connection, wanted: TaskFilter, page: Page, order: Order) -> tuple[list[Task], int]:
    """As `tasks.search`. Raises InvalidParameter for a marker that names no task of the project."""
    project = task_projects.find(tx, wanted.project_id)
    if project is None or not shelf.is_settled(tx):
        return tasks.search(tx, wanted, page, order)
    asked = msgspec.json.encode((wanted, page, order))
    answer = shelf.of(tx).get(("answer", asked), _Answer)
    if answer is None or answer.as_of != project:
        answer = _Answer(project, *tasks.find_seqs(tx, wanted, page, order))
        shelf.of(tx).put(("answer", asked), answer, len(asked) + _BYTES_OF_A_NUMBER * len(answer.seqs))
    return tasks.show(tx, answer.seqs), answer.count
