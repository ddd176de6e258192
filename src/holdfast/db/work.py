"""Unfinished tasks: handed to workers, claimed, followed, and ended exactly once.

A task that is `dispatched` is in the hand of its `worker`; all others are in the pool, from which `dispatch`
hands them out. Who claims a task raises its `epoch` and names it in every later write. A worker that slept
through its own funeral finds another epoch there and is fenced: it stops, and writes nothing.
"""

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection

from holdfast.model import clock, region
from holdfast.model.errors import Fenced
from holdfast.model.task import Ending, Figures, Phase, Status, Task

from . import projects, tasks
from .columns import write_document
from .statements import Record, texts
from .tables import worker as workers
from .task_tables import work as table
from .task_tables import work_resource

# A backup that has lost one snapshot of several is none; what else can be begun is a whole at any moment.
_FOR_GOOD = Phase.FORGETTING


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is ours, the `epoch` that our writes name, and which execution of the task this is.

    `for_good`: an execution before this one had begun what is worth nothing half done. It is done, whoever
    asked for it to stop since.
    """

    task: Task
    epoch: int
    attempt: int
    cancel_requested: bool
    for_good: bool = False


def unfinished(
    tx: Connection,
    project_id: str,
    *,
    vault_id: str | None = None,
    resource_id: str | None = None,
    backup_id: str | None = None,
) -> list[Task]:
    """The project's unfinished tasks, or those of a vault, with a backup, or that touch a resource.

    The oldest come first. A restore touches its target as well, a remove_resource all that it removes.
    """
    wanted = sa.select(table.c.seq).where(table.c.project_id == project_id)
    if vault_id is not None:
        wanted = wanted.where(table.c.vault_id == vault_id)
    if backup_id is not None:
        wanted = wanted.where(table.c.backup_id == backup_id)
    if resource_id is not None:
        touching = sa.select(work_resource.c.seq).where(work_resource.c.resource_id == resource_id)
        wanted = wanted.where(table.c.seq.in_(touching))
    return tasks.show(tx, list(tx.scalars(wanted.order_by(table.c.seq))))


def is_any(tx: Connection) -> bool:
    """Whether any task of any project is unfinished."""
    return tx.execute(sa.select(table.c.seq).limit(1)).first() is not None


def dispatched(tx: Connection) -> list[str]:
    """Ids of the unfinished tasks of all projects that are in workers' hands, oldest first."""
    return list(tx.scalars(sa.select(table.c.task_id).where(table.c.dispatched).order_by(table.c.seq)))


def held_by(tx: Connection, worker: str) -> list[str]:
    """Ids of the tasks that are in this worker's hand, oldest first."""
    wanted = sa.select(table.c.task_id).where(table.c.dispatched, table.c.worker == worker)
    return list(tx.scalars(wanted.order_by(table.c.seq)))


def unended(tx: Connection, task_ids: Collection[str]) -> set[str]:
    """Those of these tasks that have not ended."""
    return set(tx.scalars(sa.select(table.c.task_id).where(table.c.task_id.in_(texts(tx, task_ids)))))


def begin(tx: Connection, task_id: str, worker: str) -> Claim | None:
    """Take up a task that is in this worker's hand; None when it has ended. Raises Fenced when it is not."""
    row = _locked(tx, task_id)
    if row is None:
        return None
    if not row.dispatched or row.worker != worker:
        raise Fenced(task_id)
    return _claim(tx, row, worker)


def claim(tx: Connection, task_id: str, worker: str) -> Claim | None:
    """Take a task, from another worker too; it runs from now on. None when it has ended, or never was."""
    row = _locked(tx, task_id)
    return None if row is None else _claim(tx, row, worker)


def _claim(tx: Connection, row: Record, worker: str) -> Claim:
    now, for_good = clock.now(), row.phase == _FOR_GOOD
    tx.execute(
        sa.update(table)
        .where(table.c.seq == row.seq)
        .values(
            epoch=row.epoch + 1,
            attempt=row.attempt + 1,
            worker=worker,
            dispatched=True,
            phase=_FOR_GOOD if for_good else Phase.PREPARING,
            updated_at=now,
        )
    )
    task = tasks.show(tx, [row.seq])[0]
    if task.status is Status.WAITING:
        started = replace(task, status=Status.RUNNING, started_at=max(now, task.created_at))
        tasks.rewrite(tx, row.seq, started)
        task = started
    return Claim(
        task=task,
        epoch=row.epoch + 1,
        attempt=row.attempt + 1,
        cancel_requested=row.cancel_requested,
        for_good=for_good,
    )


def tell(tx: Connection, task_id: str, epoch: int, progress: int, figures: Figures) -> bool:
    """Write how far a task got, 0 to 99 per cent; whether somebody asked for it to stop.

    Raises Fenced when it is not ours any more.
    """
    told = tx.execute(
        sa.update(table)
        .where(table.c.task_id == task_id, table.c.epoch == epoch)
        .values(progress=max(0, min(progress, 99)), figures=write_document(figures), updated_at=clock.now())
        .returning(table.c.cancel_requested)
    ).first()
    if told is None:
        raise Fenced(task_id)
    return bool(told.cancel_requested)


def enter(tx: Connection, task_id: str, epoch: int, phase: str) -> None:
    """Write what a task that is ours is at; raises Fenced when it is not any more."""
    entered = sa.update(table).where(table.c.task_id == task_id, table.c.epoch == epoch).values(phase=phase)
    if not tx.execute(entered).rowcount:
        raise Fenced(task_id)


