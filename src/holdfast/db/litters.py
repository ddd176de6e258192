"""Litter in vaults: which of them have something to free, and when they were last pruned."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model import clock
from holdfast.model.litter import Litter
from holdfast.model.window import Window

from .columns import read_document
from .tables import vault as table
from .task_tables import work, work_resource


def leave(tx: Connection, vault_id: str) -> None:
    """A snapshot was taken away from the vault. Of a vault that is gone nothing is left."""
    tx.execute(sa.update(table).where(table.c.id == vault_id).values(litter_at=clock.now()))


def find(tx: Connection, pruned_before: datetime, limit: int) -> list[Litter]:
    """The vaults with something to free that were not pruned since then; who waits longest comes first."""
    inside = sa.select(work_resource.c.seq).where(work_resource.c.resource_id == table.c.id)
    busy = sa.exists().where(sa.or_(work.c.vault_id == table.c.id, work.c.seq.in_(inside)))
    last = sa.func.coalesce(table.c.pruned_at, table.c.created_at)
    wanted = (
        sa.select(table, (~busy).label("is_quiet"))
        .where(
            table.c.litter_at.is_not(None),
            sa.or_(table.c.pruned_at.is_(None), table.c.pruned_at <= pruned_before),
        )
        .order_by(last, table.c.id)
        .limit(limit)
    )
    return [
        Litter(
            project_id=row.project_id,
            vault_id=row.id,
            windows=read_document(row.windows, tuple[Window, ...]),
            left_at=row.litter_at,
            pruned_at=row.pruned_at,
            begins_at=row.created_at,
            is_quiet=bool(row.is_quiet),
        )
        for row in tx.execute(wanted)
    ]


def claim(tx: Connection, seen: Litter, now: datetime) -> bool:
    """The vault is being pruned from now on; False where somebody else began since it was seen."""
    as_seen = table.c.pruned_at.is_not_distinct_from(seen.pruned_at)
    begun = sa.update(table).where(table.c.id == seen.vault_id, as_seen)
    return bool(tx.execute(begun.values(pruned_at=now)).rowcount)


def clear(tx: Connection, seen: Litter) -> None:
    """All is freed that was left when this was seen."""
    same = sa.update(table).where(table.c.id == seen.vault_id, table.c.litter_at == seen.left_at)
    tx.execute(same.values(litter_at=None))
