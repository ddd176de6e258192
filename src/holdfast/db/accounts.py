"""Users, their password hashes, and the role that each has in a project."""

import hashlib

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection
from sqlalchemy.exc import IntegrityError

from holdfast.model.errors import NameTaken, NotFound
from holdfast.model.project import Project, Role, User

from . import projects
from .statements import Record, insert, serialise
from .tables import account as table
from .tables import granted_role, project


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """The role that a user has in a project."""

    user: User
    project: Project
    role: Role


def add_user(tx: Connection, user: User, password_hash: str) -> None:
    """A new user; raises NameTaken. With an empty hash there is no password that fits."""
    added = tx.scalar(
        insert(tx, table)
        .values(
            id=user.id,
            domain_id=user.domain_id,
            name=user.name,
            password_hash=password_hash,
            enabled=user.enabled,
            created_at=user.created_at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    if added is None:
        raise NameTaken(user.name)


def get_user(tx: Connection, user_id: str) -> User:
    """One user; raises NotFound."""
    found = find_user_by_id(tx, user_id)
    if found is None:
        raise NotFound(f"user {user_id}")
    return found[0]


def find_user(tx: Connection, domain_id: str, name: str) -> tuple[User, str] | None:
    """The user of this name in a domain, and the password hash."""
    return _find(tx, sa.and_(table.c.domain_id == domain_id, table.c.name == name))


def find_user_by_id(tx: Connection, user_id: str) -> tuple[User, str] | None:
    """The user with this id, and the password hash."""
    return _find(tx, table.c.id == user_id)


def users(tx: Connection, *, domain_id: str | None = None) -> list[User]:
    """All users, or those of a domain, by name."""
    wanted = sa.select(table).order_by(table.c.name, table.c.id)
    if domain_id is not None:
        wanted = wanted.where(table.c.domain_id == domain_id)
    return [_user(row) for row in tx.execute(wanted)]


def change_user(tx: Connection, user: User) -> None:
    """Keep the user's name and whether they are enabled.

    Raises NameTaken; the transaction must not be used any more then.
    """
    changed = sa.update(table).where(table.c.id == user.id)
    try:
        tx.execute(changed.values(name=user.name, enabled=user.enabled))
    except IntegrityError as error:
        raise NameTaken(user.name) from error


def lock(tx: Connection, user_id: str) -> None:
    """From here to the end of the transaction nobody else who locks this user is under way.

    Whoever makes or ends tokens does, so that none is made while they end.
    """
    serialise(tx, int.from_bytes(hashlib.blake2b(user_id.encode(), digest_size=8).digest(), signed=True))


def set_password(tx: Connection, user_id: str, password_hash: str) -> None:
    """From now on the user signs in with the password of this hash; raises NotFound."""
    changed = sa.update(table).where(table.c.id == user_id).values(password_hash=password_hash)
    if not tx.execute(changed).rowcount:
        raise NotFound(f"user {user_id}")


def remove_user(tx: Connection, user_id: str) -> None:
    """Forget a user, with their roles, tokens and credentials."""
    tx.execute(sa.delete(table).where(table.c.id == user_id))


def grant(tx: Connection, user_id: str, project_id: str, role: Role) -> None:
    """From now on the user has this role in the project, instead of any other."""
    granted = insert(tx, granted_role).values(account_id=user_id, project_id=project_id, role=role)
    tx.execute(
        granted.on_conflict_do_update(index_elements=["account_id", "project_id"], set_={"role": role})
    )


def revoke(tx: Connection, user_id: str, project_id: str) -> None:
    """From now on the user has no role in the project."""
    tx.execute(
        sa.delete(granted_role).where(
            granted_role.c.account_id == user_id, granted_role.c.project_id == project_id
        )
    )


def roles(tx: Connection, user_id: str) -> list[tuple[Project, Role]]:
    """The projects that the user has a role in, enabled or not, by name, and which."""
    wanted = (
        sa.select(project, granted_role.c.role)
        .join(granted_role, granted_role.c.project_id == project.c.id)
        .where(granted_role.c.account_id == user_id)
        .order_by(project.c.name, project.c.id)
    )
    return [(projects.of(row), Role(row.role)) for row in tx.execute(wanted)]


def role(tx: Connection, user_id: str, project_id: str) -> Role | None:
    """The user's role in a project."""
    found = tx.scalar(
        sa.select(granted_role.c.role).where(
            granted_role.c.account_id == user_id, granted_role.c.project_id == project_id
        )
    )
    return None if found is None else Role(found)


def assignments(
    tx: Connection,
    *,
    domain_id: str | None = None,
    user_id: str | None = None,
    project_id: str | None = None,
) -> list[Assignment]:
    """Who has which role where: by project and user, of one domain, user or project if that is given."""
    chosen = (
        (project.c.domain_id, domain_id),
        (granted_role.c.account_id, user_id),
        (granted_role.c.project_id, project_id),
    )
    wanted = sa.select(granted_role).join(project, granted_role.c.project_id == project.c.id)
    for column, value in chosen:
        if value is not None:
            wanted = wanted.where(column == value)
    rows = list(tx.execute(wanted.order_by(project.c.name, project.c.id, granted_role.c.account_id)))
    places = {one.id: one for one in projects.find(tx, domain_id=domain_id)}
    people = {one.id: one for one in users(tx, domain_id=domain_id)}
    return [
        Assignment(user=people[row.account_id], project=places[row.project_id], role=Role(row.role))
        for row in rows
        if row.account_id in people
    ]


def _find(tx: Connection, condition: ColumnElement[bool]) -> tuple[User, str] | None:
    row: Record | None = tx.execute(sa.select(table).where(condition)).first()
    return None if row is None else (_user(row), row.password_hash)


def _user(row: Record) -> User:
    return User(
        id=row.id, name=row.name, domain_id=row.domain_id, enabled=row.enabled, created_at=row.created_at
    )