def finish(tx: Connection, task_id: str, epoch: int, ending: Ending) -> None:
    """End a task that is ours; raises Fenced when it is not, or has ended."""
    row = _locked(tx, task_id)
    if row is None or row.epoch != epoch:
        raise Fenced(task_id)
    _end(tx, row, ending)


def close(tx: Connection, task_id: str, ending: Ending) -> bool:
    """End a task whoever holds it; False when it had ended, or never was."""
    row = _locked(tx, task_id)
    if row is None:
        return False
    _end(tx, row, ending)
    return True


def put_down(tx: Connection, task_id: str, epoch: int, *, for_good: bool = False) -> None:
    """Let go of a task that is ours, in good order: any worker that may goes on with it, and this execution
    does not count. Nothing happens when it is not ours any more, or has ended.

    It is put down before it has begun anything for good, unless an execution before it had.
    """
    mine = (table.c.task_id == task_id, table.c.epoch == epoch, table.c.dispatched)
    left = {"attempt": table.c.attempt - 1, "phase": _FOR_GOOD if for_good else ""}
    tx.execute(sa.update(table).where(*mine).values({**_let_go(), **left}))


def give_back(tx: Connection, worker: str, besides: Collection[str] = ()) -> None:
    """Let go of all that is in this worker's hand, besides some: any worker that may goes on with it."""
    mine = (table.c.dispatched, table.c.worker == worker, table.c.task_id.not_in(besides))
    tx.execute(sa.update(table).where(*mine).values(_let_go()))


def some_lost(tx: Connection) -> bool:
    """Whether `take_back` would find anything."""
    return tx.execute(sa.select(table.c.seq).where(_is_lost()).limit(1)).first() is not None


def take_back(tx: Connection) -> list[str]:
    """Let go of all that is in the hand of a worker that is not alive, or of nobody; the ids of the tasks."""
    taken = sa.update(table).where(_is_lost()).values(_let_go())
    return sorted(tx.scalars(taken.returning(table.c.task_id)))


def _is_lost() -> ColumnElement[bool]:
    alive = sa.select(workers.c.id).where(~workers.c.dead)
    return sa.and_(table.c.dispatched, sa.or_(table.c.worker.is_(None), table.c.worker.not_in(alive)))


def _let_go() -> dict[str, Any]:
    """In nobody's hand. Whoever had begun it is fenced from now on, and not only when another begins."""
    epoch = sa.case((table.c.epoch > 0, table.c.epoch + 1), else_=0)
    phase = sa.case((table.c.phase == _FOR_GOOD, _FOR_GOOD), else_="")
    return {"dispatched": False, "worker": None, "phase": phase, "epoch": epoch}


def withdraw(tx: Connection, task_id: str, ending: Ending) -> bool:
    """End a task that nobody has begun; False when somebody has, or it had ended."""
    row = _locked(tx, task_id)
    if row is None or row.epoch > 0:
        return False
    _end(tx, row, ending)
    return True


def request_cancel(tx: Connection, project_id: str, task_id: str) -> None:
    """Ask a task to stop. One that has ended is left as it is. Raises TaskNotFound."""
    asked = (
        sa.update(table)
        .where(table.c.task_id == task_id, table.c.project_id == project_id)
        .values(cancel_requested=True)
    )
    if not tx.execute(asked).rowcount:
        tasks.get(tx, project_id, task_id)


def cancelled_in_waiting(tx: Connection) -> list[str]:
    """Ids of the tasks that somebody asked to stop and nobody is at, wherever they would be done.

    Nobody has begun them, or they were put down, but not half done where that is worth nothing. Those that
    are done from another region are not ours to end.
    """
    idle = sa.or_(table.c.epoch == 0, ~table.c.dispatched)
    here = sa.or_(table.c.site.is_(None), ~table.c.site.startswith(region.site_of(""), autoescape=True))
    wanted = sa.select(table.c.task_id).where(
        table.c.cancel_requested, idle, here, table.c.phase != _FOR_GOOD
    )
    return list(tx.scalars(wanted.order_by(table.c.seq)))


def reclaim(tx: Connection, task_id: str, worker: str) -> Claim | None:
    """Take a task that was put down and is in nobody's hand; None where it is not one, or has ended."""
    row = _locked(tx, task_id)
    if row is None or row.dispatched or row.epoch == 0:
        return None
    return _claim(tx, row, worker)


def _locked(tx: Connection, task_id: str) -> Record | None:
    """The row of an unfinished task, with its project locked, so that nobody ends it meanwhile."""
    wanted = sa.select(table).where(table.c.task_id == task_id)
    row = tx.execute(wanted).first()
    if row is None:
        return None
    projects.lock(tx, row.project_id)
    return tx.execute(wanted.with_for_update()).first()


def _end(tx: Connection, row: Record, ending: Ending) -> None:
    if not ending.status.is_end:
        raise ValueError(f"{ending.status} is not how a task ends")
    task = tasks.show(tx, [row.seq])[0]
    now = max(clock.now(), task.started_at or task.created_at)
    tx.execute(sa.delete(table).where(table.c.seq == row.seq))
    tasks.rewrite(
        tx,
        row.seq,
        replace(
            task,
            status=ending.status,
            ended_at=now,
            updated_at=now,
            progress=100 if ending.status is Status.SUCCESS else task.progress,
            error=ending.error,
            detail=ending.detail or task.detail,
            figures=replace(ending.figures or task.figures, bytes_per_second=0),
            phase="",
            warnings=ending.warnings,
            flags=ending.flags,
        ),
    )
