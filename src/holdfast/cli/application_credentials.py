"""`holdfast accounts credential`: what programs sign in with. For the operator, on the server's machine."""

from datetime import datetime, timedelta
from typing import Any

import click

from holdfast.model import clock
from holdfast.model.application_credential import ApplicationCredential
from holdfast.model.errors import NotFound
from holdfast.model.project import Role
from holdfast.service import application_credentials, projects, sessions, users
from holdfast.service.application_credentials import NewCredential
from holdfast.service.context import Database

from . import options, quantities
from .operating import domain_of, in_domain, listed, operated, role_option, tell, tell_once
from .screen import Screen

COLUMNS = {"NAME": "name", "ROLE": "role", "PROJECT ID": "project_id", "EXPIRES": "expires_at", "ID": "id"}


@click.group("credential")
def credential() -> None:
    """Make, list and remove application credentials of users."""


@credential.command("add")
@click.argument("user")
@click.argument("name")
@click.option("--project", metavar="NAME", required=True, help="Project that it is for.")
@role_option(None, "What it may do there; without it, what its user may.")
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@click.option(
    "--expires",
    metavar="SPAN",
    default="0",
    callback=quantities.span,
    help="How long it counts: 12h, 90d; without it, for ever.",
)
@click.option("--unrestricted", is_flag=True, help="Let it make credentials and set passwords.")
@in_domain
@operated
def add(db: Database, screen: Screen, user: str, name: str, **asked: Any) -> None:
    """Make an application credential; its secret is printed this once."""
    home = domain_of(db, asked["domain"])
    owner = users.named(db, home.id, user)
    place = projects.named(db, home.id, asked["project"])
    wanted = NewCredential(
        name=name,
        description=asked["description"],
        role=None if asked["role"] is None else Role(asked["role"]),
        unrestricted=asked["unrestricted"],
        expires_at=_end(asked["expires"]),
    )
    made = application_credentials.add(db, sessions.session_of_user(db, owner.id, place.id), wanted)
    tell_once(screen, record(made.credential) | {"secret": made.secret}, "secret")


@credential.command("list")
@click.argument("user")
@in_domain
@operated
def list_(db: Database, screen: Screen, user: str, domain: str) -> None:
    """List a user's application credentials; no secret is shown again."""
    owner = users.named(db, domain_of(db, domain).id, user)
    found = application_credentials.of_user(db, owner.id)
    listed(screen, "application_credentials", [record(one) for one in found], COLUMNS)


@credential.command("remove")
@click.argument("user")
@click.argument("name")
@in_domain
@options.yes
@operated
def remove(db: Database, screen: Screen, user: str, name: str, **asked: Any) -> None:
    """Remove an application credential; the tokens that it got end."""
    owner = users.named(db, domain_of(db, asked["domain"]).id, user)
    found = [one for one in application_credentials.of_user(db, owner.id) if name in (one.name, one.id)]
    if not found:
        raise NotFound(f"application credential {name} of {owner.name}")
    options.confirm(screen, f"Remove application credential {found[0].name}?", yes=asked["yes"])
    application_credentials.remove(db, owner.id, found[0].id)
    tell(screen, record(found[0]), f"removed application credential {found[0].name} ({found[0].id})")


def record(one: ApplicationCredential) -> dict[str, Any]:
    """An application credential as JSON tells it."""
    return {
        "id": one.id,
        "name": one.name,
        "description": one.description,
        "user_id": one.user_id,
        "project_id": one.project_id,
        "role": one.role.value,
        "unrestricted": one.unrestricted,
        "expires_at": None if one.expires_at is None else f"{one.expires_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _end(span: timedelta) -> datetime | None:
    try:
        return clock.now() + span if span else None
    except OverflowError as error:
        raise click.UsageError("--expires: the calendar ends before that.") from error
