"""Recent tasks: a narrow row for each that no segment holds yet, all that are unfinished among them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.task import Task

from .codes import CODE_OF_STATUS
from .statements import insert
from .task_keys import outcome_of
from .task_tables import task_project, task_recent, task_total


def add(tx: Connection, seq: int, facts: Mapping[str, Any]) -> None:
    """Write the row of a new task. The caller holds the project's lock."""
    tx.execute(sa.insert(task_recent).values(seq=seq, **facts))
    added = insert(tx, task_project).values(project_key=facts["project_key"], recent=1, version=0, events=0)
    one_more = {"recent": task_project.c.recent + 1}
    tx.execute(added.on_conflict_do_update(index_elements=["project_key"], set_=one_more))


def change(tx: Connection, project_key: int, seq: int, task: Task) -> bool:
    """Write a task's status, times and outcome; whether its status is another one than before.

    The caller holds the project's lock.
    """
    here = (task_recent.c.project_key == project_key, task_recent.c.seq == seq)
    before = tx.scalar(sa.select(task_recent.c.status).where(*here))
    if before is None:
        raise LookupError(f"task {task.id} is no recent one: it has ended, and does not change any more")
    tx.execute(sa.update(task_recent).where(*here).values(outcome_of(tx, project_key, task)))
    return bool(before != CODE_OF_STATUS[task.status])


def count_ended(tx: Connection, project_key: int, operation: int, status: int) -> None:
    """One more task of the project ended so. The caller holds the project's lock."""
    ended = {"project_key": project_key, "operation": operation, "status": status}
    added = insert(tx, task_total).values(**ended, n=1)
    tx.execute(added.on_conflict_do_update(index_elements=list(ended), set_={"n": task_total.c.n + 1}))
