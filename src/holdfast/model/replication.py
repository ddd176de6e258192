"""Replication: a backup of one vault, brought into a vault for replicas, and what is recorded of that."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from . import ids
from .backup import Backup, BackupState, BackupStatus, ImageType
from .errors import (
    DestinationFull,
    DestinationNotReplication,
    NothingToBackUp,
    ReplicationNotAllowed,
    ResourceTypeNotSupported,
    VaultNotAvailable,
)
from .task import Figures, ReplicationDetail, TaskError
from .vault import ProtectType, Vault

CODE_REPLICATED = "BackupService.6128"
ALREADY = TaskError(CODE_REPLICATED, "The destination vault has a replica of the backup already.")


class RecordStatus(StrEnum):
    """status of a record; `replicating` follows from its task."""

    WAITING = "waiting_replicate"
    REPLICATING = "replicating"
    SUCCESS = "success"
    FAIL = "fail"
    SKIP = "skip"


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought into the destination: its snapshots by the backups that they are of, and how much."""

    snapshots: Mapping[str, str]
    figures: Figures = Figures()


class ReplicationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """That a backup was to be replicated once, and what became of it.

    `task_id` is the task that does it, `progress` is 0 to 100, `error` why it failed or was skipped.
    """

    id: str
    status: RecordStatus = RecordStatus.WAITING
    task_id: str
    source_region: str
    source_project_id: str
    source_vault_id: str
    source_checkpoint_id: str
    source_backup_id: str
    destination_region: str
    destination_project_id: str
    destination_vault_id: str
    destination_checkpoint_id: str
    destination_backup_id: str
    auto_trigger: bool = False
    progress: int = 0
    error: TaskError = TaskError()
    created_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the replica may still come."""
        return self.status in (RecordStatus.WAITING, RecordStatus.REPLICATING)


def check_source_vault(vault: Vault) -> None:
    """Raises VaultBeingDeleted, or ReplicationNotAllowed for a vault of replicas."""
    vault.check_stays()
    if vault.protect_type is ProtectType.REPLICATION:
        raise ReplicationNotAllowed(f"{vault.name} holds replicas")


def check_source(backup: Backup) -> None:
    """Raises ReplicationNotAllowed for a replica or one disk of a server, NothingToBackUp for what is not
    there to be copied."""
    if backup.image_type is ImageType.REPLICATION:
        raise ReplicationNotAllowed(f"{backup.name} is a replica")
    if backup.parent_id is not None:
        raise ReplicationNotAllowed(f"{backup.name} is one disk of a server's backup")
    if not is_copyable(backup):
        raise NothingToBackUp(f"{backup.name} is {backup.status}")


def is_copyable(backup: Backup) -> bool:
    """Whether all that a backup consists of is there, and stays for now."""
    going = (BackupStatus.DELETING, BackupStatus.WAITING_DELETE)
    parts = backup.children or (backup,)
    return (
        backup.state is BackupState.AVAILABLE
        and backup.status not in going
        and backup.image_type is ImageType.BACKUP
        and all(one.snapshot_id for one in parts)
    )


def check_destination(destination: Vault, source: Vault) -> None:
    """Raises what `check_takes` does."""
    check_takes(destination, source.provider_id)


def check_takes(destination: Vault, provider_id: str) -> None:
    """Refuse a vault that takes no replicas of what this provider backs up.

    Raises DestinationNotReplication, VaultBeingDeleted, VaultNotAvailable, ResourceTypeNotSupported or
    DestinationFull.
    """
    if destination.protect_type is not ProtectType.REPLICATION:
        raise DestinationNotReplication(destination.name)
    destination.check_stays()
    if not destination.is_open:
        raise VaultNotAvailable(destination.status)
    if destination.provider_id != provider_id:
        raise ResourceTypeNotSupported(f"not in a vault for {destination.object_type}")
    if destination.is_full:
        raise DestinationFull(destination.name)


def replicas(
    backup: Backup, detail: ReplicationDetail, destination: Vault, arrived: Arrived, now: datetime
) -> tuple[Backup, ...]:
    """What the destination has of a backup: the replica, and those of a server's disks that arrived.

    Whose schedule took the backup is no concern of the replica's.
    """
    whole = replace(
        backup,
        id=detail.destination_backup_id,
        project_id=destination.project_id,
        vault_id=destination.id,
        checkpoint_id=detail.destination_checkpoint_id,
        parent_id=None,
        policy_id=None,
        name=detail.destination_backup_name,
        description=backup.description if detail.description is None else detail.description,
        image_type=ImageType.REPLICATION,
        auto_trigger=detail.auto_trigger,
        enterprise_project_id=destination.enterprise_project_id,
        state=BackupState.AVAILABLE,
        snapshot_id=arrived.snapshots.get(backup.id, ""),
        bookmark=None,
        stored_bytes=arrived.figures.bytes_stored,
        created_at=now,
        updated_at=now,
        expired_at=None,
        children=(),
    )
    return (whole, *(_disk_of(whole, one, arrived) for one in backup.children if one.id in arrived.snapshots))


def _disk_of(whole: Backup, disk: Backup, arrived: Arrived) -> Backup:
    return replace(
        whole,
        # Derived, as the ids of disks are where they are backed up.
        id=ids.derived(whole.id, disk.resource_id),
        parent_id=whole.id,
        resource_id=disk.resource_id,
        resource_name=disk.resource_name,
        resource_type=disk.resource_type,
        resource_size_gb=disk.resource_size_gb,
        snapshot_id=arrived.snapshots[disk.id],
        root=disk.root,
        read_bytes=disk.read_bytes,
        stored_bytes=0,
        file_count=disk.file_count,
        protected_at=disk.protected_at,
    )
