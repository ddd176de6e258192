"""How a disk's backup looks to OpenStack's own backup calls, in their two versions."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec

from holdfast.api import moments
from holdfast.model.backup import Backup, BackupStatus

from .links import LinkView, Place


class NativeStatus(StrEnum):
    """status of a backup."""

    AVAILABLE = "available"
    CREATING = "creating"
    RESTORING = "restoring"
    DELETING = "deleting"
    ERROR = "error"
    ERROR_RESTORING = "error_restoring"


# No backup is in the last: that a restore failed is told by its job, and the backup is as good as before.
STATUSES: Mapping[str, tuple[BackupStatus, ...]] = MappingProxyType(
    {
        NativeStatus.AVAILABLE: (BackupStatus.AVAILABLE,),
        NativeStatus.CREATING: (BackupStatus.PROTECTING, BackupStatus.WAITING_PROTECT),
        NativeStatus.RESTORING: (BackupStatus.RESTORING, BackupStatus.WAITING_RESTORE),
        NativeStatus.DELETING: (BackupStatus.DELETING, BackupStatus.WAITING_DELETE),
        NativeStatus.ERROR: (BackupStatus.ERROR,),
        NativeStatus.ERROR_RESTORING: (),
    }
)
_WORDS = {status: word for word, statuses in STATUSES.items() for status in statuses}


class DescriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """The document in a backup's description: what was said of it, and whether it is an incremental one."""

    described: str = msgspec.field(name="DESC")
    incremental: int = msgspec.field(name="INC")


class ServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """The document in service_metadata: the snapshot in the vault's repository, and its bytes."""

    snapshot_id: str | None = msgspec.field(name="snap_id")
    read_bytes: int = msgspec.field(name="BackupSize")


class BackupFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a backup wherever it is told at all. Where it is stored is the vault's affair."""

    id: str
    name: str
    status: str
    description: str
    availability_zone: str | None
    volume_id: str
    fail_reason: str | None
    size: int
    object_count: int
    container: str | None
    created_at: str | None
    updated_at: str | None
    data_timestamp: str | None
    snapshot_id: str | None
    has_dependent_backups: bool
    is_incremental: bool


class BackupView(BackupFacts, frozen=True, kw_only=True):
    """What both versions tell of a backup."""

    links: Sequence[LinkView]


class BackupViewV2(BackupView, frozen=True, kw_only=True):
    """A backup in version 2."""

    owner_id: str = msgspec.field(name="os-bak-tenant-attr:tenant_id")
    service_metadata: str

    @classmethod
    def of(cls, backup: Backup, place: Place, fail_reason: str | None) -> "BackupViewV2":
        """The wire's view of a backup; `fail_reason` says why one failed."""
        shared = _shared(backup, place, fail_reason)
        service = ServiceView(snapshot_id=_snapshot(backup), read_bytes=backup.read_bytes)
        return cls(**shared, owner_id=backup.project_id, service_metadata=_json(service))


class BackupViewV3(BackupView, frozen=True, kw_only=True):
    """A backup in version 3."""

    owner_id: str = msgspec.field(name="os-backup-project-attr:project_id")

    @classmethod
    def of(cls, backup: Backup, place: Place, fail_reason: str | None) -> "BackupViewV3":
        """The wire's view of a backup; `fail_reason` says why one failed."""
        shared = _shared(backup, place, fail_reason)
        return cls(**shared, owner_id=backup.project_id)


def status_of(status: BackupStatus) -> str:
    """The word for a backup's status."""
    return _WORDS[status]


def described(backup: Backup) -> str:
    """The description of a backup, which is a JSON document."""
    return _json(
        DescriptionView(described=backup.description or "", incremental=1 if backup.incremental else 0)
    )


def facts_of(backup: Backup, fail_reason: str | None = None) -> BackupFacts:
    """The facts of a backup; `fail_reason` says why one failed."""
    return BackupFacts(
        id=backup.id,
        name=backup.name,
        status=status_of(backup.status),
        description=described(backup),
        availability_zone=None,
        volume_id=backup.resource_id,
        fail_reason=fail_reason,
        size=backup.resource_size_gb,
        object_count=backup.file_count,
        container=None,
        created_at=moments.of_resource(backup.created_at),
        updated_at=moments.of_resource(backup.updated_at),
        data_timestamp=moments.of_resource(backup.protected_at or backup.created_at),
        snapshot_id=_snapshot(backup),
        # A backup is whole by itself: what it shares with others is kept for as long as any needs it.
        has_dependent_backups=False,
        is_incremental=backup.incremental,
    )


def _shared(backup: Backup, place: Place, fail_reason: str | None) -> dict[str, Any]:
    return {**msgspec.structs.asdict(facts_of(backup, fail_reason)), "links": place.links_of(backup.id)}


def _snapshot(backup: Backup) -> str | None:
    """Of no use without the vault's repository, which is not shared."""
    return backup.snapshot_id if backup.member is None else None


def _json(view: msgspec.Struct) -> str:
    return msgspec.json.encode(view).decode()
