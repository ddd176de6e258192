"""What the protection of resources follows from: their places in vaults, and their newest backups.

All is asked of many resources at once, and of each by the index of backups by vault and resource.
"""

from collections.abc import Collection
from itertools import starmap
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select

from holdfast.model.backup import BackupState
from holdfast.model.protection import LastBackup, Protected
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, Task
from holdfast.model.task_filter import TaskFilter

from . import tasks
from .statements import Record, texts
from .tables import attachment, backup, resource, vault
from .task_queries import Matches

_ENDED = (BackupState.AVAILABLE, BackupState.ERROR)
_GOOD = (BackupState.AVAILABLE,)
# The parts of others are resources of their own only in a vault.
_WHOLE = sa.or_(
    resource.c.parent_id.is_(None),
    sa.exists().where(attachment.c.resource_id == resource.c.id).correlate(resource),
)


class Holding(msgspec.Struct, frozen=True):
    """The good backups of a resource in a vault: how many, and the last."""

    vault_id: str
    count: int
    last: LastBackup


class Some(msgspec.Struct, frozen=True):
    """The resources of a project for which every given condition holds. Parts of others are not among them,
    unless they are in a vault themselves or are asked for."""

    project_id: str
    type: ResourceType | None = None
    resource_id: str | None = None


class Named(NamedTuple):
    """A resource, and all of itself that lists of many are sorted by."""

    id: str
    name: str
    type: str
    size_bytes: int


class Standing(NamedTuple):
    """How a resource in a vault stands: whether the newest backup there that has ended is `good`, None where
    there is none, and when it was begun, in microseconds since 1970."""

    auto_protect: bool
    good: bool | None
    created: int


def names(
    tx: Connection, some: Some, *, part: tuple[int, int] | None = None, descending: bool = False
) -> list[Named]:
    """These resources by name; or a part of them: at most so many, after so many."""
    wanted = sa.select(*(resource.c[name] for name in Named._fields)).where(*_conditions(some))
    order = (resource.c.name, resource.c.id)
    wanted = wanted.order_by(*(one.desc() if descending else one for one in order))
    if part is not None:
        wanted = wanted.limit(part[0]).offset(part[1])
    return list(starmap(Named, tx.execute(wanted).all()))


def count(tx: Connection, some: Some) -> int:
    """How many they are."""
    wanted = sa.select(sa.func.count()).select_from(resource).where(*_conditions(some))
    return int(tx.execute(wanted).scalar_one())


def standings(tx: Connection, project_id: str) -> dict[str, Standing]:
    """How every resource in a vault of the project stands, by resource."""
    newer = backup.alias("newer")
    good = sa.case((newer.c.state == BackupState.AVAILABLE, 1), else_=0)
    # One number for both: what is read of each costs more than all else.
    last = (
        sa.select(sa.type_coerce(newer.c.created_at, sa.BigInteger) * 2 + good)
        .where(*_of_place(newer, attachment, _ENDED))
        .order_by(newer.c.created_at.desc())
        .limit(1)
        .correlate(attachment)
        .scalar_subquery()
    )
    wanted = (
        sa.select(attachment.c.resource_id, attachment.c.auto_protect, last)
        .join(vault, vault.c.id == attachment.c.vault_id)
        .where(vault.c.project_id == project_id)
    )
    return {
        id: Standing(auto, None if number is None else bool(number & 1), (number or 0) >> 1)
        for id, auto, number in tx.execute(wanted).all()
    }


def find(tx: Connection, project_id: str, resource_ids: Collection[str]) -> list[Protected]:
    """These resources and their vaults. What follows from backups is not told."""
    columns = (resource.c[name] for name in ("id", "name", "type", "size_bytes", "parent_id"))
    wanted = (
        sa.select(*columns, attachment.c.vault_id, attachment.c.auto_protect)
        .outerjoin(attachment, attachment.c.resource_id == resource.c.id)
        .where(resource.c.project_id == project_id, resource.c.id.in_(texts(tx, resource_ids)))
    )
    return [_protected(row) for row in tx.execute(wanted).all()]


def vault_names(tx: Connection, project_id: str) -> dict[str, str]:
    """The names of the project's vaults."""
    wanted = sa.select(vault.c.id, vault.c.name).where(vault.c.project_id == project_id)
    return {row.id: row.name for row in tx.execute(wanted)}


