"""Policies, and the vaults that follow them."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model import clock
from holdfast.model.errors import PolicyNotFound
from holdfast.model.policy import Execution, Follower, Policy, PolicyKind, Terms
from holdfast.model.retention import Retention

from .columns import read_document, write_document
from .statements import Record, insert
from .tables import organization_policy, vault_policy
from .tables import policy as table


def add(tx: Connection, policy: Policy) -> None:
    """Keep a new policy."""
    tx.execute(
        sa.insert(table).values(
            id=policy.id,
            project_id=policy.project_id,
            trigger_id=policy.trigger_id,
            organization_policy_id=policy.organization_policy_id,
            created_at=policy.created_at,
            **_changeable(policy.terms),
        )
    )


def replace(tx: Connection, policy: Policy) -> None:
    """Write the terms of a known policy anew; raises PolicyNotFound. All else about it stays."""
    changed = sa.update(table).where(table.c.project_id == policy.project_id, table.c.id == policy.id)
    if not tx.execute(changed.values(**_changeable(policy.terms))).rowcount:
        raise PolicyNotFound(policy.id)


def get(tx: Connection, project_id: str, policy_id: str) -> Policy:
    """One policy of the project; raises PolicyNotFound."""
    row = tx.execute(_all().where(table.c.project_id == project_id, table.c.id == policy_id)).first()
    if row is None:
        raise PolicyNotFound(policy_id)
    return _of(row)


def find(
    tx: Connection, project_id: str, *, kind: PolicyKind | None = None, vault_id: str | None = None
) -> list[Policy]:
    """The project's policies, or those of a kind, or those that a vault follows; newest first."""
    wanted = _all().where(table.c.project_id == project_id)
    if kind is not None:
        wanted = wanted.where(table.c.kind == kind)
    if vault_id is not None:
        followed = sa.select(vault_policy.c.policy_id).where(vault_policy.c.vault_id == vault_id)
        wanted = wanted.where(table.c.id.in_(followed))
    return [_of(row) for row in tx.execute(wanted.order_by(table.c.created_at.desc(), table.c.id.desc()))]


def of_organization(tx: Connection, organization_policy_id: str) -> list[Policy]:
    """The policies of all projects that come from this one of the organization, by project."""
    wanted = _all().where(table.c.organization_policy_id == organization_policy_id)
    return [_of(row) for row in tx.execute(wanted.order_by(table.c.project_id, table.c.id))]


def count_own(tx: Connection, project_id: str, kind: PolicyKind) -> int:
    """How many policies of a kind the project has made itself."""
    wanted = sa.select(sa.func.count()).where(
        table.c.project_id == project_id, table.c.kind == kind, table.c.organization_policy_id.is_(None)
    )
    return int(tx.execute(wanted).scalar_one())


def remove(tx: Connection, project_id: str, policy_id: str) -> None:
    """Forget a policy; no vault follows it any more. Raises PolicyNotFound."""
    gone = sa.delete(table).where(table.c.project_id == project_id, table.c.id == policy_id)
    if not tx.execute(gone).rowcount:
        raise PolicyNotFound(policy_id)


def give_up(tx: Connection, policy_id: str) -> None:
    """The organization has nothing to do with the policy any more; the project may keep or delete it."""
    tx.execute(sa.update(table).where(table.c.id == policy_id).values(organization_policy_id=""))


def followers(tx: Connection, policy_id: str) -> list[Follower]:
    """The vaults that follow the policy, by id."""
    return followers_of_all(tx, [policy_id]).get(policy_id, [])


def followers_of_all(tx: Connection, policy_ids: Collection[str]) -> dict[str, list[Follower]]:
    """The vaults that follow each of these policies, by id; nothing for a policy that none follows."""
    wanted = sa.select(vault_policy).where(vault_policy.c.policy_id.in_(policy_ids))
    found: dict[str, list[Follower]] = {}
    for row in tx.execute(wanted.order_by(vault_policy.c.vault_id)):
        fires_at = None if row.due_at is None else row.fires_at
        follower = Follower(row.vault_id, row.destination_vault_id, row.since, row.due_at, fires_at)
        found.setdefault(row.policy_id, []).append(follower)
    return found


