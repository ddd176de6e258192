"""Access keys, their secrets sealed, and the signatures that were used up."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.access_key import AccessKey
from holdfast.model.errors import NotFound
from holdfast.model.project import Project, Role, User

from . import seals
from .statements import Record, insert
from .tables import access_key as table
from .tables import account, granted_role, project, used_signature

TRIMMED_AT_ONCE = 1000


@dataclass(frozen=True)
class Holder:
    """A key with its secret, its user, and the enabled projects where the user has a role, oldest first."""

    key: AccessKey
    secret: str = field(repr=False)
    user: User
    places: tuple[tuple[Project, Role], ...]


def add(tx: Connection, key: AccessKey, secret: str) -> None:
    """A new key; its secret is sealed."""
    tx.execute(
        sa.insert(table).values(
            id=key.id,
            account_id=key.user_id,
            secret=seals.seal(tx, secret),
            description=key.description,
            enabled=key.enabled,
            created_at=key.created_at,
        )
    )


def get(tx: Connection, key_id: str) -> AccessKey:
    """One key; raises NotFound."""
    row = tx.execute(sa.select(table).where(table.c.id == key_id)).first()
    if row is None:
        raise NotFound(f"access key {key_id}")
    return _key(row)


def find(tx: Connection, user_id: str) -> list[AccessKey]:
    """The keys of a user, oldest first."""
    wanted = sa.select(table).where(table.c.account_id == user_id).order_by(table.c.created_at, table.c.id)
    return [_key(row) for row in tx.execute(wanted)]


def lock_owner(tx: Connection, user_id: str) -> None:
    """From here to the end of the transaction nobody else who asks this adds a key to the user."""
    tx.execute(sa.select(account.c.id).where(account.c.id == user_id).with_for_update())


def update(tx: Connection, key: AccessKey) -> None:
    """Keep the key's description and whether it is enabled; raises NotFound."""
    changed = sa.update(table).where(table.c.id == key.id)
    if not tx.execute(changed.values(description=key.description, enabled=key.enabled)).rowcount:
        raise NotFound(f"access key {key.id}")


def delete(tx: Connection, key_id: str) -> None:
    """Forget a key; raises NotFound."""
    if not tx.execute(sa.delete(table).where(table.c.id == key_id)).rowcount:
        raise NotFound(f"access key {key_id}")


def find_holder(tx: Connection, key_id: str, project_id: str | None) -> Holder | None:
    """Whoever holds the key, in one statement; with a project id only that project is looked at."""
    granted = granted_role.c.account_id == account.c.id
    if project_id is not None:
        granted = sa.and_(granted, granted_role.c.project_id == project_id)
    at_work = sa.and_(project.c.id == granted_role.c.project_id, project.c.enabled)
    rows = tx.execute(
        sa.select(
            table,
            account.c.name.label("user_name"),
            account.c.domain_id.label("user_domain_id"),
            account.c.enabled.label("user_enabled"),
            account.c.created_at.label("user_created_at"),
            granted_role.c.role,
            project.c.id.label("project_id"),
            project.c.name.label("project_name"),
            project.c.domain_id.label("project_domain_id"),
            project.c.created_at.label("project_created_at"),
        )
        .join(account, account.c.id == table.c.account_id)
        .outerjoin(granted_role, granted)
        .outerjoin(project, at_work)
        .where(table.c.id == key_id)
        .order_by(project.c.created_at, project.c.id)
    ).all()
    return _holder(tx, rows[0], [row for row in rows if row.project_id]) if rows else None


def use_up(tx: Connection, digest: str, expires_at: datetime) -> bool:
    """Whether the signature of this digest was not used before; from now on it was."""
    used = insert(tx, used_signature).values(digest=digest, expires_at=expires_at)
    return tx.scalar(used.on_conflict_do_nothing().returning(used_signature.c.digest)) is not None


def trim_used(tx: Connection, before: datetime) -> None:
    """Forget signatures that expired before this moment, but no more than can be forgotten at once."""
    expired = (
        sa.select(used_signature.c.digest)
        .where(used_signature.c.expires_at < before)
        .limit(TRIMMED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    tx.execute(sa.delete(used_signature).where(used_signature.c.digest.in_(expired)))


def _key(row: Record) -> AccessKey:
    return AccessKey(
        id=row.id,
        user_id=row.account_id,
        description=row.description,
        enabled=row.enabled,
        created_at=row.created_at,
    )


def _holder(tx: Connection, row: Record, in_projects: list[Record]) -> Holder:
    user = User(
        id=row.account_id,
        name=row.user_name,
        domain_id=row.user_domain_id,
        enabled=row.user_enabled,
        created_at=row.user_created_at,
    )
    return Holder(
        key=_key(row),
        secret=seals.unseal(tx, row.secret),
        user=user,
        places=tuple(_place(one) for one in in_projects),
    )


def _place(row: Record) -> tuple[Project, Role]:
    place = Project(
        id=row.project_id,
        name=row.project_name,
        domain_id=row.project_domain_id,
        created_at=row.project_created_at,
    )
    return place, Role(row.role)
