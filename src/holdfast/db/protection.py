"""What the protection of resources follows from: their places in vaults, their newest backups and restores.

All is asked of many resources at once, and of each by the index of backups by vault and resource.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection, ScalarSelect, Select

from holdfast.model.backup import BackupState
from holdfast.model.protection import LastBackup, Protected
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, Status, Task
from holdfast.model.task_filter import EVER, Span, TaskFilter

from . import tasks
from .columns import moment_of
from .statements import Record, numbers, texts
from .tables import attachment, backup, resource, vault
from .task_queries import NEVER, Matches
from .task_tables import task_resource

_ENDED = (BackupState.AVAILABLE, BackupState.ERROR)
_GOOD = (BackupState.AVAILABLE,)
_WHOLE = sa.or_(resource.c.parent_id.is_(None), attachment.c.vault_id.is_not(None))
_Numbers = NDArray[np.int64]


class Holding(msgspec.Struct, frozen=True):
    """The good backups of a resource in a vault: how many, and the last."""

    vault_id: str
    count: int
    last: LastBackup


class Restored(msgspec.Struct, frozen=True):
    """The newest successful restore of a resource's backups, by its number, and when it ended."""

    seq: int
    ended_at: datetime


def names(
    tx: Connection, project_id: str, *, type: ResourceType | None = None, resource_id: str | None = None
) -> list[tuple[str, str]]:
    """The ids and names of the project's resources for which every given condition holds, by name. Parts of
    others are not among them, unless they are in a vault themselves or are asked for."""
    wanted = _in_vaults(sa.select(resource.c.id, resource.c.name), project_id)
    if type is not None:
        wanted = wanted.where(resource.c.type == type)
    wanted = wanted.where(_WHOLE if resource_id is None else resource.c.id == resource_id)
    return [(row.id, row.name) for row in tx.execute(wanted).all()]


def find(tx: Connection, project_id: str, resource_ids: Collection[str] | None = None) -> list[Protected]:
    """These resources, or all, and their vaults, by name. What follows from backups is not told."""
    columns = (resource.c[name] for name in ("id", "name", "type", "size_bytes", "parent_id"))
    wanted = _in_vaults(sa.select(*columns, attachment.c.vault_id, attachment.c.auto_protect), project_id)
    some = _WHOLE if resource_ids is None else resource.c.id.in_(texts(tx, resource_ids))
    return [_protected(row) for row in tx.execute(wanted.where(some)).all()]


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


def proven(tx: Connection, project_id: str, after: datetime) -> dict[str, datetime]:
    """Of each resource of which a backup was restored from this moment on: when the last restore ended."""
    wanted = _restores(project_id, Span(after=after))
    batches = Matches(tx, wanted).batches(("resource_key", "ended_at"))
    newest = _newest_of_each(
        (batch["resource_key"], batch["ended_at"], batch["ended_at"]) for batch in batches
    )
    return {one: moment_of(at) for one, (at, _) in _by_resource(tx, newest).items()}


def restored(tx: Connection, project_id: str, resource_ids: Collection[str]) -> dict[str, Restored]:
    """Of each of these resources the successful restore of its backups that ended last. What the history of
    the tasks does not keep any more is not found."""
    wanted = msgspec.structs.replace(_restores(project_id, EVER), resource_ids=tuple(resource_ids))
    batches = Matches(tx, wanted).batches(("resource_key", "ended_at", "seq"))
    newest = _newest_of_each((batch["resource_key"], batch["ended_at"], batch["seq"]) for batch in batches)
    return {one: Restored(seq, moment_of(at)) for one, (at, seq) in _by_resource(tx, newest).items()}


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


def _in_vaults(wanted: Select[Any], project_id: str) -> Select[Any]:
    return (
        wanted.outerjoin(attachment, attachment.c.resource_id == resource.c.id)
        .where(resource.c.project_id == project_id)
        .order_by(resource.c.name, resource.c.id)
    )


def _newest(place: Any, states: Collection[BackupState]) -> ScalarSelect[str]:
    newer = backup.alias("newer")
    wanted: Select[tuple[str]] = (
        sa.select(newer.c.id)
        .where(
            newer.c.vault_id == place.c.vault_id,
            newer.c.resource_id == place.c.resource_id,
            newer.c.parent_id.is_(None),
            newer.c.state.in_(states),
        )
        .order_by(newer.c.created_at.desc(), newer.c.id.desc())
        .limit(1)
        .correlate(place)
    )
    return wanted.scalar_subquery()


def _restores(project_id: str, ended: Span) -> TaskFilter:
    return TaskFilter(
        project_id=project_id, operations=(Operation.RESTORE,), statuses=(Status.SUCCESS,), ended=ended
    )


def _newest_of_each(parts: Iterable[tuple[_Numbers, _Numbers, _Numbers]]) -> dict[int, tuple[int, int]]:
    """By key, of all moments and the numbers beside them, the last moment."""
    newest: dict[int, tuple[int, int]] = {}
    for keys, moments, beside in parts:
        order = np.lexsort((moments, keys))
        ends = np.ones(len(order), dtype=np.bool_)  # whether it is the last of its key
        ends[:-1] = keys[order][1:] != keys[order][:-1]
        columns = (column[order][ends].tolist() for column in (keys, moments, beside))
        for key, at, number in zip(*columns, strict=True):
            newest[key] = max(newest.get(key, (NEVER, 0)), (at, number))
    return newest


def _by_resource(tx: Connection, newest: Mapping[int, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The same by resource, which has a key for each name that it had."""
    if not newest:
        return {}
    wanted = sa.select(task_resource.c.key, task_resource.c.id)
    found: dict[str, tuple[int, int]] = {}
    for row in tx.execute(wanted.where(task_resource.c.key.in_(numbers(tx, newest)))).all():
        found[row.id] = max(found.get(row.id, (NEVER, 0)), newest[row.key])
    return found


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
