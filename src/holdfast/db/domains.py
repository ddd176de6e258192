"""Domains."""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.domain import Domain
from holdfast.model.errors import NameTaken, NotFound

from .statements import Record, insert
from .tables import account, project
from .tables import domain as table


def add(tx: Connection, domain: Domain) -> None:
    """A new domain; raises NameTaken."""
    added = tx.scalar(
        insert(tx, table)
        .values(id=domain.id, name=domain.name, created_at=domain.created_at)
        .on_conflict_do_nothing()
        .returning(table.c.id)
    )
    if added is None:
        raise NameTaken(domain.name)


def get(tx: Connection, domain_id: str) -> Domain:
    """One domain; raises NotFound."""
    found = find(tx, domain_id=domain_id)
    if not found:
        raise NotFound(f"domain {domain_id}")
    return found[0]


def find(tx: Connection, *, domain_id: str | None = None, name: str | None = None) -> list[Domain]:
    """All domains by name, or the one with this id, or of this name."""
    wanted = sa.select(table).order_by(table.c.name)
    if domain_id is not None:
        wanted = wanted.where(table.c.id == domain_id)
    if name is not None:
        wanted = wanted.where(table.c.name == name)
    return [_of(row) for row in tx.execute(wanted)]


def is_empty(tx: Connection, domain_id: str) -> bool:
    """Whether it has neither projects nor users."""
    held = (
        sa.select(sa.literal(1)).where(one.c.domain_id == domain_id).exists() for one in (project, account)
    )
    return not tx.scalar(sa.select(sa.or_(*held)))


def remove(tx: Connection, domain_id: str) -> None:
    """The domain is no more; what is in it would stay."""
    tx.execute(sa.delete(table).where(table.c.id == domain_id))


def _of(row: Record) -> Domain:
    return Domain(id=row.id, name=row.name, created_at=row.created_at)
