"""Tokens, by their digests: whoever reads this table can sign in as nobody."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.project import Role

from .tables import token as table


class StoredToken(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token.

    `digest` is its SHA-256 in hexadecimal. It is for a project, a domain or neither. `role` is the most that
    it may, `methods` say in Keystone's words how its user proved who they are, and `credential_id` is the
    application credential that it was made with.
    """

    digest: str
    user_id: str
    project_id: str | None = None
    domain_id: str | None = None
    role: Role | None = None
    methods: tuple[str, ...] = ("password",)
    credential_id: str | None = None
    issued_at: datetime
    expires_at: datetime


def add(tx: Connection, token: StoredToken) -> None:
    """Keep a new token."""
    tx.execute(
        sa.insert(table).values(
            digest=token.digest,
            account_id=token.user_id,
            project_id=token.project_id,
            domain_id=token.domain_id,
            role=token.role,
            methods=" ".join(token.methods),
            credential_id=token.credential_id,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
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
        domain_id=row.domain_id,
        role=None if row.role is None else Role(row.role),
        methods=tuple(row.methods.split()),
        credential_id=row.credential_id,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
    )


def revoke(tx: Connection, digest: str) -> None:
    """Forget a token; one that nobody knows is forgotten already."""
    tx.execute(sa.delete(table).where(table.c.digest == digest))


def revoke_of_user(tx: Connection, user_id: str, project_id: str | None = None) -> None:
    """Forget all tokens of a user, or those for one project."""
    going = sa.delete(table).where(table.c.account_id == user_id)
    tx.execute(going if project_id is None else going.where(table.c.project_id == project_id))


def revoke_for_project(tx: Connection, project_id: str) -> None:
    """Forget all tokens for a project."""
    tx.execute(sa.delete(table).where(table.c.project_id == project_id))


def revoke_of_credential(tx: Connection, credential_id: str) -> None:
    """Forget all tokens that were made with an application credential."""
    tx.execute(sa.delete(table).where(table.c.credential_id == credential_id))


def trim(tx: Connection, before: datetime) -> None:
    """Forget the tokens that expired before this moment."""
    tx.execute(sa.delete(table).where(table.c.expires_at < before))
