"""Tags of vaults, under `vault` in the singular."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api.paging import MAX_LIMIT, MAX_OFFSET
from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Doomed, Tag, TagFilter, Wanted, check_all, check_unique
from holdfast.model.task import Page
from holdfast.model.vault import CloudType, Vault
from holdfast.service import tags
from holdfast.service.context import Context
from holdfast.service.tags import TaggedFilter

from .vault_views import TagView, VaultView
from .wording import Label

SYSTEM_KEY = "_sys_enterprise_project_id"
NAME_KEY = "resource_name"

Text = Annotated[str, Meta(max_length=1024)]


class Action(StrEnum):
    """What a batch of tags is for."""

    CREATE = "create"
    DELETE = "delete"


class Search(StrEnum):
    """What a search answers: a page of what it finds, or how much that is."""

    FILTER = "filter"
    COUNT = "count"


class TagBody(msgspec.Struct, frozen=True):
    """Tag. `value` may be left out where tags are taken off."""

    key: Text
    value: Text | None = None


class SystemTagBody(msgspec.Struct, frozen=True):
    """SysTag: the enterprise project of a vault, as a tag."""

    key: Text
    value: Label


class AddBody(msgspec.Struct, frozen=True):
    """VaultTagsCreateReq."""

    tag: TagBody


class BatchBody(msgspec.Struct, frozen=True, kw_only=True):
    """BulkCreateAndDeleteVaultTagsReq."""

    action: Action
    tags: Annotated[list[TagBody], Meta(max_length=20)] | None = None
    sys_tags: Annotated[list[SystemTagBody], Meta(max_length=1)] | None = None

    def check(self) -> None:
        """Raises InvalidParameter for a batch of nothing."""
        if not self.tags and not self.sys_tags:
            raise InvalidParameter("tags", "must not be empty")

    def enterprise_project_id(self) -> str | None:
        """The value of the system tag, if there is one; raises InvalidParameter."""
        for tag in self.sys_tags or ():
            if tag.key != SYSTEM_KEY or not tag.value:
                raise InvalidParameter("sys_tags", f"must be {SYSTEM_KEY} with a value")
            return tag.value
        return None

    def doomed(self) -> list[Doomed]:
        """The tags to be taken off, which may be named twice; raises InvalidParameter."""
        for place, tag in enumerate(self.tags or ()):
            if not tag.key.strip():
                raise InvalidParameter(f"tags[{place}].key", "must not be empty")
        return [
            Doomed(tag.key.strip(), None if tag.value is None else tag.value.strip())
            for tag in self.tags or ()
        ]


def _new(field: str, bodies: Sequence[TagBody]) -> Sequence[Tag]:
    given = []
    for place, tag in enumerate(bodies):
        if tag.value is None:
            raise InvalidParameter(f"{field}[{place}].value", "is missing")
        given.append(Tag(tag.key, tag.value))
    return check_all(field, given)


class WantedBody(msgspec.Struct, frozen=True):
    """TagsReq."""

    key: Text
    values: list[Text]


WantedBodies = Annotated[list[WantedBody], Meta(min_length=1, max_length=20)] | None


class MatchBody(msgspec.Struct, frozen=True):
    """Match: a part of the vault's name."""

    key: Text
    value: Label


class SearchBody(msgspec.Struct, frozen=True, kw_only=True):
    """VaultResourceInstancesReq. Its limit and offset are numbers in strings."""

    action: Search
    without_any_tag: bool | None = None
    tags: WantedBodies = None
    tags_any: WantedBodies = None
    not_tags: WantedBodies = None
    not_tags_any: WantedBodies = None
    sys_tags: Annotated[list[WantedBody], Meta(min_length=1, max_length=1)] | None = None
    limit: Label | None = None
    offset: Label | None = None
    matches: Annotated[list[MatchBody], Meta(max_length=1)] | None = None
    cloud_type: CloudType | None = None
    object_type: ObjectType | None = None

    def asked(self, project_id: str) -> TaggedFilter:
        """What is asked of the service; raises InvalidParameter."""
        filters = TagFilter(
            all_of=_wanted("tags", self.tags),
            any_of=_wanted("tags_any", self.tags_any),
            not_all_of=_wanted("not_tags", self.not_tags),
            none_of=_wanted("not_tags_any", self.not_tags_any),
            untagged=bool(self.without_any_tag),
        )
        if self.sys_tags and filters != TagFilter():
            raise InvalidParameter("sys_tags", "cannot be used together with other tags")
        return TaggedFilter(
            project_id=project_id,
            tags=filters,
            name=self._name(),
            object_type=self.object_type,
            cloud_type=self.cloud_type,
            enterprise_project_ids=self._enterprise_projects(),
        )

    def page(self) -> Page:
        """The page that is asked for; raises InvalidParameter."""
        return Page(
            limit=_number("limit", self.limit, MAX_LIMIT, 1, MAX_LIMIT),
            offset=_number("offset", self.offset, 0, 0, MAX_OFFSET),
        )

    def _name(self) -> str | None:
        for match in self.matches or ():
            if match.key != NAME_KEY:
                raise InvalidParameter("matches[0].key", f"must be {NAME_KEY}")
            return match.value
        return None

    def _enterprise_projects(self) -> tuple[str, ...] | None:
        for tag in _wanted("sys_tags", self.sys_tags):
            if tag.key != SYSTEM_KEY:
                raise InvalidParameter("sys_tags[0].key", f"must be {SYSTEM_KEY}")
            return tag.values or None
        return None


