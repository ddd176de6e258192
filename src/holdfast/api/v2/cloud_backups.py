"""Backups of disks as the Volume Backup Service's own calls have them: made, deleted, restored, counted."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from holdfast.api.request import Call, Reply, Route
from holdfast.api.v3.vault_views import TagView
from holdfast.model.checkpoint import Wanted
from holdfast.model.tag import Tag, check_all_plain
from holdfast.model.task import Task
from holdfast.service import disk_backups
from holdfast.service.context import Context

from .wording import Name, ShortDescription, check_name, check_snapshot, disk_id

UNLIMITED = -1


class OptionsBody(msgspec.Struct, frozen=True, rename="pascal"):
    """What else is said of a backup. A truth is written as a text, which one may forget."""

    full_backup: Literal["true", "false"] | bool | None = None


class BackupBody(msgspec.Struct, frozen=True, kw_only=True):
    """A backup to make. Its tags are checked, and not kept."""

    volume_id: str
    name: Name
    snapshot_id: str | None = None
    description: ShortDescription | None = None
    tags: Sequence[TagView] | None = None
    extend_param: OptionsBody | None = None

    def wanted(self) -> Wanted:
        """What is asked of the service; raises InvalidParameter or TooManyTags."""
        check_name("backup.name", self.name)
        check_snapshot("backup.snapshot_id", self.snapshot_id)
        check_all_plain("backup.tags", [Tag(tag.key, tag.value) for tag in self.tags or ()])
        full = self.extend_param is not None and self.extend_param.full_backup in ("true", True)
        return Wanted(name=self.name, description=self.description or "", incremental=not full)


class CreateRequest(msgspec.Struct, frozen=True):
    """The body that makes a backup."""

    backup: BackupBody


class RestoreBody(msgspec.Struct, frozen=True):
    """Where a backup goes."""

    volume_id: str


class RestoreRequest(msgspec.Struct, frozen=True):
    """The body that restores a backup."""

    restore: RestoreBody


class JobReply(msgspec.Struct, frozen=True):
    """The job that does what was asked."""

    job_id: str

    @classmethod
    def of(cls, task: Task) -> Reply:
        """What is answered for a task."""
        return Reply(cls(task.id))


class QuotaView(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is of something; there may be any number."""

    type: str
    used: int
    reserved: int = 0
    quota: int = UNLIMITED


class QuotasView(msgspec.Struct, frozen=True):
    """The quotas."""

    resources: Sequence[QuotaView]


class QuotasReply(msgspec.Struct, frozen=True):
    """All quotas of a project."""

    quotas: QuotasView


def create(context: Context, call: Call) -> Reply:
    """POST cloudbackups."""
    asked = call.read(CreateRequest).backup
    volume_id, wanted = disk_id("backup.volume_id", asked.volume_id), asked.wanted()
    return JobReply.of(disk_backups.create(context, volume_id, wanted)[1])


def delete(context: Context, call: Call) -> Reply:
    """POST cloudbackups/{backup_id}."""
    return JobReply.of(disk_backups.delete(context, call.path["backup_id"]))


def restore(context: Context, call: Call) -> Reply:
    """POST cloudbackups/{backup_id}/restore."""
    volume_id = disk_id("restore.volume_id", call.read(RestoreRequest).restore.volume_id)
    return JobReply.of(disk_backups.restore(context, call.path["backup_id"], volume_id))


def show_quotas(context: Context, call: Call) -> Reply:  # noqa: ARG001 - every endpoint's signature
    """GET cloudbackups/quota."""
    held = disk_backups.holding(context)
    rows = [
        QuotaView(type="backups", used=held.count),
        QuotaView(type="backup_gigabytes", used=held.size_gb),
    ]
    return Reply(QuotasReply(QuotasView(rows)))


ROUTES = (
    Route("GET", "/cloudbackups/quota", show_quotas),
    Route("POST", "/cloudbackups", create),
    Route("POST", "/cloudbackups/{backup_id}", delete),
    Route("POST", "/cloudbackups/{backup_id}/restore", restore),
)
