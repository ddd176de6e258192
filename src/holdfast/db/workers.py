"""Workers and their leases, measured by the database's clock: every worker lives by the same one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.worker import Worker

from .statements import PRESENT, Record, insert
from .tables import worker as table
from .task_tables import work

_SECOND = 1_000_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FORGET_AFTER = 7 * 24 * 3600 * _SECOND

_IN_HAND = (
    sa.select(work.c.worker, sa.func.count().label("tasks"))
    .where(work.c.dispatched)
    .group_by(work.c.worker)
    .subquery()
)
# Built once: every list with a task that waits asks it.
_KNOWN = (
    sa.select(table, _IN_HAND.c.tasks, PRESENT.label("now"))
    .outerjoin(_IN_HAND, _IN_HAND.c.worker == table.c.id)
    .order_by(table.c.id)
)


def enlist(tx: Connection, worker_id: str, sites: Sequence[str]) -> None:
    """A worker starts, under an id that may have been used, and declared dead, before."""
    _see(tx, worker_id, sites)
    tx.execute(sa.update(table).where(table.c.id == worker_id).values(dead=False))


def beat(tx: Connection, worker_id: str, sites: Sequence[str]) -> bool:
    """The worker is alive; False if it was declared dead: then others may do its work, and it must stop."""
    _see(tx, worker_id, sites)
    return not tx.execute(sa.select(table.c.dead).where(table.c.id == worker_id)).scalar_one()


def bury(tx: Connection, lease_seconds: float, undertaker: str | None = None) -> list[str]:
    """Declare dead who was not seen for the lease; the ids of those that were not dead before.

    `undertaker` is the worker that does it, and is alive however long it was not seen.
    """
    now = PRESENT
    tx.execute(sa.delete(table).where(table.c.dead, table.c.seen_at < now - _FORGET_AFTER))
    late = table.c.seen_at < now - int(lease_seconds * _SECOND)
    other = table.c.id != undertaker if undertaker is not None else sa.true()
    died = sa.update(table).where(~table.c.dead, late, other).values(dead=True).returning(table.c.id)
    return sorted(tx.scalars(died))


def retire(tx: Connection, worker_id: str) -> None:
    """The worker ends in good order and holds nothing."""
    tx.execute(sa.delete(table).where(table.c.id == worker_id))


def alive(tx: Connection) -> list[str]:
    """Ids of the workers that are not declared dead."""
    return list(tx.scalars(sa.select(table.c.id).where(~table.c.dead).order_by(table.c.id)))


def known(tx: Connection) -> Mapping[str, tuple[str, ...]]:
    """The sites of all workers, by their ids: those that are alive, and those that died not long ago."""
    return {row.id: sites_of(row) for row in tx.execute(sa.select(table.c.id, table.c.site))}


def find(tx: Connection, lease_seconds: float) -> list[Worker]:
    """All workers that are known, by their ids; one that was not seen for the lease is not alive.

    Nobody may be there to bury the last one.
    """
    return [
        Worker(
            id=row.id,
            sites=sites_of(row),
            seen_at=_BEGINNING + timedelta(microseconds=row.seen_at),
            alive=not row.dead and row.now - row.seen_at <= lease_seconds * _SECOND,
            tasks=row.tasks or 0,
        )
        for row in tx.execute(_KNOWN)
    ]


def sites_of(row: Record) -> tuple[str, ...]:
    """The sites that a worker's row tells, one a line."""
    return tuple(row.site.split("\n"))


def _see(tx: Connection, worker_id: str, sites: Sequence[str]) -> None:
    site = "\n".join(sites)
    seen = insert(tx, table).values(id=worker_id, site=site, seen_at=PRESENT, dead=False)
    tx.execute(seen.on_conflict_do_update(index_elements=["id"], set_={"site": site, "seen_at": PRESENT}))
