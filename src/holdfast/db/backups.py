"""Backups: what was taken. Their statuses follow from what is under way and are added when they are read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model import clock
from holdfast.model.backup import Backup, BackupState, BackupStatus, ImageType, OwnType
from holdfast.model.errors import BackupNotFound
from holdfast.model.member import Member
from holdfast.model.resource import ResourceType
from holdfast.model.suspicion import Size
from holdfast.model.task import Page

from . import backup_statuses, members
from .backup_filters import BackupFilter as BackupFilter
from .backup_filters import Sort as Sort
from .backup_filters import SortKey as SortKey
from .backup_filters import conditions, keys, whose
from .listing import Listing
from .statements import Record
from .tables import backup as table


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a backup once it is taken; the fields mean what they mean in `Backup`."""

    snapshot_id: str
    bookmark: str | None = None
    root: str = ""
    read_bytes: int = 0
    stored_bytes: int = 0
    file_count: int = 0


def add(tx: Connection, backup: Backup) -> None:
    """Keep a new backup as it is, a child with its `parent_id`. Its `status` and `children` are not kept."""
    tx.execute(
        sa.insert(table).values(
            id=backup.id,
            project_id=backup.project_id,
            vault_id=backup.vault_id,
            checkpoint_id=backup.checkpoint_id,
            parent_id=backup.parent_id,
            resource_id=backup.resource_id,
            resource_name=backup.resource_name,
            resource_type=backup.resource_type,
            resource_size_gb=backup.resource_size_gb,
            name=backup.name,
            description=backup.description,
            image_type=backup.image_type,
            incremental=backup.incremental,
            auto_trigger=backup.auto_trigger,
            policy_id=backup.policy_id,
            enterprise_project_id=backup.enterprise_project_id,
            state=backup.state,
            snapshot_id=backup.snapshot_id,
            bookmark=backup.bookmark,
            root=backup.root,
            read_bytes=backup.read_bytes,
            stored_bytes=backup.stored_bytes,
            file_count=backup.file_count,
            created_at=backup.created_at,
            protected_at=backup.protected_at,
            updated_at=backup.updated_at,
            expired_at=backup.expired_at,
        )
    )


def get(tx: Connection, project_id: str, backup_id: str) -> Backup:
    """One backup of the project, with its children; raises BackupNotFound."""
    found = _families(tx, sa.select(table).where(table.c.project_id == project_id, table.c.id == backup_id))
    if not found:
        raise BackupNotFound(backup_id)
    return found[0]


def visible(tx: Connection, project_id: str, backup_id: str) -> Backup:
    """One backup that the project may read, with its children; raises BackupNotFound.

    That is one of its own, or one that it accepted from another project.
    """
    mine = whose(BackupFilter(project_id=project_id, own_type=OwnType.ALL_GRANTED))
    return _one(tx, mine, project_id, backup_id)


def offered(tx: Connection, project_id: str, backup_id: str) -> Backup:
    """One backup that is shared with the project, whatever it said to that; raises BackupNotFound."""
    return _one(tx, table.c.id.in_(members.offers(project_id)), project_id, backup_id)


def find(tx: Connection, wanted: BackupFilter, page: Page) -> list[Backup]:
    """A page of the backups that match, without children; raises InvalidParameter for an unknown marker."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    listing = Listing(table, wanted.project_id, keys(wanted.sort, situation), whose(wanted))
    chosen = sa.select(table).where(*conditions(wanted, situation))
    rows = tx.execute(listing.cut(tx, chosen, page)).all()
    shares = _shares(tx, wanted.project_id, rows)
    return [
        replace(_of(row, situation.status_of(row)), member=shares.get(row.id))
        for row in rows
        if row.project_id == wanted.project_id or row.id in shares
    ]


def with_children(tx: Connection, found: Sequence[Backup], project_id: str) -> list[Backup]:
    """The same backups with their children, as the project sees them."""
    chosen = sa.select(table).where(table.c.parent_id.in_([one.id for one in found]))
    children = _children(tx, chosen, project_id)
    return [
        replace(one, children=tuple(replace(child, member=one.member) for child in children.get(one.id, ())))
        for one in found
    ]


def count(tx: Connection, wanted: BackupFilter) -> int:
    """How many backups match."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    matching = sa.select(sa.func.count()).select_from(table).where(*conditions(wanted, situation))
    return int(tx.execute(matching).scalar_one())


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """How many backups some are, and how large what they were taken of is."""

    count: int
    size_gb: int


