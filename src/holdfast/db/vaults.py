"""Vaults: their rows, tags and attached resources. Their statuses follow from what is under way."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model import clock
from holdfast.model.backup import BackupState
from holdfast.model.errors import ResourceAlreadyProtected, ResourceNotInVault, VaultNotFound
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag
from holdfast.model.task import Operation, Page
from holdfast.model.vault import (
    Attachment,
    CloudType,
    ConsistentLevel,
    ProtectType,
    Vault,
    VaultState,
)
from holdfast.model.window import Window

from . import attachments, under_way, vault_usage
from .columns import read_document, write_document
from .listing import Listing
from .seals import seal, unseal
from .statements import Record, contains, insert
from .tables import attachment, backup, vault_policy, vault_tag
from .tables import vault as table
from .task_tables import work


class VaultSort(StrEnum):
    """What a list of vaults may be sorted by; `used_percent` is how full they are."""

    CREATED_AT = "created_at"
    NAME = "name"
    SIZE = "size"
    USED = "used"
    USED_PERCENT = "used_percent"


class VaultFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which vaults of a project, in which order; every given condition must hold.

    `name` matches as a substring; `resource_ids` asks for the vaults that hold any of them, `policy_id` for
    those that follow a policy. `sort` has keys, each with whether the highest come first; without any, the
    newest come first.
    """

    project_id: str
    ids: tuple[str, ...] | None = None
    name: str | None = None
    object_type: ObjectType | None = None
    protect_type: ProtectType | None = None
    cloud_type: CloudType | None = None
    status: VaultState | None = None
    policy_id: str | None = None
    resource_ids: tuple[str, ...] | None = None
    enterprise_project_id: str | None = None
    sort: tuple[tuple[VaultSort, bool], ...] = ()


def add(tx: Connection, vault: Vault, secret: str) -> None:
    """Keep a new vault with its tags and attachments, and its repository's password, sealed."""
    tx.execute(
        sa.insert(table).values(
            id=vault.id,
            project_id=vault.project_id,
            user_id=vault.user_id,
            used_bytes=vault.used_bytes,
            created_at=vault.created_at,
            secret=seal(tx, secret),
            **_changeable(vault),
        )
    )
    vault_usage.note(tx, vault.id, vault.used_bytes)
    set_tags(tx, vault.id, vault.tags)
    for one in vault.attachments:
        attach(tx, vault.id, one)


def replace(tx: Connection, vault: Vault) -> None:
    """Write what may change of a known vault, its tags included; raises VaultNotFound.

    Use, attachments, owner, creation time and password stay as they are.
    """
    changed = sa.update(table).where(table.c.project_id == vault.project_id, table.c.id == vault.id)
    if not tx.execute(changed.values(**_changeable(vault))).rowcount:
        raise VaultNotFound(vault.id)
    set_tags(tx, vault.id, vault.tags)


def get(tx: Connection, project_id: str, vault_id: str) -> Vault:
    """One vault of the project, as it stands now; raises VaultNotFound."""
    wanted = sa.select(table).where(table.c.project_id == project_id, table.c.id == vault_id)
    found = _read(tx, tx.execute(wanted).all())
    if not found:
        raise VaultNotFound(vault_id)
    return found[0]


def find(tx: Connection, wanted: VaultFilter, page: Page) -> list[Vault]:
    """A page of the vaults that match; raises InvalidParameter for an unknown marker."""
    return _read(tx, _rows(tx, wanted, page))


def find_bare(tx: Connection, wanted: VaultFilter, page: Page) -> list[Vault]:
    """The same without tags, attachments, counts and whether they are being deleted: a vault may hold
    thousands of resources that nobody asked for."""
    return [_of(row) for row in _rows(tx, wanted, page)]


def count(tx: Connection, wanted: VaultFilter) -> int:
    """How many vaults match."""
    matching = sa.select(sa.func.count()).select_from(table).where(*_conditions(wanted))
    return int(tx.execute(matching).scalar_one())


