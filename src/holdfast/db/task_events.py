"""What happened to tasks: each change of a status, numbered within its project without a gap.

Numbers are given under the project's lock, so that whoever has seen number N has seen all before it.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model import clock
from holdfast.model.task import Task

from .codes import CODE_OF_STATUS
from .task_tables import task_event, task_project


def add(tx: Connection, project_key: int, seq: int, task: Task) -> None:
    """The task has this status from now on. The caller holds the project's lock."""
    number = tx.execute(
        sa.update(task_project)
        .where(task_project.c.project_key == project_key)
        .values(events=task_project.c.events + 1)
        .returning(task_project.c.events)
    ).scalar_one()
    tx.execute(
        sa.insert(task_event).values(
            project_key=project_key,
            number=number,
            at=clock.now(),
            seq=seq,
            task_id=task.id,
            request_id=task.request_id,
            status=CODE_OF_STATUS[task.status],
        )
    )
