"""Projects: the tenants."""

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from holdfast.model.errors import NameTaken, ProjectNotFound
from holdfast.model.project import Project

from .statements import Record, insert, serialise
from .tables import agent, backup, checkpoint, organization_policy, policy, resource, vault, vault_order
from .tables import project as table
from .task_tables import work

_FIRST_LOCK = 0x66697273
# What belongs to a project and may go with it; in this order, for each may name the next.
GOING = (vault_order, organization_policy, agent, policy, resource)
# What keeps a project.
STAYING = (vault, checkpoint, backup, work)


def add(tx: Connection, project: Project) -> None:
    """A new project; raises NameTaken."""
    added = tx.scalar(
        insert(tx, table)
        .values(
            id=project.id,
            domain_id=project.domain_id,
            name=project.name,
            description=project.description,
            enabled=project.enabled,
            created_at=project.created_at,
        )
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    if added is None:
        raise NameTaken(project.name)


def get(tx: Connection, project_id: str) -> Project:
    """One project; raises ProjectNotFound."""
    row = tx.execute(sa.select(table).where(table.c.id == project_id)).first()
    if row is None:
        raise ProjectNotFound(project_id)
    return of(row)


def find(tx: Connection, *, name: str | None = None, domain_id: str | None = None) -> list[Project]:
    """All projects, or those of this name, or of this domain, oldest first."""
    wanted = sa.select(table).order_by(table.c.created_at, table.c.id)
    if name is not None:
        wanted = wanted.where(table.c.name == name)
    if domain_id is not None:
        wanted = wanted.where(table.c.domain_id == domain_id)
    return [of(row) for row in tx.execute(wanted)]


def change(tx: Connection, project: Project) -> None:
    """Keep the project's name, description and whether it is enabled.

    Raises NameTaken; the transaction must not be used any more then.
    """
    values = {"name": project.name, "description": project.description, "enabled": project.enabled}
    try:
        tx.execute(sa.update(table).where(table.c.id == project.id).values(values))
    except IntegrityError as error:
        raise NameTaken(project.name) from error


def is_used(tx: Connection, project_id: str) -> bool:
    """Whether the project has vaults with what is in them, or work that has not ended."""
    held = (sa.select(sa.literal(1)).where(one.c.project_id == project_id).exists() for one in STAYING)
    return bool(tx.scalar(sa.select(sa.or_(*held))))


def remove(tx: Connection, project_id: str) -> None:
    """Forget a project that is not used, with its policies, resources, roles, tokens and credentials."""
    for one in GOING:
        tx.execute(sa.delete(one).where(one.c.project_id == project_id))
    tx.execute(sa.delete(table).where(table.c.id == project_id))


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


def held(tx: Connection, project_ids: Collection[str]) -> set[str]:
    """Those of the projects that there are: none of them is removed before this transaction ends."""
    wanted = sa.select(table.c.id).where(table.c.id.in_(project_ids)).order_by(table.c.id)
    return set(tx.scalars(wanted.with_for_update(read=True, key_share=True)))


def of(row: Record) -> Project:
    """The project in a row."""
    return Project(
        id=row.id,
        name=row.name,
        domain_id=row.domain_id,
        description=row.description,
        enabled=row.enabled,
        created_at=row.created_at,
    )
