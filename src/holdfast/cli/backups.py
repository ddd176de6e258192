"""`holdfast backups`: what can be restored."""

from typing import Any

import click
from rich.text import Text

from . import names, options, watch
from .client import Client
from .screen import Screen, state
from .words import moment, plain, size

COLUMNS = ("ID", "TAKEN", "NAME", "RESOURCE", "STATUS", ">SIZE", "VAULT")
GIB = 1 << 30
Backup = dict[str, Any]


@click.group("backups", invoke_without_command=True)
@click.option("--vault", metavar="NAME|ID", help="Only backups in this vault.")
@click.option("--resource", metavar="NAME|ID", help="Only backups of this resource.")
@options.connected
def backups(client: Client, screen: Screen, vault: str | None, resource: str | None) -> None:
    """List backups, newest first; `backups delete ID` deletes one."""
    known = {one["id"]: one["name"] for one in client.each("/vaults", "vaults")}
    vault_id = names.vault(client, vault)["id"] if vault else None
    resource_id = names.resource(client, resource)["id"] if resource else None
    found = list(client.each("/backups", "backups", vault_id=vault_id, resource_id=resource_id))
    if screen.as_json:
        screen.document({"backups": found, "count": len(found)})
    elif found:
        screen.table(COLUMNS, (row(screen, backup, known) for backup in found))
    else:
        screen.note("no such backups" if vault or resource else "no backups yet: holdfast backup")


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
