"""`holdfast resources`: what is known to holdfast, and in which vault it is protected."""

from typing import Any

import click
from rich.text import Text

from . import options
from .client import Client
from .screen import Screen, state
from .words import size

COLUMNS = ("ID", "NAME", "TYPE", "WHERE", ">SIZE", "VAULT", "STATUS")
KINDS = {"OS::Sfs::Turbo": "directory", "OS::Cinder::Volume": "disk", "OS::Nova::Server": "server"}
Resource = dict[str, Any]
Protected = dict[str, tuple[str, str | None]]


@click.command("resources")
@options.connected
def resources(client: Client, screen: Screen) -> None:
    """List what can be protected, and what is."""
    found = list(client.each("/resources", "resources"))
    if screen.as_json:
        screen.document({"resources": found, "count": len(found)})
        return
    if not found:
        screen.note("no resources yet: holdfast protect PATH, or [[resource]] tables in the configuration")
        return
    protected: Protected = {
        resource["id"]: (vault["name"], resource["protect_status"])
        for vault in client.each("/vaults", "vaults")
        for resource in vault["resources"] or []
    }
    screen.table(COLUMNS, (row(screen, resource, protected) for resource in found))


def row(screen: Screen, resource: Resource, protected: Protected) -> tuple[str | Text, ...]:
    """A resource as a row under COLUMNS; `protected` are vault name and status by resource id."""
    vault, status = protected.get(resource["id"], ("-", None))
    return (
        screen.short(resource["id"]),
        resource["name"],
        str(KINDS.get(resource["type"], resource["type"])),
        place(resource),
        size(resource.get("size_bytes") or 0),
        vault,
        state(status),
    )


def place(resource: Resource) -> str:
    """Where a resource lies: its path, or its disks, and the site that it is at."""
    settings = resource.get("settings") or {}
    disks = settings.get("disks")
    there = str(settings.get("path") or (", ".join(map(str, disks)) if disks else "-"))
    return f"{there} at {resource['site']}" if resource.get("site") else there
