"""`holdfast backup`: back up vaults, or single resources, now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from . import names, options, watch
from .client import Client
from .failures import Exit, Failure
from .screen import Screen

Item = dict[str, Any]
Chosen = Mapping[str, tuple[str, ...] | None]


@dataclass(frozen=True)
class Wanted:
    """How to back up: the backups' name (the server makes one up for None), and whether from scratch."""

    name: str | None = None
    full: bool = False


@click.command("backup")
@click.argument("what", metavar="[VAULT|RESOURCE]...", nargs=-1)
@click.option("--name", metavar="NAME", help="Name of the backups; made up without it.")
@click.option("--full", is_flag=True, help="Read everything anew, not only what changed.")
@options.no_wait
@options.connected
def backup(client: Client, screen: Screen, what: tuple[str, ...], no_wait: bool, **asked: Any) -> None:
    """Back up vaults or resources now; everything that is protected when none is named."""
    chosen = choose(what, list(client.each("/vaults", "vaults")))
    tasks = start(client, chosen, Wanted(asked["name"], asked["full"]))
    watch.report(client, screen, tasks, wait=not no_wait)


def start(client: Client, chosen: Chosen, wanted: Wanted) -> list[str]:
    """Ask for the backups; the ids of their tasks. Raises Failure."""
    tasks: list[str] = []
    for vault_id, resources in chosen.items():
        parameters: dict[str, Any] = {"incremental": not wanted.full}
        if wanted.name is not None:
            parameters["name"] = wanted.name
        if resources is not None:
            parameters["resources"] = list(resources)
        answer = client.post("/checkpoints", {"checkpoint": {"vault_id": vault_id, "parameters": parameters}})
        tasks.extend(answer["operation_log_ids"])
    return tasks


def choose(what: Sequence[str], vaults: Sequence[Item]) -> Chosen:
    """The vaults to back up, by id: all of one (None), or these of its resources.

    Raises Failure where a name means nothing, or several things.
    """
    filled = [vault for vault in vaults if vault["resources"]]
    if not what:
        if not filled:
            raise Failure(Exit.NOT_FOUND, "nothing is protected yet: holdfast protect PATH")
        return {vault["id"]: None for vault in filled}
    chosen: dict[str, tuple[str, ...] | None] = {}
    for given in what:
        vault, resource = _meant(given, vaults)
        known = chosen.get(vault["id"], ())
        if resource is None or known is None:
            chosen[vault["id"]] = None
        elif resource["id"] not in known:
            chosen[vault["id"]] = (*known, resource["id"])
    return chosen


def _meant(given: str, vaults: Sequence[Item]) -> tuple[Item, Item | None]:
    """The vault, and the resource in it unless the vault itself is meant; raises Failure."""
    things: dict[str, tuple[Item, Item | None]] = {vault["id"]: (vault, None) for vault in vaults}
    for vault in vaults:
        things.update({one["id"]: (vault, one) for one in vault["resources"] or []})
    found = names.matches(given, [resource or vault for vault, resource in things.values()])
    if not found:
        raise Failure(
            Exit.NOT_FOUND, f"no vault and no protected resource is called {given!r}: holdfast vaults"
        )
    if len(found) > 1:
        raise names.ambiguous("thing", given, found)
    return things[found[0]["id"]]
