"""Unfinished tasks: handed to workers, claimed, followed, and ended exactly once.

Who claims a task raises its `epoch` and names it in every later write. A worker that slept through its own
funeral finds another epoch there and is fenced: it stops, and writes nothing.
"""

from collections.abc import Collection, Iterator
from itertools import groupby
from operator import attrgetter

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.model import clock
from holdfast.model.errors import Fenced
from holdfast.model.task import Ending, Figures, Operation, Status, Task

from . import projects, tasks
from .columns import write_document
from .statements import Record, serialise
from .task_tables import work as table
from .task_tables import work_resource

_DISPATCH_LOCK = 0x64697370


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A task that is ours, the `epoch` that our writes name, and which execution of the task this is."""

    task: Task
    epoch: int
    attempt: int
    cancel_requested: bool


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


def dispatchable(tx: Connection, site: str, limit: int) -> list[str]:
    """Ids of waiting tasks that may start at this site now, at most `limit`: restores first, then the oldest.

    No two dispatched tasks of a project touch one resource; projects do not wait for each other, except where
    one replicates into the vault of another. A vault_delete waits until nothing else of its vault is
    dispatched, and then has the vault for itself. No other transaction chooses before this one ends, so mark
    them dispatched in the same one.
    """
    serialise(tx, _DISPATCH_LOCK)
    chosen: list[str] = []
    taken = _Taken()
    for row in _waiting(tx, site):
        if len(chosen) == limit:
            break
        if taken.take(row):
            chosen.append(row.task_id)
    return chosen


def mark_dispatched(tx: Connection, task_ids: Collection[str]) -> None:
    """These tasks are handed to a worker: dispatchable no more."""
    tx.execute(sa.update(table).where(table.c.task_id.in_(task_ids)).values(dispatched=True))


def dispatched(tx: Connection) -> list[str]:
    """Ids of the unfinished tasks of all projects that were handed to workers, oldest first."""
    return list(tx.scalars(sa.select(table.c.task_id).where(table.c.dispatched).order_by(table.c.seq)))


def claim(tx: Connection, task_id: str, worker: str) -> Claim | None:
    """Take a task, from another worker too; it runs from now on. None when it has ended, or never was."""
    row = _locked(tx, task_id)
    if row is None:
        return None
    now = clock.now()
    tx.execute(
        sa.update(table)
        .where(table.c.seq == row.seq)
        .values(epoch=row.epoch + 1, attempt=row.attempt + 1, worker=worker, dispatched=True, updated_at=now)
    )
    task = tasks.show(tx, [row.seq])[0]
    if task.status is Status.WAITING:
        started = replace(task, status=Status.RUNNING, started_at=max(now, task.created_at))
        tasks.rewrite(tx, row.seq, started)
        task = started
    return Claim(
        task=task, epoch=row.epoch + 1, attempt=row.attempt + 1, cancel_requested=row.cancel_requested
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
    """Ids of the tasks that somebody asked to stop before anybody began them, wherever they would be done."""
    wanted = sa.select(table.c.task_id).where(table.c.cancel_requested, table.c.epoch == 0)
    return list(tx.scalars(wanted.order_by(table.c.seq)))


class _Taken:
    """Which resources and vaults the tasks that were chosen so far take."""

    def __init__(self) -> None:
        self.resources: set[str] = set()
        self.vaults: set[str | None] = set()
        self.doomed: set[str | None] = set()

    def take(self, row: "_Waiting") -> bool:
        """Whether the task fits beside the others; it is one of them then."""
        deletes = row.operation == Operation.VAULT_DELETE
        if row.vault_id in (self.vaults if deletes else self.doomed) or self.resources & row.resources:
            return False
        self.resources |= row.resources
        if row.vault_id is not None:
            self.vaults.add(row.vault_id)
            if deletes:
                self.doomed.add(row.vault_id)
        return True


class _Waiting(msgspec.Struct, frozen=True):
    task_id: str
    operation: str
    vault_id: str | None
    resources: frozenset[str]


def _waiting(tx: Connection, site: str) -> Iterator[_Waiting]:
    """What waits at a site and is not held up by what is dispatched: restores first, then the oldest."""
    busy = table.alias("busy")
    neighbours = sa.select(busy.c.seq).where(busy.c.dispatched, busy.c.vault_id == table.c.vault_id)
    wanted = (
        sa.select(
            table.c.seq, table.c.task_id, table.c.operation, table.c.vault_id, work_resource.c.resource_id
        )
        .outerjoin(work_resource, work_resource.c.seq == table.c.seq)
        .where(
            ~table.c.dispatched,
            table.c.epoch == 0,
            sa.or_(table.c.site.is_(None), table.c.site == site),
            table.c.seq.not_in(_held_up()),
            ~sa.exists(neighbours.where(busy.c.operation == Operation.VAULT_DELETE)),
            sa.or_(table.c.operation != Operation.VAULT_DELETE, ~sa.exists(neighbours)),
        )
        .order_by(sa.case((table.c.operation == Operation.RESTORE, 0), else_=1), table.c.seq)
    )
    for _, rows in groupby(tx.execute(wanted), key=attrgetter("seq")):
        some = list(rows)
        touches = frozenset(row.resource_id for row in some if row.resource_id is not None)
        yield _Waiting(some[0].task_id, some[0].operation, some[0].vault_id, touches)


def _held_up() -> sa.Select[tuple[int]]:
    """The tasks that touch what a dispatched one touches. One resource may be known to several projects, by
    its replicas; what replicates touches only the vault that it writes into, whosever that is."""
    touched, busy, mine = work_resource.alias("touched"), table.alias("holding"), table.alias("mine")
    crosses = (one.c.operation == Operation.REPLICATION for one in (busy, mine))
    return (
        sa.select(work_resource.c.seq)
        .join(touched, touched.c.resource_id == work_resource.c.resource_id)
        .join(busy, busy.c.seq == touched.c.seq)
        .join(mine, mine.c.seq == work_resource.c.seq)
        .where(busy.c.dispatched, sa.or_(busy.c.project_id == mine.c.project_id, *crosses))
    )


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
            figures=ending.figures or task.figures,
            warnings=ending.warnings,
            flags=ending.flags,
        ),
    )