def _wanted(field: str, bodies: Sequence[WantedBody] | None) -> tuple[Wanted, ...]:
    wanted = tuple(
        Wanted.checked(f"{field}[{place}]", body.key, body.values) for place, body in enumerate(bodies or ())
    )
    check_unique(field, [one.key for one in wanted])
    return wanted


def _number(field: str, text: str | None, default: int, least: int, most: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or not least <= int(text) <= most:
        raise InvalidParameter(field, f"must be a whole number from {least} to {most}, in a string")
    return int(text)


class KeyView(msgspec.Struct, frozen=True):
    """TagsResp: a key with the values that it has somewhere in the project."""

    key: str
    values: list[str]


class ProjectTagsReply(msgspec.Struct, frozen=True):
    """VaultProjectTagResp."""

    tags: list[KeyView]


class VaultTagsReply(msgspec.Struct, frozen=True):
    """VaultTagResp. The system tags of the reference are for the cloud's own services: there are none."""

    tags: list[TagView]


class DetailView(msgspec.Struct, frozen=True):
    """InstancesResourceDetail."""

    vault: VaultView


class TaggedView(msgspec.Struct, frozen=True, kw_only=True):
    """TagResource: a vault that was found. The system tag is told where it was asked for."""

    resource_id: str
    resource_name: str
    resource_detail: DetailView
    tags: list[TagView]
    sys_tags: list[TagView] | UnsetType = UNSET

    @classmethod
    def of(cls, vault: Vault, *, with_system_tag: bool) -> "TaggedView":
        """The wire's view of a vault that was found."""
        return cls(
            resource_id=vault.id,
            resource_name=vault.name,
            resource_detail=DetailView(VaultView.of(vault)),
            tags=[TagView.of(tag) for tag in vault.tags],
            sys_tags=[TagView(SYSTEM_KEY, vault.enterprise_project_id)] if with_system_tag else UNSET,
        )


class SearchReply(msgspec.Struct, frozen=True, kw_only=True):
    """ShowVaultResourceInstancesResponse."""

    resources: list[TaggedView] | UnsetType = UNSET
    total_count: int


def of_project(context: Context, _call: Call) -> Reply:
    """GET vault/tags."""
    found = tags.of_project(context)
    return Reply(ProjectTagsReply([KeyView(key, values) for key, values in found.items()]))


def of_vault(context: Context, call: Call) -> Reply:
    """GET vault/{vault_id}/tags."""
    return Reply(VaultTagsReply([TagView.of(tag) for tag in tags.of_vault(context, call.path["vault_id"])]))


def add(context: Context, call: Call) -> Reply:
    """POST vault/{vault_id}/tags."""
    tag = call.read(AddBody).tag
    if tag.value is None:
        raise InvalidParameter("tag.value", "is missing")
    tags.add(context, call.path["vault_id"], [Tag.checked("tag", tag.key, tag.value)])
    return Reply(status=204)


def batch(context: Context, call: Call) -> Reply:
    """POST vault/{vault_id}/tags/action."""
    asked = call.read(BatchBody)
    asked.check()
    vault_id, home = call.path["vault_id"], asked.enterprise_project_id()
    if asked.action is Action.CREATE:
        tags.add(context, vault_id, _new("tags", asked.tags or ()), home)
    else:
        tags.remove(context, vault_id, asked.doomed(), home)
    return Reply(status=204)


def remove(context: Context, call: Call) -> Reply:
    """DELETE vault/{vault_id}/tags/{key}."""
    tags.remove_one(context, call.path["vault_id"], call.path["key"])
    return Reply(status=204)


def search(context: Context, call: Call) -> Reply:
    """POST vault/resource_instances/action."""
    asked = call.read(SearchBody)
    wanted = asked.asked(context.project_id)
    if asked.action is Search.COUNT:
        return Reply(SearchReply(total_count=tags.count(context, wanted)))
    found, total = tags.find(context, wanted, asked.page())
    views = [TaggedView.of(vault, with_system_tag=bool(asked.sys_tags)) for vault in found]
    return Reply(SearchReply(resources=views, total_count=total))


ROUTES = (
    Route("GET", "/vault/tags", of_project),
    Route("GET", "/vault/{vault_id}/tags", of_vault),
    Route("POST", "/vault/{vault_id}/tags", add),
    Route("POST", "/vault/{vault_id}/tags/action", batch),
    Route("DELETE", "/vault/{vault_id}/tags/{key}", remove),
    Route("POST", "/vault/resource_instances/action", search, only_asks=True),
)
