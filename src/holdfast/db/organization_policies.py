"""Policies of organizations; what projects have of them is in `policies`."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.errors import PolicyNotFound
from holdfast.model.organization_policy import OrganizationPolicy
from holdfast.model.policy import Terms

from .columns import read_document, write_document
from .statements import Record
from .tables import organization_policy as table


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    """What of a policy may change."""

    name: str
    description: str
    effective_scope: str
    terms: Terms


def add(tx: Connection, policy: OrganizationPolicy) -> None:
    """Keep a new one."""
    tx.execute(
        sa.insert(table).values(
            id=policy.id,
            project_id=policy.project_id,
            domain_id=policy.domain_id,
            document=_written(policy),
            created_at=policy.created_at,
        )
    )


def replace(tx: Connection, policy: OrganizationPolicy) -> None:
    """Write what may change of a known one; raises PolicyNotFound."""
    changed = sa.update(table).where(table.c.domain_id == policy.domain_id, table.c.id == policy.id)
    if not tx.execute(changed.values(document=_written(policy))).rowcount:
        raise PolicyNotFound(policy.id)


def get(tx: Connection, domain_id: str, policy_id: str) -> OrganizationPolicy:
    """One policy of the domain; raises PolicyNotFound."""
    wanted = sa.select(table).where(table.c.domain_id == domain_id, table.c.id == policy_id)
    row = tx.execute(wanted).first()
    if row is None:
        raise PolicyNotFound(policy_id)
    return _of(row)


def find(tx: Connection, domain_id: str) -> list[OrganizationPolicy]:
    """The policies of the domain, newest first."""
    wanted = sa.select(table).where(table.c.domain_id == domain_id)
    return [_of(row) for row in tx.execute(wanted.order_by(table.c.created_at.desc(), table.c.id.desc()))]


def remove(tx: Connection, policy_id: str) -> None:
    """Forget one; what projects have of it stays."""
    tx.execute(sa.delete(table).where(table.c.id == policy_id))


def _written(policy: OrganizationPolicy) -> str:
    return write_document(
        _Document(
            name=policy.name,
            description=policy.description,
            effective_scope=policy.effective_scope,
            terms=policy.terms,
        )
    )


def _of(row: Record) -> OrganizationPolicy:
    document = read_document(row.document, _Document)
    return OrganizationPolicy(
        id=row.id,
        project_id=row.project_id,
        domain_id=row.domain_id,
        name=document.name,
        description=document.description,
        effective_scope=document.effective_scope,
        terms=document.terms,
        created_at=row.created_at,
    )
