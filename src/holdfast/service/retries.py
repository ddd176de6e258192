"""Doing a task once more that did not end well: asked for again, under the rules of now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

from holdfast.db import backups, tasks
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.errors import BackupNotFound, TaskNotRetryable
from holdfast.model.expiry import LAST_SECOND
from holdfast.model.policy import Destination
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    MigrateResourcesDetail,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    Status,
    SyncDetail,
    Task,
    TaskResource,
    UpdateExpirationDetail,
    VaultDeleteDetail,
)

from . import attachments, checkpoints, replications, restores, sync, vaults
from . import backups as deletions
from .context import Context
from .replications import WantedReplica
from .restores import WantedRestore
from .sync import SyncedBackup

Again = Callable[[Context, Task, Any], Task]


def create(context: Context, task_id: str) -> Task:
    """Ask for the same again: a new task that names the old one, with its policy, due moment and time limit.

    A backup is a new one, in a run of its own. Raises NotAllowed for a reader, TaskNotFound, TaskNotRetryable
    for one that has not ended, ended well, or was another region's, or what asking for it the first time
    would refuse now.
    """
    context.check_may_change()
    with context.db.reading() as tx:
        task = tasks.get(tx, context.project_id, task_id)
    if not task.status.is_end or task.status is Status.SUCCESS:
        raise TaskNotRetryable(task.status)
    if task.is_done_elsewhere:
        raise TaskNotRetryable("the region that did it must ask again")
    asked = _AGAIN[type(task.detail)](replace(context, retried=task), task, task.detail)
    with context.db.reading() as tx:
        return tasks.get(tx, context.project_id, asked.id)


def _backup(context: Context, task: Task, detail: BackupDetail) -> Task:
    before = _before(context, task)
    wanted = Wanted(
        name=detail.backup_name or None,
        description="" if before is None else before.description or "",
        resource_ids=(task.resource.id,),
        incremental=detail.incremental,
        auto_trigger=task.policy_id is not None if before is None else before.auto_trigger,
        policy_id=task.policy_id,
        retention_days=_days(before),
        exclude_volumes={task.resource.id: task.resource.exclude_volumes},
    )
    _, made = checkpoints.create(context, task.vault_id or "", wanted)
    return made[0]


def _days(before: Backup | None) -> int:
    """For how many days the backup would have been kept; -1 is for ever."""
    if before is None or before.expired_at is None:
        return -1
    return (before.expired_at - before.created_at).days


def _before(context: Context, task: Task) -> Backup | None:
    """The backup that was not taken, unless somebody has deleted it; one that was skipped never was."""
    try:
        with context.db.reading() as tx:
            return backups.get(tx, task.project_id, task.backup_id or "")
    except BackupNotFound:
        return None


def _restore(context: Context, _task: Task, detail: RestoreDetail) -> Task:
    wanted = WantedRestore(
        resource_id=detail.target_resource_id or None,
        volumes=detail.volumes,
        destination=detail.destination,
        paths=detail.paths,
    )
    return restores.create(context, detail.backup_id, wanted)


def _delete(context: Context, _task: Task, detail: DeleteDetail) -> Task:
    return deletions.delete(context, detail.backup_id)


def _sync(context: Context, task: Task, detail: SyncDetail) -> Task:
    wanted = detail.wanted
    if wanted is None:
        return sync.of_vault(context, task.vault_id or "")
    asked = SyncedBackup(
        backup_id=wanted.backup_id,
        name=wanted.name,
        bucket=task.vault_id or "",
        image_path=wanted.snapshot_id or "",
        resource_id=task.resource.id,
        resource_name=task.resource.name,
        resource_type=task.resource.type,
    )
    return sync.of_backups(context, [asked])[0]


def _remove_resources(context: Context, task: Task, detail: RemoveResourcesDetail) -> Task:
    return attachments.remove(context, task.vault_id or "", _ids(detail.resources))


def _migrate_resources(context: Context, task: Task, detail: MigrateResourcesDetail) -> Task:
    return attachments.migrate(
        context, task.vault_id or "", _ids(detail.resources), detail.destination_vault_id
    )


def _replicate(context: Context, _task: Task, detail: ReplicationDetail) -> Task:
    wanted = WantedReplica(
        destination=Destination(detail.destination_project_id, detail.destination_region),
        vault_id=detail.destination_vault_id,
        name=detail.destination_backup_name,
        description=detail.description,
        auto_trigger=detail.auto_trigger,
    )
    return replications.create(context, detail.source_backup_id, wanted).tasks[0]


def _delete_vault(context: Context, task: Task, _detail: VaultDeleteDetail) -> Task:
    return vaults.delete(context, task.vault_id or "")


def _update_expiration(context: Context, task: Task, detail: UpdateExpirationDetail) -> Task:
    day = date.fromisoformat(detail.day)
    told, _ = vaults.update_expiration(context, task.vault_id or "", day, _zone(day, detail.expires_at))
    return told


def _zone(day: date, last_moment: datetime) -> timezone:
    """The zone in which this is the last moment of the day."""
    ahead = datetime.combine(day, LAST_SECOND, UTC) - last_moment
    return timezone(timedelta(minutes=round(ahead / timedelta(minutes=1))))


def _ids(resources: Sequence[TaskResource]) -> list[str]:
    return [one.id for one in resources]


_AGAIN: Mapping[type, Again] = MappingProxyType(
    {
        BackupDetail: _backup,
        RestoreDetail: _restore,
        DeleteDetail: _delete,
        SyncDetail: _sync,
        RemoveResourcesDetail: _remove_resources,
        MigrateResourcesDetail: _migrate_resources,
        ReplicationDetail: _replicate,
        VaultDeleteDetail: _delete_vault,
        UpdateExpirationDetail: _update_expiration,
    }
)
