"""Projects and domains beyond the caller's own project, as far as the caller may know of them."""

from dataclasses import dataclass

from sqlalchemy import Connection

from holdfast.db import domains, projects, region_projects
from holdfast.model.domain import Domain
from holdfast.model.errors import NotFound, ProjectNotFound
from holdfast.model.project import Project

from .context import Context


@dataclass(frozen=True)
class Owned:
    """A project, and the domain that it belongs to."""

    project: Project
    domain: Domain


def find(context: Context) -> list[Project]:
    """The projects that the caller may enter, by name."""
    with context.db.reading() as tx:
        return visible(tx, context)


def of_domain(context: Context, domain_name: str) -> list[Project]:
    """Those of them that belong to the domain of this name; raises NotFound for any other domain."""
    with context.db.reading() as tx:
        own = domains.get(tx, context.caller.domain_id)
        if own.name != domain_name:
            raise NotFound(domain_name)
        return visible(tx, context)


def owner(context: Context, project_id: str) -> Owned:
    """Whose project this is; raises ProjectNotFound for one that the caller may know nothing of.

    Known are the caller's projects, and those that share a backup with the project that the caller is in.
    """
    with context.db.reading() as tx:
        known = {project.id for project in visible(tx, context)}
        known |= region_projects.sharing_with(tx, context.project_id)
        if project_id not in known:
            raise ProjectNotFound(project_id)
        project = projects.get(tx, project_id)
        return Owned(project, domains.get(tx, project.domain_id))


def visible(tx: Connection, context: Context) -> list[Project]:
    """The projects that the caller may enter: those of their roles, and the one that they are in."""
    mine = [project for project, _ in context.roles(tx)]
    return sorted(mine, key=lambda project: (project.name, project.id))
