"""What happened to tasks: each change of a status, numbered within its project without a gap.

Numbers are given under the project's lock, so that whoever has seen number N has seen all before it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model import clock
from holdfast.model.task import Status, Task

from .codes import CODE_OF_STATUS, STATUS_OF_CODE
from .statements import Record, texts
from .task_tables import task_event, task_project, task_word, work


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


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A task's status changed; `seq` is the task's number."""

    number: int
    at: datetime
    seq: int
    task_id: str
    request_id: str
    status: Status


class Last(msgspec.Struct, frozen=True):
    """The key of a project, and the number of its last event."""

    project_key: int
    number: int


class Mark(msgspec.Struct, frozen=True):
    """How far a running task got, as its row has it: another mark is another progress."""

    progress: int
    phase: str
    figures: str


def first_kept(tx: Connection, project_id: str) -> int | None:
    """The lowest number of the project's events that are kept."""
    key = sa.select(task_word.c.key).where(task_word.c.text == project_id).scalar_subquery()
    lowest: int | None = tx.scalar(
        sa.select(sa.func.min(task_event.c.number)).where(task_event.c.project_key == key)
    )
    return lowest


def last(tx: Connection, project_ids: Collection[str]) -> dict[str, Last]:
    """The last event of each of these projects; a project that never had a task has none."""
    wanted = (
        sa.select(task_word.c.text, task_project.c.project_key, task_project.c.events)
        .join(task_project, task_project.c.project_key == task_word.c.key)
        .where(task_word.c.text.in_(texts(tx, project_ids)))
    )
    return {row.text: Last(row.project_key, row.events) for row in tx.execute(wanted)}


def between(tx: Connection, spans: Mapping[int, tuple[int, int]]) -> dict[int, list[Change]]:
    """By the keys of projects: their events behind the first number, up to the second, that are kept."""
    here = task_event.c
    named = [
        sa.and_(here.project_key == key, here.number > seen, here.number <= end)
        for key, (seen, end) in spans.items()
    ]
    found: dict[int, list[Change]] = {key: [] for key in spans}
    wanted = sa.select(task_event).where(sa.or_(sa.false(), *named)).order_by(here.project_key, here.number)
    for row in tx.execute(wanted):
        found[row.project_key].append(_change(row))
    return found


def marks(tx: Connection, project_ids: Collection[str]) -> dict[int, Mark]:
    """How far the running tasks of these projects got, by the tasks' numbers."""
    wanted = sa.select(work.c.seq, work.c.progress, work.c.phase, work.c.figures).where(
        work.c.project_id.in_(texts(tx, project_ids)), work.c.epoch > 0
    )
    return {row.seq: Mark(row.progress, row.phase, row.figures) for row in tx.execute(wanted)}


def _change(row: Record) -> Change:
    return Change(
        number=row.number,
        at=row.at,
        seq=row.seq,
        task_id=row.task_id,
        request_id=row.request_id,
        status=STATUS_OF_CODE[row.status],
    )
