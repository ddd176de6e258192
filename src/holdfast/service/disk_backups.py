"""Backups of disks, as the Volume Backup Service knows them: disks and their backups, and no vaults."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups as stored
from holdfast.db import resources, tasks
from holdfast.db.backups import BackupFilter as BackupFilter  # handed on: the floor above never imports db
from holdfast.db.backups import Holding as Holding
from holdfast.db.backups import Sort as Sort
from holdfast.db.backups import SortKey as SortKey
from holdfast.model.backup import Backup, BackupStatus
from holdfast.model.checkpoint import BUSY, GONE, LEAVING, RESTORING, SUSPENDED, Plan, Wanted
from holdfast.model.errors import (
    BackupNotFound,
    BackupUnderWay,
    NothingToBackUp,
    Refusal,
    ResourceBeingRemoved,
    ResourceNotFound,
    ResourceRestoring,
)
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, Page, Task
from holdfast.model.task_filter import TaskFilter

from . import backups, checkpoints, disk_vaults, restores
from .context import Context
from .restores import WantedRestore


def create(context: Context, disk_id: str, wanted: Wanted) -> tuple[Backup, Task]:
    """Ask for a backup of a disk, in the vault that it is in or else in the one of disks without a policy.

    Either the backup is asked for, or nothing is written at all. Raises ResourceNotFound,
    ResourceTypeNotSupported for what is no disk, BackupUnderWay, ResourceRestoring or ResourceBeingRemoved
    for a disk that is busy, NothingToBackUp for one whose protection is suspended, or what `Vault.check_new`
    and `plan_checkpoint` refuse.
    """
    with context.changing() as tx:
        disk = resources.get(tx, context.project_id, disk_id)
        vault = disk_vaults.for_backup(tx, context, disk)
        plan = checkpoints.add(tx, context, vault, replace(wanted, resource_ids=(disk.id,)))
        _check_goes(plan)
    context.wake()
    return plan.backups[0], plan.tasks[0]


def find(context: Context, wanted: BackupFilter, page: Page) -> list[Backup]:
    """A page of the backups of disks that are the project's own; raises InvalidParameter for an unknown
    marker."""
    with context.db.reading() as tx:
        return stored.find(tx, _of_disks(context, wanted), page)


def count(context: Context, wanted: BackupFilter) -> int:
    """How many backups of disks match."""
    with context.db.reading() as tx:
        return stored.count(tx, _of_disks(context, wanted))


def holding(context: Context) -> Holding:
    """What the backups of disks of the project are, all together."""
    with context.db.reading() as tx:
        return stored.holding(tx, _of_disks(context, BackupFilter(project_id=context.project_id)))


def show(context: Context, backup_id: str) -> Backup:
    """One backup of a disk: the project's own, or one that it accepted. Raises BackupNotFound."""
    with context.db.reading() as tx:
        return _visible(tx, context, backup_id)


def reasons(context: Context, found: Sequence[Backup]) -> Mapping[str, str]:
    """By backup, why those failed that did; nothing where the task that tells it is gone."""
    failed = [one.id for one in found if one.status is BackupStatus.ERROR and one.member is None]
    if not failed:
        return {}
    wanted = TaskFilter(
        project_id=context.project_id, operations=(Operation.BACKUP,), backup_ids=tuple(failed)
    )
    with context.db.reading() as tx:
        ended = tasks.find(tx, wanted, Page(limit=len(failed)))
    return {task.backup_id: task.error.message for task in ended if task.backup_id and task.error.message}


def delete(context: Context, backup_id: str) -> Task:
    """Ask for a backup of a disk to be deleted; raises what `backups.delete` does."""
    show(context, backup_id)
    return backups.delete(context, backup_id)


def restore(context: Context, backup_id: str, disk_id: str) -> Task:
    """Ask for a backup of a disk to be restored onto a disk; raises what `restores.create` does."""
    show(context, backup_id)
    return restores.create(context, backup_id, WantedRestore(volume_id=disk_id))


def _visible(tx: Connection, context: Context, backup_id: str) -> Backup:
    backup = stored.visible(tx, context.project_id, backup_id)
    if backup.resource_type is not ResourceType.DISK or backup.parent_id is not None:
        raise BackupNotFound(backup_id)
    return backup


def _of_disks(context: Context, wanted: BackupFilter) -> BackupFilter:
    return replace(wanted, project_id=context.project_id, resource_type=ResourceType.DISK)


_REFUSALS: Mapping[str, type[Refusal]] = {
    BUSY.code: BackupUnderWay,
    RESTORING.code: ResourceRestoring,
    LEAVING.code: ResourceBeingRemoved,
    GONE.code: ResourceNotFound,
    SUSPENDED.code: NothingToBackUp,
}


def _check_goes(plan: Plan) -> None:
    """Raises the refusal that fits what keeps the one resource of a run from being backed up."""
    for skipped in plan.checkpoint.skipped:
        raise _REFUSALS[skipped.code](skipped.reason)
