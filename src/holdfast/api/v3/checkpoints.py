"""Checkpoints: one run over a vault's resources."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model.checkpoint import Checkpoint, Skipped, Wanted
from holdfast.model.errors import InvalidParameter
from holdfast.model.vault import Attachment
from holdfast.service import checkpoints
from holdfast.service.context import Context

from .jobs import JobsView
from .vault_resources import ExtraInfoBody
from .vault_views import ResourceExtraView, megabytes
from .wording import Description, Id, Label, Name


class ResourceBody(msgspec.Struct, frozen=True, kw_only=True):
    """Resource: one to back up, with what is to be left out of it."""

    id: Id
    type: Label | None = None
    name: Label | None = None
    extra_info: ExtraInfoBody | None = None


class ParametersBody(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointParam."""

    name: Name | None = None
    description: Description | None = None
    incremental: bool | None = None
    auto_trigger: bool | None = None
    resources: Annotated[list[Id], Meta(max_length=256)] | None = None
    resource_details: Annotated[list[ResourceBody], Meta(max_length=256)] | None = None
    policy_id: Id | None = None
    retention_duration_days: Annotated[int, Meta(ge=-1, le=36500)] | None = None

    def wanted(self) -> Wanted:
        """What is asked of a run; no resource named means all of them. Raises InvalidParameter."""
        days = self.retention_duration_days or -1
        if self.retention_duration_days == 0:
            raise InvalidParameter(
                "checkpoint.parameters.retention_duration_days", "must be -1 or 1 to 36500"
            )
        if self.auto_trigger and days > 0:
            raise InvalidParameter(
                "checkpoint.parameters.retention_duration_days", "is not for runs that a schedule starts"
            )
        details = self.resource_details or []
        named = [*(self.resources or []), *(resource.id for resource in details)]
        return Wanted(
            name=self.name,
            description=self.description or "",
            resource_ids=tuple(dict.fromkeys(named)) or None,
            incremental=self.incremental is not False,
            auto_trigger=bool(self.auto_trigger),
            policy_id=self.policy_id,
            retention_days=days,
            exclude_volumes=_excluded(details),
        )


def _excluded(details: Sequence[ResourceBody]) -> Mapping[str, tuple[str, ...]]:
    return {
        resource.id: tuple(resource.extra_info.exclude_volumes)
        for resource in details
        if resource.extra_info and resource.extra_info.exclude_volumes
    }


class CheckpointBody(msgspec.Struct, frozen=True):
    """VaultBackup."""

    vault_id: Id
    parameters: ParametersBody | None = None


class CreateBody(msgspec.Struct, frozen=True):
    """VaultBackupReq."""

    checkpoint: CheckpointBody


class ResourceView(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointResourceResp: numbers are decimal strings here, and `extra_info` is JSON in a string."""

    id: str
    name: str
    type: str
    protect_status: str | None
    resource_size: str
    backup_size: str
    backup_count: str
    extra_info: str

    @classmethod
    def of(cls, attachment: Attachment) -> "ResourceView":
        """A resource of a run."""
        return cls(
            id=attachment.resource_id,
            name=attachment.name,
            type=attachment.type,
            protect_status=attachment.protect_status,
            resource_size=str(attachment.size_gb),
            backup_size=str(megabytes(attachment.backup_bytes)),
            backup_count=str(attachment.backup_count),
            extra_info=msgspec.json.encode(ResourceExtraView.of(attachment)).decode(),
        )


class SkippedView(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointCreateSkippedResource."""

    id: str
    name: str
    type: str
    code: str
    reason: str

    @classmethod
    def of(cls, skipped: Skipped) -> "SkippedView":
        """A resource that was left out."""
        return cls(
            id=skipped.id, name=skipped.name, type=skipped.type, code=skipped.code, reason=skipped.reason
        )


class VaultView(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointPlanCreate. `resource` is the same list again: otcextensions looks for it there."""

    id: str
    name: str
    provider_id: str
    resources: list[ResourceView]
    resource: list[ResourceView]
    skipped_resources: list[SkippedView]


class ExtraInfoView(msgspec.Struct, frozen=True):
    """CheckpointExtraInfoResp."""

    name: str
    description: str
    retention_duration: int


class CheckpointView(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointCreate."""

    id: str
    project_id: str
    status: str
    created_at: str | None
    vault: VaultView
    extra_info: ExtraInfoView

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "CheckpointView":
        """The wire's view of a run."""
        resources = [ResourceView.of(one) for one in checkpoint.attachments]
        return cls(
            id=checkpoint.id,
            project_id=checkpoint.project_id,
            status=checkpoint.status,
            created_at=moments.of_resource(checkpoint.created_at),
            vault=VaultView(
                id=checkpoint.vault_id,
                name=checkpoint.vault_name,
                provider_id=checkpoint.provider_id,
                resources=resources,
                resource=resources,
                skipped_resources=[SkippedView.of(one) for one in checkpoint.skipped],
            ),
            extra_info=ExtraInfoView(checkpoint.name, checkpoint.description, checkpoint.retention_days),
        )


class CheckpointReply(msgspec.Struct, frozen=True, kw_only=True):
    """CheckpointResp; the run that was just started names its tasks too."""

    checkpoint: CheckpointView
    job_id: str | UnsetType = UNSET
    operation_log_id: str | UnsetType = UNSET
    operation_log_ids: list[str] | UnsetType = UNSET


def create(context: Context, call: Call) -> Reply:
    """POST checkpoints."""
    asked = call.read(CreateBody).checkpoint
    wanted = (asked.parameters or ParametersBody()).wanted()
    checkpoint, tasks = checkpoints.create(context, asked.vault_id, wanted)
    jobs = JobsView.of(tasks)
    return Reply(
        CheckpointReply(
            checkpoint=CheckpointView.of(checkpoint),
            job_id=jobs.job_id,
            operation_log_id=jobs.operation_log_id,
            operation_log_ids=jobs.operation_log_ids,
        )
    )


def show(context: Context, call: Call) -> Reply:
    """GET checkpoints/{checkpoint_id}."""
    checkpoint = checkpoints.show(context, call.path["checkpoint_id"])
    return Reply(CheckpointReply(checkpoint=CheckpointView.of(checkpoint)))


ROUTES = (
    Route("POST", "/checkpoints", create),
    Route("GET", "/checkpoints/{checkpoint_id}", show),
)
