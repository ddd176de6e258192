"""Where a signed-in user may go: the projects they have a role in, and the one domain."""

from collections.abc import Iterable

import msgspec

from holdfast.api.auth import session_of
from holdfast.api.request import Call, OpenRoute, Reply
from holdfast.model.errors import NotAllowed
from holdfast.model.project import DEFAULT_DOMAIN_ID, DEFAULT_DOMAIN_NAME, Project
from holdfast.service import accounts
from holdfast.service.context import House

from . import address, catalogue
from .catalogue import ServiceView
from .errors import spoken


class SelfLink(msgspec.Struct, frozen=True):
    """Where the thing itself is."""

    self: str


class ListLinks(msgspec.Struct, frozen=True, kw_only=True):
    """Where a list is; it has one page."""

    self: str
    next: str | None = None
    previous: str | None = None


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """A project."""

    id: str
    name: str
    description: str = ""
    domain_id: str
    parent_id: str
    is_domain: bool = False
    enabled: bool = True
    links: SelfLink


class DomainView(msgspec.Struct, frozen=True, kw_only=True):
    """The domain that all projects and users are in."""

    id: str = DEFAULT_DOMAIN_ID
    name: str = DEFAULT_DOMAIN_NAME
    description: str = ""
    enabled: bool = True
    links: SelfLink


class ProjectsReply(msgspec.Struct, frozen=True):
    """A list of projects."""

    projects: list[ProjectView]
    links: ListLinks


class DomainsReply(msgspec.Struct, frozen=True):
    """A list of domains."""

    domains: list[DomainView]
    links: ListLinks


class CatalogueReply(msgspec.Struct, frozen=True):
    """The catalogue by itself."""

    catalog: list[ServiceView]
    links: SelfLink


def find_mine(house: House, call: Call) -> Reply:
    """GET auth/projects: the projects that the token's user may ask a token for."""
    return _listed(house, call, "auth/projects", _mine(house, call))


def find(house: House, call: Call) -> Reply:
    """GET projects: the same, by `name` and `domain_id`; clients that know only a project's name ask this."""
    name, domain_id = call.query.text("name"), call.query.text("domain_id")
    fitting = [
        project
        for project in _mine(house, call)
        if name in (None, project.name) and domain_id in (None, project.domain_id)
    ]
    return _listed(house, call, "projects", fitting)


def find_domains(house: House, call: Call) -> Reply:
    """GET auth/domains, by `name`."""
    session_of(house, call)
    here = address.of_identity(house, call)
    domain = DomainView(links=SelfLink(f"{here}/domains/{DEFAULT_DOMAIN_ID}"))
    domains = [domain] if call.query.text("name") in (None, domain.name) else []
    return Reply(DomainsReply(domains, ListLinks(self=f"{here}/auth/domains")))


def show_catalogue(house: House, call: Call) -> Reply:
    """GET auth/catalog; a token without a project has none."""
    session = session_of(house, call)
    if session.project is None:
        raise NotAllowed("the token has no project, so it has no catalogue")
    here = address.of_identity(house, call)
    services = catalogue.of(house, call, session.project)
    return Reply(CatalogueReply(services, SelfLink(f"{here}/auth/catalog")))


def _mine(house: House, call: Call) -> list[Project]:
    return accounts.projects_of(house.db, session_of(house, call).user.id)


def _listed(house: House, call: Call, place: str, projects: Iterable[Project]) -> Reply:
    here = address.of_identity(house, call)
    views = [
        ProjectView(
            id=project.id,
            name=project.name,
            domain_id=project.domain_id,
            parent_id=project.domain_id,
            links=SelfLink(f"{here}/projects/{project.id}"),
        )
        for project in projects
    ]
    return Reply(ProjectsReply(views, ListLinks(self=f"{here}/{place}")))


ROUTES = (
    OpenRoute("GET", "/auth/catalog", spoken(show_catalogue)),
    OpenRoute("GET", "/auth/domains", spoken(find_domains)),
    OpenRoute("GET", "/auth/projects", spoken(find_mine)),
    OpenRoute("GET", "/projects", spoken(find)),
)