def holding(tx: Connection, wanted: BackupFilter) -> Holding:
    """How many backups match, and of how much."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    size = sa.func.coalesce(sa.func.sum(sa.cast(table.c.resource_size_gb, sa.BigInteger)), 0)
    row = tx.execute(sa.select(sa.func.count(), size).where(*conditions(wanted, situation))).one()
    return Holding(count=row[0], size_gb=int(row[1]))


def of_vault(tx: Connection, vault_id: str) -> list[Backup]:
    """All backups in a vault with their children, oldest first."""
    return _families(tx, sa.select(table).where(table.c.vault_id == vault_id, table.c.parent_id.is_(None)))


def of_resources(tx: Connection, vault_id: str, resource_ids: Collection[str]) -> list[Backup]:
    """All backups of these resources in a vault with their children, oldest first."""
    whole = sa.select(table).where(table.c.vault_id == vault_id, table.c.parent_id.is_(None))
    return _families(tx, whole.where(table.c.resource_id.in_(resource_ids)))


def held(
    tx: Connection, project_id: str, vault_ids: Collection[str], resource_ids: Collection[str] | None = None
) -> dict[str, list[Backup]]:
    """All backups in each of these vaults of the project, or those of these resources, without children."""
    wanted = sa.select(table).where(table.c.vault_id.in_(vault_ids), table.c.parent_id.is_(None))
    if resource_ids is not None:
        wanted = wanted.where(table.c.resource_id.in_(resource_ids))
    situation = backup_statuses.of_project(tx, project_id)
    found: dict[str, list[Backup]] = {}
    for row in tx.execute(wanted):
        found.setdefault(row.vault_id, []).append(_of(row, situation.status_of(row)))
    return found


def latest(tx: Connection, resource_id: str, vault_id: str) -> Backup | None:
    """The last good backup of a resource in a vault, also where it was taken as a disk of a server."""
    row = tx.execute(_good(resource_id, vault_id).limit(1)).first()
    return None if row is None else _of(row, backup_statuses.of_rows(tx, [row]).status_of(row))


def recent_sizes(tx: Connection, resource_id: str, vault_id: str, limit: int) -> list[Size]:
    """The sizes of the last good backups of a resource in a vault, the newest first."""
    rows = tx.execute(_good(resource_id, vault_id).limit(limit))
    return [Size(row.read_bytes, row.file_count) for row in rows]


def _good(resource_id: str, vault_id: str) -> Select[tuple[Any, ...]]:
    """The good backups of a resource in a vault, the newest first."""
    return (
        sa.select(table)
        .where(
            table.c.vault_id == vault_id,
            table.c.resource_id == resource_id,
            table.c.state == BackupState.AVAILABLE,
        )
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )


def by_ids(tx: Connection, backup_ids: Collection[str], viewer: str) -> dict[str, Backup]:
    """These backups without children by their ids, whoever's they are, as the project `viewer` sees them."""
    rows = tx.execute(sa.select(table).where(table.c.id.in_(backup_ids))).all()
    situation = backup_statuses.of_rows(tx, rows, viewer)
    return {row.id: _of(row, situation.status_of(row)) for row in rows}


def known(tx: Connection, backup_ids: Collection[str]) -> set[str]:
    """Those of the ids that are backups, of whatever project."""
    return set(tx.scalars(sa.select(table.c.id).where(table.c.id.in_(backup_ids))))


def snapshots_of(tx: Connection, vault_id: str) -> set[str]:
    """The snapshots that are backups of this vault."""
    taken = sa.select(table.c.snapshot_id).where(table.c.vault_id == vault_id)
    return set(tx.scalars(taken.where(table.c.snapshot_id.is_not(None))))


def shared_snapshots(tx: Connection, backup: Backup) -> set[str]:
    """Those of the snapshots of a backup and its disks that are other backups of the same vault as well."""
    family = [backup.id, *(one.id for one in backup.children)]
    mine = [one.snapshot_id for one in (backup, *backup.children) if one.snapshot_id]
    others = sa.select(table.c.snapshot_id).where(
        table.c.vault_id == backup.vault_id, table.c.snapshot_id.in_(mine), table.c.id.not_in(family)
    )
    return set(tx.scalars(others))


def complete(tx: Connection, backup_id: str, completed: Completed) -> None:
    """The backup was taken; raises BackupNotFound."""
    now = clock.now()
    _change(
        tx,
        backup_id,
        state=BackupState.AVAILABLE,
        snapshot_id=completed.snapshot_id,
        bookmark=completed.bookmark,
        root=completed.root,
        read_bytes=completed.read_bytes,
        stored_bytes=completed.stored_bytes,
        file_count=completed.file_count,
        protected_at=now,
        updated_at=now,
    )


def rename(tx: Connection, backup_id: str, name: str) -> None:
    """The backup is called so from now on; raises BackupNotFound."""
    _change(tx, backup_id, name=name, updated_at=clock.now())


