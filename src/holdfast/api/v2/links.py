"""Links as OpenStack's calls have them: to one thing, and to the next page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import msgspec

from holdfast.api.identity import address
from holdfast.api.request import Call
from holdfast.service.context import Context


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """Where something is, and what it is to whoever reads of it."""

    href: str
    rel: str


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


def to_next(context: Context, call: Call, marker: str) -> Sequence[LinkView]:
    """To the page after this one, whose last item is `marker`; what else was asked is asked again."""
    path, _, asked = call.target.partition("?")
    again = [one for one in parse_qsl(asked) if one[0] not in ("marker", "offset")]
    query = urlencode([*again, ("marker", marker)])
    return [LinkView(href=f"{address.of_service(context, call)}{path}?{query}", rel="next")]