def count_followed(tx: Connection, vault_id: str) -> int:
    """How many policies a vault follows."""
    wanted = sa.select(sa.func.count()).where(vault_policy.c.vault_id == vault_id)
    return int(tx.execute(wanted).scalar_one())


def weighing(tx: Connection, vault_ids: Collection[str]) -> dict[str, list[Policy]]:
    """The policies that say what each of these vaults keeps, enabled or not: the backup policies that it
    follows, and the replication policies that fill it. Nothing for a vault that has none."""
    keeper = sa.case(
        (table.c.kind == PolicyKind.BACKUP, vault_policy.c.vault_id),
        else_=vault_policy.c.destination_vault_id,
    ).label("keeper")
    wanted = _all().add_columns(keeper).join(vault_policy, vault_policy.c.policy_id == table.c.id)
    rows = tx.execute(wanted.where(keeper.in_(vault_ids)).distinct().order_by(table.c.id))
    found: dict[str, list[Policy]] = {}
    for row in rows:
        found.setdefault(row.keeper, []).append(_of(row))
    return found


def apply(tx: Connection, vault_id: str, policy_id: str, destination_vault_id: str | None = None) -> None:
    """The vault follows the policy, instead of any other of its kind. Applied twice is applied once."""
    same_kind = sa.select(table.c.id).where(
        table.c.kind == sa.select(table.c.kind).where(table.c.id == policy_id).scalar_subquery(),
        table.c.id != policy_id,
    )
    tx.execute(
        sa.delete(vault_policy).where(
            vault_policy.c.vault_id == vault_id, vault_policy.c.policy_id.in_(same_kind)
        )
    )
    apply_besides(tx, vault_id, policy_id, destination_vault_id)


def apply_besides(
    tx: Connection, vault_id: str, policy_id: str, destination_vault_id: str | None = None
) -> None:
    """The vault follows the policy besides all others. Applied twice is applied once."""
    followed = insert(tx, vault_policy).values(
        vault_id=vault_id,
        policy_id=policy_id,
        destination_vault_id=destination_vault_id,
        since=clock.now(),
    )
    tx.execute(
        followed.on_conflict_do_update(
            index_elements=["vault_id", "policy_id"], set_={"destination_vault_id": destination_vault_id}
        )
    )


def unapply(tx: Connection, vault_id: str, policy_id: str) -> bool:
    """The vault does not follow the policy; False if it did not before."""
    gone = sa.delete(vault_policy).where(
        vault_policy.c.vault_id == vault_id, vault_policy.c.policy_id == policy_id
    )
    return bool(tx.execute(gone).rowcount)


def _all() -> Select[tuple[object, ...]]:
    return sa.select(table, _given_up().label("given_up"))


def _given_up() -> ColumnElement[bool]:
    """Whether a policy comes from one of the organization that is no more."""
    standing = sa.exists().where(organization_policy.c.id == table.c.organization_policy_id)
    return sa.and_(table.c.organization_policy_id.is_not(None), ~standing)


def _changeable(terms: Terms) -> Mapping[str, object]:
    return {
        "name": terms.name,
        "kind": terms.kind,
        "enabled": terms.enabled,
        "patterns": write_document(terms.patterns),
        "start_window_minutes": terms.start_window_minutes,
        "retention": write_document(terms.retention),
        "destination_project_id": terms.destination_project_id,
        "destination_region": terms.destination_region,
        "accelerated": terms.accelerated,
        "cross_account_urn": terms.cross_account_urn,
        "execution": write_document(terms.execution),
    }


def _of(row: Record) -> Policy:
    return Policy(
        id=row.id,
        project_id=row.project_id,
        terms=Terms(
            name=row.name,
            kind=PolicyKind(row.kind),
            enabled=row.enabled,
            patterns=read_document(row.patterns, tuple[str, ...]),
            start_window_minutes=row.start_window_minutes,
            retention=read_document(row.retention, Retention),
            destination_project_id=row.destination_project_id,
            destination_region=row.destination_region,
            accelerated=row.accelerated,
            cross_account_urn=row.cross_account_urn,
            execution=read_document(row.execution, Execution),
        ),
        trigger_id=row.trigger_id,
        organization_policy_id=row.organization_policy_id,
        given_up=bool(row.given_up),
        created_at=row.created_at,
    )
