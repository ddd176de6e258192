"""Which version of the identity service there is: what clients ask before they sign in."""

import msgspec

from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.service.context import House

from . import address

# The minor version tells which calls to expect; 3.14 is the newest that Keystone itself names.
VERSION = "v3.14"
UPDATED = "2020-04-07T00:00:00Z"


class LinkView(msgspec.Struct, frozen=True):
    """Where the version lives."""

    href: str
    rel: str = "self"


class MediaTypeView(msgspec.Struct, frozen=True):
    """What it speaks."""

    base: str = "application/json"
    type: str = "application/vnd.openstack.identity-v3+json"


class VersionView(msgspec.Struct, frozen=True, kw_only=True, rename={"media_types": "media-types"}):
    """One version."""

    id: str = VERSION
    status: str = "stable"
    updated: str = UPDATED
    links: list[LinkView]
    media_types: list[MediaTypeView] = msgspec.field(default_factory=lambda: [MediaTypeView()])


class VersionReply(msgspec.Struct, frozen=True):
    """The version asked for."""

    version: VersionView


class Values(msgspec.Struct, frozen=True):
    """All versions."""

    values: list[VersionView]


class VersionsReply(msgspec.Struct, frozen=True):
    """The versions to choose from."""

    versions: Values


def show(house: House, call: Call) -> Reply:
    """GET /identity/v3."""
    return Reply(VersionReply(_version(house, call)))


def index(house: House, call: Call) -> Reply:
    """GET /identity: a choice of one."""
    return Reply(VersionsReply(Values([_version(house, call)])), status=300)


def _version(house: House, call: Call) -> VersionView:
    return VersionView(links=[LinkView(f"{address.of_identity(house, call)}/")])


ROUTES = (
    OpenRoute("GET", "/identity", index),
    OpenRoute("GET", "/identity/", index),
    OpenRoute("GET", "/identity/v3", show),
    OpenRoute("GET", "/identity/v3/", show),
)
