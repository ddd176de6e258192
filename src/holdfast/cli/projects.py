"""`holdfast accounts project`: what people work in. For the operator, on the server's machine."""

from typing import Any

import click

from holdfast.model.project import Project
from holdfast.service import projects
from holdfast.service.context import Database
from holdfast.service.projects import NewProject, ProjectChange

from . import options
from .operating import ENABLED, domain_of, in_domain, listed, operated, tell
from .screen import Screen

COLUMNS = {"NAME": "name", "STATUS": "enabled", "DESCRIPTION": "description", "ID": "id"}


@click.group("project")
def project() -> None:
    """Make, list, switch off and remove projects."""


@project.command("list")
@in_domain
@operated
def list_(db: Database, screen: Screen, domain: str) -> None:
    """List the projects of a domain."""
    found = projects.in_domain(db, domain_of(db, domain).id)
    listed(screen, "projects", [record(one) for one in found], COLUMNS)


@project.command("add")
@click.argument("name")
@click.option("--description", metavar="TEXT", default="", help="What the project is for.")
@in_domain
@operated
def add(db: Database, screen: Screen, name: str, description: str, domain: str) -> None:
    """Make a project; nobody has a role in it yet."""
    home = domain_of(db, domain)
    made = projects.add(db, NewProject(name=name, domain_id=home.id, description=description))
    tell(screen, record(made), f"made project {made.name} ({made.id})")


@project.command("remove")
@click.argument("name")
@in_domain
@options.yes
@operated
def remove(db: Database, screen: Screen, name: str, domain: str, yes: bool) -> None:
    """Remove a project for good; refused while it has vaults."""
    home = domain_of(db, domain)
    found = projects.named(db, home.id, name)
    options.confirm(screen, f"Remove project {found.name} for good?", yes=yes)
    projects.remove(db, home.id, found.id)
    tell(screen, record(found), f"removed project {found.name} ({found.id})")


@project.command("enable")
@click.argument("name")
@in_domain
@operated
def enable(db: Database, screen: Screen, name: str, domain: str) -> None:
    """Let people into a project again."""
    _switch(db, screen, (name, domain), enabled=True)


@project.command("disable")
@click.argument("name")
@in_domain
@operated
def disable(db: Database, screen: Screen, name: str, domain: str) -> None:
    """Let nobody into a project: tokens for it end; what is scheduled goes on."""
    _switch(db, screen, (name, domain), enabled=False)


def record(one: Project) -> dict[str, Any]:
    """A project as JSON tells it."""
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "domain_id": one.domain_id,
        "enabled": one.enabled,
    }


def _switch(db: Database, screen: Screen, named: tuple[str, str], *, enabled: bool) -> None:
    name, domain = named
    home = domain_of(db, domain)
    found = projects.named(db, home.id, name)
    changed = projects.change(db, home.id, found.id, ProjectChange(enabled=enabled))
    tell(screen, record(changed), f"project {changed.name} is {ENABLED[changed.enabled]}")
