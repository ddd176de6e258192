"""`holdfast restore`: bring a backup back, in place or elsewhere, whole or in part."""

import os
from typing import Any

import click

from . import names, options, watch
from .client import Client
from .screen import Screen
from .words import moment, plain


@click.command("restore")
@click.argument("backup")
@click.option("--to", metavar="PATH", help="Restore to this path instead of the place that was backed up.")
@click.option(
    "--path",
    "paths",
    metavar="FILE",
    multiple=True,
    help="Restore only this file or folder, by the path it had; may be given again.",
)
@click.option("--target", metavar="RESOURCE", help="Restore onto this other resource.")
@options.yes
@options.no_wait
@options.connected
def restore(client: Client, screen: Screen, backup: str, yes: bool, no_wait: bool, **asked: Any) -> None:
    """Restore a backup; asks first where that overwrites something."""
    if "" in (asked["to"], asked["target"], *asked["paths"]):
        raise click.UsageError("--to, --target and --path need a value: an empty one was given.")
    if asked["to"] and asked["target"]:
        raise click.UsageError("--to and --target exclude each other.")
    found = names.backup(client, backup)
    target = names.resource(client, asked["target"]) if asked["target"] else None
    if not asked["to"]:
        options.confirm(screen, question(found, target, asked["paths"]), yes=yes)
    body = {"restore": request(target, asked["to"], asked["paths"])}
    answer = client.post(f"/backups/{found['id']}/restore", body)
    watch.report(client, screen, [answer["job_id"]], wait=not no_wait)


def question(backup: dict[str, Any], target: dict[str, Any] | None, paths: tuple[str, ...]) -> str:
    """What a person is asked before something is overwritten."""
    taken = moment(backup["protected_at"] or backup["created_at"])
    where = plain(target["name"] if target else backup["resource_name"])
    part = f"{', '.join(plain(path) for path in paths)} of " if paths else ""
    return f"Overwrite {part}{where} with the backup {plain(backup['name'])} of {taken}?"


def request(target: dict[str, Any] | None, to: str | None, paths: tuple[str, ...]) -> dict[str, Any]:
    """The body of a restore; paths are made absolute, as the server knows them."""
    body: dict[str, Any] = {}
    if target is not None:
        body["resource_id"] = target["id"]
    details: dict[str, Any] = {}
    if to is not None:
        details["destination_path"] = os.path.abspath(to)
    for path in (*paths, to or ""):
        options.check_sayable(path)
    if paths:
        details["paths"] = [os.path.abspath(path) for path in paths]
    if details:
        body["details"] = details
    return body