def with_automatic(tx: Connection, after: str, limit: int) -> list[tuple[str, str]]:
    """The vaults that hold what nobody asked for by hand, as project and id: at most so many of those whose
    ids come after this one, by id."""
    held = sa.exists().where(backup.c.vault_id == table.c.id, backup.c.auto_trigger)
    wanted = sa.select(table.c.project_id, table.c.id).where(table.c.id > after, held)
    return [(row.project_id, row.id) for row in tx.execute(wanted.order_by(table.c.id).limit(limit))]


def locked(tx: Connection, vault_ids: Collection[str]) -> set[str]:
    """Those of these vaults that are locked."""
    return set(tx.scalars(sa.select(table.c.id).where(table.c.id.in_(vault_ids), table.c.locked)))


def secret(tx: Connection, vault_id: str) -> str:
    """The password of the vault's repository; raises VaultNotFound, or WrongKeyError."""
    sealed = tx.scalar(sa.select(table.c.secret).where(table.c.id == vault_id))
    if sealed is None:
        raise VaultNotFound(vault_id)
    return unseal(tx, sealed)


def set_used(tx: Connection, vault_id: str, used_bytes: int) -> None:
    """The repository takes so many bytes now; raises VaultNotFound."""
    used = sa.update(table).where(table.c.id == vault_id).values(used_bytes=used_bytes)
    if not tx.execute(used).rowcount:
        raise VaultNotFound(vault_id)
    vault_usage.note(tx, vault_id, used_bytes)


def add_used(tx: Connection, vault_id: str, bytes_more: int) -> int:
    """The repository takes so many bytes more, or less, than it did; how many that are now.

    Raises VaultNotFound.
    """
    now = table.c.used_bytes + bytes_more
    used = sa.case((now > 0, now), else_=0)
    written = sa.update(table).where(table.c.id == vault_id).values(used_bytes=used)
    found = tx.scalar(written.returning(table.c.used_bytes))
    if found is None:
        raise VaultNotFound(vault_id)
    vault_usage.note(tx, vault_id, int(found))
    return int(found)


def grow(tx: Connection, vault_id: str, size_gb: int) -> None:
    """The vault has so many GB now, unless it has more."""
    smaller = sa.update(table).where(table.c.id == vault_id, table.c.size_gb < size_gb)
    tx.execute(smaller.values(size_gb=size_gb))


def totals(tx: Connection, project_id: str) -> tuple[int, int]:
    """What all vaults of a project come to: their sizes in GB, and the bytes that they hold."""
    sums = sa.select(sa.func.sum(table.c.size_gb), sa.func.sum(table.c.used_bytes))
    size_gb, used_bytes = tx.execute(sums.where(table.c.project_id == project_id)).one()
    return int(size_gb or 0), int(used_bytes or 0)


def set_tags(tx: Connection, vault_id: str, tags: Sequence[Tag]) -> None:
    """The vault has these tags, in this order, and no others."""
    tx.execute(sa.delete(vault_tag).where(vault_tag.c.vault_id == vault_id))
    rows = [
        {"vault_id": vault_id, "key": tag.key, "value": tag.value, "position": position}
        for position, tag in enumerate(tags)
    ]
    if rows:
        tx.execute(sa.insert(vault_tag), rows)


def remove(tx: Connection, vault_id: str) -> None:
    """Forget a vault and all rows of what it holds; one that is gone is forgotten already. Its tasks stay."""
    tx.execute(sa.delete(table).where(table.c.id == vault_id))


