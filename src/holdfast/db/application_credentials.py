"""Application credentials, and the hashes of their secrets."""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.errors import NameTaken
from holdfast.model.project import Role

from .statements import Record, insert
from .tables import application_credential as table


def add(tx: Connection, credential: ApplicationCredential, secret_hash: str) -> None:
    """A new credential; raises NameTaken where its user has one of that name."""
    added = tx.scalar(
        insert(tx, table)
        .values(
            id=credential.id,
            account_id=credential.user_id,
            project_id=credential.project_id,
            name=credential.name,
            description=credential.description,
            secret_hash=secret_hash,
            role=credential.role,
            unrestricted=credential.unrestricted,
            created_at=credential.created_at,
            expires_at=credential.expires_at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    if added is None:
        raise NameTaken(credential.name)


def find(tx: Connection, credential_id: str) -> tuple[ApplicationCredential, str] | None:
    """The credential with this id, and the hash of its secret."""
    row = tx.execute(sa.select(table).where(table.c.id == credential_id)).first()
    return None if row is None else (_of(row), row.secret_hash)


def of_user(tx: Connection, user_id: str, *, name: str | None = None) -> list[ApplicationCredential]:
    """A user's credentials by name, or the one of this name."""
    wanted = sa.select(table).where(table.c.account_id == user_id).order_by(table.c.name)
    if name is not None:
        wanted = wanted.where(table.c.name == name)
    return [_of(row) for row in tx.execute(wanted)]


def remove(tx: Connection, credential_id: str) -> None:
    """Forget a credential."""
    tx.execute(sa.delete(table).where(table.c.id == credential_id))


def remove_of_user(tx: Connection, user_id: str, project_id: str) -> None:
    """Forget a user's credentials for a project."""
    tx.execute(sa.delete(table).where(table.c.account_id == user_id, table.c.project_id == project_id))


def _of(row: Record) -> ApplicationCredential:
    return ApplicationCredential(
        id=row.id,
        user_id=row.account_id,
        project_id=row.project_id,
        name=row.name,
        description=row.description,
        role=Role(row.role),
        unrestricted=row.unrestricted,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
