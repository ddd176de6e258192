"""Disks as OpenStack's clients look for volumes, to name one that is backed up or restored. Read only."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import moments
from holdfast.api.paging import MAX_LIMIT, clamped_page
from holdfast.api.request import Call, Reply, Route
from holdfast.model.resource import Resource
from holdfast.service import disks
from holdfast.service.context import Context
from holdfast.service.disks import DiskFilter

from .links import BriefView, LinkView, Place, to_next
from .microversions import spoken


class VolumeStatus(StrEnum):
    """status of a volume: whether it is a disk of a server."""

    AVAILABLE = "available"
    IN_USE = "in-use"


_ATTACHED: Mapping[str, bool] = MappingProxyType({VolumeStatus.AVAILABLE: False, VolumeStatus.IN_USE: True})


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    """The server that a disk is of. By what it is attached is not known here."""

    id: str
    volume_id: str
    server_id: str
    attachment_id: str | None = None
    host_name: str | None = None
    device: str | None = None
    attached_at: str | None = None


class VolumeView(msgspec.Struct, frozen=True, kw_only=True):
    """A volume. A disk is bytes here: of what kind it is, and what boots from it, is not known."""

    id: str
    name: str
    links: Sequence[LinkView]
    status: str
    size: int
    created_at: str | None
    updated_at: str | None
    attachments: Sequence[AttachmentView]
    metadata: Mapping[str, str]
    description: str | None
    availability_zone: str | None
    volume_type: str | None
    snapshot_id: str | None
    source_volid: str | None
    bootable: str
    encrypted: bool
    multiattach: bool
    owner_id: str = msgspec.field(name="os-vol-tenant-attr:tenant_id")

    @classmethod
    def of(cls, disk: Resource, place: Place) -> "VolumeView":
        """The wire's view of a disk."""
        server_id = disk.parent_id
        return cls(
            id=disk.id,
            name=disk.name,
            links=place.links_of(disk.id),
            status=VolumeStatus.AVAILABLE if server_id is None else VolumeStatus.IN_USE,
            size=disk.size_gb,
            created_at=moments.of_resource(disk.created_at),
            updated_at=None,
            attachments=[]
            if server_id is None
            else [AttachmentView(id=disk.id, volume_id=disk.id, server_id=server_id)],
            metadata={},
            description=None,
            availability_zone=disk.site,
            volume_type=None,
            snapshot_id=None,
            source_volid=None,
            bootable="false",
            encrypted=False,
            multiattach=False,
            owner_id=disk.project_id,
        )


class VolumeReply(msgspec.Struct, frozen=True):
    """One volume."""

    volume: VolumeView


class VolumesReply(msgspec.Struct, frozen=True, kw_only=True):
    """A page of volumes; a link leads to the next if there is one."""

    volumes: Sequence[BriefView | VolumeView]
    volumes_links: Sequence[LinkView] | UnsetType = UNSET


def find(context: Context, call: Call) -> Reply:
    """GET volumes."""
    place = _place(context, call)
    found, links = _listed(context, call)
    return Reply(VolumesReply(volumes=[BriefView.of(disk, place) for disk in found], volumes_links=links))


def find_details(context: Context, call: Call) -> Reply:
    """GET volumes/detail."""
    place = _place(context, call)
    found, links = _listed(context, call)
    return Reply(VolumesReply(volumes=[VolumeView.of(disk, place) for disk in found], volumes_links=links))


def show(context: Context, call: Call) -> Reply:
    """GET volumes/{volume_id}."""
    disk = disks.show(context, call.path["volume_id"])
    return Reply(VolumeReply(VolumeView.of(disk, _place(context, call))))


def _listed(context: Context, call: Call) -> tuple[Sequence[Resource], Sequence[LinkView] | UnsetType]:
    page, status = clamped_page(call.query, MAX_LIMIT), call.query.text("status")
    wanted = DiskFilter(
        project_id=context.project_id,
        name=call.query.text("name"),
        attached=None if status is None else _ATTACHED.get(status),
    )
    one_more = msgspec.structs.replace(page, limit=page.limit + 1)
    # No volume has any other status.
    found = [] if status is not None and status not in _ATTACHED else disks.find(context, wanted, one_more)
    shown = found[: page.limit]
    return shown, to_next(context, call, marker=shown[-1].id) if len(found) > len(shown) else UNSET


def _place(context: Context, call: Call) -> Place:
    return Place.of(context, call, "volumes")


ROUTES_V2 = (
    Route("GET", "/volumes", find),
    Route("GET", "/volumes/detail", find_details),
    Route("GET", "/volumes/{volume_id}", show),
)
ROUTES_V3 = tuple(Route(one.method, one.path, spoken(one.endpoint)) for one in ROUTES_V2)
