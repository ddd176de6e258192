"""`holdfast backups`: what can be restored."""

from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from . import names, options, watch
from .client import Client
from .replications import replicate
from .screen import Screen, state
from .words import moment, plain, size

COLUMNS = ("ID", "TAKEN", "NAME", "RESOURCE", "STATUS", ">SIZE", "VAULT")
WHY_COLUMNS = (*COLUMNS, "EXPIRES", "GOES", "BECAUSE")
KINDS = {"backup": "backup", "replication": "replica"}
GIB = 1 << 30
Backup = dict[str, Any]


@click.group("backups", invoke_without_command=True)
@click.option("--vault", metavar="NAME|ID", help="Only backups in this vault.")
@click.option("--resource", metavar="NAME|ID", help="Only backups of this resource.")
@click.option("--why", is_flag=True, help="Tell why each stays, or is about to go.")
@options.connected
def backups(client: Client, screen: Screen, vault: str | None, resource: str | None, why: bool) -> None:
    """List backups, newest first; `backups show ID` tells all about one."""
    known = {one["id"]: one["name"] for one in client.each("/vaults", "vaults")}
    vault_id = names.vault(client, vault)["id"] if vault else None
    resource_id = names.resource(client, resource)["id"] if resource else None
    found = list(client.each("/backups", "backups", vault_id=vault_id, resource_id=resource_id))
    if screen.as_json:
        screen.document({"backups": found, "count": len(found)})
    elif found:
        columns, cells = (WHY_COLUMNS, why_row) if why else (COLUMNS, row)
        screen.table(columns, (cells(screen, backup, known) for backup in found))
    else:
        screen.note("no such backups" if vault or resource else "no backups yet: holdfast backup")


backups.add_command(replicate)


@backups.command("show")
@click.argument("backup_id", metavar="BACKUP")
@options.connected
def show(client: Client, screen: Screen, backup_id: str) -> None:
    """Tell all about one backup, and why it stays or is about to go."""
    backup = names.backup(client, backup_id)
    if screen.as_json:
        screen.document({"backup": backup})
        return
    screen.table(("", ""), ((Text(label, style="bold"), value) for label, value in facts(backup)))


@backups.command("delete")
@click.argument("backup_ids", metavar="BACKUP...", nargs=-1, required=True)
@options.yes
@options.no_wait
@options.connected
def delete(client: Client, screen: Screen, backup_ids: tuple[str, ...], yes: bool, no_wait: bool) -> None:
    """Delete backups, for good."""
    found = [names.backup(client, one) for one in backup_ids]
    told = ", ".join(f"{plain(one['name'])} of {plain(one['resource_name'])}" for one in found)
    options.confirm(screen, f"Delete {told} for good?", yes=yes)
    tasks = [client.delete(f"/backups/{one['id']}")["X-Operation-Log-Id"] for one in found]
    watch.report(client, screen, tasks, wait=not no_wait)


def row(screen: Screen, backup: Backup, vaults: dict[str, str]) -> tuple[str | Text, ...]:
    """A backup as a row under COLUMNS; `vaults` are the vaults' names by id."""
    vault_id = backup["vault_id"]
    return (
        screen.short(backup["id"]),
        moment(backup["protected_at"] or backup["created_at"]),
        backup["name"],
        backup["resource_name"],
        state(backup["status"]),
        size((backup["resource_size"] or 0) * GIB),
        vaults.get(vault_id, screen.short(vault_id)),
    )


def why_row(screen: Screen, backup: Backup, vaults: dict[str, str]) -> tuple[str | Text, ...]:
    """A backup as a row under WHY_COLUMNS."""
    return (*row(screen, backup, vaults), moment(backup["expired_at"]), goes(backup), because(backup))


def facts(backup: Backup) -> Iterator[tuple[str, str | Text]]:
    """Everything a person may want to know of a backup, with its label; what is unknown is left out."""
    disks = ", ".join(f"{plain(disk['resource_name'])}  {disk['id']}" for disk in backup["children"])
    told: tuple[tuple[str, str | Text | None], ...] = (
        ("backup", backup["id"]),
        ("name", plain(backup["name"])),
        ("status", state(backup["status"])),
        ("resource", f"{plain(backup['resource_name'])}  {backup['resource_type']}  {backup['resource_id']}"),
        ("disks", disks),
        ("vault", backup["vault_id"]),
        ("checkpoint", backup["checkpoint_id"]),
        ("policy", _ours(backup).get("policy_id")),
        ("kind", KINDS.get(backup["image_type"])),
        ("made", "by a schedule" if backup["extend_info"]["auto_trigger"] else "by hand"),
        ("size", size((backup["resource_size"] or 0) * GIB)),
        ("created", moment(backup["created_at"])),
        ("taken", backup["protected_at"] and moment(backup["protected_at"])),
        ("expires", backup["expired_at"] and moment(backup["expired_at"])),
        ("snapshot", backup["extend_info"]["snapshot_id"]),
        ("goes", goes(backup)),
        ("because", because(backup)),
    )
    for label, value in told:
        if value:
            yield label, value


def goes(backup: Backup) -> str:
    """Whether the rules of policies let a backup go, where they weigh it."""
    ours = _ours(backup)
    return "yes" if ours.get("goes_because") else "no" if ours.get("kept_because") else ""


def because(backup: Backup) -> str:
    """Why a backup stays, or is about to go."""
    ours = _ours(backup)
    reasons = [*(ours.get("goes_because") or ()), *(ours.get("kept_because") or ())]
    return ", ".join(reasons).replace("_", " ")


def _ours(backup: Backup) -> dict[str, Any]:
    """What only holdfast tells of a backup; nothing where another server answers."""
    return backup.get("holdfast") or {}
