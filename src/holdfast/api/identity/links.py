"""Where things and lists of the identity service are, as every view of them says."""

import msgspec

from holdfast.api.request import Call
from holdfast.service.context import House

from . import address


class SelfLink(msgspec.Struct, frozen=True):
    """Where the thing itself is."""

    self: str


class ListLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Where a list is; it has one page."""

    self: str
    next: str | None = None
    previous: str | None = None


def to(house: House, call: Call, *steps: str) -> SelfLink:
    """The link to a thing."""
    return SelfLink("/".join((address.of_identity(house, call), *steps)))


def to_list(house: House, call: Call, *steps: str) -> ListLinks:
    """The link to a list."""
    return ListLinks(self=to(house, call, *steps).self)
