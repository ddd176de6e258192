"""Backups: what was taken. Their statuses follow from what is under way and are added when they are read."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model import clock
from holdfast.model.backup import Backup, BackupState, BackupStatus, ImageType
from holdfast.model.errors import BackupNotFound
from holdfast.model.resource import ResourceType
from holdfast.model.task import Page

from . import backup_statuses
from .backup_statuses import Situation
from .columns import EPOCH, Moment, end_of_second
from .listing import Key, Listing
from .statements import Record, contains
from .tables import backup as table
from .tables import vault


class SortKey(StrEnum):
    """What a list of backups may be sorted by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"
    STATUS = "status"
    PROTECTED_AT = "protected_at"
    ID = "id"


class Sort(msgspec.Struct, frozen=True):
    """One key of the order of a list."""

    key: SortKey
    descending: bool = True


class BackupFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which backups of a project, in which order; every given condition must hold.

    Names match as substrings. `begin` and `end` bound the creation time as in `TaskFilter`. `parent_id` asks
    for the disks of a server's backup, which are left out otherwise. `used_percent` asks for the backups in
    vaults that are at least this full. Without `sort` the newest come first.
    """

    project_id: str
    ids: tuple[str, ...] | None = None
    name: str | None = None
    vault_id: str | None = None
    checkpoint_id: str | None = None
    parent_id: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    resource_type: str | None = None
    image_type: ImageType | None = None
    statuses: tuple[BackupStatus, ...] | None = None
    incremental: bool | None = None
    enterprise_project_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    used_percent: int | None = None
    sort: tuple[Sort, ...] = ()


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


def find(tx: Connection, wanted: BackupFilter, page: Page) -> list[Backup]:
    """A page of the backups that match, without children; raises InvalidParameter for an unknown marker."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    listing = Listing(table, wanted.project_id, _keys(wanted.sort, situation))
    chosen = sa.select(table).where(*_conditions(wanted, situation))
    rows = tx.execute(listing.cut(tx, chosen, page)).all()
    return [_of(row, situation.status_of(row)) for row in rows]


def count(tx: Connection, wanted: BackupFilter) -> int:
    """How many backups match."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    matching = sa.select(sa.func.count()).select_from(table).where(*_conditions(wanted, situation))
    return int(tx.execute(matching).scalar_one())


def of_vault(tx: Connection, vault_id: str) -> list[Backup]:
    """All backups in a vault with their children, oldest first."""
    return _families(tx, sa.select(table).where(table.c.vault_id == vault_id, table.c.parent_id.is_(None)))


def latest(tx: Connection, resource_id: str, vault_id: str) -> Backup | None:
    """The last good backup of a resource in a vault, also where it was taken as a disk of a server."""
    row = tx.execute(
        sa.select(table)
        .where(
            table.c.vault_id == vault_id,
            table.c.resource_id == resource_id,
            table.c.state == BackupState.AVAILABLE,
        )
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _of(row, backup_statuses.of_rows(tx, [row]).status_of(row))


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


def fail(tx: Connection, backup_id: str) -> None:
    """The backup could not be taken; raises BackupNotFound."""
    _change(tx, backup_id, state=BackupState.ERROR, updated_at=clock.now())


def remove(tx: Connection, backup_id: str) -> None:
    """Forget a backup and its children; one that is gone is forgotten already."""
    tx.execute(sa.delete(table).where(table.c.id == backup_id))


def _change(tx: Connection, backup_id: str, **values: Any) -> None:
    if not tx.execute(sa.update(table).where(table.c.id == backup_id).values(**values)).rowcount:
        raise BackupNotFound(backup_id)


def _conditions(wanted: BackupFilter, situation: Situation) -> list[ColumnElement[bool]]:
    equal = {
        "project_id": wanted.project_id,
        "vault_id": wanted.vault_id,
        "checkpoint_id": wanted.checkpoint_id,
        "resource_id": wanted.resource_id,
        "resource_type": wanted.resource_type,
        "image_type": wanted.image_type,
        "incremental": wanted.incremental,
        "enterprise_project_id": wanted.enterprise_project_id,
    }
    holding = {"name": wanted.name, "resource_name": wanted.resource_name}
    return [
        table.c.parent_id.is_(None) if wanted.parent_id is None else table.c.parent_id == wanted.parent_id,
        *(table.c[column] == value for column, value in equal.items() if value is not None),
        *(contains(table.c[column], text) for column, text in holding.items() if text is not None),
        *_ranges(wanted),
        *([] if wanted.ids is None else [table.c.id.in_(wanted.ids)]),
        *([] if wanted.statuses is None else [situation.expression().in_(wanted.statuses)]),
    ]


def _ranges(wanted: BackupFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.begin is not None:
        conditions.append(table.c.created_at >= wanted.begin)
    if wanted.end is not None:
        conditions.append(table.c.created_at < end_of_second(wanted.end))
    if wanted.used_percent is not None:
        used = vault.c.used_bytes * 100 >= sa.cast(vault.c.size_gb, sa.BigInteger) * (
            wanted.used_percent << 30
        )
        conditions.append(table.c.vault_id.in_(sa.select(vault.c.id).where(used)))
    return conditions


def _keys(sort: Sequence[Sort], situation: Situation) -> list[Key]:
    expressions: dict[SortKey, ColumnElement[Any]] = {
        SortKey.CREATED_AT: table.c.created_at,
        SortKey.UPDATED_AT: table.c.updated_at,
        SortKey.NAME: table.c.name,
        SortKey.STATUS: situation.expression(),
        # What is not protected yet stands before all that is, in both databases.
        SortKey.PROTECTED_AT: sa.func.coalesce(table.c.protected_at, sa.literal(EPOCH, Moment)),
        SortKey.ID: table.c.id,
    }
    wanted = sort or (Sort(SortKey.CREATED_AT),)
    return [(expressions[one.key], one.descending) for one in wanted]


def _families(tx: Connection, wanted: Select[Any]) -> list[Backup]:
    """The backups with their children, oldest first."""
    rows = tx.execute(wanted.order_by(table.c.created_at, table.c.id)).all()
    of_family = sa.select(table).where(table.c.parent_id.in_([row.id for row in rows]))
    children = tx.execute(of_family.order_by(table.c.created_at, table.c.resource_name, table.c.id)).all()
    situation = backup_statuses.of_rows(tx, [*rows, *children])
    by_parent: dict[str, list[Backup]] = {}
    for row in children:
        by_parent.setdefault(row.parent_id, []).append(_of(row, situation.status_of(row)))
    return [
        replace(_of(row, situation.status_of(row)), children=tuple(by_parent.get(row.id, ()))) for row in rows
    ]


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
