"""`holdfast accounts domain`: who shares users and projects. For the operator, on the server's machine."""

from typing import Any

import click

from holdfast.model.domain import Domain
from holdfast.service import domains
from holdfast.service.context import Database

from . import options
from .operating import listed, operated, tell
from .screen import Screen

COLUMNS = {"NAME": "name", "ID": "id"}


@click.group("domain")
def domain() -> None:
    """Make, list and remove domains: none sees anything of another."""


@domain.command("list")
@operated
def list_(db: Database, screen: Screen) -> None:
    """List the domains."""
    listed(screen, "domains", [record(one) for one in domains.every(db)], COLUMNS)


@domain.command("add")
@click.argument("name")
@operated
def add(db: Database, screen: Screen, name: str) -> None:
    """Make a domain; `accounts add --domain` makes its first administrator."""
    made = domains.add(db, name)
    tell(screen, record(made), f"made domain {made.name} ({made.id})")


@domain.command("remove")
@click.argument("name")
@options.yes
@operated
def remove(db: Database, screen: Screen, name: str, yes: bool) -> None:
    """Remove a domain that has neither projects nor users."""
    found = domains.named(db, name)
    options.confirm(screen, f"Remove domain {found.name}?", yes=yes)
    domains.remove(db, found.id)
    tell(screen, record(found), f"removed domain {found.name} ({found.id})")


def record(one: Domain) -> dict[str, Any]:
    """A domain as JSON tells it."""
    return {"id": one.id, "name": one.name}
