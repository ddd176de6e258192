"""Regions: this service is one."""

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import NotFound
from holdfast.service.context import House

from . import links
from .errors import spoken
from .links import ListLinks, SelfLink


class RegionView(msgspec.Struct, frozen=True, kw_only=True):
    """A region."""

    id: str
    description: str = ""
    parent_region_id: str | None = None
    links: SelfLink


class RegionReply(msgspec.Struct, frozen=True):
    """One region."""

    region: RegionView


class RegionsReply(msgspec.Struct, frozen=True):
    """A list of regions."""

    regions: list[RegionView]
    links: ListLinks


def find(house: House, call: Call) -> Reply:
    """GET regions."""
    session_of(house, call)
    return Reply(RegionsReply([_ours(house, call)], links.to_list(house, call, "regions")))


def show(house: House, call: Call) -> Reply:
    """GET regions/{region_id}."""
    session_of(house, call)
    if call.path["region_id"] != house.config.region:
        raise NotFound(f"region {call.path['region_id']}")
    return Reply(RegionReply(_ours(house, call)))


def _ours(house: House, call: Call) -> RegionView:
    region = house.config.region
    return RegionView(id=region, links=links.to(house, call, "regions", region))


ROUTES = (
    OpenRoute("GET", "/regions", spoken(find)),
    OpenRoute("GET", "/regions/{region_id}", spoken(show)),
)
