"""The catalogue: which services there are, and where each is for the project of a token."""

from collections.abc import Callable

import msgspec

from holdfast.api.request import Call
from holdfast.model import ids
from holdfast.model.project import Project
from holdfast.service.context import House

from . import address

URLS: dict[tuple[str, str], Callable[[str, Project], str]] = {
    ("cbr", "holdfast"): lambda base, project: f"{base}/v3/{project.id}",
    ("identity", "keystone"): lambda base, _project: f"{base}/identity/v3",
}


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """One address of a service."""

    id: str
    interface: str = "public"
    region: str
    region_id: str
    url: str


class ServiceView(msgspec.Struct, frozen=True, kw_only=True):
    """One service."""

    id: str
    type: str
    name: str
    endpoints: list[EndpointView]


def of(house: House, call: Call, project: Project) -> list[ServiceView]:
    """The services as this project reaches them."""
    base = address.of_service(house, call)
    return [
        _service(house.config.region, type_, name, url(base, project)) for (type_, name), url in URLS.items()
    ]


def _service(region: str, type_: str, name: str, url: str) -> ServiceView:
    endpoint = EndpointView(
        id=ids.derived("endpoint", region, type_), region=region, region_id=region, url=url
    )
    return ServiceView(id=ids.derived("service", region, type_), type=type_, name=name, endpoints=[endpoint])
