"""How a task looks on the wire: an operation log, and what only holdfast tells beside it."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import moments
from holdfast.model.same import Same
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    Figures,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    SyncDetail,
    Task,
    TaskResource,
    UpdateExpirationDetail,
    VaultDeleteDetail,
)

from .vault_views import ResourceExtraView
from .waiting import WaitView


class ErrorInfoView(msgspec.Struct, frozen=True):
    """OpErrorInfo: an object with two empty strings when all is well, never null."""

    code: str
    message: str


class ResourceView(msgspec.Struct, frozen=True, kw_only=True):
    """Resource. `extra_info` is left out when empty: a client fails on an empty object there."""

    id: str
    name: str
    type: str
    extra_info: ResourceExtraView | UnsetType = UNSET

    @classmethod
    def of(cls, resource: TaskResource) -> "ResourceView":
        """The resource of a task."""
        limited = resource.exclude_volumes or resource.include_volumes
        return cls(
            id=resource.id,
            name=resource.name,
            type=resource.type,
            extra_info=ResourceExtraView.of(resource) if limited else UNSET,
        )


class CommonView(msgspec.Struct, frozen=True):
    """OpExtendInfoCommon."""

    progress: int
    request_id: str
    task_id: str


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """OpExtendInfoBckup: truth and numbers are strings here."""

    backup_id: str
    backup_name: str
    incremental: str
    app_consistency_status: str
    app_consistency_error_code: str
    app_consistency_error_message: str

    @classmethod
    def of(cls, detail: BackupDetail) -> "BackupView":
        """The block of a backup task."""
        return cls(
            backup_id=detail.backup_id,
            backup_name=detail.backup_name,
            incremental="true" if detail.incremental else "false",
            app_consistency_status="1" if detail.app_consistent else "0",
            app_consistency_error_code=detail.app_consistency_error_code,
            app_consistency_error_message=detail.app_consistency_error_message,
        )


class RestoreView(msgspec.Struct, frozen=True):
    """OpExtendInfoRestore."""

    backup_id: str
    backup_name: str
    target_resource_id: str
    target_resource_name: str

    @classmethod
    def of(cls, detail: RestoreDetail) -> "RestoreView":
        """The block of a restore task."""
        return cls(
            detail.backup_id, detail.backup_name, detail.target_resource_id, detail.target_resource_name
        )


class DeleteView(msgspec.Struct, frozen=True):
    """OpExtendInfoDelete."""

    backup_id: str
    backup_name: str

    @classmethod
    def of(cls, detail: DeleteDetail) -> "DeleteView":
        """The block of a delete task."""
        return cls(detail.backup_id, detail.backup_name)


class SyncView(msgspec.Struct, frozen=True):
    """OpExtendInfoSync."""

    sync_backup_num: int
    delete_backup_num: int
    err_sync_backup_num: int

    @classmethod
    def of(cls, detail: SyncDetail) -> "SyncView":
        """The block of a sync task."""
        return cls(detail.added, detail.removed, detail.failed)


class RemoveResourcesView(msgspec.Struct, frozen=True):
    """OpExtendInfoRemoveResources."""

    fail_count: int
    total_count: int
    resources: list[ResourceView]

    @classmethod
    def of(cls, detail: RemoveResourcesDetail) -> "RemoveResourcesView":
        """The block of a remove_resource task."""
        removed = [ResourceView.of(one) for one in detail.resources]
        return cls(detail.fail_count, detail.total_count, removed)


class ReplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """OpExtendInfoReplication."""

    source_region: str
    source_project_id: str
    source_checkpoint_id: str
    source_backup_id: str
    source_backup_name: str
    destination_region: str
    destination_project_id: str
    destination_checkpoint_id: str
    destination_backup_id: str
    destination_backup_name: str

    @classmethod
    def of(cls, detail: ReplicationDetail) -> "ReplicationView":
        """The block of a replication task."""
        return cls(
            source_region=detail.source_region,
            source_project_id=detail.source_project_id,
            source_checkpoint_id=detail.source_checkpoint_id,
            source_backup_id=detail.source_backup_id,
            source_backup_name=detail.source_backup_name,
            destination_region=detail.destination_region,
            destination_project_id=detail.destination_project_id,
            destination_checkpoint_id=detail.destination_checkpoint_id,
            destination_backup_id=detail.destination_backup_id,
            destination_backup_name=detail.destination_backup_name,
        )


class VaultDeleteView(msgspec.Struct, frozen=True):
    """OpExtendInfoVaultDelete."""

    fail_count: int
    total_count: int

    @classmethod
    def of(cls, detail: VaultDeleteDetail) -> "VaultDeleteView":
        """The block of a vault_delete task."""
        return cls(detail.fail_count, detail.total_count)


class UpdateExpirationView(msgspec.Struct, frozen=True):
    """OpExtendInfoUpdateExpirationTime."""

    affected_backups_count: int
    expiration_day: str

    @classmethod
    def of(cls, detail: UpdateExpirationDetail) -> "UpdateExpirationView":
        """The block of an update_expiration_time task."""
        return cls(detail.affected_count, detail.day)


class ExtraInfoView(msgspec.Struct, frozen=True, kw_only=True):
    """OpExtraInfo: `common` and `resource`, and the one block that belongs to the operation."""

    common: CommonView
    resource: ResourceView
    backup: BackupView | UnsetType = UNSET
    restore: RestoreView | UnsetType = UNSET
    delete: DeleteView | UnsetType = UNSET
    sync: SyncView | UnsetType = UNSET
    remove_resources: RemoveResourcesView | UnsetType = UNSET
    replication: ReplicationView | UnsetType = UNSET
    vault_delete: VaultDeleteView | UnsetType = UNSET
    update_expiration_time: UpdateExpirationView | UnsetType = UNSET

    @classmethod
    def of(cls, task: Task) -> "ExtraInfoView":
        """The extension of a task."""
        common = CommonView(task.progress, task.request_id, task.id)
        blocks = {name: view(task.detail) for kind, name, view in _BLOCKS if isinstance(task.detail, kind)}
        return cls(common=common, resource=ResourceView.of(task.resource), **blocks)


# The reference has no block for resources that move to another vault.
_BLOCKS: tuple[tuple[type, str, Callable[[Any], Any]], ...] = (
    (BackupDetail, "backup", BackupView.of),
    (RestoreDetail, "restore", RestoreView.of),
    (DeleteDetail, "delete", DeleteView.of),
    (SyncDetail, "sync", SyncView.of),
    (RemoveResourcesDetail, "remove_resources", RemoveResourcesView.of),
    (ReplicationDetail, "replication", ReplicationView.of),
    (VaultDeleteDetail, "vault_delete", VaultDeleteView.of),
    (UpdateExpirationDetail, "update_expiration_time", UpdateExpirationView.of),
)


class FiguresView(msgspec.Struct, frozen=True, kw_only=True):
    """What a task moved, in bytes and files."""

    bytes_done: int
    bytes_total: int
    bytes_per_second: int
    bytes_stored: int
    files_done: int
    files_total: int
    warning_count: int

    @classmethod
    def of(cls, figures: Figures) -> "FiguresView":
        """The figures of a task."""
        return cls(
            bytes_done=figures.bytes_done,
            bytes_total=figures.bytes_total,
            bytes_per_second=figures.bytes_per_second,
            bytes_stored=figures.bytes_stored,
            files_done=figures.files_done,
            files_total=figures.files_total,
            warning_count=figures.warning_count,
        )


class HoldfastView(msgspec.Struct, frozen=True, kw_only=True):
    """Ours, beyond the reference: always there, told apart by its name."""

    outcome: str
    figures: FiguresView
    warnings: list[str]
    destination_path: str | None
    paths: list[str]
    phase: str
    flags: list[str]
    time_limit_seconds: int | None
    due_at: str | None
    retry_of: str | None
    parent_id: str | None
    asked_by: str
    because: list[str]
    waits_because: WaitView | None

    @classmethod
    def of(cls, task: Task) -> "HoldfastView":
        """What only holdfast tells of a task."""
        detail = task.detail if isinstance(task.detail, RestoreDetail) else None
        return cls(
            outcome="cancelled" if task.was_cancelled else task.status,
            figures=FiguresView.of(task.figures),
            warnings=list(task.warnings),
            destination_path=detail.destination if detail else None,
            paths=list(detail.paths) if detail else [],
            phase=task.phase,
            flags=list(task.flags),
            time_limit_seconds=task.time_limit_seconds,
            due_at=moments.of_task(task.due_at),
            retry_of=task.retry_of,
            parent_id=task.parent_id,
            asked_by=task.asked_by,
            because=list(task.detail.because) if isinstance(task.detail, DeleteDetail) else [],
            waits_because=None if task.waits_because is None else WaitView.of(task.waits_because),
        )


class OperationLogView(msgspec.Struct, frozen=True, kw_only=True):
    """OperationLog: every member always, null where unknown.

    `started_at` of a task that waits is its creation: the reference does not let it be null.
    """

    id: str
    operation_type: str
    status: str
    project_id: str
    provider_id: str
    checkpoint_id: str | None
    policy_id: str | None
    vault_id: str | None
    vault_name: str | None
    created_at: str | None
    started_at: str | None
    ended_at: str | None
    updated_at: str | None
    error_info: ErrorInfoView
    extra_info: ExtraInfoView
    holdfast: HoldfastView

    @classmethod
    def of(cls, task: Task) -> "OperationLogView":
        """The wire's view of a task."""
        return cls(**{name: tell(task) for name, tell in MEMBERS.items()})


