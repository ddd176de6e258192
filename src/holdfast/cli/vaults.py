"""`holdfast vaults`: where backups live, how much room there is, and what is attached."""

from collections.abc import Iterable
from typing import Any

import click
from rich.text import Text

from holdfast.model.resource import ObjectType

from . import names, options, watch
from .client import Client
from .screen import Screen, state
from .words import plain, plural, size

GIB = 1 << 30
MIB = 1 << 20
UNLIMITED_GB = 10_485_760  # the largest vault that the API knows: 10 PiB
COLUMNS = ("ID", "NAME", "TYPE", "STATUS", ">USED", ">SIZE", ">BACKUPS", "RESOURCES")
OBJECT_TYPES = {"directory": ObjectType.TURBO, "disk": ObjectType.DISK, "server": ObjectType.SERVER}
Vault = dict[str, Any]


@click.group("vaults", invoke_without_command=True)
@options.connected
def vaults(client: Client, screen: Screen) -> None:
    """List vaults; `vaults create` and `vaults delete` change them."""
    found = list(client.each("/vaults", "vaults"))
    if screen.as_json:
        screen.document({"vaults": found, "count": len(found)})
    elif found:
        screen.table(COLUMNS, (row(screen, vault) for vault in found))
    else:
        screen.note("no vaults yet: holdfast protect PATH makes one, and so does holdfast vaults create")


@vaults.command("create")
@click.argument("name")
@click.option(
    "--type",
    "object_type",
    type=click.Choice(list(OBJECT_TYPES)),
    default="directory",
    show_default=True,
    help="What it holds.",
)
@click.option(
    "--size",
    "size_gb",
    type=click.IntRange(1, UNLIMITED_GB),
    metavar="GB",
    default=UNLIMITED_GB,
    help="Room for backups, in GB; without it, as much as there is.",
)
@click.option("--description", metavar="TEXT", help="Kept with the vault.")
@options.connected
def create(client: Client, screen: Screen, name: str, object_type: str, **asked: Any) -> None:
    """Make a vault."""
    vault = add(client, name, OBJECT_TYPES[object_type], asked["size_gb"], asked["description"])
    if screen.as_json:
        screen.document({"vault": vault})
    else:
        screen.line(f"made vault {plain(vault['name'])} ({vault['id']})")


@vaults.command("delete")
@click.argument("vault")
@options.yes
@options.no_wait
@options.connected
def delete(client: Client, screen: Screen, vault: str, yes: bool, no_wait: bool) -> None:
    """Delete a vault with all its backups, for good."""
    found = names.vault(client, vault)
    lost = plural(backup_count(found), "backup")
    options.confirm(screen, f"Delete vault {plain(found['name'])} and its {lost} for good?", yes=yes)
    task_id = client.delete(f"/vaults/{found['id']}")["X-Operation-Log-Id"]
    watch.report(client, screen, [task_id], wait=not no_wait)


def add(client: Client, name: str, object_type: str, size_gb: int, description: str | None = None) -> Vault:
    """Make a vault; raises Failure."""
    billing = {
        "consistent_level": "crash_consistent",
        "object_type": object_type,
        "protect_type": "backup",
        "size": size_gb,
    }
    asked: dict[str, Any] = {"name": name, "billing": billing, "resources": []}
    if description is not None:
        asked["description"] = description
    made: Vault = client.post("/vaults", {"vault": asked})["vault"]
    return made


def backup_count(vault: Vault) -> int:
    """How many backups the vault's resources have in it."""
    return sum(resource.get("backup_count") or 0 for resource in vault["resources"] or [])


def row(screen: Screen, vault: Vault) -> tuple[str | Text, ...]:
    """A vault as a row under COLUMNS."""
    billing = vault["billing"]
    room = "no limit" if billing["size"] >= UNLIMITED_GB else size(billing["size"] * GIB)
    return (
        screen.short(vault["id"]),
        vault["name"],
        billing["object_type"],
        state(billing["status"]),
        size(billing["used"] * MIB),
        room,
        str(backup_count(vault)),
        _names(vault["resources"] or []),
    )


def _names(resources: Iterable[dict[str, Any]]) -> str:
    known = [plain(resource["name"]) for resource in resources]
    shown = ", ".join(known[:3])
    return f"{shown} and {len(known) - 3} more" if len(known) > 3 else shown or "-"
