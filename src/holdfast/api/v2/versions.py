"""Which versions of block storage's backup calls there are, as OpenStack's clients look for them."""

from collections.abc import Callable

import msgspec

from holdfast.api.identity import address
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.service.context import House

LEAST, MOST = "3.0", "3.45"  # microversions


class LinkView(msgspec.Struct, frozen=True):
    """Where a version lives."""

    href: str
    rel: str = "self"


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and which microversions it has."""

    id: str
    status: str
    version: str
    min_version: str
    updated: str = "2016-12-02T00:00:00Z"
    links: list[LinkView]


class VersionsReply(msgspec.Struct, frozen=True):
    """All of them, or one."""

    versions: list[VersionView]


def _v2(base: str) -> VersionView:
    return VersionView(
        id="v2.0", status="SUPPORTED", version="", min_version="", links=[LinkView(f"{base}/vbs/v2/")]
    )


def _v3(base: str) -> VersionView:
    return VersionView(
        id="v3.0", status="CURRENT", version=MOST, min_version=LEAST, links=[LinkView(f"{base}/vbs/v3/")]
    )


def _told(*views: Callable[[str], VersionView]) -> Callable[[House, Call], Reply]:
    def show(house: House, call: Call) -> Reply:
        base = address.of_service(house, call)
        return Reply(VersionsReply([view(base) for view in views]))

    return show


ROUTES = (
    *(OpenRoute("GET", path, _told(_v2, _v3)) for path in ("/vbs", "/vbs/")),
    *(OpenRoute("GET", path, _told(_v2)) for path in ("/v2", "/v2/", "/vbs/v2", "/vbs/v2/")),
    *(OpenRoute("GET", path, _told(_v3)) for path in ("/vbs/v3", "/vbs/v3/")),
)
