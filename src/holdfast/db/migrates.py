"""Migrations that were asked for, by domain."""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.errors import MigrationNotFound
from holdfast.model.migrate import Migration

from .columns import read_document, write_document
from .tables import migration as table


def add(tx: Connection, migration: Migration) -> None:
    """Keep a new migration."""
    tx.execute(
        sa.insert(table).values(
            id=migration.id,
            domain_id=migration.domain_id,
            document=write_document(migration),
            created_at=migration.created_at,
        )
    )


def latest(tx: Connection, domain_id: str) -> Migration:
    """The domain's last migration; raises MigrationNotFound where there was none."""
    newest = table.c.created_at.desc(), table.c.id.desc()
    document = tx.scalar(
        sa.select(table.c.document).where(table.c.domain_id == domain_id).order_by(*newest).limit(1)
    )
    if document is None:
        raise MigrationNotFound(domain_id)
    return read_document(document, Migration)