def fail(tx: Connection, backup_id: str) -> None:
    """The backup could not be taken; raises BackupNotFound."""
    _change(tx, backup_id, state=BackupState.ERROR, updated_at=clock.now())


def move(tx: Connection, backup_id: str, vault_id: str, snapshot_id: str | None) -> None:
    """The backup, one of a disk or a whole one, is in another vault now, as that snapshot there.

    Raises BackupNotFound.
    """
    _change(tx, backup_id, vault_id=vault_id, snapshot_id=snapshot_id)


def expire(tx: Connection, vault_id: str, expires_at: datetime) -> None:
    """All backups of a vault expire then."""
    some = sa.update(table).where(table.c.vault_id == vault_id)
    tx.execute(some.values(expired_at=expires_at, updated_at=clock.now()))


def keep_until(tx: Connection, vault_id: str, expires_at: datetime) -> None:
    """The backups of a vault that would expire before then do so then; the others stay as they are."""
    some = sa.update(table).where(table.c.vault_id == vault_id, table.c.expired_at < expires_at)
    tx.execute(some.values(expired_at=expires_at, updated_at=clock.now()))


def remove(tx: Connection, backup_id: str) -> None:
    """Forget a backup and its children; one that is gone is forgotten already."""
    tx.execute(sa.delete(table).where(table.c.id == backup_id))


def _change(tx: Connection, backup_id: str, **values: Any) -> None:
    if not tx.execute(sa.update(table).where(table.c.id == backup_id).values(**values)).rowcount:
        raise BackupNotFound(backup_id)


def _one(tx: Connection, whose: ColumnElement[bool], project_id: str, backup_id: str) -> Backup:
    """One backup with its children, as the project sees it; raises BackupNotFound."""
    row = tx.execute(sa.select(table).where(whose, table.c.id == backup_id)).first()
    if row is None:
        raise BackupNotFound(backup_id)
    situation = backup_statuses.of_rows(tx, [row], project_id)
    share = _shares(tx, project_id, [row]).get(row.id)
    if share is None and row.project_id != project_id:
        raise BackupNotFound(backup_id)
    return with_children(tx, [replace(_of(row, situation.status_of(row)), member=share)], project_id)[0]


def _shares(tx: Connection, project_id: str, rows: Sequence[Record]) -> dict[str, Member]:
    """By backup, how the project came to those that are another's; nothing for one that was taken back since
    the rows were read."""
    foreign = [row for row in rows if row.project_id != project_id]
    if not foreign:
        return {}
    whole = {row.id: row.parent_id or row.id for row in foreign}
    shares = members.with_project(tx, project_id, set(whole.values()))
    return {backup_id: shares[shared_id] for backup_id, shared_id in whole.items() if shared_id in shares}


def _families(tx: Connection, wanted: Select[Any]) -> list[Backup]:
    """The backups with their children, oldest first."""
    rows = tx.execute(wanted.order_by(table.c.created_at, table.c.id)).all()
    situation = backup_statuses.of_rows(tx, rows)
    children = _children(tx, sa.select(table).where(table.c.parent_id.in_([row.id for row in rows])))
    return [
        replace(_of(row, situation.status_of(row)), children=tuple(children.get(row.id, ()))) for row in rows
    ]


def _children(tx: Connection, wanted: Select[Any], viewer: str | None = None) -> dict[str, list[Backup]]:
    """The children of each parent."""
    rows = tx.execute(wanted.order_by(table.c.created_at, table.c.resource_name, table.c.id)).all()
    situation = backup_statuses.of_rows(tx, rows, viewer)
    by_parent: dict[str, list[Backup]] = {}
    for row in rows:
        by_parent.setdefault(row.parent_id, []).append(_of(row, situation.status_of(row)))
    return by_parent


def _of(row: Record, status: BackupStatus) -> Backup:
    return Backup(
        id=row.id,
        project_id=row.project_id,
        vault_id=row.vault_id,
        checkpoint_id=row.checkpoint_id,
        parent_id=row.parent_id,
        resource_id=row.resource_id,
        resource_name=row.resource_name,
        resource_type=ResourceType(row.resource_type),
        resource_size_gb=row.resource_size_gb,
        name=row.name,
        description=row.description,
        image_type=ImageType(row.image_type),
        incremental=row.incremental,
        auto_trigger=row.auto_trigger,
        policy_id=row.policy_id,
        enterprise_project_id=row.enterprise_project_id,
        state=BackupState(row.state),
        status=status,
        snapshot_id=row.snapshot_id,
        bookmark=row.bookmark,
        root=row.root,
        read_bytes=row.read_bytes,
        stored_bytes=row.stored_bytes,
        file_count=row.file_count,
        created_at=row.created_at,
        protected_at=row.protected_at,
        updated_at=row.updated_at,
        expired_at=row.expired_at,
    )
