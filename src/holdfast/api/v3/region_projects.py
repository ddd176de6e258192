"""Projects and domains as a known caller may see them beyond their own project."""

import msgspec

from holdfast.api.request import Call, HomeRoute, Reply
from holdfast.model.project import Project
from holdfast.service import region_projects
from holdfast.service.context import Context
from holdfast.service.region_projects import Owned


class LinksView(msgspec.Struct, frozen=True):
    """SelfLinksInfo."""

    self: str


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """ProjectsListInfo."""

    id: str
    name: str
    description: str
    domain_id: str
    parent_id: str
    enabled: bool
    is_domain: bool = False
    links: LinksView

    @classmethod
    def of(cls, project: Project, address: str) -> "ProjectView":
        """A project; `address` is where clients sign in."""
        return cls(
            id=project.id,
            name=project.name,
            description=project.description,
            domain_id=project.domain_id,
            parent_id=project.domain_id,
            enabled=project.enabled,
            links=LinksView(f"{address}/projects/{project.id}"),
        )


class ProjectsReply(msgspec.Struct, frozen=True):
    """ListProjectsResp."""

    projects: list[ProjectView]
    links: LinksView


class OwnerReply(msgspec.Struct, frozen=True, kw_only=True):
    """ShowDomainResp."""

    project_id: str
    project_name: str
    domain_id: str
    domain_name: str

    @classmethod
    def of(cls, owned: Owned) -> "OwnerReply":
        """A project and its domain."""
        return cls(
            project_id=owned.project.id,
            project_name=owned.project.name,
            domain_id=owned.domain.id,
            domain_name=owned.domain.name,
        )


class DomainProjectView(msgspec.Struct, frozen=True):
    """DomainProjectsInfo."""

    project_id: str
    project_name: str


class DomainProjectsReply(msgspec.Struct, frozen=True):
    """ListDomainProjectsResp."""

    projects: list[DomainProjectView]


def find(context: Context, call: Call) -> Reply:
    """GET region-projects."""
    home = context.config.endpoint_url if context.config.endpoint else call.address
    views = [ProjectView.of(project, f"{home}/identity/v3") for project in region_projects.find(context)]
    return Reply(ProjectsReply(views, LinksView(f"{home}/v3/region-projects")))


def show_owner(context: Context, call: Call) -> Reply:
    """GET domain/{source_project_id}."""
    return Reply(OwnerReply.of(region_projects.owner(context, call.path["source_project_id"])))


def of_domain(context: Context, call: Call) -> Reply:
    """GET domain/{domain_name}/projects."""
    found = region_projects.of_domain(context, call.path["domain_name"])
    return Reply(DomainProjectsReply([DomainProjectView(project.id, project.name) for project in found]))


ROUTES: tuple[HomeRoute, ...] = (
    HomeRoute("GET", "/v3/region-projects", find),
    HomeRoute("GET", "/v3/domain/{source_project_id}", show_owner),
    HomeRoute("GET", "/v3/domain/{domain_name}/projects", of_domain),
)
