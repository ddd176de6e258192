"""`holdfast protect`: make a folder or a disk image known, and put it into a vault."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from . import names, options, vaults
from .client import Client
from .failures import Exit, Failure
from .screen import Screen
from .words import plain

Item = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of thing with a path: who reads it, what vaults for it hold, and the vault made on demand."""

    name: str
    provider: str
    object_type: str
    vault_name: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "directory": Kind("directory", "directory", "turbo", "directories"),
        "disk": Kind("disk", "disk_image", "disk", "disks"),
    }
)


@dataclass(frozen=True)
class Wanted:
    """How to protect a path; what is None is found out or made up."""

    name: str | None = None
    vault: str | None = None
    kind: str | None = None
    exclude: tuple[str, ...] = ()
    tags: tuple[dict[str, str], ...] = ()
    site: str | None = None


@dataclass(frozen=True)
class Protected:
    """A resource, and the vault that it is in."""

    resource: Item
    vault: Item


def _tags(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> tuple[dict[str, str], ...]:
    """KEY=VALUE as the API says it."""
    split = [value.partition("=") for value in values]
    return tuple({"key": key, "value": value} for key, _, value in split)


@click.command("protect")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--name", metavar="NAME", help="Name of the resource; the last part of PATH without it.")
@click.option("--vault", metavar="NAME|ID", help="Vault to use; one for its kind without it, made on demand.")
@click.option(
    "--exclude", metavar="PATTERN", multiple=True, help="Leave out what matches; may be given again."
)
@click.option(
    "--tag",
    "tags",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_tags,
    help="A tag by which vaults bind it; may be given again. They replace those that it has.",
)
@click.option(
    "--type",
    "kind",
    type=click.Choice(list(KINDS)),
    help="What PATH is; found out by a look at it without this. A disk is a raw image file.",
)
@click.option("--site", metavar="NAME", help="Only workers of this site can reach it.")
@options.connected
def protect(client: Client, screen: Screen, paths: tuple[str, ...], name: str | None, **asked: Any) -> None:
    """Protect folders and raw disk images: put them into a vault, ready for holdfast backup."""
    if name is not None and len(paths) > 1:
        raise click.UsageError("--name is for a single PATH.")
    wanted = Wanted(name, asked["vault"], asked["kind"], asked["exclude"], asked["tags"], asked["site"])
    done = [add(client, path, wanted) for path in paths]
    if screen.as_json:
        screen.document({"protected": [{"resource": one.resource, "vault": one.vault} for one in done]})
        return
    for one in done:
        screen.line(sentence(one))
    screen.note("back up now: holdfast backup")


def add(client: Client, path: str, wanted: Wanted) -> Protected:
    """Protect one path of this machine; what is protected already stays as it is. Raises Failure."""
    kind = KINDS[wanted.kind or kind_of(path)]
    resource = _resource(client, os.path.realpath(path), kind, wanted)
    holding = [
        vault
        for vault in client.each("/vaults", "vaults", resource_ids=resource["id"])
        if any(one["id"] == resource["id"] for one in vault["resources"] or [])
    ]
    if holding:
        _check_same_vault(resource, holding[0], wanted)
        return Protected(resource, holding[0])
    vault = _vault(client, kind, wanted)
    attached = {"id": resource["id"], "type": resource["type"], "name": resource["name"]}
    client.post(f"/vaults/{vault['id']}/addresources", {"resources": [attached]})
    return Protected(resource, client.get(f"/vaults/{vault['id']}")["vault"])


def kind_of(path: str) -> str:
    """What lies at the path; raises UsageError where that is nothing to protect."""
    options.check_sayable(path)
    if Path(path).is_dir():
        return "directory"
    if Path(path).is_file():
        return "disk"
    if Path(path).exists():
        raise click.UsageError(f"{path}: neither a folder nor a file.")
    raise click.UsageError(
        f"{path}: no such folder or file here; for one on the server's machine give --type."
    )


def sentence(protected: Protected) -> str:
    """What is protected where, for a person."""
    resource, vault = protected.resource, protected.vault
    return f"{plain(resource['name'])} ({resource['id']}) is protected in vault {plain(vault['name'])}"


def _resource(client: Client, path: str, kind: Kind, wanted: Wanted) -> Item:
    """The resource for a path; one that is known is looked at again, for its size may have changed."""
    known = list(client.each("/resources", "resources"))
    settings: dict[str, Any] = {"path": path}
    if wanted.exclude:
        settings["exclude"] = list(wanted.exclude)
    same = next((one for one in known if is_same(one, kind, settings) and _is_at(one, wanted.site)), None)
    name = wanted.name or (same["name"] if same else resource_name(path, {one["name"] for one in known}))
    settings = same["settings"] if same else settings
    asked = {"type": kind.name, "name": name, "provider": kind.provider, "settings": settings}
    site = wanted.site or (same and same.get("site"))
    if site:
        asked["site"] = site
    if wanted.tags:
        asked["tags"] = list(wanted.tags)
    made: Item = client.post("/resources", {"resource": asked})["resource"]
    return made


def is_same(resource: Item, kind: Kind, settings: Mapping[str, Any]) -> bool:
    """Whether the resource is what these settings ask for; no patterns asked for means those that it has."""
    told = resource["settings"]
    if resource["provider"] != kind.provider or told.get("path") != settings["path"]:
        return False
    return "exclude" not in settings or settings["exclude"] == told.get("exclude")


def _is_at(resource: Item, site: str | None) -> bool:
    """Whether a resource may be the one at a site; none asked for means wherever it is."""
    return site is None or resource.get("site") in (None, site)


def _vault(client: Client, kind: Kind, wanted: Wanted) -> Item:
    """The vault to use: the one that was named, or the one for this kind of thing, made if there is none."""
    if wanted.vault is not None:
        return names.vault(client, wanted.vault)
    found = [
        one
        for one in client.each("/vaults", "vaults", name=kind.vault_name)
        if one["name"] == kind.vault_name
    ]
    if found:
        return found[0]
    return vaults.add(client, kind.vault_name, kind.object_type, vaults.UNLIMITED_GB)


def _check_same_vault(resource: Item, vault: Item, wanted: Wanted) -> None:
    """Raises Failure where another vault was asked for: a resource is in at most one."""
    if wanted.vault is not None and not names.matches(wanted.vault, [vault]):
        raise Failure(
            Exit.REFUSED,
            f"{plain(resource['name'])} is in vault {plain(vault['name'])} already; it can be in one only",
        )


def resource_name(path: str, taken: set[str]) -> str:
    """A name for what lies at a path: its last part, or all of it where that name is taken."""
    name = os.path.basename(path)
    return name if name and name not in taken else path
