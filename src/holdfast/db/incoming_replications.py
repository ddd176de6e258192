"""Replications that another region does into a vault here: heard of now and then, or no more."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model import clock
from holdfast.model.region import site_of
from holdfast.model.task import Figures

from .columns import write_document
from .task_tables import work as table

_MOST_PERCENT = 99


def heard(tx: Connection, task_id: str, progress: int, figures: Figures) -> bool:
    """The source told how far it is, 0 to 100 per cent; False where the task has ended."""
    told = (
        sa.update(table)
        .where(table.c.task_id == task_id)
        .values(
            progress=max(0, min(progress, _MOST_PERCENT)),
            figures=write_document(figures),
            updated_at=clock.now(),
        )
    )
    return bool(tx.execute(told).rowcount)


def silent(tx: Connection, before: datetime) -> list[tuple[str, str]]:
    """The tasks whose source was last heard of before that moment, oldest first: projects and ids."""
    elsewhere = table.c.site.startswith(site_of(""), autoescape=True)
    wanted = sa.select(table.c.project_id, table.c.task_id).where(elsewhere, table.c.updated_at < before)
    return [(row.project_id, row.task_id) for row in tx.execute(wanted.order_by(table.c.seq))]
