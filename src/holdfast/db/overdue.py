"""Of which resources nothing good came since a moment at which their vaults were due."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, Subquery

from holdfast.model.backup import BackupState, ImageType
from holdfast.model.overdue import Lacking, enough_from
from holdfast.model.replication import RecordStatus, ReplicationRecord
from holdfast.model.task import Operation

from . import replications
from .statements import Record, texts
from .tables import attachment, backup, vault, vault_policy
from .task_tables import work


def backups(
    tx: Connection, policy_id: str, due_at: datetime, resource_ids: Collection[str] | None = None
) -> list[Lacking]:
    """The resources in the vaults that follow the policy, of which neither it nor anybody by hand took a good
    backup since it was due; by vault and place there. Suspended ones, and those of which nothing was expected
    then, are none of them; neither are those in vaults on their way out. With `resource_ids` only these are
    looked at."""
    wanted = _expected(sa.select(*_told(policy_id)), policy_id, due_at)
    wanted = wanted.order_by(vault.c.name, vault.c.id, attachment.c.position)
    if resource_ids is not None:
        wanted = wanted.where(attachment.c.resource_id.in_(texts(tx, resource_ids)))
    rows = tx.execute(wanted).all()
    return [
        Lacking(
            vault_id=row.vault_id,
            vault_name=row.vault_name,
            resource_id=row.resource_id,
            name=row.name,
            since=max(row.followed_since, row.attached_since),
            last_good_at=row.last_good_at,
            under_way_at=row.under_way_at,
        )
        for row in rows
    ]


def resources(tx: Connection, policy_id: str, due_at: datetime) -> set[str]:
    """The ids of those that `backups` finds."""
    return set(tx.scalars(_expected(sa.select(attachment.c.resource_id), policy_id, due_at)))


def replicas(tx: Connection, policy_id: str, due_at: datetime) -> list[Lacking]:
    """The resources in the vaults that follow the policy, whose last good backup was there when it was due,
    and did not arrive where the policy replicates to; by vault and name."""
    rows = tx.execute(_to_replicate(policy_id, due_at)).all()
    records = replications.of_backups(tx, [row.id for row in rows])
    found = []
    for row in rows:
        tried = [
            record
            for record in records.get(row.id, ())
            if record.destination_vault_id == row.destination_vault_id
        ]
        if all(record.status is not RecordStatus.SUCCESS for record in tried):
            found.append(_not_arrived(row, tried))
    return found


def _told(policy_id: str) -> tuple[ColumnElement[Any], ...]:
    """What is told of a resource, with the last good backup and the one that is under way."""
    last_good = sa.select(sa.func.max(backup.c.created_at)).where(*_good(policy_id))
    return (
        attachment.c.vault_id,
        attachment.c.resource_id,
        attachment.c.name,
        attachment.c.since.label("attached_since"),
        vault.c.name.label("vault_name"),
        vault_policy.c.since.label("followed_since"),
        last_good.correlate(attachment).scalar_subquery().label("last_good_at"),
        _under_way().label("under_way_at"),
    )


def _expected(wanted: Select[Any], policy_id: str, due_at: datetime) -> Select[Any]:
    """Of the resources of which a backup is expected, and no good one came since the policy was due."""
    return (
        wanted.join(vault_policy, vault_policy.c.vault_id == attachment.c.vault_id)
        .join(vault, vault.c.id == attachment.c.vault_id)
        .where(
            vault_policy.c.policy_id == policy_id,
            vault_policy.c.since <= due_at,
            attachment.c.since <= due_at,
            attachment.c.auto_protect,
            _stays(attachment.c.vault_id),
            ~_has_good(policy_id, due_at),
        )
    )


def _good(policy_id: str) -> tuple[ColumnElement[bool], ...]:
    """The good backups of an attached resource that count for the policy: its own, and those by hand."""
    return (
        backup.c.vault_id == attachment.c.vault_id,
        backup.c.resource_id == attachment.c.resource_id,
        backup.c.parent_id.is_(None),
        backup.c.state == BackupState.AVAILABLE,
        sa.or_(backup.c.policy_id.is_(None), backup.c.policy_id == policy_id),
    )


def _has_good(policy_id: str, due_at: datetime) -> ColumnElement[bool]:
    since = backup.c.created_at >= enough_from(due_at)
    return sa.exists().where(*_good(policy_id), since).correlate(attachment)


def _under_way() -> ScalarSelect[datetime | None]:
    return (
        sa.select(sa.func.max(backup.c.created_at))
        .join(work, work.c.backup_id == backup.c.id)
        .where(
            work.c.operation == Operation.BACKUP,
            backup.c.vault_id == attachment.c.vault_id,
            backup.c.resource_id == attachment.c.resource_id,
        )
        .correlate(attachment)
        .scalar_subquery()
    )


def _stays(vault_id: ColumnElement[str]) -> ColumnElement[bool]:
    going = sa.exists().where(work.c.vault_id == vault_id, work.c.operation == Operation.VAULT_DELETE)
    return ~going


def _to_replicate(policy_id: str, due_at: datetime) -> Select[tuple[object, ...]]:
    """Of each resource the last good backup that was there when the policy was due, and was taken while the
    vault followed it."""
    place = sa.func.row_number().over(
        partition_by=(backup.c.vault_id, backup.c.resource_id),
        order_by=(backup.c.created_at.desc(), backup.c.id.desc()),
    )
    ranked = (
        sa.select(
            backup.c.id,
            backup.c.vault_id,
            backup.c.resource_id,
            backup.c.resource_name,
            vault_policy.c.destination_vault_id,
            vault_policy.c.since,
            place.label("place"),
        )
        .join(vault_policy, vault_policy.c.vault_id == backup.c.vault_id)
        .where(
            vault_policy.c.policy_id == policy_id,
            backup.c.parent_id.is_(None),
            backup.c.state == BackupState.AVAILABLE,
            backup.c.image_type == ImageType.BACKUP,
            backup.c.created_at >= vault_policy.c.since,
            backup.c.protected_at < due_at,
            _stays(vault_policy.c.vault_id),
        )
        .subquery()
    )
    return (
        sa.select(ranked, vault.c.name.label("vault_name"), _last_arrived(ranked).label("last_good_at"))
        .join(vault, vault.c.id == ranked.c.vault_id)
        .where(ranked.c.place == 1)
        .order_by(vault.c.name, vault.c.id, ranked.c.resource_name, ranked.c.resource_id)
    )


def _last_arrived(ranked: Subquery) -> ScalarSelect[datetime | None]:
    arrived = backup.alias("arrived")
    return (
        sa.select(sa.func.max(arrived.c.created_at))
        .where(
            arrived.c.vault_id == ranked.c.destination_vault_id,
            arrived.c.resource_id == ranked.c.resource_id,
            arrived.c.state == BackupState.AVAILABLE,
            arrived.c.parent_id.is_(None),
        )
        .correlate(ranked)
        .scalar_subquery()
    )


def _not_arrived(row: Record, tried: list[ReplicationRecord]) -> Lacking:
    return Lacking(
        vault_id=row.vault_id,
        vault_name=row.vault_name,
        resource_id=row.resource_id,
        name=row.resource_name,
        since=row.since,
        last_good_at=row.last_good_at,
        under_way_at=max((record.created_at for record in tried if record.is_open), default=None),
    )