MEMBERS: Mapping[str, Callable[[Task], Any]] = {
    "id": lambda task: task.id,
    "operation_type": lambda task: task.operation,
    "status": lambda task: task.status,
    "project_id": lambda task: task.project_id,
    "provider_id": lambda task: task.provider_id,
    "checkpoint_id": lambda task: task.checkpoint_id,
    "policy_id": lambda task: task.policy_id,
    "vault_id": lambda task: task.vault_id,
    "vault_name": lambda task: task.vault_name,
    "created_at": lambda task: moments.of_task(task.created_at),
    "started_at": lambda task: moments.of_task(task.started_at or task.created_at),
    "ended_at": lambda task: moments.of_task(task.ended_at),
    "updated_at": lambda task: moments.of_task(task.updated_at),
    "error_info": lambda task: ErrorInfoView(task.error.code, task.error.message),
    "extra_info": ExtraInfoView.of,
    "holdfast": HoldfastView.of,
}

Shown = Mapping[str, Any] | msgspec.Raw

_WRITTEN = 1024


def shown(task: Task, fields: Sequence[str]) -> Shown:
    """The operation log with these members alone; the whole of it where none are named."""
    if fields:
        return {name: MEMBERS[name](task) for name in fields}
    return _written(Same(task))


@lru_cache(_WRITTEN)
def _written(task: Same[Task]) -> msgspec.Raw:
    """Whoever lists tasks lists them again and again, and most are the same then."""
    return msgspec.Raw(msgspec.json.encode(OperationLogView.of(task.value)))
