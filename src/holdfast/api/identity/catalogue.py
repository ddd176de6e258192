"""The catalogue: which services there are, and where each is for the project of a token."""

from collections.abc import Callable

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model import ids
from holdfast.model.errors import NotAllowed
from holdfast.model.project import Project
from holdfast.service.context import House
from holdfast.service.sessions import Session

from . import address, links
from .errors import spoken
from .links import SelfLink

OF_PROJECT: dict[tuple[str, str], Callable[[str, Project], str]] = {
    ("cbr", "holdfast"): lambda base, project: f"{base}/v3/{project.id}",
    ("vbs", "holdfast-vbs"): lambda base, project: f"{base}/vbs/v2/{project.id}",
    ("vbsv2", "holdfast-vbsv2"): lambda base, project: f"{base}/vbs/v2/{project.id}",
    # OpenStack's clients look for backups of volumes where volumes are.
    ("volumev2", "cinderv2"): lambda base, project: f"{base}/vbs/v2/{project.id}",
    ("volumev3", "cinderv3"): lambda base, project: f"{base}/vbs/v3/{project.id}",
}
OF_ALL: dict[tuple[str, str], Callable[[str], str]] = {
    ("identity", "keystone"): lambda base: f"{base}/identity/v3",
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


class CatalogueReply(msgspec.Struct, frozen=True):
    """The catalogue by itself."""

    catalog: list[ServiceView]
    links: SelfLink


def of(house: House, call: Call, session: Session) -> list[ServiceView] | None:
    """The services as a session reaches them; None for one without a project or domain."""
    base, region, project = address.of_service(house, call), house.config.region, session.project
    if project is None and not session.in_domain:
        return None
    own = {} if project is None else {known: url(base, project) for known, url in OF_PROJECT.items()}
    urls = own | {known: url(base) for known, url in OF_ALL.items()}
    return [_service(region, type_, name, url) for (type_, name), url in urls.items()]


def show(house: House, call: Call) -> Reply:
    """GET auth/catalog; a token without a project or domain has none."""
    services = of(house, call, session_of(house, call))
    if services is None:
        raise NotAllowed("the token has no project, so it has no catalogue")
    return Reply(CatalogueReply(services, links.to(house, call, "auth", "catalog")))


def _service(region: str, type_: str, name: str, url: str) -> ServiceView:
    endpoint = EndpointView(
        id=ids.derived("endpoint", region, type_), region=region, region_id=region, url=url
    )
    return ServiceView(id=ids.derived("service", region, type_), type=type_, name=name, endpoints=[endpoint])


ROUTES = (OpenRoute("GET", "/auth/catalog", spoken(show)),)
