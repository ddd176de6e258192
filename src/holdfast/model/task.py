"""Tasks: what somebody asked for, from `waiting` to its one end. The wire calls them operation logs."""

from datetime import datetime
from enum import StrEnum

import msgspec

from .resource import ResourceType
from .vault import IncludedVolume
from .waiting import Wait


class Operation(StrEnum):
    """operation_type. `copy` is the old word for replication: read in history, never written anew."""

    BACKUP = "backup"
    COPY = "copy"
    REPLICATION = "replication"
    RESTORE = "restore"
    DELETE = "delete"
    SYNC = "sync"
    VAULT_DELETE = "vault_delete"
    REMOVE_RESOURCE = "remove_resource"
    MIGRATE_RESOURCES = "migrate_resources"
    UPDATE_EXPIRATION_TIME = "update_expiration_time"


class Status(StrEnum):
    """status. A task moves waiting → running → one of the four ends, and never back."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCESS = "success"
    SKIPPED = "skipped"
    FAILED = "failed"
    TIMEOUT = "timeout"

    @property
    def is_end(self) -> bool:
        """Whether a task with this status is over."""
        return self not in (Status.WAITING, Status.RUNNING)


class TaskError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a task did not succeed: a code of the reference and a sentence for a person."""

    code: str = ""
    message: str = ""


# On the wire a task that somebody stopped has failed, with this code of ours: clients know no other end.
CANCELLED = "Holdfast.0001"
TIMED_OUT = "Holdfast.0003"


class Phase(StrEnum):
    """What a running task is at. Every execution begins by preparing: looking at what there is to do."""

    PREPARING = "preparing"
    READING = "reading"
    WRITING = "writing"
    SENDING = "sending"
    COMPARING = "comparing"
    FORGETTING = "forgetting"
    DELETING = "deleting"
    FINISHING = "finishing"


SUSPICIOUSLY_SMALL = "suspiciously_small"  # a flag


class TaskResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The resource of a task, by the name it had then (the vault itself for vault_delete)."""

    id: str
    name: str
    type: str
    exclude_volumes: tuple[str, ...] = ()
    include_volumes: tuple[IncludedVolume, ...] = ()


class BackupDetail(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="backup"):
    """extra_info.backup."""

    backup_id: str
    backup_name: str
    incremental: bool = True
    app_consistent: bool = False
    app_consistency_error_code: str = "0"
    app_consistency_error_message: str = ""


class RestoreDetail(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="restore"):
    """extra_info.restore, and what the worker needs to know.

    `destination` is a folder to restore into instead of the resource's own place; `paths` limits the
    restore to these files and folders (absolute, as they were backed up); `volumes` maps a disk backup's
    id to the id of the disk that it goes to. `source_vault_id` is where a shared backup lies: a vault of
    another project than the task's.
    """

    backup_id: str
    backup_name: str
    target_resource_id: str = ""
    target_resource_name: str = ""
    destination: str | None = None
    paths: tuple[str, ...] = ()
    volumes: dict[str, str] = {}
    source_vault_id: str = ""


class DeleteDetail(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="delete"):
    """extra_info.delete; `because` are the rules of the policy that let the backup go, if one did."""

    backup_id: str
    backup_name: str
    because: tuple[str, ...] = ()


class WantedSync(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The one thing that a sync is limited to, and what is to be known of it.

    With a `snapshot_id` (or the beginning of one) it is that snapshot, which becomes the backup `backup_id`
    where it is none yet; without, it is the backup `backup_id`.
    """

    backup_id: str
    snapshot_id: str | None = None
    name: str = ""
    resource_id: str = ""
    resource_name: str = ""


class SyncDetail(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="sync"):
    """extra_info.sync: how many backups were registered, taken off, or could not be read.

    `wanted` limits the sync to one backup.
    """

    added: int = 0
    removed: int = 0
    failed: int = 0
    wanted: WantedSync | None = None


class RemoveResourcesDetail(
    msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="remove_resources"
):
    """extra_info.remove_resources: resources that failed, backups deleted, and the resources."""

    fail_count: int = 0
    total_count: int = 0
    resources: tuple[TaskResource, ...] = ()


class ReplicationDetail(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="replication"):
    """extra_info.replication, and what the worker needs to know.

    `source_task_id` is the task of another region that does this one: no worker here has a part in it.
    """

    record_id: str = ""
    source_task_id: str = ""
    destination_vault_id: str = ""
    description: str | None = None
    auto_trigger: bool = False
    source_region: str
    source_project_id: str
    source_checkpoint_id: str
    source_backup_id: str
    source_backup_name: str
    destination_region: str
    destination_project_id: str
    destination_checkpoint_id: str = ""
    destination_backup_id: str = ""
    destination_backup_name: str = ""

    @property
    def leaves_region(self) -> bool:
        """Whether the replica is another region's."""
        return self.destination_region != self.source_region


