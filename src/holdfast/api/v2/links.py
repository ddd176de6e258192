"""Links as OpenStack's calls have them: to one thing, and to the next page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, urlencode

import msgspec

from holdfast.api.identity import address
from holdfast.api.request import Call
from holdfast.service.context import Context


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is, and what it is to whoever reads of it."""

    href: str
    rel: str


class Named(Protocol):
    """Something that has a name and an id."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def name(self) -> str:
        """What it is called."""


@dataclass(frozen=True)
class Place:
    """Where a kind of things is, by the address and the version that the caller came by."""

    url: str

    @classmethod
    def of(cls, context: Context, call: Call, kind: str) -> "Place":
        """Where `kind`, the word of a path, is for this caller."""
        prefix, _, _ = call.route.partition("/{project_id}")
        return cls(f"{address.of_service(context, call)}{prefix}/{context.project_id}/{kind}")

    def links_of(self, id: str) -> Sequence[LinkView]:
        """To one of them, twice: an address without a version there is not."""
        return [LinkView(href=f"{self.url}/{id}", rel=rel) for rel in ("self", "bookmark")]


class BriefView(msgspec.Struct, frozen=True, kw_only=True):
    """Something by its name."""

    id: str
    name: str
    links: Sequence[LinkView]

    @classmethod
    def of(cls, one: Named, place: Place) -> "BriefView":
        """What a short list tells of it."""
        return cls(id=one.id, name=one.name, links=place.links_of(one.id))


def to_next(context: Context, call: Call, **beginning: object) -> Sequence[LinkView]:
    """To the page after this one, which begins there: by `marker`, or by `offset` with its `limit`. What else
    was asked is asked again."""
    path, _, asked = call.target.partition("?")
    again = [one for one in parse_qsl(asked) if one[0] not in ("marker", "offset", *beginning)]
    query = urlencode([*again, *beginning.items()])
    return [LinkView(href=f"{address.of_service(context, call)}{path}?{query}", rel="next")]
