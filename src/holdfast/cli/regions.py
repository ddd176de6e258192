"""`holdfast regions`: where replicas can be sent, and whether it answers."""

from typing import Any

import click
from rich.text import Text

from . import options
from .client import Client
from .failures import Exit, Failure
from .screen import Screen
from .words import plain, plural

COLUMNS = ("REGION", "ENDPOINT", "STATE", "MESSAGE")
WELL = ("here", "answers")


@click.command("regions")
@options.connected
def regions(client: Client, screen: Screen) -> None:
    """List the regions that take replicas, each asked just now.

    Ends with 1 where one does not answer.
    """
    found = client.get("/holdfast/regions")["regions"]
    if screen.as_json:
        screen.document({"regions": found, "count": len(found)})
    else:
        screen.table(COLUMNS, (row(region) for region in found))
    bad = [region for region in found if region["state"] not in WELL]
    if bad:
        raise Failure(Exit.WORK_FAILED, f"{plural(len(bad), 'region')} cannot be used")


def row(region: dict[str, Any]) -> tuple[str | Text, ...]:
    """A region as a row under COLUMNS."""
    own = region["calls_itself"]
    other = f"calls itself {plain(own)}" if own and own != region["name"] else ""
    style = "green" if region["state"] in WELL else "red"
    return (
        region["name"],
        region["endpoint"],
        Text(region["state"], style=style),
        plain(region["message"]) or other,
    )
