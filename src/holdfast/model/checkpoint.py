"""Checkpoints: one run over a vault's resources, planned as a value before anything is written."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from . import ids
from .backup import Backup, BackupStatus
from .errors import (
    NothingToBackUp,
    ResourceNotInVault,
    VaultFull,
    VaultIsForReplicas,
    VaultNotAvailable,
)
from .resource import GIB, OBJECT_OF_RESOURCE, PROVIDER_OF_OBJECT, Resource, ResourceType
from .task import BackupDetail, Operation, Status, Task, TaskError, TaskResource
from .vault import Attachment, ProtectType, Vault


class CheckpointStatus(StrEnum):
    """status of a checkpoint: follows from its backups."""

    AVAILABLE = "available"
    PROTECTING = "protecting"
    DELETING = "deleting"
    ERROR = "error"


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that was left out of a run, and why."""

    id: str
    name: str
    type: str
    code: str
    reason: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One run over a vault's resources. `attachments` are the resources as they were then."""

    id: str
    project_id: str
    vault_id: str
    vault_name: str
    provider_id: str
    name: str
    description: str = ""
    retention_days: int = -1
    attachments: tuple[Attachment, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    created_at: datetime
    status: CheckpointStatus = CheckpointStatus.PROTECTING


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks of a run; `resource_ids` None means every resource of the vault.

    `exclude_volumes` limits a server's disks, by resource id; those in `full_resource_ids` are backed up in
    full though the run is incremental. `due_at` is the moment of the schedule that asks, `time_limit_seconds`
    how long each task may run.
    """

    name: str | None = None
    description: str = ""
    resource_ids: tuple[str, ...] | None = None
    incremental: bool = True
    full_resource_ids: frozenset[str] = frozenset()
    auto_trigger: bool = False
    policy_id: str | None = None
    due_at: datetime | None = None
    time_limit_seconds: int | None = None
    retention_days: int = -1
    exclude_volumes: Mapping[str, tuple[str, ...]] = {}


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """By which request, and when, something was made."""

    request_id: str
    at: datetime


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All the rows that a run needs: written in one transaction, or not at all."""

    checkpoint: Checkpoint
    backups: tuple[Backup, ...]
    tasks: tuple[Task, ...]


class Obstacle(msgspec.Struct, frozen=True):
    """Why a resource cannot be backed up now."""

    code: str
    reason: str


BUSY = Obstacle("BackupService.6125", "A backup task is in progress.")
RESTORING = Obstacle("BackupService.2010", "The resource is being restored.")
LEAVING = Obstacle("BackupService.6134", "Resources are being removed from the vault.")
GONE = Obstacle("BackupService.6302", "The resource does not exist.")
SUSPENDED = Obstacle(
    "BackupService.6215",
    "Backup is not allowed in the current resource status. Its protection is suspended.",
)
OBSTACLES = (BUSY, RESTORING, LEAVING, GONE, SUSPENDED)


def backup_name(wanted: Wanted, vault: Vault) -> str:
    """The name of a run's backups: what was asked, or `manualbk_` / `autobk_` and four digits."""
    if wanted.name:
        return wanted.name
    stem = vault.backup_name_prefix or ("autobk" if wanted.auto_trigger else "manualbk")
    return f"{stem}_{secrets.token_hex(2)}"


def plan_checkpoint(
    vault: Vault,
    resources: Mapping[str, Resource],
    unfinished: Sequence[Task],
    wanted: Wanted,
    made: Made,
) -> Plan:
    """Decide a run: which resources are backed up, which are skipped and why. Pure.

    `resources` are the vault's resources that still exist, by id, their disks included; `unfinished` are
    the project's unfinished tasks over them. A skipped resource gets a task with status `skipped`, so that
    nothing that was asked for goes without its row.

    Raises ResourceNotInVault, VaultNotAvailable, VaultIsForReplicas, VaultFull or NothingToBackUp (an empty
    vault). A vault that grows is not full: it has its new size when the first task begins.
    """
    if not vault.is_open:
        raise VaultNotAvailable(vault.status)
    if vault.protect_type is ProtectType.REPLICATION:
        raise VaultIsForReplicas(vault.name)
    chosen = _chosen(vault, wanted)
    if vault.is_full:
        raise VaultFull(f"{vault.used_bytes / GIB:.2f} of {vault.size_gb} GB used")
    run = _Run(vault, wanted, made)
    obstacles = {one.resource_id: _obstacle(one, resources, unfinished) for one in chosen}
    backups: list[Backup] = []
    tasks: list[Task] = []
    for attachment in chosen:
        obstacle = obstacles[attachment.resource_id]
        if obstacle is not None:
            tasks.append(run.skipped(attachment, obstacle))
            continue
        backup = run.backup(attachment)
        backups.append(backup)
        tasks.append(run.task(attachment, backup))
    return Plan(checkpoint=run.checkpoint(chosen, obstacles), backups=tuple(backups), tasks=tuple(tasks))


def plan_skipped(
    vault: Vault, left_out: Sequence[Attachment], wanted: Wanted, made: Made, obstacle: Obstacle
) -> tuple[Task, ...]:
    """The tasks of a run that does not take place: all of them skipped, for the same reason. Pure."""
    run = _Run(vault, wanted, made)
    return tuple(msgspec.structs.replace(run.skipped(one, obstacle), checkpoint_id=None) for one in left_out)


def status_of(backups: Sequence[BackupStatus]) -> CheckpointStatus:
    """The status of a checkpoint whose backups (children left out) have these statuses."""
    if any(status in (BackupStatus.PROTECTING, BackupStatus.WAITING_PROTECT) for status in backups):
        return CheckpointStatus.PROTECTING
    if any(status in (BackupStatus.DELETING, BackupStatus.WAITING_DELETE) for status in backups):
        return CheckpointStatus.DELETING
    if not backups or BackupStatus.ERROR in backups:
        return CheckpointStatus.ERROR
    return CheckpointStatus.AVAILABLE


def _chosen(vault: Vault, wanted: Wanted) -> tuple[Attachment, ...]:
    if wanted.resource_ids is None:
        chosen = vault.attachments
    else:
        missing = set(wanted.resource_ids) - {one.resource_id for one in vault.attachments}
        if missing:
            raise ResourceNotInVault(", ".join(sorted(missing)))
        chosen = tuple(one for one in vault.attachments if one.resource_id in wanted.resource_ids)
    if not chosen:
        raise NothingToBackUp(f"vault {vault.name} has no resource")
    return chosen


_BUSY_WITH = {
    Operation.BACKUP: BUSY,
    Operation.RESTORE: RESTORING,
    Operation.REMOVE_RESOURCE: LEAVING,
    Operation.MIGRATE_RESOURCES: LEAVING,
}


def _obstacle(
    attachment: Attachment, resources: Mapping[str, Resource], unfinished: Sequence[Task]
) -> Obstacle | None:
    if attachment.resource_id not in resources:
        return GONE
    if not attachment.auto_protect:
        return SUSPENDED
    for task in unfinished:
        if task.operation in _BUSY_WITH and task.touches(attachment.resource_id):
            return _BUSY_WITH[task.operation]
    return None


def _skip(attachment: Attachment, obstacle: Obstacle) -> Skipped:
    return Skipped(
        id=attachment.resource_id,
        name=attachment.name,
        type=attachment.type,
        code=obstacle.code,
        reason=obstacle.reason,
    )


class _Run:
    """What all backups and tasks of one run have in common."""

    def __init__(self, vault: Vault, wanted: Wanted, made: Made) -> None:
        self.vault = vault
        self.wanted = wanted
        self.made = made
        self.name = backup_name(wanted, vault)
        self.checkpoint_id = ids.new()

    def checkpoint(
        self, chosen: Sequence[Attachment], obstacles: Mapping[str, Obstacle | None]
    ) -> Checkpoint:
        going = tuple(one for one in chosen if obstacles[one.resource_id] is None)
        return Checkpoint(
            id=self.checkpoint_id,
            project_id=self.vault.project_id,
            vault_id=self.vault.id,
            vault_name=self.vault.name,
            provider_id=self.vault.provider_id,
            name=self.name,
            description=self.wanted.description,
            retention_days=self.wanted.retention_days,
            attachments=going,
            skipped=tuple(_skip(one, why) for one in chosen if (why := obstacles[one.resource_id])),
            created_at=self.made.at,
            status=CheckpointStatus.PROTECTING if going else CheckpointStatus.ERROR,
        )

    def backup(self, attachment: Attachment) -> Backup:
        keep = self.wanted.retention_days
        return Backup(
            id=ids.new(),
            project_id=self.vault.project_id,
            vault_id=self.vault.id,
            checkpoint_id=self.checkpoint_id,
            policy_id=self.wanted.policy_id,
            resource_id=attachment.resource_id,
            resource_name=attachment.name,
            resource_type=ResourceType(attachment.type),
            resource_size_gb=attachment.size_gb,
            name=self.name,
            description=self.wanted.description or None,
            incremental=self.is_incremental(attachment),
            auto_trigger=self.wanted.auto_trigger,
            enterprise_project_id=self.vault.enterprise_project_id,
            created_at=self.made.at,
            updated_at=self.made.at,
            expired_at=self.made.at + timedelta(days=keep) if keep > 0 else None,
        )

    def is_incremental(self, attachment: Attachment) -> bool:
        """The first backup of a resource in a vault is a full one, whatever was asked."""
        full = attachment.resource_id in self.wanted.full_resource_ids
        return self.wanted.incremental and not full and attachment.backup_count > 0

    def task(self, attachment: Attachment, backup: Backup) -> Task:
        return self._task(attachment, backup.id, Status.WAITING, TaskError())

    def skipped(self, attachment: Attachment, obstacle: Obstacle) -> Task:
        return self._task(attachment, "", Status.SKIPPED, TaskError(obstacle.code, obstacle.reason))

    def _task(self, attachment: Attachment, backup_id: str, status: Status, error: TaskError) -> Task:
        excluded = self.wanted.exclude_volumes.get(attachment.resource_id, attachment.exclude_volumes)
        at = self.made.at
        return Task(
            id=ids.new(),
            project_id=self.vault.project_id,
            operation=Operation.BACKUP,
            status=status,
            provider_id=PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[ResourceType(attachment.type)]],
            resource=TaskResource(
                id=attachment.resource_id,
                name=attachment.name,
                type=attachment.type,
                exclude_volumes=excluded,
                include_volumes=attachment.include_volumes,
            ),
            vault_id=self.vault.id,
            vault_name=self.vault.name,
            checkpoint_id=self.checkpoint_id,
            policy_id=self.wanted.policy_id,
            due_at=self.wanted.due_at,
            time_limit_seconds=self.wanted.time_limit_seconds,
            backup_id=backup_id or None,
            enterprise_project_id=self.vault.enterprise_project_id,
            request_id=self.made.request_id,
            created_at=at,
            started_at=at if status.is_end else None,
            ended_at=at if status.is_end else None,
            updated_at=at,
            progress=0,
            error=error,
            detail=BackupDetail(
                backup_id=backup_id, backup_name=self.name, incremental=self.is_incremental(attachment)
            ),
        )
