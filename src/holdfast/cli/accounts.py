"""`holdfast accounts`: who may sign in. For the operator, on the server's machine."""

import secrets
from typing import Any

import click

from holdfast.model.domain import Domain
from holdfast.model.project import Role, User
from holdfast.service import accounts as service
from holdfast.service import projects, roles, users
from holdfast.service.context import Database
from holdfast.service.users import NewUser, UserChange

from . import access_keys, application_credentials, domains, options
from . import projects as project_commands
from .operating import ENABLED, domain_of, in_domain, listed, operated, role_option, tell, tell_once
from .screen import Screen

COLUMNS = {"NAME": "name", "STATUS": "enabled", "ROLES": "works", "ID": "id"}


@click.group("accounts")
def accounts() -> None:
    """Look after domains, projects and the people who may sign in."""


@accounts.command("add")
@click.argument("name")
@click.option("--project", metavar="NAME", required=True, help="Project to work in; made if it is new.")
@role_option(Role.OPERATOR, "What the user may do there.")
@in_domain
@operated
def add(db: Database, screen: Screen, name: str, project: str, **asked: str) -> None:
    """Make a user with a random password, printed this once."""
    home = domain_of(db, asked["domain"])
    password = secrets.token_urlsafe(24)
    user = NewUser(name=name, domain_id=home.id, password=password)
    made = service.add(db, user, project, Role(asked["role"]))
    told = {
        "username": name,
        "password": password,
        "user_id": made.user_id,
        "project_name": made.project_name,
        "project_id": made.project_id,
        "domain_name": home.name,
    }
    tell_once(screen, told, "password")


@accounts.command("list")
@in_domain
@operated
def list_(db: Database, screen: Screen, domain: str) -> None:
    """List the users of a domain, and the role that each has where."""
    home = domain_of(db, domain)
    rows = [record(db, home, user) for user in users.in_domain(db, home.id)]
    if screen.as_json:
        screen.document({"users": rows, "count": len(rows)})
        return
    shown = [row | {"works": ", ".join(_works(role) for role in row["roles"])} for row in rows]
    listed(screen, "users", shown, COLUMNS)


@accounts.command("remove")
@click.argument("user")
@in_domain
@options.yes
@operated
def remove(db: Database, screen: Screen, user: str, domain: str, yes: bool) -> None:
    """Remove a user for good, with roles, tokens and credentials."""
    home, found = _found(db, domain, user)
    options.confirm(screen, f"Remove user {found.name} for good?", yes=yes)
    told = record(db, home, found)
    users.remove(db, home.id, found.id)
    tell(screen, told, f"removed user {found.name} ({found.id})")


@accounts.command("enable")
@click.argument("user")
@in_domain
@operated
def enable(db: Database, screen: Screen, user: str, domain: str) -> None:
    """Let a user sign in again."""
    _switch(db, screen, (user, domain), enabled=True)


@accounts.command("disable")
@click.argument("user")
@in_domain
@operated
def disable(db: Database, screen: Screen, user: str, domain: str) -> None:
    """Keep a user out: tokens end, and passwords, keys and credentials rest."""
    _switch(db, screen, (user, domain), enabled=False)


@accounts.command("password")
@click.argument("user")
@in_domain
@operated
def password(db: Database, screen: Screen, user: str, domain: str) -> None:
    """Give a user a new random password, printed this once; the user's tokens end."""
    home, found = _found(db, domain, user)
    fresh = secrets.token_urlsafe(24)
    users.change(db, home.id, found.id, UserChange(password=fresh))
    tell_once(screen, {"username": found.name, "user_id": found.id, "password": fresh}, "password")


@accounts.command("grant")
@click.argument("user")
@click.option("--project", metavar="NAME", required=True, help="Project that the role counts in.")
@role_option(Role.OPERATOR, "What the user may do there from now on.")
@in_domain
@operated
def grant(db: Database, screen: Screen, user: str, role: str, **asked: str) -> None:
    """Give a user a role in a project, instead of any other there."""
    home, found = _found(db, asked["domain"], user)
    place = projects.named(db, home.id, asked["project"])
    roles.grant(db, home.id, found.id, place.id, Role(role))
    tell(screen, record(db, home, found), f"{found.name} is {role} in {place.name}")


@accounts.command("revoke")
@click.argument("user")
@click.option("--project", metavar="NAME", required=True, help="Project that the user leaves.")
@in_domain
@operated
def revoke(db: Database, screen: Screen, user: str, project: str, domain: str) -> None:
    """Take a user's role in a project back; tokens and credentials for it end."""
    home, found = _found(db, domain, user)
    place = projects.named(db, home.id, project)
    roles.revoke(db, home.id, found.id, place.id)
    tell(screen, record(db, home, found), f"{found.name} has no role in {place.name} any more")


def record(db: Database, domain: Domain, user: User) -> dict[str, Any]:
    """A user as JSON tells it."""
    held = roles.assignments(db, domain.id, user_id=user.id)
    return {
        "id": user.id,
        "name": user.name,
        "domain_name": domain.name,
        "enabled": user.enabled,
        "roles": [
            {"project_id": one.project.id, "project_name": one.project.name, "role": one.role.value}
            for one in held
        ],
    }


def _found(db: Database, domain: str, user: str) -> tuple[Domain, User]:
    home = domain_of(db, domain)
    return home, users.named(db, home.id, user)


def _switch(db: Database, screen: Screen, named: tuple[str, str], *, enabled: bool) -> None:
    user, domain = named
    home, found = _found(db, domain, user)
    changed = users.change(db, home.id, found.id, UserChange(enabled=enabled))
    tell(screen, record(db, home, changed), f"{changed.name} is {ENABLED[changed.enabled]}")


def _works(role: dict[str, str]) -> str:
    return f"{role['role']} in {role['project_name']}"


for group in (
    project_commands.project,
    domains.domain,
    application_credentials.credential,
    access_keys.key,
):
    accounts.add_command(group)
