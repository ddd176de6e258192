"""Replications that another region does into a vault here: it tells of them, and this side keeps the task."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.errors import InvalidParameter
from holdfast.model.incoming_replication import IncomingReplication, IncomingTask
from holdfast.model.replication import Arrived
from holdfast.model.resource import ResourceType
from holdfast.model.task import Figures, ReplicationDetail, Status, TaskError
from holdfast.service import incoming_replications
from holdfast.service.context import Context

from .replication import Region
from .wording import Description, Id, Label

_VAULT = "/vaults/{vault_id}/incoming-replications"
_TASK = f"{_VAULT}/{{task_id}}"
_MOST_DISKS = 1024

Bytes = Annotated[int, Meta(ge=0, lt=1 << 62)]
Path = Annotated[str, Meta(max_length=16384)]
SnapshotId = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Sentence = Annotated[str, Meta(max_length=4096)]


class PartBody(msgspec.Struct, frozen=True, kw_only=True):
    """One disk of a server's backup, or a whole backup, as the source has it."""

    id: Id
    resource_id: Id
    resource_name: Label
    resource_type: ResourceType
    resource_size: Annotated[int, Meta(ge=0, lt=1 << 31)]
    root: Path = ""
    read_bytes: Bytes = 0
    file_count: Bytes = 0
    protected_at: Label | None = None

    def backup(self, source: "IncomingBody", *children: Backup) -> Backup:
        """The backup in the source's region."""
        return Backup(
            id=self.id,
            project_id=source.source_project_id,
            vault_id="",
            checkpoint_id=source.source_checkpoint_id,
            resource_id=self.resource_id,
            resource_name=self.resource_name,
            resource_type=self.resource_type,
            resource_size_gb=self.resource_size,
            name=source.backup.name,
            description=source.backup.description,
            incremental=source.backup.incremental,
            root=self.root,
            read_bytes=self.read_bytes,
            file_count=self.file_count,
            created_at=clock.now(),
            protected_at=_moment("backup.protected_at", self.protected_at),
            updated_at=clock.now(),
            children=children,
        )


class WholeBody(PartBody, frozen=True, kw_only=True):
    """A backup as the source has it, a server's with its disks."""

    name: Label
    description: Description | None = None
    incremental: bool = True
    children: Annotated[list[PartBody], Meta(max_length=_MOST_DISKS)] = []


class IncomingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A replication as its source tells of it, and what the replica will be here."""

    source_task_id: Id
    source_region: Region
    source_project_id: Id
    source_checkpoint_id: Id
    destination_checkpoint_id: Id
    destination_backup_id: Id
    name: Label
    description: Description | None = None
    auto_trigger: bool = False
    expires_at: Label | None = None
    backup: WholeBody

    def told(self, context: Context, vault_id: str) -> IncomingReplication:
        """What the service is told."""
        detail = ReplicationDetail(
            source_task_id=self.source_task_id,
            destination_vault_id=vault_id,
            description=self.description,
            auto_trigger=self.auto_trigger,
            source_region=self.source_region,
            source_project_id=self.source_project_id,
            source_checkpoint_id=self.source_checkpoint_id,
            source_backup_id=self.backup.id,
            source_backup_name=self.backup.name,
            destination_region=context.config.region,
            destination_project_id=context.project_id,
            destination_checkpoint_id=self.destination_checkpoint_id,
            destination_backup_id=self.destination_backup_id,
            destination_backup_name=self.name,
        )
        disks = (one.backup(self) for one in self.backup.children)
        expires_at = _moment("expires_at", self.expires_at)
        backup = self.backup.backup(self, *disks)
        return IncomingReplication(backup=backup, detail=detail, expires_at=expires_at)


class AnnounceRequest(msgspec.Struct, frozen=True):
    """What a source asks before it sends anything."""

    incoming_replication: IncomingBody


class FiguresBody(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved so far."""

    bytes_done: Bytes = 0
    bytes_total: Bytes = 0
    bytes_stored: Bytes = 0

    def figures(self) -> Figures:
        """The same for the service."""
        return Figures(
            bytes_done=self.bytes_done, bytes_total=self.bytes_total, bytes_stored=self.bytes_stored
        )


class ProgressBody(FiguresBody, frozen=True, kw_only=True):
    """How far the source is."""

    percent: Annotated[int, Meta(ge=0, le=100)]


class ProgressRequest(msgspec.Struct, frozen=True):
    """What a source tells now and then."""

    progress: ProgressBody


class CompleteBody(FiguresBody, frozen=True, kw_only=True):
    """What arrived: the snapshots here, by the source's ids of what they are of."""

    replication: IncomingBody
    snapshots: Annotated[dict[Id, SnapshotId], Meta(max_length=_MOST_DISKS + 1)]


class CompleteRequest(msgspec.Struct, frozen=True):
    """What a source tells when all was sent."""

    complete: CompleteBody


class FailBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why there will be no replica."""

    code: Label
    message: Sentence
    status: Literal["failed", "timeout"] = "failed"


class FailRequest(msgspec.Struct, frozen=True):
    """What a source tells when it gives up."""

    fail: FailBody


class IncomingReply(msgspec.Struct, frozen=True):
    """The task here."""

    incoming_replication: IncomingTask


def announce(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/incoming-replications."""
    vault_id = call.path["vault_id"]
    asked = call.read(AnnounceRequest).incoming_replication.told(context, vault_id)
    task = incoming_replications.announce(context, vault_id, asked)
    return Reply(IncomingReply(IncomingTask.of(task)))


def progress(context: Context, call: Call) -> Reply:
    """PUT vaults/{vault_id}/incoming-replications/{task_id}/progress."""
    told = call.read(ProgressRequest).progress
    task = incoming_replications.progress(context, *_which(call), told.percent, told.figures())
    return Reply(IncomingReply(IncomingTask.of(task)))


def complete(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/incoming-replications/{task_id}/complete."""
    told = call.read(CompleteRequest).complete
    vault_id, task_id = _which(call)
    asked = told.replication.told(context, vault_id)
    if asked.task_id(vault_id) != task_id:
        raise InvalidParameter("complete.replication", "is of another task")
    arrived = Arrived(snapshots=told.snapshots, figures=told.figures())
    task = incoming_replications.complete(context, vault_id, asked, arrived)
    return Reply(IncomingReply(IncomingTask.of(task)))


def fail(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/incoming-replications/{task_id}/fail."""
    told = call.read(FailRequest).fail
    error = TaskError(told.code, told.message)
    task = incoming_replications.fail(context, *_which(call), Status(told.status), error)
    return Reply(IncomingReply(IncomingTask.of(task)))


def _which(call: Call) -> tuple[str, str]:
    return call.path["vault_id"], call.path["task_id"]


def _moment(field: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return moments.read(text)[0]
    except ValueError as error:
        raise InvalidParameter(f"incoming_replication.{field}", "is no point in time") from error


ROUTES = (
    Route("POST", _VAULT, announce),
    Route("PUT", f"{_TASK}/progress", progress, often=True),
    Route("POST", f"{_TASK}/complete", complete),
    Route("POST", f"{_TASK}/fail", fail),
)