class VaultDeleteDetail(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="vault_delete"):
    """extra_info.vault_delete: resources that failed, backups deleted."""

    fail_count: int = 0
    total_count: int = 0


class MigrateResourcesDetail(
    msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="migrate_resources"
):
    """The vault that resources move to with their backups, and which. The wire has no block for it."""

    destination_vault_id: str
    resources: tuple[TaskResource, ...] = ()


class UpdateExpirationDetail(
    msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag="update_expiration_time"
):
    """extra_info.update_expiration_time: backups that expire on another day now, the day as the caller wrote
    it, and the moment that it means."""

    affected_count: int = 0
    day: str
    expires_at: datetime


Detail = (
    BackupDetail
    | RestoreDetail
    | DeleteDetail
    | SyncDetail
    | RemoveResourcesDetail
    | ReplicationDetail
    | VaultDeleteDetail
    | MigrateResourcesDetail
    | UpdateExpirationDetail
)


class Figures(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a task moved: bytes read from the resource (or the repository), of how many, and how many a
    second lately while it runs; bytes that the repository grew; files seen; lines of its log of warnings."""

    bytes_done: int = 0
    bytes_total: int = 0
    bytes_per_second: int = 0
    bytes_stored: int = 0
    files_done: int = 0
    files_total: int = 0
    warning_count: int = 0


class Task(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One piece of work over one resource, durable from the moment it was asked for.

    `asked_by` is the name of the user whose request made it; the house itself where nobody asked.

    `progress` is 0 to 100; `warnings` keeps the first few of `figures.warning_count` sentences. `phase` is
    the `Phase` of a running task, empty for all others. `due_at` is the moment of a schedule that it was made
    for, `retry_of` the task that it does once more. One that has run for `time_limit_seconds` ends as
    `timeout`; None leaves that to the configuration. `flags` say what is odd about how it ended.
    `waits_because` is told by who shows a task that nobody is at; it is never kept.
    """

    id: str
    project_id: str
    operation: Operation
    status: Status = Status.WAITING
    provider_id: str
    resource: TaskResource
    vault_id: str | None = None
    vault_name: str | None = None
    checkpoint_id: str | None = None
    policy_id: str | None = None
    backup_id: str | None = None
    enterprise_project_id: str = "0"
    request_id: str
    asked_by: str = ""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime
    progress: int = 0
    error: TaskError = TaskError()
    detail: Detail
    figures: Figures = Figures()
    warnings: tuple[str, ...] = ()
    phase: str = ""
    due_at: datetime | None = None
    retry_of: str | None = None
    time_limit_seconds: int | None = None
    flags: tuple[str, ...] = ()
    waits_because: Wait | None = None

    @property
    def was_cancelled(self) -> bool:
        """Whether the task ended because somebody asked it to."""
        return self.error.code == CANCELLED

    @property
    def parent_id(self) -> str | None:
        """The task that this one does once more, or does for another region."""
        if isinstance(self.detail, ReplicationDetail) and self.detail.source_task_id:
            return self.detail.source_task_id
        return self.retry_of

    @property
    def is_of_vault(self) -> bool:
        """Whether its resource is the vault itself, though it is typed by what the vault holds."""
        return self.resource.id == self.vault_id

    @property
    def is_done_elsewhere(self) -> bool:
        """Whether another region does the task, and this one only tells of it."""
        return isinstance(self.detail, ReplicationDetail) and bool(self.detail.source_task_id)

    def touches(self, resource_id: str) -> bool:
        """Whether the task reads or changes this resource."""
        if isinstance(self.detail, RestoreDetail) and self.detail.target_resource_id == resource_id:
            return True
        if isinstance(self.detail, RemoveResourcesDetail | MigrateResourcesDetail):
            return any(resource.id == resource_id for resource in self.detail.resources)
        return self.resource.id == resource_id

    def needs_vault(self, vault_id: str) -> bool:
        """Whether the task comes to nothing when the vault goes before it has ended."""
        if isinstance(self.detail, MigrateResourcesDetail):
            return vault_id in (self.vault_id, self.detail.destination_vault_id)
        return self.vault_id == vault_id and self.operation in _NEED_THEIR_VAULT


_NEED_THEIR_VAULT = (Operation.BACKUP, Operation.RESTORE)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A cut of a list: at most `limit` items after `offset` items, or after the item named by `marker`."""

    limit: int = 1000
    offset: int = 0
    marker: str | None = None


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a task ended."""

    status: Status
    error: TaskError = TaskError()
    detail: Detail | None = None
    figures: Figures | None = None
    warnings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def resource_of(resource_id: str, name: str, resource_type: ResourceType | str) -> TaskResource:
    """A task's resource by its parts."""
    return TaskResource(id=resource_id, name=name, type=str(resource_type))
