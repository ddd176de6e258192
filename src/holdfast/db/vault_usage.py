"""What vaults held, day by day."""

from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model import clock

from .statements import insert, texts
from .usage_tables import vault_usage as table


def note(tx: Connection, vault_id: str, used_bytes: int) -> None:
    """The vault holds so many bytes; what it held earlier today is forgotten."""
    noted = insert(tx, table).values(vault_id=vault_id, day=clock.now().date(), used_bytes=used_bytes)
    latest = {"used_bytes": noted.excluded.used_bytes}
    tx.execute(noted.on_conflict_do_update(index_elements=["vault_id", "day"], set_=latest))


def find(tx: Connection, vault_ids: Collection[str], since: date) -> Mapping[str, Mapping[date, int]]:
    """What each of these vaults held on the days when it changed, from a day on.

    What it held when that day began is told as of that day, unless it changed then.
    """
    ids = texts(tx, vault_ids)
    found: dict[str, dict[date, int]] = {one: {} for one in vault_ids}
    for row in tx.execute(_before(ids, since)):
        found[row.vault_id][since] = row.used_bytes
    within = sa.select(table).where(table.c.vault_id.in_(ids), table.c.day >= since)
    for row in tx.execute(within):
        found[row.vault_id][row.day] = row.used_bytes
    return found


def _before(ids: sa.Select[tuple[str]], since: date) -> sa.Select[tuple[str, int]]:
    """The last row of each vault before a day."""
    last = (
        sa.select(table.c.vault_id, sa.func.max(table.c.day).label("day"))
        .where(table.c.vault_id.in_(ids), table.c.day < since)
        .group_by(table.c.vault_id)
        .subquery()
    )
    same = sa.and_(table.c.vault_id == last.c.vault_id, table.c.day == last.c.day)
    return sa.select(table.c.vault_id, table.c.used_bytes).join(last, same)
