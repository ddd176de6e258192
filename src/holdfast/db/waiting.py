"""Why tasks wait: what `dispatch` would find in their way, for many tasks by a few statements.

The rules are those of `dispatch`; a test holds that what has nothing in its way is handed out next.
"""

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model import clock, region
from holdfast.model.task import Operation, Task
from holdfast.model.waiting import Holder, Idle, Wait, why
from holdfast.model.window import Window, is_shut, opens_at

from . import workers
from .columns import read_document
from .history import shelf
from .statements import Record
from .tables import vault
from .task_tables import work as table
from .task_tables import work_resource

LATELY_SECONDS = 1.0
_BYTES_OF_A_WAIT = 800


def find(tx: Connection, task_ids: Collection[str], lease_seconds: float) -> Mapping[str, Wait]:
    """Why nobody is at these tasks, by their ids; those that have ended, or are in hand, are left out.

    So are those that are done from another region. Four statements, however many tasks there are. A worker
    that was not seen for `lease_seconds` serves nobody.
    """
    rows = _idle(tx, task_ids)
    if not rows:
        return {}
    alive = [worker for worker in workers.find(tx, lease_seconds) if worker.alive]
    served = frozenset(chain.from_iterable(worker.sites for worker in alive)) if alive else None
    around = _Vaults(tx, {row.vault_id: row.windows for row in rows if row.vault_id is not None})
    held = _held(tx, [row.seq for row in rows])
    return {row.task_id: why(around.idle(row, held.get(row.seq)), served) for row in rows}


class _Known(msgspec.Struct, frozen=True):
    """What was found out about a task at `at` (seconds of this machine's clock), which was `as_of` then."""

    wait: Wait | None
    as_of: datetime | None
    at: float


def lately(tx: Connection, some: Collection[Task], lease_seconds: float) -> Mapping[str, Wait]:
    """As `find`, but what was found out less than a second ago is not asked again, unless the task changed.

    Whoever lists tasks lists them again and again, and what is in their way mostly stays there.
    """
    here, now, found = shelf.of(tx), time.monotonic(), {}
    unknown = []
    for task in some:
        known = here.get(("wait", task.id), _Known)
        if known is None or now - known.at >= LATELY_SECONDS or known.as_of != task.updated_at:
            unknown.append(task)
        elif known.wait is not None:
            found[task.id] = known.wait
    fresh = find(tx, [task.id for task in unknown], lease_seconds) if unknown else {}
    for task in unknown:
        here.put(("wait", task.id), _Known(fresh.get(task.id), task.updated_at, now), _BYTES_OF_A_WAIT)
    return {**found, **fresh}


class _Vaults:
    """What has the vaults of some tasks, how many tasks each runs, and which are in a maintenance window."""

    def __init__(self, tx: Connection, windows: Mapping[str, str | None]) -> None:
        now = clock.now()
        read = {one: read_document(text, tuple[Window, ...]) for one, text in windows.items() if text}
        self._shut = {one: opens_at(some, now) for one, some in read.items() if is_shut(some, now)}
        self.running: Counter[str] = Counter()
        self._entered: dict[str, Holder] = {}
        self._doomed: dict[str, Holder] = {}
        for row in _holding(tx, windows):
            holder = Holder(task_id=row.task_id, project_id=row.project_id, operation=row.operation)
            self.running[row.vault_id] += bool(row.dispatched)
            self._entered.setdefault(row.vault_id, holder)
            if row.operation == Operation.VAULT_DELETE:
                self._doomed.setdefault(row.vault_id, holder)

    def idle(self, row: Record, held_by: Holder | None) -> Idle:
        """A task that nobody is at, in its surroundings."""
        deletes = row.operation == Operation.VAULT_DELETE
        return Idle(
            project_id=row.project_id,
            site=row.site,
            begun=row.epoch > 0,
            shut=row.vault_id in self._shut,
            opens_at=self._shut.get(row.vault_id),
            max_running=row.max_running,
            running=self.running[row.vault_id],
            doomed_by=self._doomed.get(row.vault_id),
            entered_by=self._entered.get(row.vault_id) if deletes else None,
            held_by=held_by,
        )


def _idle(tx: Connection, task_ids: Collection[str]) -> list[Record]:
    return list(tx.execute(_IDLE, {"task_ids": list(task_ids)}))


def _holding(tx: Connection, vault_ids: Collection[str]) -> Iterable[Record]:
    return tx.execute(_HOLDING, {"vault_ids": list(vault_ids)}) if vault_ids else ()


def _held(tx: Connection, some: Collection[int]) -> Mapping[int, Holder]:
    """By which other task that touches the same each of these is held up; the oldest of them."""
    return {
        row.seq: Holder(
            task_id=row.task_id,
            project_id=row.project_id,
            operation=row.operation,
            resource_id=row.resource_id,
        )
        for row in tx.execute(_HELD, {"some": list(some)})
    }


def _holds(work: Any) -> ColumnElement[bool]:
    """Whether a task is in hand, or was begun and put down: it keeps others from what it touches."""
    return sa.or_(work.c.dispatched, work.c.epoch > 0)


def _may_collide(mine: Any, busy: Any) -> ColumnElement[bool]:
    """Whether two tasks that touch one resource stand in each other's way.

    One resource may be known to several projects, by its replicas; what replicates touches only the vault
    that it writes into, whosever that is.
    """
    crosses = (one.c.operation == Operation.REPLICATION for one in (busy, mine))
    return sa.or_(busy.c.project_id == mine.c.project_id, *crosses)


def _any_of(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, expanding=True)


def _held_ones() -> Select[Any]:
    mine, busy, touched = table.alias("mine"), table.alias("holding"), work_resource.alias("touched")
    return (
        sa.select(mine.c.seq, busy.c.task_id, busy.c.project_id, busy.c.operation, touched.c.resource_id)
        .select_from(work_resource)
        .join(touched, touched.c.resource_id == work_resource.c.resource_id)
        .join(busy, busy.c.seq == touched.c.seq)
        .join(mine, mine.c.seq == work_resource.c.seq)
        .where(mine.c.seq.in_(_any_of("some")), _holds(busy), _may_collide(mine, busy))
        .order_by(busy.c.seq.desc(), touched.c.resource_id.desc())
    )


# Built once: every list with a task that waits asks them.
_HELD = _held_ones()
_IDLE = (
    sa.select(
        *(
            table.c[name]
            for name in ("seq", "task_id", "project_id", "operation", "vault_id", "site", "epoch")
        ),
        vault.c.windows,
        vault.c.max_running,
    )
    .outerjoin(vault, vault.c.id == table.c.vault_id)
    .where(
        table.c.task_id.in_(_any_of("task_ids")),
        ~table.c.dispatched,
        sa.or_(table.c.site.is_(None), ~table.c.site.startswith(region.site_of(""), autoescape=True)),
    )
)
_HOLDING = (
    sa.select(*(table.c[name] for name in ("vault_id", "task_id", "project_id", "operation", "dispatched")))
    .where(table.c.vault_id.in_(_any_of("vault_ids")), _holds(table))
    .order_by(table.c.seq)
)
