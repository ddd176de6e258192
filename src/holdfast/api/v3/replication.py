"""Replication of backups into vaults for replicas."""

from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model.policy import Destination
from holdfast.model.replication import ReplicationRecord
from holdfast.service import destinations, replications
from holdfast.service.context import Context
from holdfast.service.replications import Asked, WantedReplica

from .jobs import JobsView
from .wording import Description, Id, Name

Region = Annotated[str, Meta(max_length=255, pattern=r"^[a-zA-Z0-9._\-]*\Z")]


class AimBody(msgspec.Struct, frozen=True, kw_only=True):
    """Where replicas go. `cross_account_urn` is ignored, and so is `enable_acceleration`."""

    destination_project_id: Id
    destination_region: Region
    destination_vault_id: Id
    enable_acceleration: bool | None = None

    def destination(self) -> Destination:
        """The region and the project."""
        return Destination(region=self.destination_region, project_id=self.destination_project_id)


class BackupBody(AimBody, frozen=True, kw_only=True):
    """BackupReplicateReqBody."""

    name: Name | None = None
    description: Description | None = None

    def wanted(self) -> WantedReplica:
        """What is asked of the service."""
        return WantedReplica(
            destination=self.destination(),
            vault_id=self.destination_vault_id,
            name=self.name,
            description=self.description,
        )


class VaultBody(AimBody, frozen=True, kw_only=True):
    """CheckpointReplicateParam."""

    vault_id: Id
    auto_trigger: bool | None = None

    def wanted(self) -> WantedReplica:
        """What is asked of the service."""
        return WantedReplica(
            destination=self.destination(),
            vault_id=self.destination_vault_id,
            auto_trigger=bool(self.auto_trigger),
        )


class BackupRequest(msgspec.Struct, frozen=True):
    """BackupReplicateReq."""

    replicate: BackupBody


class VaultRequest(msgspec.Struct, frozen=True):
    """CheckpointReplicateReq."""

    replicate: VaultBody


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """BackupReplicateRespBody."""

    backup_id: str
    replication_record_id: str
    provider_id: str
    project_id: str
    source_region: str
    destination_region: str
    destination_project_id: str
    destination_vault_id: str

    @classmethod
    def of(cls, asked: Asked) -> "BackupView":
        """The one backup that was asked for."""
        (record,) = asked.records
        return cls(
            backup_id=record.source_backup_id,
            replication_record_id=record.id,
            provider_id=asked.source.provider_id,
            project_id=record.source_project_id,
            source_region=record.source_region,
            destination_region=record.destination_region,
            destination_project_id=record.destination_project_id,
            destination_vault_id=record.destination_vault_id,
        )


class PairView(msgspec.Struct, frozen=True):
    """CheckpointReplicateRespbackups."""

    backup_id: str
    replication_record_id: str


class VaultView(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointReplicateRespBody."""

    backups: list[PairView]
    vault_id: str
    provider_id: str
    project_id: str
    source_region: str
    destination_region: str
    destination_project_id: str
    destination_vault_id: str

    @classmethod
    def of(cls, asked: Asked) -> "VaultView":
        """The backups of a vault that have no replica yet, of which there is at least one."""
        record = asked.records[0]
        return cls(
            backups=[PairView(one.source_backup_id, one.id) for one in asked.records],
            vault_id=asked.source.id,
            provider_id=asked.source.provider_id,
            project_id=record.source_project_id,
            source_region=record.source_region,
            destination_region=record.destination_region,
            destination_project_id=record.destination_project_id,
            destination_vault_id=record.destination_vault_id,
        )


class ReplicationReply(msgspec.Struct, frozen=True, kw_only=True):
    """BackupReplicateResp, CheckpointReplicateResp; and the tasks."""

    replication: BackupView | VaultView
    job_id: str
    operation_log_id: str
    operation_log_ids: list[str]

    @classmethod
    def of(cls, told: BackupView | VaultView, asked: Asked) -> "ReplicationReply":
        """The reply that tells of what was asked."""
        jobs = JobsView.of(asked.tasks)
        return cls(
            replication=told,
            job_id=jobs.job_id,
            operation_log_id=jobs.operation_log_id,
            operation_log_ids=jobs.operation_log_ids,
        )


class RecordExtraView(msgspec.Struct, frozen=True, kw_only=True):
    """ReplicationRecordsExtraInfo: the codes are empty unless it failed or was skipped."""

    progress: int
    fail_code: str
    fail_reason: str
    auto_trigger: bool
    destination_vault_id: str


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """ReplicationRecordGet: one entry of a backup's `replication_records`."""

    id: str
    status: str
    created_at: str | None
    vault_id: str
    source_region: str
    source_project_id: str
    source_checkpoint_id: str
    source_backup_id: str
    destination_region: str
    destination_project_id: str
    destination_vault_id: str
    destination_checkpoint_id: str
    destination_backup_id: str
    extra_info: RecordExtraView

    @classmethod
    def of(cls, record: ReplicationRecord) -> "RecordView":
        """The wire's view of a record."""
        return cls(
            id=record.id,
            status=record.status,
            created_at=moments.of_resource(record.created_at),
            vault_id=record.source_vault_id,
            source_region=record.source_region,
            source_project_id=record.source_project_id,
            source_checkpoint_id=record.source_checkpoint_id,
            source_backup_id=record.source_backup_id,
            destination_region=record.destination_region,
            destination_project_id=record.destination_project_id,
            destination_vault_id=record.destination_vault_id,
            destination_checkpoint_id=record.destination_checkpoint_id,
            destination_backup_id=record.destination_backup_id,
            extra_info=RecordExtraView(
                progress=record.progress,
                fail_code=record.error.code,
                fail_reason=record.error.message,
                auto_trigger=record.auto_trigger,
                destination_vault_id=record.destination_vault_id,
            ),
        )


class RegionView(msgspec.Struct, frozen=True):
    """ProtectableReplicationCapabilitiesRespRegion."""

    name: str
    replication_destinations: list[str]


class CapabilitiesReply(msgspec.Struct, frozen=True):
    """ProtectableReplicationCapabilitiesResp."""

    regions: list[RegionView]


def create(context: Context, call: Call) -> Reply:
    """POST backups/{backup_id}/replicate."""
    wanted = call.read(BackupRequest).replicate.wanted()
    asked = replications.create(context, call.path["backup_id"], wanted)
    return Reply(ReplicationReply.of(BackupView.of(asked), asked))


def create_all(context: Context, call: Call) -> Reply:
    """POST checkpoints/replicate."""
    body = call.read(VaultRequest).replicate
    asked = replications.create_all(context, body.vault_id, body.wanted())
    return Reply(ReplicationReply.of(VaultView.of(asked), asked))


def capabilities(context: Context, call: Call) -> Reply:  # noqa: ARG001 - every endpoint's signature
    """GET replication-capabilities."""
    region = RegionView(context.config.region, list(destinations.regions(context.config)))
    return Reply(CapabilitiesReply([region]))


ROUTES: tuple[Route, ...] = (
    Route("POST", "/backups/{backup_id}/replicate", create),
    Route("POST", "/checkpoints/replicate", create_all),
    Route("GET", "/replication-capabilities", capabilities),
)
