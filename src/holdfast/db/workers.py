"""Workers and their leases, measured by the database's clock: every worker lives by the same one."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from .statements import insert
from .tables import worker as table

_SECOND = 1_000_000
_FORGET_AFTER = 7 * 24 * 3600 * _SECOND


def enlist(tx: Connection, worker_id: str, site: str) -> None:
    """A worker starts, under an id that may have been used, and declared dead, before."""
    _see(tx, worker_id, site)
    tx.execute(sa.update(table).where(table.c.id == worker_id).values(dead=False))


def beat(tx: Connection, worker_id: str, site: str) -> bool:
    """The worker is alive; False if it was declared dead: then others may do its work, and it must stop."""
    _see(tx, worker_id, site)
    return not tx.execute(sa.select(table.c.dead).where(table.c.id == worker_id)).scalar_one()


def bury(tx: Connection, lease_seconds: float, undertaker: str | None = None) -> list[str]:
    """Declare dead who was not seen for the lease; the ids of those that were not dead before.

    `undertaker` is the worker that does it, and is alive however long it was not seen.
    """
    now = _now(tx)
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


def _see(tx: Connection, worker_id: str, site: str) -> None:
    seen = insert(tx, table).values(id=worker_id, site=site, seen_at=_now(tx), dead=False)
    tx.execute(seen.on_conflict_do_update(index_elements=["id"], set_={"site": site, "seen_at": _now(tx)}))


def _now(tx: Connection) -> ColumnElement[int]:
    """Microseconds since 1970 on the database's clock, at this statement."""
    if tx.dialect.name == "postgresql":
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * _SECOND, sa.BigInteger)
    days = sa.func.julianday("now", type_=sa.Float) - 2440587.5
    return sa.cast(days * 86400.0 * _SECOND, sa.BigInteger)
