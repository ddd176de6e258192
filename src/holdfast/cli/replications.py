"""`holdfast backups replicate`: backups are brought into a vault for replicas, here or in another region."""

from collections.abc import Sequence
from typing import Any

import click

from . import names, options, watch
from .client import Client
from .failures import Exit, Failure
from .screen import Screen


@click.command("replicate")
@click.argument("backup_ids", metavar="[BACKUP]...", nargs=-1)
@click.option("--vault", metavar="NAME|ID", help="Every backup of this vault that has no replica there yet.")
@click.option("--to", "destination", metavar="ID", required=True, help="Vault for replicas, by its id.")
@click.option("--region", metavar="NAME", help="Region of that vault; this one without it.")
@click.option("--project", metavar="ID", help="Project of that vault; the same one without it.")
@options.no_wait
@options.connected
def replicate(
    client: Client, screen: Screen, backup_ids: tuple[str, ...], no_wait: bool, **asked: str | None
) -> None:
    """Replicate backups into another vault. `holdfast regions` lists where to."""
    if bool(backup_ids) is bool(asked["vault"]):
        raise Failure(Exit.USAGE, "name backups, or a vault with --vault")
    paths = _of_vault(client, asked["vault"]) if asked["vault"] else _of_backups(client, backup_ids)
    tasks: list[str] = []
    for path, project_id, of in paths:
        body = {
            "destination_region": asked["region"] or _region(client),
            "destination_project_id": asked["project"] or project_id,
            "destination_vault_id": asked["destination"],
            **of,
        }
        tasks += client.post(path, {"replicate": body})["operation_log_ids"]
    watch.report(client, screen, tasks, wait=not no_wait)


def _of_backups(client: Client, given: Sequence[str]) -> list[tuple[str, str, dict[str, Any]]]:
    """What to ask for each backup: the path, its project, and what the body says besides."""
    found = [names.backup(client, one) for one in given]
    return [(f"/backups/{one['id']}/replicate", one["project_id"], {}) for one in found]


def _of_vault(client: Client, given: str) -> list[tuple[str, str, dict[str, Any]]]:
    vault = names.vault(client, given)
    return [("/checkpoints/replicate", vault["project_id"], {"vault_id": vault["id"]})]


def _region(client: Client) -> str:
    """The region of whoever answers."""
    name: str = client.get("/replication-capabilities")["regions"][0]["name"]
    return name
