"""Cutting lists into pages: `limit` and `offset` count items, `marker` names the last item seen."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Page

from .query import Query


class Named(Protocol):
    """Something that a marker can name."""

    @property
    def id(self) -> str:
        """Its identifier."""


Item = TypeVar("Item", bound=Named)

MAX_LIMIT = 1000
MAX_OFFSET = (1 << 63) - 1


def page(query: Query) -> Page:
    """The page that a request asks for; raises InvalidParameter naming the parameter."""
    return Page(
        limit=query.number("limit", MAX_LIMIT, 1, MAX_LIMIT),
        offset=query.number("offset", 0, 0, MAX_OFFSET),
        marker=query.text("marker"),
    )


def clamped_page(query: Query, most: int) -> Page:
    """A page of at most `most` items, whatever larger number is asked for.

    Clients of the protectables ask for 1000, the reference allows 50.
    """
    return Page(
        limit=min(query.number("limit", most, 1, MAX_OFFSET), most),
        offset=query.number("offset", 0, 0, MAX_OFFSET),
        marker=query.text("marker"),
    )


def cut(items: Sequence[Item], page: Page) -> Sequence[Item]:
    """A page of a list that is all at hand; raises InvalidParameter for an unknown marker."""
    begin = 0
    if page.marker is not None:
        places = [place for place, item in enumerate(items) if item.id == page.marker]
        if not places:
            raise InvalidParameter("marker", "names no item of the list")
        begin = places[0] + 1
    return items[begin + page.offset :][: page.limit]
