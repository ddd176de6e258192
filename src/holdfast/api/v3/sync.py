"""Reconciling the catalogue with what is in vaults' repositories."""

from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api.request import Call, Reply, Route
from holdfast.model.task import Task
from holdfast.service import sync
from holdfast.service.context import Context
from holdfast.service.sync import SyncedBackup

from .jobs import JobsView
from .wording import Id, Name

_Second = Annotated[int, Meta(ge=-(1 << 31), le=(1 << 31) - 1)]
_Text = Annotated[str, Meta(min_length=1, max_length=255)]
_Path = Annotated[str, Meta(min_length=1, max_length=1024)]


class VaultBody(msgspec.Struct, frozen=True):
    """CheckpointSyncReqBody. `auto_trigger` is accepted and makes no difference."""

    vault_id: Id
    auto_trigger: bool


class VaultRequest(msgspec.Struct, frozen=True):
    """CheckpointSyncReq."""

    sync: VaultBody


class BackupBody(msgspec.Struct, frozen=True, kw_only=True):
    """BackupSync. `created_at`, in seconds since 1970, is accepted; a snapshot tells its own time."""

    backup_id: Id
    backup_name: Name
    bucket_name: _Text
    created_at: _Second
    image_path: _Path
    resource_id: Id
    resource_name: _Text
    resource_type: _Text = "OS::Native::Server"

    def asked(self) -> SyncedBackup:
        """What is asked of the service."""
        return SyncedBackup(
            backup_id=self.backup_id,
            name=self.backup_name,
            bucket=self.bucket_name,
            image_path=self.image_path,
            resource_id=self.resource_id,
            resource_name=self.resource_name,
            resource_type=self.resource_type,
        )


class BackupsRequest(msgspec.Struct, frozen=True):
    """BackupSyncReq."""

    sync: Annotated[list[BackupBody], Meta(min_length=1, max_length=50)]


class VaultView(msgspec.Struct, frozen=True):
    """CheckpointSyncRespBody."""

    vault_id: str
    operation_log_id: str


class BackupView(msgspec.Struct, frozen=True):
    """BackupSyncRespBody."""

    backup_id: str
    operation_log_id: str


class SyncReply(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointSyncResp, BackupSyncResp: what was asked for, and its tasks."""

    sync: VaultView | list[BackupView]
    job_id: str
    operation_log_id: str
    operation_log_ids: list[str]

    @classmethod
    def of(cls, told: VaultView | list[BackupView], tasks: list[Task]) -> "SyncReply":
        """The reply that tells of these tasks."""
        jobs = JobsView.of(tasks)
        return cls(
            sync=told,
            job_id=jobs.job_id,
            operation_log_id=jobs.operation_log_id,
            operation_log_ids=jobs.operation_log_ids,
        )


def of_vault(context: Context, call: Call) -> Reply:
    """POST checkpoints/sync."""
    asked = call.read(VaultRequest).sync
    task = sync.of_vault(context, asked.vault_id)
    return Reply(SyncReply.of(VaultView(asked.vault_id, task.id), [task]))


def of_backups(context: Context, call: Call) -> Reply:
    """POST backups/sync."""
    asked = call.read(BackupsRequest).sync
    tasks = sync.of_backups(context, [one.asked() for one in asked])
    told = [BackupView(one.backup_id, task.id) for one, task in zip(asked, tasks, strict=True)]
    return Reply(SyncReply.of(told, tasks))


ROUTES: tuple[Route, ...] = (
    Route("POST", "/checkpoints/sync", of_vault),
    Route("POST", "/backups/sync", of_backups),
)
