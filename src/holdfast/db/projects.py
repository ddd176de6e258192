"""Projects: the tenants."""

import hashlib

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.errors import InvalidParameter, ProjectNotFound
from holdfast.model.project import Project

from .statements import Record, insert, serialise
from .tables import project as table

_FIRST_LOCK = 0x66697273


def add(tx: Connection, project: Project) -> None:
    """A new project; raises InvalidParameter when its name is taken in its domain."""
    added = tx.scalar(
        insert(tx, table)
        .values(
            id=project.id,
            domain_id=project.domain_id,
            name=project.name,
            description="",
            enabled=True,
            created_at=project.created_at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    if added is None:
        raise InvalidParameter("name", f"there is a project {project.name} already")


def get(tx: Connection, project_id: str) -> Project:
    """One project; raises ProjectNotFound."""
    row = tx.execute(sa.select(table).where(table.c.id == project_id)).first()
    if row is None:
        raise ProjectNotFound(project_id)
    return of(row)


def find(tx: Connection, *, name: str | None = None) -> list[Project]:
    """All projects, or those of this name, oldest first."""
    wanted = sa.select(table).order_by(table.c.created_at, table.c.id)
    if name is not None:
        wanted = wanted.where(table.c.name == name)
    return [of(row) for row in tx.execute(wanted)]


def claim_first(tx: Connection) -> bool:
    """Whether there is no project yet, and nobody else makes one before this transaction ends."""
    serialise(tx, _FIRST_LOCK)
    return tx.scalar(sa.select(table.c.id).limit(1)) is None


def lock(tx: Connection, project_id: str) -> None:
    """From here to the end of the transaction no other one that locks this project is under way.

    A rule that is checked after this still holds when the transaction commits. Every function that changes
    tasks locks the task's project itself. Held twice is held once.
    """
    serialise(tx, int.from_bytes(hashlib.blake2b(project_id.encode(), digest_size=8).digest(), signed=True))


def of(row: Record) -> Project:
    """The project in a row."""
    return Project(id=row.id, name=row.name, domain_id=row.domain_id, created_at=row.created_at)
