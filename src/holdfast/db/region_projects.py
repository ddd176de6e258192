"""Which projects another one knows of, though nobody there can enter them."""

import sqlalchemy as sa
from sqlalchemy import Connection

from .tables import backup, member


def sharing_with(tx: Connection, project_id: str) -> set[str]:
    """Ids of the projects that share a backup with this one, accepted or not."""
    shared = sa.select(backup.c.project_id).join(member, member.c.backup_id == backup.c.id)
    return set(tx.scalars(shared.where(member.c.project_id == project_id).distinct()))
