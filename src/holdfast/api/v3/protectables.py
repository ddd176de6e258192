"""Protectables: what can be put into a vault."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import msgspec

from holdfast.api import moments, paging
from holdfast.api.errors import answer
from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.model.resource import Resource, ResourceType
from holdfast.service import protectables
from holdfast.service.context import Context
from holdfast.service.protectables import Protectable, ProtectableFilter

from .vault_views import VaultView

MAX_LIMIT = 50


class ProtectableType(StrEnum):
    """protectable_type. There are no workspaces here: their lists are empty."""

    SERVER = "server"
    DISK = "disk"
    TURBO = "turbo"
    WORKSPACE = "workspace"
    WORKSPACE_V2 = "workspace_v2"


RESOURCE_TYPES: Mapping[ProtectableType, ResourceType] = MappingProxyType(
    {
        ProtectableType.SERVER: ResourceType.SERVER,
        ProtectableType.DISK: ResourceType.DISK,
        ProtectableType.TURBO: ResourceType.FILE_SHARE,
        ProtectableType.WORKSPACE: ResourceType.WORKSPACE,
        ProtectableType.WORKSPACE_V2: ResourceType.WORKSPACE,
    }
)


class ResultView(msgspec.Struct, frozen=True, kw_only=True):
    """ProtectableResult: whether it can be attached, and the vault that has it if it cannot."""

    result: bool
    code: str
    reason: str
    message: str
    vault: VaultView | None

    @classmethod
    def of(cls, found: Protectable) -> "ResultView":
        """A resource is in at most one vault; the code and the reason are those of attaching it."""
        obstacle = found.obstacle
        told = None if obstacle is None else answer(obstacle)
        reason = "" if told is None else told.message
        return cls(
            result=told is None,
            code="" if told is None else told.code,
            reason=reason,
            message=reason,
            vault=None if found.vault is None else VaultView.of(found.vault),
        )


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """ProtectableChild: a disk of a server."""

    id: str
    name: str
    type: str
    size: int
    status: str
    detail: dict[str, Any]
    children: list[str]

    @classmethod
    def of(cls, part: Resource) -> "PartView":
        """A part of a resource."""
        return cls(
            id=part.id,
            name=part.name,
            type=part.type,
            size=part.size_gb,
            status=status(part),
            detail=detail(part),
            children=[],
        )


class SiteView(msgspec.Struct, frozen=True):
    """Ours: the site whose workers can reach a resource, if only these can."""

    site: str | None


class InstanceView(msgspec.Struct, frozen=True, kw_only=True):
    """ProtectablesResp."""

    id: str
    name: str
    type: str
    size: int
    status: str
    detail: dict[str, Any]
    children: list[PartView]
    protectable: ResultView
    holdfast: SiteView

    @classmethod
    def of(cls, found: Protectable) -> "InstanceView":
        """The wire's view of a resource that may be protected."""
        resource = found.resource
        return cls(
            id=resource.id,
            name=resource.name,
            type=resource.type,
            size=sum(part.size_gb for part in found.parts) or resource.size_gb,
            status=status(resource),
            detail=detail(resource, found.parts),
            children=[PartView.of(part) for part in found.parts],
            protectable=ResultView.of(found),
            holdfast=SiteView(resource.site),
        )


def status(resource: Resource) -> str:
    """The state that a cloud would tell of such a resource."""
    if resource.type is ResourceType.SERVER:
        return "ACTIVE"
    return "in-use" if resource.parent_id else "available"


def detail(resource: Resource, parts: Sequence[Resource] = ()) -> dict[str, Any]:
    """What a cloud would tell of such a resource, as far as there is an answer here."""
    told: dict[str, Any] = {
        "id": resource.id,
        "name": resource.name,
        "status": status(resource),
        "tenant_id": resource.project_id,
        "metadata": {},
    }
    tags = {tag.key: tag.value for tag in resource.tags}
    if resource.type is ResourceType.SERVER:
        return told | _server(resource, parts, tags)
    told |= {"size": resource.size_gb, "created_at": moments.of_resource(resource.created_at), "tags": tags}
    return told | (_disk(resource) if resource.type is ResourceType.DISK else {})


def _server(resource: Resource, disks: Sequence[Resource], tags: Mapping[str, str]) -> dict[str, Any]:
    """The rest of a server's document; its tags are texts there."""
    return {
        "created": moments.of_resource(resource.created_at),
        "OS-EXT-STS:vm_state": "active",
        "os-extended-volumes:volumes_attached": [{"id": disk.id} for disk in disks],
        "tags": [f"{key}={value}" for key, value in tags.items()],
    }


def _disk(resource: Resource) -> dict[str, Any]:
    """The rest of a disk's document."""
    attached = {"server_id": resource.parent_id, "volume_id": resource.id, "id": resource.id}
    return {"attachments": [attached] if resource.parent_id else [], "multiattach": False}


class InstancesReply(msgspec.Struct, frozen=True):
    """ProtectablesListResp."""

    instances: Sequence[InstanceView]
    count: int
    limit: int
    offset: int


class InstanceReply(msgspec.Struct, frozen=True):
    """ProtectableGetResp."""

    instance: InstanceView


def find(context: Context, call: Call) -> Reply:
    """GET protectables/{protectable_type}/instances."""
    page = paging.clamped_page(call.query, MAX_LIMIT)
    wanted = ProtectableFilter(
        type=RESOURCE_TYPES[_type(call)],
        name=call.query.text("name"),
        id=call.query.text("id"),
        server_id=call.query.text("server_id"),
    )
    state = call.query.text("status")
    found = [one for one in protectables.find(context, wanted) if state in (None, status(one))]
    shown = protectables.describe(context, paging.cut(found, page))
    views = [InstanceView.of(one) for one in shown]
    return Reply(InstancesReply(views, len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET protectables/{protectable_type}/instances/{instance_id}."""
    found = protectables.show(context, RESOURCE_TYPES[_type(call)], call.path["instance_id"])
    return Reply(InstanceReply(InstanceView.of(found)))


def _type(call: Call) -> ProtectableType:
    try:
        return ProtectableType(call.path["protectable_type"])
    except ValueError:
        words = ", ".join(ProtectableType)
        raise InvalidParameter("protectable_type", f"must be one of {words}") from None


ROUTES = (
    Route("GET", "/protectables/{protectable_type}/instances", find),
    Route("GET", "/protectables/{protectable_type}/instances/{instance_id}", show),
)
