"""Which thing a person means: by its id, its name, or the beginning of its id."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from holdfast.model import ids

from .client import Client
from .failures import Exit, Failure
from .words import plain, short

Item = dict[str, Any]
PLURALS = {"policy": "policies"}  # where it is no mere s
FARTHEST = 10_000  # newest tasks among which an incomplete id is looked for


def matches(given: str, items: Iterable[Item]) -> list[Item]:
    """The items that `given` can mean; a whole id beats a name, and a name the beginning of an id."""
    known = list({item["id"]: item for item in items}.values())
    tests: Sequence[Callable[[Item], bool]] = (
        lambda item: bool(item["id"] == given),
        lambda item: bool(item.get("name") == given),
        lambda item: str(item["id"]).startswith(given.lower()),
    )
    for test in tests:
        found = [item for item in known if test(item)]
        if found:
            return found
    return []


def pick(noun: str, given: str, items: Iterable[Item]) -> Item:
    """The one item that `given` means; raises Failure where there is none, or several."""
    found = matches(given, items)
    if not found:
        raise Failure(Exit.NOT_FOUND, f"no {noun} is called {given!r}, and no {noun}'s id begins with it")
    if len(found) > 1:
        raise ambiguous(noun, given, found)
    return found[0]


def ambiguous(noun: str, given: str, found: Sequence[Item]) -> Failure:
    """The failure for a name that fits several things; it lists the first of them."""
    listed = ", ".join(f"{plain(item['id'])} ({plain(item.get('name', ''))})" for item in found[:4])
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    several = f"{len(found)} {PLURALS.get(noun, f'{noun}s')}"
    return Failure(Exit.USAGE, f"{given!r} fits {several}; name one by its id: {listed}{more}")


def vault(client: Client, given: str) -> Item:
    """The vault that is meant; raises Failure."""
    return pick("vault", given, client.each("/vaults", "vaults"))


def resource(client: Client, given: str) -> Item:
    """The resource that is meant; raises Failure."""
    return pick("resource", given, client.each("/resources", "resources"))


def backup(client: Client, given: str) -> Item:
    """The backup that is meant, with its children; raises Failure."""
    known_id = given if ids.is_uuid(given) else pick("backup", given, backups(client))["id"]
    shown: Item = client.get(f"/backups/{known_id}")["backup"]
    return shown


def task(client: Client, given: str) -> Item:
    """The task that is meant, by its id or the beginning of it; raises Failure."""
    return show_task(client, task_id(client, given))


def task_id(client: Client, given: str) -> str:
    """The id of the task that is meant; one that is whole is not looked for. Raises Failure."""
    if ids.is_uuid(given):
        return given
    newest = islice(client.each("/operation-logs", "operation_logs", fields="id"), FARTHEST)
    found = sorted({item["id"] for item in newest if item["id"].startswith(given.lower())})
    if not found:
        raise Failure(Exit.NOT_FOUND, f"no task's id begins with {given!r} (of the newest {FARTHEST:,})")
    if len(found) > 1:
        listed = ", ".join(short(one) for one in found[:4])
        raise Failure(Exit.USAGE, f"{given!r} fits {len(found)} tasks: {listed}")
    return str(found[0])


def show_task(client: Client, task_id: str, wait: int | None = None) -> Item:
    """The task with this id, when it has ended or after so many seconds; raises Failure."""
    shown: Item = client.get(f"/operation-logs/{task_id}", wait=wait)["operation_log"]
    return shown


def backups(client: Client) -> Iterable[Item]:
    """All backups, each before its children; raises Failure."""
    for item in client.each("/backups", "backups"):
        yield item
        yield from item.get("children") or []
