"""What automatic binding looks at: vaults that take resources by themselves, and resources in no vault."""

import sqlalchemy as sa
from sqlalchemy import Connection

from .tables import attachment, resource, vault


def takers(tx: Connection, project_id: str) -> list[str]:
    """The ids of the project's vaults that take resources by themselves."""
    wanted = sa.select(vault.c.id).where(vault.c.project_id == project_id, vault.c.auto_bind)
    return list(tx.scalars(wanted.order_by(vault.c.created_at, vault.c.id)))


def unbound(tx: Connection, project_id: str) -> list[str]:
    """The ids of the project's resources that are in no vault, oldest first."""
    held = sa.exists().where(attachment.c.resource_id == resource.c.id)
    wanted = sa.select(resource.c.id).where(resource.c.project_id == project_id, ~held)
    return list(tx.scalars(wanted.order_by(resource.c.created_at, resource.c.name, resource.c.id)))