def attach(tx: Connection, vault_id: str, new: Attachment) -> None:
    """Put a resource into the vault; raises ResourceAlreadyProtected if it is in one."""
    last = sa.select(sa.func.max(attachment.c.position)).where(attachment.c.vault_id == vault_id)
    added = insert(tx, attachment).values(
        resource_id=new.resource_id,
        vault_id=vault_id,
        position=(tx.scalar(last) or 0) + 1,
        name=new.name,
        type=new.type,
        size_gb=new.size_gb,
        exclude_volumes=write_document(new.exclude_volumes),
        include_volumes=write_document(new.include_volumes),
        auto_protect=new.auto_protect,
        since=clock.now(),
    )
    free = added.on_conflict_do_nothing(index_elements=["resource_id"])
    if tx.scalar(free.returning(attachment.c.resource_id)) is None:
        raise ResourceAlreadyProtected(new.resource_id)


def detach(tx: Connection, vault_id: str, resource_id: str) -> None:
    """Take a resource out of the vault; one that is out stays out."""
    tx.execute(
        sa.delete(attachment).where(
            attachment.c.vault_id == vault_id, attachment.c.resource_id == resource_id
        )
    )


def taken(tx: Connection, project_id: str, resource_ids: Collection[str]) -> set[str]:
    """Those of the resources that are in some vault of the project."""
    wanted = (
        sa.select(attachment.c.resource_id)
        .join(table, table.c.id == attachment.c.vault_id)
        .where(table.c.project_id == project_id, attachment.c.resource_id.in_(resource_ids))
    )
    return set(tx.scalars(wanted))


def resize_attachment(tx: Connection, resource_id: str, size_gb: int) -> None:
    """The resource takes so many GB now, in whichever vault it is; raises ResourceNotInVault."""
    resized = sa.update(attachment).where(attachment.c.resource_id == resource_id).values(size_gb=size_gb)
    if not tx.execute(resized).rowcount:
        raise ResourceNotInVault(resource_id)


_KEYS: Mapping[VaultSort, ColumnElement[Any]] = MappingProxyType(
    {
        VaultSort.CREATED_AT: table.c.created_at,
        VaultSort.NAME: table.c.name,
        VaultSort.SIZE: table.c.size_gb,
        VaultSort.USED: table.c.used_bytes,
        VaultSort.USED_PERCENT: sa.cast(table.c.used_bytes, sa.Double) / table.c.size_gb,
    }
)


def _rows(tx: Connection, wanted: VaultFilter, page: Page) -> Sequence[Record]:
    sort = wanted.sort or ((VaultSort.CREATED_AT, True),)
    listing = Listing(table, wanted.project_id, [(_KEYS[key], descending) for key, descending in sort])
    return tx.execute(listing.cut(tx, sa.select(table).where(*_conditions(wanted)), page)).all()


def _conditions(wanted: VaultFilter) -> list[ColumnElement[bool]]:
    equal = {
        "project_id": wanted.project_id,
        "object_type": wanted.object_type,
        "protect_type": wanted.protect_type,
        "cloud_type": wanted.cloud_type,
        "enterprise_project_id": wanted.enterprise_project_id,
    }
    conditions = [table.c[column] == value for column, value in equal.items() if value is not None]
    if wanted.ids is not None:
        conditions.append(table.c.id.in_(wanted.ids))
    if wanted.name is not None:
        conditions.append(contains(table.c.name, wanted.name))
    if wanted.policy_id is not None:
        followers = sa.select(vault_policy.c.vault_id).where(vault_policy.c.policy_id == wanted.policy_id)
        conditions.append(table.c.id.in_(followers))
    if wanted.resource_ids is not None:
        holding = sa.select(attachment.c.vault_id).where(attachment.c.resource_id.in_(wanted.resource_ids))
        conditions.append(table.c.id.in_(holding))
    if wanted.status is not None:
        conditions.append(_has_status(wanted.status))
    return conditions


def _has_status(status: VaultState) -> ColumnElement[bool]:
    doomed = table.c.id.in_(sa.select(work.c.vault_id).where(work.c.operation == Operation.VAULT_DELETE))
    if status is VaultState.DELETING:
        return doomed
    return sa.and_(table.c.status == status, ~doomed)


