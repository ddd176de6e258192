"""`holdfast vaults`: where backups live, how much room there is, and what is attached."""

from collections.abc import Iterable, Iterator
from typing import Any

import click
from rich.text import Text

from holdfast.model.resource import ObjectType

from . import names, options, watch, windows
from .client import Client
from .failures import Exit, Failure
from .screen import Screen, state
from .words import moment, plain, plural, size

GIB = 1 << 30
MIB = 1 << 20
UNLIMITED_GB = 10_485_760  # the largest vault that the API knows: 10 PiB
COLUMNS = ("ID", "NAME", "TYPE", "STATUS", ">USED", ">SIZE", ">BACKUPS", "RESOURCES")
OBJECT_TYPES = {"directory": ObjectType.TURBO, "disk": ObjectType.DISK, "server": ObjectType.SERVER}
Vault = dict[str, Any]
_limits = (
    click.option(
        "--window",
        "maintenance_windows",
        multiple=True,
        metavar="WINDOW",
        callback=windows.of_option,
        help="Hours without work: 22:00-02:00, 'SA,SU 22:00-02:00 Europe/Berlin'; repeatable, or none.",
    ),
    click.option(
        "--max-tasks",
        "max_running_tasks",
        metavar="N",
        callback=windows.limit_of_option,
        help="How many tasks it runs at once, or none for no limit.",
    ),
)


def limits(command: options.Callback) -> options.Callback:
    """The options that say what holds a vault's tasks back."""
    for option in reversed(_limits):
        command = option(command)
    return command


@click.group("vaults", invoke_without_command=True)
@options.connected
def vaults(client: Client, screen: Screen) -> None:
    """List vaults; `vaults show` tells all about one, the other commands change them."""
    found = list(client.each("/vaults", "vaults"))
    if screen.as_json:
        screen.document({"vaults": found, "count": len(found)})
    elif found:
        screen.table(COLUMNS, (row(screen, vault) for vault in found))
    else:
        screen.note("no vaults yet: holdfast protect PATH makes one, and so does holdfast vaults create")


@vaults.command("show")
@click.argument("vault")
@options.connected
def show(client: Client, screen: Screen, vault: str) -> None:
    """Tell all about one vault."""
    found = names.vault(client, vault)
    if screen.as_json:
        screen.document({"vault": found})
    else:
        screen.table(("", ""), ((Text(label, style="bold"), told) for label, told in facts(found)))


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
@click.option("--replicas", is_flag=True, help="It is for replicas: it takes no backups.")
@limits
@options.connected
def create(client: Client, screen: Screen, name: str, object_type: str, **asked: Any) -> None:
    """Make a vault."""
    more = {"holdfast": _holdfast(asked), "description": asked["description"]}
    if asked["replicas"]:
        more["billing"] = _billing(OBJECT_TYPES[object_type], asked["size_gb"], "replication")
    said = {member: value for member, value in more.items() if value}
    vault = add(client, name, OBJECT_TYPES[object_type], asked["size_gb"], **said)
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
@limits
@options.connected
def update(client: Client, screen: Screen, vault: str, size: int | None, **asked: Any) -> None:
    """Change a vault; what is not said stays."""
    ours = _holdfast(asked)
    change = {
        name: value for name, value in asked.items() if value is not None and name not in windows.MEMBERS
    }
    if ours:
        change["holdfast"] = ours
    if size is not None:
        change["billing"] = {"size": size}
    if not change:
        raise click.UsageError("say what is to be changed.")
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


def add(client: Client, name: str, object_type: str, size_gb: int, **more: Any) -> Vault:
    """Make a vault, with `more` members as the API takes them; raises Failure."""
    asked = {"name": name, "billing": _billing(object_type, size_gb), "resources": [], **more}
    made: Vault = client.post("/vaults", {"vault": asked})["vault"]
    return made


def _billing(object_type: str, size_gb: int, protect_type: str = "backup") -> dict[str, Any]:
    return {
        "consistent_level": "crash_consistent",
        "object_type": object_type,
        "protect_type": protect_type,
        "size": size_gb,
    }


def _change(client: Client, vault: Vault, change: dict[str, Any]) -> Vault:
    changed: Vault = client.put(f"/vaults/{vault['id']}", {"vault": change})["vault"]
    return changed


def _tell(screen: Screen, vault: Vault, done: str) -> None:
    if screen.as_json:
        screen.document({"vault": vault})
    else:
        screen.line(f"{done} vault {plain(vault['name'])} ({vault['id']})")


def backup_count(vault: Vault) -> int:
    """How many backups are in the vault, those of resources that have left it included."""
    ours = vault.get("holdfast") or {}
    counted = sum(resource.get("backup_count") or 0 for resource in vault["resources"] or [])
    return int(ours.get("backup_count", counted))


def row(screen: Screen, vault: Vault) -> tuple[str | Text, ...]:
    """A vault as a row under COLUMNS."""
    billing = vault["billing"]
    return (
        screen.short(vault["id"]),
        vault["name"],
        billing["object_type"],
        state(billing["status"]),
        size(billing["used"] * MIB),
        room(vault),
        str(backup_count(vault)),
        _names(vault["resources"] or []),
    )


def facts(vault: Vault) -> Iterator[tuple[str, str | Text]]:
    """Everything a person may want to know of a vault, with its label; what is unknown is left out."""
    billing, ours = vault["billing"], vault.get("holdfast") or {}
    told: tuple[tuple[str, str | Text | None], ...] = (
        ("vault", vault["id"]),
        ("name", vault["name"]),
        ("description", vault["description"]),
        ("type", billing["object_type"]),
        ("purpose", billing["protect_type"]),
        ("status", state(billing["status"])),
        ("locked", "yes" if vault["locked"] else None),
        ("used", size(billing["used"] * MIB)),
        ("size", room(vault)),
        ("grows", "yes" if vault["auto_expand"] else None),
        ("backups", str(backup_count(vault))),
        *(("resource", f"{one['name']}  {one['type']}  {one['id']}") for one in vault["resources"] or []),
        *(("maintenance", windows.said(window)) for window in ours.get("maintenance_windows") or []),
        ("tasks at once", (most := ours.get("max_running_tasks")) and f"at most {most}"),
        ("created", moment(vault["created_at"])),
    )
    for label, value in told:
        if value:
            yield label, value


def room(vault: Vault) -> str:
    """How much a vault may hold."""
    limit_gb = vault["billing"]["size"]
    return "no limit" if limit_gb >= UNLIMITED_GB else size(limit_gb * GIB)


def _holdfast(asked: dict[str, Any]) -> dict[str, Any]:
    """The block `holdfast` of a vault, of the options that were given."""
    given = {member: asked[member] for member in windows.MEMBERS if asked[member] is not None}
    return {member: None if value == windows.NONE else value for member, value in given.items()}


def _names(resources: Iterable[dict[str, Any]]) -> str:
    known = [plain(resource["name"]) for resource in resources]
    shown = ", ".join(known[:3])
    return f"{shown} and {len(known) - 3} more" if len(known) > 3 else shown or "-"
