"""Tokens, by their digests: whoever reads this table can sign in as nobody."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from .tables import token as table


class StoredToken(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token. `digest` is its SHA-256 in hexadecimal; no project means no scope."""

    digest: str
    user_id: str
    project_id: str | None
    issued_at: datetime
    expires_at: datetime


def add(  # noqa: PLR0913 - the columns of the row, nothing else
    tx: Connection,
    digest: str,
    user_id: str,
    project_id: str | None,
    issued_at: datetime,
    expires_at: datetime,
) -> None:
    """Keep a new token."""
    tx.execute(
        sa.insert(table).values(
            digest=digest,
            account_id=user_id,
            project_id=project_id,
            methods="password",
            issued_at=issued_at,
            expires_at=expires_at,
        )
    )


def find(tx: Connection, digest: str) -> StoredToken | None:
    """The token with this digest, expired or not."""
    row = tx.execute(sa.select(table).where(table.c.digest == digest)).first()
    if row is None:
        return None
    return StoredToken(
        digest=row.digest,
        user_id=row.account_id,
        project_id=row.project_id,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )


def revoke(tx: Connection, digest: str) -> None:
    """Forget a token; one that nobody knows is forgotten already."""
    tx.execute(sa.delete(table).where(table.c.digest == digest))


def trim(tx: Connection, before: datetime) -> None:
    """Forget the tokens that expired before this moment."""
    tx.execute(sa.delete(table).where(table.c.expires_at < before))
