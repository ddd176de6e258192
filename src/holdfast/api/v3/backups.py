"""Backups: one resource at one moment. Found, shown, described, renamed, restored, deleted."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import paging
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model.backup import Backup, BackupStatus, ImageType, OwnType
from holdfast.model.errors import InvalidParameter
from holdfast.model.member import MemberStatus
from holdfast.service import backups, restores, retentions
from holdfast.service.backups import BackupFilter, Sort, SortKey
from holdfast.service.context import Context
from holdfast.service.restores import MAX_PATH, WantedRestore

from .backup_views import BackupView, MetadataView
from .jobs import JobsView, accepted
from .wording import Id

BackupName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^<>]*\Z")]


class SortedBy(StrEnum):
    """What a list may be sorted by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"
    STATUS = "status"
    PROTECTED_AT = "protected_at"
    ID = "id"


class BackupReply(msgspec.Struct, frozen=True):
    """BackupGetResp."""

    backup: BackupView


class BackupsReply(msgspec.Struct, frozen=True):
    """BackupListResp."""

    backups: Sequence[BackupView]
    count: int
    limit: int
    offset: int


class MappingBody(msgspec.Struct, frozen=True):
    """BackupRestoreServerMapping: which disk's backup goes to which disk."""

    backup_id: Id
    volume_id: Id


Path = Annotated[str, Meta(min_length=1, max_length=MAX_PATH)]


class DetailsBody(msgspec.Struct, frozen=True):
    """RestoreDetails; `paths` is ours: the only files and folders to restore."""

    destination_path: Path | None = None
    paths: Annotated[list[Path], Meta(max_length=1000)] | None = None


class RestoreBody(msgspec.Struct, frozen=True, kw_only=True):
    """BackupRestore; nothing said means in place. `power_on` is accepted and has no effect."""

    server_id: Id | None = None
    volume_id: Id | None = None
    resource_id: Id | None = None
    power_on: bool | None = None
    mappings: Annotated[list[MappingBody], Meta(max_length=256)] | None = None
    details: DetailsBody | None = None

    def wanted(self) -> WantedRestore:
        """What is asked of the service; raises InvalidParameter."""
        mappings = self.mappings or []
        volumes = {mapping.backup_id: mapping.volume_id for mapping in mappings}
        if len(volumes) != len(mappings):
            raise InvalidParameter("restore.mappings", "names a backup twice")
        details = self.details or DetailsBody()
        for index, path in enumerate(details.paths or ()):
            if not path.startswith("/"):
                raise InvalidParameter(f"restore.details.paths[{index}]", "must be absolute")
        return WantedRestore(
            server_id=self.server_id,
            volume_id=self.volume_id,
            resource_id=self.resource_id,
            volumes=volumes,
            destination=details.destination_path,
            paths=tuple(details.paths or ()),
        )


class RestoreRequest(msgspec.Struct, frozen=True):
    """BackupRestoreReq."""

    restore: RestoreBody


class NameBody(msgspec.Struct, frozen=True, kw_only=True):
    """BackupUpdate."""

    name: BackupName | None = None


class UpdateRequest(msgspec.Struct, frozen=True):
    """BackupUpdateReq."""

    backup: NameBody


def find(context: Context, call: Call) -> Reply:
    """GET backups."""
    page = paging.page(call.query)
    wanted = asked(context.project_id, call.query)
    with_records = call.query.truth("show_replication") is True
    found, count = ([], 0) if wanted is None else backups.find(context, wanted, page)
    views = _views(context, found)
    if with_records:
        records = backups.replications_of(context, found)
        views = [view.and_records(records.get(view.id, ())) for view in views]
    return Reply(BackupsReply(views, count, page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}."""
    backup = backups.show(context, call.path["backup_id"])
    records = backups.replications_of(context, [backup]).get(backup.id, ())
    return Reply(BackupReply(_view(context, backup).and_records(records)))


def describe(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}/metadata."""
    return Reply(MetadataView.of(backups.describe(context, call.path["backup_id"])))


def update(context: Context, call: Call) -> Reply:
    """PUT backups/{backup_id}."""
    asked = call.read(UpdateRequest).backup
    return Reply(BackupReply(_view(context, backups.rename(context, call.path["backup_id"], asked.name))))


def restore(context: Context, call: Call) -> Reply:
    """POST backups/{backup_id}/restore."""
    wanted = call.read(RestoreRequest).restore.wanted()
    task = restores.create(context, call.path["backup_id"], wanted)
    return Reply(JobsView.of([task]), status=202)


def delete(context: Context, call: Call) -> Reply:
    """DELETE backups/{backup_id}."""
    return accepted(backups.delete(context, call.path["backup_id"]))


def asked(project_id: str, query: Query) -> BackupFilter | None:
    """The filter that the query asks for, None for what there is nothing of here.

    Raises InvalidParameter naming the parameter.
    """
    wanted = BackupFilter(
        project_id=project_id,
        name=query.text("name"),
        vault_id=query.text("vault_id"),
        checkpoint_id=query.text("checkpoint_id"),
        parent_id=query.text("parent_id"),
        resource_id=query.text("resource_id"),
        resource_name=query.text("resource_name"),
        resource_type=query.text("resource_type"),
        image_type=query.choice("image_type", ImageType),
        statuses=query.choices("status", BackupStatus),
        incremental=query.truth("incremental"),
        enterprise_project_id=query.enterprise_project(),
        begin=query.begin("start_time"),
        end=query.end("end_time"),
        used_percent=query.number("used_percent", 0, 1, 100) or None,
        own_type=query.choice("own_type", OwnType) or OwnType.PRIVATE,
        member_status=_member_status(query),
        sort=tuple(Sort(SortKey(key), descending) for key, descending in query.order("sort", SortedBy)),
    )
    nothing = (
        query.truth("dec") is True,
        query.text("resource_az") is not None,
    )
    return None if any(nothing) else wanted


def _view(context: Context, backup: Backup) -> BackupView:
    return _views(context, [backup])[0]


def _views(context: Context, found: Sequence[Backup]) -> Sequence[BackupView]:
    """The backups as the wire shows them, and why each stays or goes."""
    verdicts = retentions.verdicts(context, found)
    return [BackupView.of(backup).and_why(backup, verdicts.get(backup.id)) for backup in found]


# One client says what it wants done instead of what has been done.
_ANSWERS = {"accept": MemberStatus.ACCEPTED, "reject": MemberStatus.REJECTED}


def _member_status(query: Query) -> MemberStatus | None:
    said = query.text("member_status")
    return _ANSWERS[said] if said in _ANSWERS else query.choice("member_status", MemberStatus)


ROUTES = (
    Route("GET", "/backups", find),
    Route("GET", "/backups/{backup_id}", show),
    Route("GET", "/backups/{backup_id}/metadata", describe),
    Route("PUT", "/backups/{backup_id}", update),
    Route("DELETE", "/backups/{backup_id}", delete),
    Route("POST", "/backups/{backup_id}/restore", restore),
)