def _changeable(vault: Vault) -> Mapping[str, Any]:
    return {
        "name": vault.name,
        "description": vault.description,
        "object_type": vault.object_type,
        "protect_type": vault.protect_type,
        "consistent_level": vault.consistent_level,
        "cloud_type": vault.cloud_type,
        "is_multi_az": vault.is_multi_az,
        "size_gb": vault.size_gb,
        "status": VaultState.AVAILABLE if vault.status is VaultState.DELETING else vault.status,
        "enterprise_project_id": vault.enterprise_project_id,
        "auto_bind": vault.auto_bind,
        "auto_expand": vault.auto_expand,
        "bind_rules": write_document(vault.bind_rules),
        "threshold": vault.threshold,
        "smn_notify": vault.smn_notify,
        "locked": vault.locked,
        "demand_billing": vault.demand_billing,
        "availability_zone": vault.availability_zone,
        "backup_name_prefix": vault.backup_name_prefix,
        "sys_lock_source_service": vault.sys_lock_source_service,
        "subscription": write_document(vault.subscription),
        "windows": write_document(vault.windows),
        "max_running": vault.max_running,
    }


def _read(tx: Connection, rows: Sequence[Record]) -> list[Vault]:
    """The vaults in these rows, with all that hangs on them, in a fixed number of statements."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    doomed = {
        task.vault_id for task in under_way.of_vaults(tx, ids) if task.operation is Operation.VAULT_DELETE
    }
    tags: dict[str, list[Tag]] = {}
    tagged = sa.select(vault_tag).where(vault_tag.c.vault_id.in_(ids)).order_by(vault_tag.c.position)
    for tag in tx.execute(tagged):
        tags.setdefault(tag.vault_id, []).append(Tag(tag.key, tag.value))
    attached, counts = attachments.of_vaults(tx, ids), _backup_counts(tx, ids)
    return [
        msgspec.structs.replace(
            _of(row),
            status=VaultState.DELETING if row.id in doomed else VaultState(row.status),
            tags=tuple(tags.get(row.id, ())),
            attachments=tuple(attached.get(row.id, ())),
            backup_count=counts.get(row.id, 0),
        )
        for row in rows
    ]


def _backup_counts(tx: Connection, vault_ids: Sequence[str]) -> Mapping[str, int]:
    """How many good backups are in each vault, of whatever resource; a server's with its disks is one."""
    good = (backup.c.state == BackupState.AVAILABLE, backup.c.parent_id.is_(None))
    counted = sa.select(backup.c.vault_id, sa.func.count().label("n")).group_by(backup.c.vault_id)
    rows = tx.execute(counted.where(backup.c.vault_id.in_(vault_ids), *good))
    return {row.vault_id: row.n for row in rows}


def _of(row: Record) -> Vault:
    return Vault(
        id=row.id,
        project_id=row.project_id,
        user_id=row.user_id,
        name=row.name,
        description=row.description,
        object_type=ObjectType(row.object_type),
        protect_type=ProtectType(row.protect_type),
        consistent_level=ConsistentLevel(row.consistent_level),
        cloud_type=CloudType(row.cloud_type),
        is_multi_az=row.is_multi_az,
        size_gb=row.size_gb,
        used_bytes=row.used_bytes,
        enterprise_project_id=row.enterprise_project_id,
        auto_bind=row.auto_bind,
        auto_expand=row.auto_expand,
        bind_rules=read_document(row.bind_rules, tuple[Tag, ...]),
        threshold=row.threshold,
        smn_notify=row.smn_notify,
        locked=row.locked,
        demand_billing=row.demand_billing,
        availability_zone=row.availability_zone,
        backup_name_prefix=row.backup_name_prefix,
        sys_lock_source_service=row.sys_lock_source_service,
        subscription=read_document(row.subscription, dict[str, Any]),
        windows=read_document(row.windows, tuple[Window, ...]),
        max_running=row.max_running,
        created_at=row.created_at,
    )
