"""Jobs: what the Volume Backup Service calls a task, whoever began it."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, RestoreDetail, Status, Task
from holdfast.service import backups, tasks
from holdfast.service.context import Context

# Of the first three its documents speak; the others are called after them.
TYPES: Mapping[Operation, str] = MappingProxyType(
    {
        Operation.BACKUP: "bksCreateBackup",
        Operation.RESTORE: "bksRestoreBackup",
        Operation.DELETE: "bksDeleteBackup",
        Operation.REPLICATION: "bksReplicateBackup",
        Operation.COPY: "bksReplicateBackup",
        Operation.SYNC: "bksSyncBackup",
        Operation.VAULT_DELETE: "bksDeleteVault",
        Operation.REMOVE_RESOURCE: "bksRemoveVolume",
        Operation.MIGRATE_RESOURCES: "bksMigrateVolume",
        Operation.UPDATE_EXPIRATION_TIME: "bksUpdateExpirationTime",
    }
)
STATUSES: Mapping[Status, str] = MappingProxyType(
    {
        Status.WAITING: "INIT",
        Status.RUNNING: "RUNNING",
        Status.SUCCESS: "SUCCESS",
        Status.FAILED: "FAIL",
        Status.TIMEOUT: "FAIL",
        Status.SKIPPED: "FAIL",
    }
)


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job. What it is about is in `entities`, text by name."""

    status: str
    entities: Mapping[str, str | None]
    job_id: str
    job_type: str
    begin_time: str
    end_time: str | None
    error_code: str | None
    fail_reason: str | None

    @classmethod
    def of(cls, task: Task, snapshot_id: str | None) -> "JobView":
        """The wire's view of a task; `snapshot_id` is that of its backup, once there is one."""
        return cls(
            status=STATUSES[task.status],
            entities=_entities(task, snapshot_id),
            job_id=task.id,
            job_type=TYPES[task.operation],
            begin_time=moments.of_job(task.started_at or task.created_at),
            end_time=moments.of_job(task.ended_at) if task.ended_at else None,
            error_code=task.error.code or None,
            fail_reason=task.error.message or None,
        )


def show(context: Context, call: Call) -> Reply:
    """GET jobs/{job_id}."""
    task = tasks.show(context, call.path["job_id"])
    return Reply(JobView.of(task, _snapshot(context, task)))


def _snapshot(context: Context, task: Task) -> str | None:
    """The snapshot that a successful backup has in the repository, for as long as it has one."""
    if task.operation is not Operation.BACKUP or task.status is not Status.SUCCESS or not task.backup_id:
        return None
    return backups.snapshot_of(context, task.backup_id)


def _entities(task: Task, snapshot_id: str | None) -> Mapping[str, str | None]:
    named: dict[str, str | None] = {}
    if task.backup_id is not None:
        named["backup_id"] = task.backup_id
    restored = task.detail.target_resource_id if isinstance(task.detail, RestoreDetail) else None
    volume_id = task.resource.id if restored is None else restored
    if task.resource.type == ResourceType.DISK and not task.is_of_vault and volume_id:
        named["volume_id"] = volume_id
    if task.operation is Operation.BACKUP:
        named |= {"snapshot_id": snapshot_id, "bks_create_volume_name": task.resource.name}
    return named


ROUTES = (Route("GET", "/jobs/{job_id}", show),)
