"""Tags of backup policies, and policies found by them, as the Volume Backup Service tells them."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api.paging import MAX_LIMIT, MAX_OFFSET
from holdfast.api.request import Call, Reply, Route
from holdfast.api.v3.vault_views import TagView
from holdfast.model.errors import InvalidParameter
from holdfast.model.tag import (
    LONGEST_WANTED_KEY,
    LONGEST_WANTED_VALUE,
    Doomed,
    Tag,
    TagFilter,
    Wanted,
    check_all_plain,
    check_unique,
)
from holdfast.model.task import Page
from holdfast.service import policy_tags
from holdfast.service.context import Context
from holdfast.service.policy_tags import Tagged, TaggedFilter

MAX_SOUGHT = 10

_NUMBER = re.compile(r"[0-9]{1,20}")


class Action(StrEnum):
    """What a batch of tags is for. Creating and updating are one: a known key gets the new value."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Search(StrEnum):
    """What a search answers: a page of what it finds, or how much that is."""

    FILTER = "filter"
    COUNT = "count"


class AddBody(msgspec.Struct, frozen=True):
    """A tag to be hung on a policy."""

    tag: TagView


class BatchTagBody(msgspec.Struct, frozen=True):
    """A tag of a batch. `value` may be left out where tags are taken off."""

    key: str
    value: str | None = None

    def new(self, field: str) -> Tag:
        """The tag to be hung on; raises InvalidParameter without a value."""
        if self.value is None:
            raise InvalidParameter(f"{field}.value", "is missing")
        return Tag(self.key, self.value)

    def doomed(self, field: str) -> Doomed:
        """The tag to be taken off, which may be one that no policy can have; raises InvalidParameter."""
        if not 1 <= len(self.key) <= LONGEST_WANTED_KEY:
            raise InvalidParameter(f"{field}.key", f"must be 1 to {LONGEST_WANTED_KEY} characters")
        if len(self.value or "") > LONGEST_WANTED_VALUE:
            raise InvalidParameter(f"{field}.value", f"must be up to {LONGEST_WANTED_VALUE} characters")
        return Doomed(self.key, self.value)


class BatchBody(msgspec.Struct, frozen=True, kw_only=True):
    """Tags to be hung on a policy, or taken off; a batch of none changes nothing."""

    action: Action
    tags: list[BatchTagBody] | None = None

    def new(self) -> Sequence[Tag]:
        """The tags to be hung on; raises InvalidParameter or TooManyTags."""
        given = [tag.new(f"tags[{place}]") for place, tag in enumerate(self.tags or ())]
        return check_all_plain("tags", given)

    def doomed(self) -> Sequence[Doomed]:
        """The tags to be taken off, which may be named twice; raises InvalidParameter."""
        return [tag.doomed(f"tags[{place}]") for place, tag in enumerate(self.tags or ())]


class WantedBody(msgspec.Struct, frozen=True):
    """A key that is looked for, with any of these values; with whatever value if there are none."""

    key: str
    values: Annotated[list[str], Meta(max_length=MAX_SOUGHT)]


WantedBodies = Annotated[list[WantedBody], Meta(max_length=MAX_SOUGHT)]
SomeWantedBodies = Annotated[list[WantedBody], Meta(min_length=1, max_length=MAX_SOUGHT)]


class MatchKey(StrEnum):
    """The one thing besides tags by which policies are found."""

    RESOURCE_NAME = "resource_name"


class MatchBody(msgspec.Struct, frozen=True):
    """A part of the policy's name."""

    key: MatchKey
    value: Annotated[str, Meta(max_length=LONGEST_WANTED_VALUE)]


class SearchBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which policies are looked for. Limit and offset come as numbers in strings, or as numbers; who only
    counts may say what they like there."""

    action: Search
    tags: WantedBodies | None = None
    tags_any: SomeWantedBodies | None = None
    not_tags: SomeWantedBodies | None = None
    not_tags_any: SomeWantedBodies | None = None
    matches: Annotated[list[MatchBody], Meta(max_length=1)] | None = None
    limit: Any = None
    offset: Any = None

    def asked(self, project_id: str) -> TaggedFilter:
        """What is asked of the service; raises InvalidParameter."""
        filters = TagFilter(
            all_of=_wanted("tags", self.tags),
            any_of=_wanted("tags_any", self.tags_any),
            not_all_of=_wanted("not_tags", self.not_tags),
            none_of=_wanted("not_tags_any", self.not_tags_any),
        )
        name = next((match.value for match in self.matches or ()), None)
        return TaggedFilter(project_id=project_id, tags=filters, name=name)

    def page(self) -> Page:
        """The page that is asked for; raises InvalidParameter."""
        return Page(
            limit=_number("limit", self.limit, MAX_LIMIT, 1, MAX_LIMIT),
            offset=_number("offset", self.offset, 0, 0, MAX_OFFSET),
        )


def _wanted(field: str, bodies: Sequence[WantedBody] | None) -> tuple[Wanted, ...]:
    wanted = tuple(
        Wanted.checked(f"{field}[{place}]", body.key, body.values) for place, body in enumerate(bodies or ())
    )
    check_unique(field, [one.key for one in wanted])
    return wanted


def _number(field: str, given: object, default: int, least: int, most: int) -> int:
    if given is None:
        return default
    number = int(given) if isinstance(given, str) and _NUMBER.fullmatch(given) else given
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise InvalidParameter(field, f"must be a whole number from {least} to {most}, in a string")
    return number


class TagsReply(msgspec.Struct, frozen=True):
    """The tags of a policy."""

    tags: list[TagView]


class KeyView(msgspec.Struct, frozen=True):
    """A key with the values that it has somewhere in the project."""

    key: str
    values: list[str]


class ProjectTagsReply(msgspec.Struct, frozen=True):
    """All the tags of the project's policies."""

    tags: list[KeyView]


class TaggedView(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that was found. Its detail is kept free by the documents, and so always null."""

    resource_id: str
    resource_detail: None = None
    resource_name: str
    tags: list[TagView]

    @classmethod
    def of(cls, tagged: Tagged) -> "TaggedView":
        """The wire's view of a policy that was found."""
        tags = [TagView.of(tag) for tag in tagged.tags]
        return cls(resource_id=tagged.id, resource_name=tagged.name, tags=tags)


class SearchReply(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what is found, and how much there is in all; only that, where it was counted."""

    resources: list[TaggedView] | UnsetType = UNSET
    total_count: int


def of_project(context: Context, _call: Call) -> Reply:
    """GET backuppolicy/tags."""
    found = policy_tags.of_project(context)
    return Reply(ProjectTagsReply([KeyView(key, values) for key, values in found.items()]))


def of_policy(context: Context, call: Call) -> Reply:
    """GET backuppolicy/{policy_id}/tags."""
    tags = policy_tags.of_policy(context, call.path["policy_id"])
    return Reply(TagsReply([TagView.of(tag) for tag in tags]))


def add(context: Context, call: Call) -> Reply:
    """POST backuppolicy/{policy_id}/tags."""
    given = call.read(AddBody).tag
    tag = Tag(given.key, given.value)
    tag.check_plain("tag")
    policy_tags.add(context, call.path["policy_id"], [tag])
    return Reply(status=204)


def batch(context: Context, call: Call) -> Reply:
    """POST backuppolicy/{policy_id}/tags/action."""
    asked, policy_id = call.read(BatchBody), call.path["policy_id"]
    if asked.action is Action.DELETE:
        policy_tags.remove(context, policy_id, asked.doomed())
    else:
        policy_tags.add(context, policy_id, asked.new())
    return Reply(status=204)


def remove(context: Context, call: Call) -> Reply:
    """DELETE backuppolicy/{policy_id}/tags/{key}."""
    policy_tags.remove_one(context, call.path["policy_id"], call.path["key"])
    return Reply(status=204)


def search(context: Context, call: Call) -> Reply:
    """POST backuppolicy/resource_instances/action."""
    asked = call.read(SearchBody)
    wanted = asked.asked(context.project_id)
    if asked.action is Search.COUNT:
        return Reply(SearchReply(total_count=policy_tags.count(context, wanted)))
    found, total = policy_tags.find(context, wanted, asked.page())
    return Reply(SearchReply(resources=[TaggedView.of(one) for one in found], total_count=total))


ROUTES = (
    Route("GET", "/backuppolicy/tags", of_project),
    Route("GET", "/backuppolicy/{policy_id}/tags", of_policy),
    Route("POST", "/backuppolicy/{policy_id}/tags", add),
    Route("POST", "/backuppolicy/{policy_id}/tags/action", batch),
    Route("DELETE", "/backuppolicy/{policy_id}/tags/{key}", remove),
    Route("POST", "/backuppolicy/resource_instances/action", search, only_asks=True),
)
