"""Backups of disks as OpenStack's own calls have them: version 2, and version 3 with its microversions."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from holdfast.api.request import Call, Reply, Route
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import RestoreDetail, Task
from holdfast.service import disk_backups
from holdfast.service.context import Context

from . import native_lists
from .links import BriefView, LinkView, Place, to_next
from .microversions import spoken
from .native_backup_views import BackupView, BackupViewV2, BackupViewV3
from .native_lists import Asked
from .wording import Description, Name, check_name, check_snapshot, disk_id

Endpoint = Callable[[Context, Call], Reply]
Asking = Callable[[Context, Call], Asked]
Viewing = Callable[[Backup, Place, str | None], BackupView]


class BackupBody(msgspec.Struct, frozen=True, kw_only=True):
    """A backup to make. It is incremental if it can be, whatever is said; a disk may be in use."""

    volume_id: str
    name: Name | None = None
    snapshot_id: str | None = None
    description: Description | None = None

    def wanted(self) -> Wanted:
        """What is asked of the service; raises InvalidParameter."""
        check_name("backup.name", self.name)
        check_snapshot("backup.snapshot_id", self.snapshot_id)
        return Wanted(name=self.name, description=self.description or "")


class CreateRequest(msgspec.Struct, frozen=True):
    """The body that makes a backup."""

    backup: BackupBody


class CreatedReply(msgspec.Struct, frozen=True):
    """The backup that is made."""

    backup: BriefView


class BackupReply(msgspec.Struct, frozen=True):
    """One backup."""

    backup: BackupView


class BackupsReply(msgspec.Struct, frozen=True, kw_only=True):
    """A page of backups. A link leads to the next if there is one, and who asks for the count is told."""

    backups: Sequence[BriefView | BackupView]
    backups_links: Sequence[LinkView] | UnsetType = UNSET
    count: int | UnsetType = UNSET


class RestoreBody(msgspec.Struct, frozen=True, kw_only=True):
    """Where a backup goes."""

    volume_id: str | None = None

    def target_id(self) -> str:
        """The disk; raises InvalidParameter where none is named, for nobody can make one here."""
        if self.volume_id is None:
            raise InvalidParameter("restore.volume_id", "is missing: no disk is made here, name one")
        return disk_id("restore.volume_id", self.volume_id)


class RestoreRequest(msgspec.Struct, frozen=True):
    """The body that restores a backup."""

    restore: RestoreBody


class RestoredView(msgspec.Struct, frozen=True, kw_only=True):
    """What goes where."""

    backup_id: str
    volume_id: str
    volume_name: str

    @classmethod
    def of(cls, backup_id: str, volume_id: str, task: Task) -> "RestoredView":
        """The view of a restore that was asked for."""
        name = task.detail.target_resource_name if isinstance(task.detail, RestoreDetail) else ""
        return cls(backup_id=backup_id, volume_id=volume_id, volume_name=name)


class RestoredReply(msgspec.Struct, frozen=True):
    """A restore that was asked for."""

    restore: RestoredView


def create(context: Context, call: Call) -> Reply:
    """POST backups."""
    asked = call.read(CreateRequest).backup
    volume_id, wanted = disk_id("backup.volume_id", asked.volume_id), asked.wanted()
    backup, _ = disk_backups.create(context, volume_id, wanted)
    return Reply(CreatedReply(BriefView.of(backup, _place(context, call))), status=202)


def delete(context: Context, call: Call) -> Reply:
    """DELETE backups/{backup_id}."""
    disk_backups.delete(context, call.path["backup_id"])
    return Reply(status=202)


def restore(context: Context, call: Call) -> Reply:
    """POST backups/{backup_id}/restore."""
    backup_id, volume_id = call.path["backup_id"], call.read(RestoreRequest).restore.target_id()
    task = disk_backups.restore(context, backup_id, volume_id)
    return Reply(RestoredReply(RestoredView.of(backup_id, volume_id, task)), status=202)


def _finding(asking: Asking) -> Endpoint:
    def find(context: Context, call: Call) -> Reply:
        """GET backups."""
        place = _place(context, call)
        found, reply = _listed(context, call, asking)
        return Reply(replace(reply, backups=[BriefView.of(backup, place) for backup in found]))

    return find


def _detailing(asking: Asking, view: Viewing) -> Endpoint:
    def find(context: Context, call: Call) -> Reply:
        """GET backups/detail."""
        found, reply = _listed(context, call, asking)
        return Reply(replace(reply, backups=_views(context, call, found, view)))

    return find


def _showing(view: Viewing) -> Endpoint:
    def show(context: Context, call: Call) -> Reply:
        """GET backups/{backup_id}."""
        backup = disk_backups.show(context, call.path["backup_id"])
        return Reply(BackupReply(_views(context, call, [backup], view)[0]))

    return show


def _listed(context: Context, call: Call, asking: Asking) -> tuple[Sequence[Backup], BackupsReply]:
    """A page of the backups that are asked for, and what is told of it besides them."""
    asked = asking(context, call)
    found = disk_backups.find(context, asked.wanted, replace(asked.page, limit=asked.page.limit + 1))
    shown = found[: asked.page.limit]
    follows = len(found) > len(shown)
    reply = BackupsReply(
        backups=(),
        backups_links=to_next(context, call, marker=shown[-1].id) if follows else UNSET,
        count=disk_backups.count(context, asked.wanted) if asked.with_count else UNSET,
    )
    return shown, reply


def _views(context: Context, call: Call, found: Sequence[Backup], view: Viewing) -> Sequence[BackupView]:
    place, reasons = _place(context, call), disk_backups.reasons(context, found)
    return [view(backup, place, reasons.get(backup.id)) for backup in found]


def _place(context: Context, call: Call) -> Place:
    return Place.of(context, call, "backups")


def _routes(asking: Asking, view: Viewing, speaking: Callable[[Endpoint], Endpoint]) -> tuple[Route, ...]:
    return (
        Route("GET", "/backups", speaking(_finding(asking))),
        Route("GET", "/backups/detail", speaking(_detailing(asking, view))),
        Route("GET", "/backups/{backup_id}", speaking(_showing(view))),
        Route("POST", "/backups", speaking(create)),
        Route("DELETE", "/backups/{backup_id}", speaking(delete)),
        Route("POST", "/backups/{backup_id}/restore", speaking(restore)),
    )


def _plainly(endpoint: Endpoint) -> Endpoint:
    return endpoint


ROUTES_V2 = _routes(native_lists.of_v2, BackupViewV2.of, _plainly)
ROUTES_V3 = _routes(native_lists.of_v3, BackupViewV3.of, spoken)