def newest(
    tx: Connection, project_id: str, resource_ids: Collection[str], *, good: bool = False
) -> dict[str, LastBackup]:
    """Of each of these resources that is in a vault the newest backup there that has ended, well or not; or
    the newest good one."""
    if not resource_ids:
        return {}
    wanted = (
        sa.select(attachment.c.resource_id, backup.c.id, backup.c.state, backup.c.created_at)
        .select_from(attachment)
        .join(backup, backup.c.id == _newest(attachment, _GOOD if good else _ENDED))
        .join(vault, vault.c.id == attachment.c.vault_id)
        .where(vault.c.project_id == project_id, attachment.c.resource_id.in_(texts(tx, resource_ids)))
    )
    return {row.resource_id: _last(row) for row in tx.execute(wanted).all()}


def holdings(tx: Connection, project_id: str, resource_ids: Collection[str]) -> dict[str, list[Holding]]:
    """The good backups of each of these resources, by the vaults of the project that hold them."""
    here = sa.select(vault.c.id).where(vault.c.project_id == project_id)
    # Not a condition: there is an index of what has no parent, which is nearly everything.
    whole = sa.func.sum(sa.case((backup.c.parent_id.is_(None), 1), else_=0))
    counted = (
        sa.select(backup.c.vault_id, backup.c.resource_id, whole.label("good"))
        .where(
            backup.c.vault_id.in_(here),
            backup.c.resource_id.in_(texts(tx, resource_ids)),
            backup.c.state == BackupState.AVAILABLE,
        )
        .group_by(backup.c.vault_id, backup.c.resource_id)
        .subquery()
    )
    last = backup.alias("last")
    wanted = sa.select(
        counted.c.vault_id, counted.c.resource_id, counted.c.good, last.c.id, last.c.state, last.c.created_at
    )
    wanted = wanted.select_from(counted).join(last, last.c.id == _newest(counted, _GOOD))
    found: dict[str, list[Holding]] = {}
    for row in tx.execute(wanted):
        found.setdefault(row.resource_id, []).append(Holding(row.vault_id, int(row.good), _last(row)))
    return found


def tasks_of_backups(tx: Connection, project_id: str, backup_ids: Collection[str]) -> dict[str, Task]:
    """The ended tasks that took these backups, by backup; of those that the history still keeps."""
    if not backup_ids:
        return {}
    wanted = TaskFilter(
        project_id=project_id, operations=(Operation.BACKUP,), backup_ids=tuple(sorted(backup_ids))
    )
    seqs = Matches(tx, wanted).page(2 * len(backup_ids))
    ended = [task for _, task in sorted(tasks.kept(tx, seqs).items()) if task.status.is_end]
    return {task.backup_id: task for task in ended if task.backup_id is not None}


def _conditions(some: Some) -> tuple[ColumnElement[bool], ...]:
    conditions = [resource.c.project_id == some.project_id]
    if some.type is not None:
        conditions.append(resource.c.type == some.type)
    return (*conditions, _WHOLE if some.resource_id is None else resource.c.id == some.resource_id)


def _newest(place: Any, states: Collection[BackupState]) -> ScalarSelect[str]:
    newer = backup.alias("newer")
    wanted: Select[tuple[str]] = (
        sa.select(newer.c.id)
        .where(*_of_place(newer, place, states))
        .order_by(newer.c.created_at.desc(), newer.c.id.desc())
        .limit(1)
        .correlate(place)
    )
    return wanted.scalar_subquery()


def _of_place(some: Any, place: Any, states: Collection[BackupState]) -> tuple[ColumnElement[bool], ...]:
    return (
        some.c.vault_id == place.c.vault_id,
        some.c.resource_id == place.c.resource_id,
        some.c.parent_id.is_(None),
        some.c.state.in_(states),
    )


def _protected(row: Record) -> Protected:
    return Protected(
        resource_id=row.id,
        name=row.name,
        type=ResourceType(row.type),
        size_bytes=row.size_bytes,
        parent_id=row.parent_id,
        vault_id=row.vault_id,
        auto_protect=row.auto_protect is not False,
    )


def _last(row: Record) -> LastBackup:
    return LastBackup(row.id, BackupState(row.state), row.created_at)
