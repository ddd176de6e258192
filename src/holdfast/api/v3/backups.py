"""Backups: one resource at one moment. Found, shown, restored, deleted."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import moments, paging
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model.backup import Backup, BackupState, BackupStatus, ImageType
from holdfast.model.errors import InvalidParameter
from holdfast.service import backups, restores
from holdfast.service.backups import BackupFilter, Sort, SortKey
from holdfast.service.context import Context
from holdfast.service.restores import MAX_PATH, WantedRestore

from .jobs import JobsView, accepted
from .wording import Id

FORMAT_VERSION = 3


class ExtendInfoView(msgspec.Struct, frozen=True, kw_only=True):
    """BackupExtendInfo."""

    auto_trigger: bool
    bootable: bool | None
    contain_system_disk: bool
    encrypted: bool
    is_multi_az: bool
    os_images_data: list[str] | None
    snapshot_id: str | None
    support_lld: bool
    supported_restore_mode: str
    system_disk: bool

    @classmethod
    def of(cls, backup: Backup) -> "ExtendInfoView":
        """The extension of a backup. Every vault is encrypted under its own key."""
        return cls(
            auto_trigger=backup.auto_trigger,
            bootable=None,
            contain_system_disk=False,
            encrypted=True,
            is_multi_az=False,
            os_images_data=None,
            snapshot_id=backup.snapshot_id,
            support_lld=False,
            supported_restore_mode="backup" if backup.state is BackupState.AVAILABLE else "na",
            system_disk=False,
        )


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """BackupResp."""

    id: str
    name: str
    description: str | None
    status: str
    image_type: str
    incremental: bool
    project_id: str
    enterprise_project_id: str
    provider_id: str
    vault_id: str
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
    replication_records: list[str]
    extend_info: ExtendInfoView
    version: int

    @classmethod
    def of(cls, backup: Backup) -> "BackupView":
        """The wire's view of a backup."""
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
            vault_id=backup.vault_id,
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
            version=FORMAT_VERSION,
        )


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


class OwnType(StrEnum):
    """own_type: whose backups. Nothing is shared here yet."""

    ALL_GRANTED = "all_granted"
    PRIVATE = "private"
    SHARED = "shared"


class RestoreRequest(msgspec.Struct, frozen=True):
    """BackupRestoreReq."""

    restore: RestoreBody


def find(context: Context, call: Call) -> Reply:
    """GET backups."""
    page = paging.page(call.query)
    wanted = asked(context.project_id, call.query)
    found, count = ([], 0) if wanted is None else backups.find(context, wanted, page)
    return Reply(BackupsReply([BackupView.of(backup) for backup in found], count, page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET backups/{backup_id}."""
    return Reply(BackupReply(BackupView.of(backups.show(context, call.path["backup_id"]))))


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
        sort=_order(query.text("sort")),
    )
    nothing = (
        query.choice("own_type", OwnType) is OwnType.SHARED,
        query.truth("dec") is True,
        query.text("resource_az") is not None,
    )
    return None if any(nothing) else wanted


def _order(text: str | None) -> tuple[Sort, ...]:
    """`key` or `key:asc` or `key:desc`, separated by commas; descending when nothing is said."""
    order = []
    for part in (text or "").split(",") if text else ():
        key, colon, direction = part.strip().partition(":")
        if key not in list(SortKey) or (colon and direction not in ("asc", "desc")):
            raise InvalidParameter("sort", f"must be {', '.join(SortKey)}, each with :asc or :desc")
        order.append(Sort(SortKey(key), descending=direction != "asc"))
    return tuple(order)


ROUTES = (
    Route("GET", "/backups", find),
    Route("GET", "/backups/{backup_id}", show),
    Route("DELETE", "/backups/{backup_id}", delete),
    Route("POST", "/backups/{backup_id}/restore", restore),
)
