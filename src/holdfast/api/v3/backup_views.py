"""How a backup looks on the wire, to its own project and to one that it is shared with."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from holdfast.api import moments
from holdfast.model.backup import Backup, BackupState
from holdfast.model.keeping import Verdict
from holdfast.model.replication import ReplicationRecord
from holdfast.model.resource import ResourceType

from .replication import RecordView

FORMAT_VERSION = 3
CIPHER = "AES256"


class ExtendInfoView(msgspec.Struct, frozen=True, kw_only=True):
    """BackupExtendInfo.

    A disk is bytes here: which one a server boots from is not known, so none is said to be bootable.
    Whichever it is, a backup of all disks of a server contains it.
    """

    auto_trigger: bool
    bootable: bool | None
    contain_system_disk: bool
    encrypted: bool
    encrypted_algorithm: str
    is_dec: bool
    is_multi_az: bool
    app_consistency: dict[str, str] | None
    os_images_data: list[dict[str, str]]
    progress: int | None
    snapshot_id: str | None
    support_lld: bool
    supported_restore_mode: str
    system_disk: bool

    @classmethod
    def of(cls, backup: Backup) -> "ExtendInfoView":
        """The extension of a backup. Every vault is encrypted under its own key; no image is made of any."""
        return cls(
            auto_trigger=backup.auto_trigger,
            bootable=None,
            contain_system_disk=backup.is_whole,
            encrypted=True,
            encrypted_algorithm=CIPHER,
            is_dec=False,
            is_multi_az=False,
            app_consistency=None,
            os_images_data=[],
            progress=None,
            # Of no use without the vault's repository, which is not shared.
            snapshot_id=backup.snapshot_id or None if backup.member is None else None,
            support_lld=False,
            supported_restore_mode="backup" if backup.state is BackupState.AVAILABLE else "na",
            system_disk=False,
        )


class KeepingView(msgspec.Struct, frozen=True, kw_only=True):
    """Ours, beyond the reference: whose schedule made a backup, why it stays or is about to go, and how large
    it is: what was protected, what the repository grew by, and how many files."""

    policy_id: str | None
    kept_because: Sequence[str]
    goes_because: Sequence[str]
    read_bytes: int
    stored_bytes: int
    file_count: int

    @classmethod
    def of(cls, backup: Backup, verdict: Verdict | None) -> "KeepingView":
        """The block of a backup; of what is not weighed, or another project's, it says nothing."""
        return cls(
            policy_id=backup.policy_id if backup.member is None else None,
            kept_because=() if verdict is None else verdict.kept_because,
            goes_because=() if verdict is None else verdict.goes_because,
            read_bytes=backup.read_bytes,
            stored_bytes=backup.stored_bytes,
            file_count=backup.file_count,
        )


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """BackupResp. `holdfast` is left out of what is told of a backup within something else."""

    id: str
    name: str
    description: str | None
    status: str
    image_type: str
    incremental: bool
    project_id: str
    enterprise_project_id: str
    provider_id: str
    vault_id: str | None
    checkpoint_id: str
    parent_id: str | None
    resource_id: str
    resource_name: str
    resource_type: str
    resource_size: int
    resource_az: str | None
    created_at: str | None
    protected_at: str | None
    updated_at: str | None
    expired_at: str | None
    children: list["BackupView"]
    replication_records: Sequence[RecordView]
    extend_info: ExtendInfoView
    scheduled_operation_id: str | None
    version: int
    holdfast: KeepingView | UnsetType = UNSET

    @classmethod
    def of(cls, backup: Backup) -> "BackupView":
        """The wire's view of a backup. Of a shared one the vault is the one that took it, if any did."""
        return cls(
            id=backup.id,
            name=backup.name,
            description=backup.description,
            status=backup.status,
            image_type=backup.image_type,
            incremental=backup.incremental,
            project_id=backup.project_id,
            enterprise_project_id=backup.enterprise_project_id,
            provider_id=backup.provider_id,
            vault_id=backup.vault_id if backup.member is None else backup.member.vault_id,
            checkpoint_id=backup.checkpoint_id,
            parent_id=backup.parent_id,
            resource_id=backup.resource_id,
            resource_name=backup.resource_name,
            resource_type=backup.resource_type,
            resource_size=backup.resource_size_gb,
            resource_az=None,
            created_at=moments.of_resource(backup.created_at),
            protected_at=moments.of_resource(backup.protected_at),
            updated_at=moments.of_resource(backup.updated_at),
            expired_at=moments.of_resource(backup.expired_at),
            children=[BackupView.of(child) for child in backup.children],
            replication_records=[],
            extend_info=ExtendInfoView.of(backup),
            scheduled_operation_id=None,
            version=FORMAT_VERSION,
        )

    def and_why(self, backup: Backup, verdict: Verdict | None) -> "BackupView":
        """The same view, with why the backup stays or goes."""
        return replace(self, holdfast=KeepingView.of(backup, verdict))

    def and_records(self, records: Sequence[ReplicationRecord]) -> "BackupView":
        """The same view, with what is recorded of the backup's replications."""
        return replace(self, replication_records=[RecordView.of(record) for record in records])


class MetadataView(msgspec.Struct, frozen=True, kw_only=True):
    """BackupMetadata: documents as JSON in strings. Networks, addresses and flavors are not known here."""

    backup_id: str
    backups: str
    flavor: str
    floatingips: list[str]
    interface: str
    ports: list[str]
    server: str
    volumes: list[str]

    @classmethod
    def of(cls, backup: Backup) -> "MetadataView":
        """What a backup knows of the server and the disks that it holds."""
        disks = backup.children or ((backup,) if backup.resource_type is ResourceType.DISK else ())
        is_server = backup.resource_type is ResourceType.SERVER
        return cls(
            backup_id=backup.id,
            backups=_json(BackupView.of(backup)),
            flavor=_json({}),
            floatingips=[],
            interface=_json([]),
            ports=[],
            server=_json(_server(backup) if is_server else {}),
            volumes=[_json(_volume(disk, backup.resource_id if is_server else None)) for disk in disks],
        )


def _server(backup: Backup) -> dict[str, Any]:
    return {
        "id": backup.resource_id,
        "name": backup.resource_name,
        "tenant_id": backup.project_id,
        "os-extended-volumes:volumes_attached": [{"id": disk.resource_id} for disk in backup.children],
    }


def _volume(disk: Backup, server_id: str | None) -> dict[str, Any]:
    attachments = [] if server_id is None else [{"server_id": server_id, "volume_id": disk.resource_id}]
    return {
        "id": disk.resource_id,
        "name": disk.resource_name,
        "size": disk.resource_size_gb,
        "attachments": attachments,
    }


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
