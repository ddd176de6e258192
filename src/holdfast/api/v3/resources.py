"""Resources: ours, beyond CBR. What there is to protect is made known here, by an administrator."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.resource import Resource
from holdfast.model.tag import MAX_TAGS, Tag
from holdfast.service import resources
from holdfast.service.context import Context
from holdfast.service.resources import NewResource, ResourceFilter

from .vault_views import TagView
from .wording import Id, Label, TagKey, TagValue


class TagBody(msgspec.Struct, frozen=True):
    """A tag of a resource, by which vaults bind it."""

    key: TagKey
    value: TagValue = ""


Tags = Annotated[list[TagBody], Meta(max_length=MAX_TAGS)]


def _tags(bodies: Sequence[TagBody]) -> tuple[Tag, ...]:
    return tuple(Tag(body.key, body.value) for body in bodies)


class ResourceBody(msgspec.Struct, frozen=True, kw_only=True):
    """`type` is `directory`, `disk`, `server` or a type of CBR; `settings` are the provider's keys."""

    type: Label
    name: Annotated[str, Meta(min_length=1, max_length=255)]
    provider: Id
    settings: dict[str, Any] = {}
    tags: Tags | None = None
    site: Label | None = None


class TagsBody(msgspec.Struct, frozen=True):
    """All the tags that a resource has from now on."""

    tags: Tags


class RegisterBody(msgspec.Struct, frozen=True):
    """What is registered."""

    resource: ResourceBody


class ResourceView(msgspec.Struct, frozen=True, kw_only=True):
    """A resource: `size` in GB, rounded up, as CBR counts; `size_bytes` exactly."""

    id: str
    name: str
    type: str
    provider: str
    settings: dict[str, Any]
    size: int
    size_bytes: int
    parent_id: str | None
    configured: bool
    site: str | None
    tags: list[TagView]
    project_id: str
    created_at: str | None

    @classmethod
    def of(cls, resource: Resource) -> "ResourceView":
        """The wire's view of a resource."""
        return cls(
            id=resource.id,
            name=resource.name,
            type=resource.type,
            provider=resource.provider,
            settings=resource.settings,
            size=resource.size_gb,
            size_bytes=resource.size_bytes,
            parent_id=resource.parent_id,
            configured=resource.configured,
            site=resource.site,
            tags=[TagView.of(tag) for tag in resource.tags],
            project_id=resource.project_id,
            created_at=moments.of_resource(resource.created_at),
        )


class ResourceReply(msgspec.Struct, frozen=True):
    """One resource."""

    resource: ResourceView


class ResourcesReply(msgspec.Struct, frozen=True):
    """A page of resources."""

    resources: Sequence[ResourceView]
    count: int
    limit: int
    offset: int


def register(context: Context, call: Call) -> Reply:
    """POST resources."""
    asked = call.read(RegisterBody).resource
    new = NewResource(
        type=asked.type,
        name=asked.name,
        provider=asked.provider,
        settings=asked.settings,
        tags=None if asked.tags is None else _tags(asked.tags),
        site=asked.site,
    )
    return Reply(ResourceReply(ResourceView.of(resources.register(context, new))))


def find(context: Context, call: Call) -> Reply:
    """GET resources."""
    page = paging.page(call.query)
    wanted = ResourceFilter(
        type=call.query.text("type"),
        name=call.query.text("name"),
        id=call.query.text("id"),
        parent_id=call.query.text("parent_id"),
    )
    found = resources.find(context, wanted)
    views = [ResourceView.of(resource) for resource in paging.cut(found, page)]
    return Reply(ResourcesReply(views, len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET resources/{resource_id}."""
    return Reply(ResourceReply(ResourceView.of(resources.show(context, call.path["resource_id"]))))


def set_tags(context: Context, call: Call) -> Reply:
    """PUT resources/{resource_id}/tags."""
    tags = _tags(call.read(TagsBody).tags)
    return Reply(ResourceReply(ResourceView.of(resources.set_tags(context, call.path["resource_id"], tags))))


def forget(context: Context, call: Call) -> Reply:
    """DELETE resources/{resource_id}."""
    resources.forget(context, call.path["resource_id"])
    return Reply(status=204)


ROUTES = (
    Route("POST", "/resources", register),
    Route("GET", "/resources", find),
    Route("GET", "/resources/{resource_id}", show),
    Route("PUT", "/resources/{resource_id}/tags", set_tags),
    Route("DELETE", "/resources/{resource_id}", forget),
)
