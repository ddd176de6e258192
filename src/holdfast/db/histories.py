"""For how long projects keep their history, where they have a rule of their own."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from .tables import project as table


def days(tx: Connection, project_id: str) -> int | None:
    """The days that this project says, if it does."""
    return all_days(tx, [project_id]).get(project_id)


def all_days(tx: Connection, project_ids: Collection[str]) -> Mapping[str, int]:
    """The days of those of these projects that say any."""
    wanted = sa.select(table.c.id, table.c.history_days).where(
        table.c.id.in_(project_ids), table.c.history_days.is_not(None)
    )
    return {row.id: row.history_days for row in tx.execute(wanted)}


def set_days(tx: Connection, project_id: str, days: int | None) -> None:
    """From now on it is so many days, or, with None, what the configuration says."""
    tx.execute(sa.update(table).where(table.c.id == project_id).values(history_days=days))
