"""Which versions of the API there are, and whether the service is well: asked by anybody."""

import msgspec

from holdfast.api.identity import address
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.service import health
from holdfast.service.context import House


class LinkView(msgspec.Struct, frozen=True):
    """Where a version lives."""

    href: str
    rel: str = "self"


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """ApiVersion."""

    id: str = "v3"
    status: str = "CURRENT"
    links: list[LinkView]


class VersionsView(msgspec.Struct, frozen=True):
    """ApiVersions: the reply of CBR, in which clients of Keystone find their version too."""

    versions: list[VersionView]


class HealthView(msgspec.Struct, frozen=True):
    """What a load balancer reads."""

    status: str


def show(house: House, call: Call) -> Reply:
    """GET / and GET /v3."""
    link = LinkView(f"{address.of_service(house, call)}/v3")
    return Reply(VersionsView([VersionView(links=[link])]), status=300)


def healthz(house: House, _call: Call) -> Reply:
    """GET /healthz."""
    if health.is_well(house):
        return Reply(HealthView("ok"))
    return Reply(HealthView("the database does not answer"), status=503)


ROUTES = (
    OpenRoute("GET", "/", show),
    OpenRoute("GET", "/v3", show),
    OpenRoute("GET", "/v3/", show),
    OpenRoute("GET", "/healthz", healthz),
)
