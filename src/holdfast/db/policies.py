"""Policies, and the vaults that follow them."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.errors import PolicyNotFound
from holdfast.model.policy import Policy, PolicyKind, Retention

from .columns import read_document, write_document
from .statements import Record, insert
from .tables import policy as table
from .tables import vault_policy


def add(tx: Connection, policy: Policy) -> None:
    """Keep a new policy."""
    tx.execute(
        sa.insert(table).values(
            id=policy.id,
            project_id=policy.project_id,
            trigger_id=policy.trigger_id,
            created_at=policy.created_at,
            **_changeable(policy),
        )
    )


def replace(tx: Connection, policy: Policy) -> None:
    """Write a known policy anew; raises PolicyNotFound. Its creation time and its trigger stay."""
    changed = sa.update(table).where(table.c.project_id == policy.project_id, table.c.id == policy.id)
    if not tx.execute(changed.values(**_changeable(policy))).rowcount:
        raise PolicyNotFound(policy.id)


def get(tx: Connection, project_id: str, policy_id: str) -> Policy:
    """One policy of the project; raises PolicyNotFound."""
    row = tx.execute(
        sa.select(table).where(table.c.project_id == project_id, table.c.id == policy_id)
    ).first()
    if row is None:
        raise PolicyNotFound(policy_id)
    return _of(row)


def find(
    tx: Connection, project_id: str, *, kind: PolicyKind | None = None, vault_id: str | None = None
) -> list[Policy]:
    """The project's policies, or those of a kind, or those that a vault follows; newest first."""
    wanted = sa.select(table).where(table.c.project_id == project_id)
    if kind is not None:
        wanted = wanted.where(table.c.kind == kind)
    if vault_id is not None:
        followed = sa.select(vault_policy.c.policy_id).where(vault_policy.c.vault_id == vault_id)
        wanted = wanted.where(table.c.id.in_(followed))
    return [_of(row) for row in tx.execute(wanted.order_by(table.c.created_at.desc(), table.c.id.desc()))]


def remove(tx: Connection, project_id: str, policy_id: str) -> None:
    """Forget a policy; no vault follows it any more. Raises PolicyNotFound."""
    gone = sa.delete(table).where(table.c.project_id == project_id, table.c.id == policy_id)
    if not tx.execute(gone).rowcount:
        raise PolicyNotFound(policy_id)


def vaults_of(tx: Connection, policy_id: str) -> list[str]:
    """Ids of the vaults that follow the policy."""
    followers = sa.select(vault_policy.c.vault_id).where(vault_policy.c.policy_id == policy_id)
    return list(tx.scalars(followers.order_by(vault_policy.c.vault_id)))


def apply(tx: Connection, vault_id: str, policy_id: str) -> None:
    """The vault follows the policy, instead of any other of its kind. Applied twice is applied once."""
    same_kind = sa.select(table.c.id).where(
        table.c.kind == sa.select(table.c.kind).where(table.c.id == policy_id).scalar_subquery()
    )
    tx.execute(
        sa.delete(vault_policy).where(
            vault_policy.c.vault_id == vault_id, vault_policy.c.policy_id.in_(same_kind)
        )
    )
    tx.execute(
        insert(tx, vault_policy).values(vault_id=vault_id, policy_id=policy_id).on_conflict_do_nothing()
    )


def unapply(tx: Connection, vault_id: str, policy_id: str) -> bool:
    """The vault does not follow the policy; False if it did not before."""
    gone = sa.delete(vault_policy).where(
        vault_policy.c.vault_id == vault_id, vault_policy.c.policy_id == policy_id
    )
    return bool(tx.execute(gone).rowcount)


def _changeable(policy: Policy) -> Mapping[str, object]:
    return {
        "name": policy.name,
        "kind": policy.kind,
        "enabled": policy.enabled,
        "patterns": write_document(policy.patterns),
        "start_window_minutes": policy.start_window_minutes,
        "retention": write_document(policy.retention),
        "destination_project_id": policy.destination_project_id,
        "destination_region": policy.destination_region,
    }


def _of(row: Record) -> Policy:
    return Policy(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        kind=PolicyKind(row.kind),
        enabled=row.enabled,
        patterns=read_document(row.patterns, tuple[str, ...]),
        start_window_minutes=row.start_window_minutes,
        retention=read_document(row.retention, Retention),
        destination_project_id=row.destination_project_id,
        destination_region=row.destination_region,
        trigger_id=row.trigger_id,
        created_at=row.created_at,
    )
