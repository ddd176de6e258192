"""`holdfast vaults`: where backups live, how much room there is, and what is attached."""

from collections.abc import Iterable
from typing import Any

import click
from rich.text import Text

from holdfast.model.resource import ObjectType

from . import names, options, watch
from .client import Client
from .failures import Exit, Failure
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
    """List vaults; `vaults create`, `update`, `lock`, `move` and `delete` change them."""
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
    _tell(screen, vault, "made")


@vaults.command("update")
@click.argument("vault")
@click.option("--name", metavar="NAME", help="Its new name.")
@click.option(
    "--size", type=click.IntRange(1, UNLIMITED_GB), metavar="GB", help="Its new room for backups, in GB."
)
@click.option(
    "--grow/--no-grow", "auto_expand", default=None, help="Whether it gets more room when it is full."
)
@click.option(
    "--threshold",
    type=click.IntRange(1, 100),
    metavar="PERCENT",
    help="How full it may be before the server's log says so.",
)
@options.connected
def update(client: Client, screen: Screen, vault: str, size: int | None, **asked: Any) -> None:
    """Change a vault; what is not said stays."""
    change = {name: value for name, value in asked.items() if value is not None}
    if size is not None:
        change["billing"] = {"size": size}
    if not change:
        raise click.UsageError("Say what is to be changed: --name, --size, --grow or --threshold.")
    _tell(screen, _change(client, names.vault(client, vault), change), "changed")


@vaults.command("lock")
@click.argument("vault")
@options.yes
@options.connected
def lock(client: Client, screen: Screen, vault: str, yes: bool) -> None:
    """Lock a vault for good: nothing in it is deleted before it expires."""
    found = names.vault(client, vault)
    question = f"Lock vault {plain(found['name'])}? Backups that never expire stay for ever, and so does it."
    options.confirm(screen, question, yes=yes)
    _tell(screen, _change(client, found, {"locked": True}), "locked")


@vaults.command("move")
@click.argument("vault")
@click.argument("destination")
@click.argument("resources", nargs=-1)
@options.no_wait
@options.connected
def move(client: Client, screen: Screen, vault: str, destination: str, **asked: Any) -> None:
    """Move resources of a vault, or all of them, to another vault with all their backups."""
    source, target = names.vault(client, vault), names.vault(client, destination)
    held = source["resources"] or []
    chosen = [names.pick("resource", given, held) for given in asked["resources"]] or held
    if not chosen:
        raise Failure(Exit.NOT_FOUND, f"vault {source['name']} has no resource")
    body = {"resource_ids": [one["id"] for one in chosen], "destination_vault_id": target["id"]}
    told = client.post(f"/vaults/{source['id']}/migrateresources", body)
    watch.report(client, screen, [told["job_id"]], wait=not asked["no_wait"])


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


def _change(client: Client, vault: Vault, change: dict[str, Any]) -> Vault:
    changed: Vault = client.put(f"/vaults/{vault['id']}", {"vault": change})["vault"]
    return changed


def _tell(screen: Screen, vault: Vault, done: str) -> None:
    if screen.as_json:
        screen.document({"vault": vault})
    else:
        screen.line(f"{done} vault {plain(vault['name'])} ({vault['id']})")


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
