"""Users, their password hashes, and the role that each has in a project."""

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model.errors import InvalidParameter, NotFound
from holdfast.model.project import Project, Role, User

from . import projects
from .statements import Record, insert
from .tables import account as table
from .tables import granted_role, project


def add_user(tx: Connection, user: User, password_hash: str) -> None:
    """A new user; raises InvalidParameter when the name is taken in the domain."""
    added = tx.scalar(
        insert(tx, table)
        .values(
            id=user.id,
            domain_id=user.domain_id,
            name=user.name,
            password_hash=password_hash,
            enabled=True,
            created_at=user.created_at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    if added is None:
        raise InvalidParameter("name", f"there is a user {user.name} already")


def get_user(tx: Connection, user_id: str) -> User:
    """One user; raises NotFound."""
    found = find_user_by_id(tx, user_id)
    if found is None:
        raise NotFound(user_id)
    return found[0]


def find_user(tx: Connection, domain_id: str, name: str) -> tuple[User, str] | None:
    """The user of this name in a domain, and the password hash."""
    return _find(tx, sa.and_(table.c.domain_id == domain_id, table.c.name == name))


def find_user_by_id(tx: Connection, user_id: str) -> tuple[User, str] | None:
    """The user with this id, and the password hash."""
    return _find(tx, table.c.id == user_id)


def set_password(tx: Connection, user_id: str, password_hash: str) -> None:
    """From now on the user signs in with the password of this hash; raises NotFound."""
    changed = sa.update(table).where(table.c.id == user_id).values(password_hash=password_hash)
    if not tx.execute(changed).rowcount:
        raise NotFound(user_id)


def grant(tx: Connection, user_id: str, project_id: str, role: Role) -> None:
    """From now on the user has this role in the project, instead of any other."""
    granted = insert(tx, granted_role).values(account_id=user_id, project_id=project_id, role=role)
    tx.execute(
        granted.on_conflict_do_update(index_elements=["account_id", "project_id"], set_={"role": role})
    )


def roles(tx: Connection, user_id: str) -> list[tuple[Project, Role]]:
    """The projects that the user has a role in, by name, and which."""
    wanted = (
        sa.select(project, granted_role.c.role)
        .join(granted_role, granted_role.c.project_id == project.c.id)
        .where(granted_role.c.account_id == user_id)
        .order_by(project.c.name, project.c.id)
    )
    return [(projects.of(row), Role(row.role)) for row in tx.execute(wanted)]


def _find(tx: Connection, condition: ColumnElement[bool]) -> tuple[User, str] | None:
    row: Record | None = tx.execute(sa.select(table).where(condition)).first()
    if row is None:
        return None
    user = User(id=row.id, name=row.name, domain_id=row.domain_id, created_at=row.created_at)
    return user, row.password_hash
