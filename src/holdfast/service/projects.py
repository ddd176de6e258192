"""Projects: made, renamed, switched off and removed. Nobody is asked here whether they may."""

from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import accounts, projects, tokens
from holdfast.db.database import Database
from holdfast.model import clock, ids
from holdfast.model.errors import ProjectNotFound, StillInUse
from holdfast.model.project import DEFAULT_DOMAIN_ID, Project

from . import account_words, organization_policies


@dataclass(frozen=True)
class NewProject:
    """A project to make."""

    name: str
    domain_id: str = DEFAULT_DOMAIN_ID
    description: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class ProjectChange:
    """What becomes of a project; None leaves it as it is."""

    name: str | None = None
    description: str | None = None
    enabled: bool | None = None


def add(db: Database, asked: NewProject) -> Project:
    """A new project; raises InvalidParameter, which is NameTaken where the domain has one of that name."""
    with db.transaction() as tx:
        return made_project(tx, asked)


def made_project(tx: Connection, asked: NewProject) -> Project:
    """The same within a transaction."""
    account_words.check_name("name", asked.name)
    account_words.check_description("description", asked.description)
    project = Project(
        id=ids.new_project(),
        name=asked.name,
        domain_id=asked.domain_id,
        description=asked.description,
        enabled=asked.enabled,
        created_at=clock.now(),
    )
    projects.add(tx, project)
    organization_policies.deliver_to(tx, project)
    return project


def in_domain(db: Database, domain_id: str, *, name: str | None = None) -> list[Project]:
    """The projects of a domain, oldest first, or the one of this name."""
    with db.reading() as tx:
        return projects.find(tx, domain_id=domain_id, name=name)


def of_user(db: Database, user_id: str) -> list[Project]:
    """The projects that a user may enter, by name."""
    with db.reading() as tx:
        return [project for project, _ in accounts.roles(tx, user_id) if project.enabled]


def show(db: Database, domain_id: str, project_id: str) -> Project:
    """One project of a domain; raises ProjectNotFound."""
    with db.reading() as tx:
        return found_project(tx, domain_id, project_id)


def found_project(tx: Connection, domain_id: str, project_id: str) -> Project:
    """The same within a transaction."""
    project = projects.get(tx, project_id)
    if project.domain_id != domain_id:
        raise ProjectNotFound(project_id)
    return project


def change(db: Database, domain_id: str, project_id: str, asked: ProjectChange) -> Project:
    """Rename, describe, enable or disable a project; with the latter its tokens are over.

    Raises ProjectNotFound, InvalidParameter or NameTaken.
    """
    changes: dict[str, Any] = {name: value for name, value in vars(asked).items() if value is not None}
    account_words.check_name("name", changes.get("name", "name"))
    account_words.check_description("description", changes.get("description", ""))
    with db.transaction() as tx:
        projects.lock(tx, project_id)
        project = replace(found_project(tx, domain_id, project_id), **changes)
        projects.change(tx, project)
        if not project.enabled:
            tokens.revoke_for_project(tx, project_id)
    return project


def remove(db: Database, domain_id: str, project_id: str) -> None:
    """Remove a project with its policies, resources, roles and credentials.

    Raises ProjectNotFound, or StillInUse while it has vaults or work under way.
    """
    with db.transaction() as tx:
        projects.lock(tx, project_id)
        project = found_project(tx, domain_id, project_id)
        if projects.is_used(tx, project_id):
            raise StillInUse(f"project {project.name} has vaults, or work that has not ended")
        projects.remove(tx, project_id)


def named(db: Database, domain_id: str, name: str) -> Project:
    """The project of this name, or with this id; raises ProjectNotFound."""
    found = [one for one in in_domain(db, domain_id) if name in (one.name, one.id)]
    if not found:
        raise ProjectNotFound(name)
    return found[0]
