"""`holdfast workers`: who does the tasks, and whether they are alive."""

import click
from rich.text import Text

from . import options
from .client import Client
from .screen import Screen
from .words import moment

COLUMNS = ("ID", "SITES", "ALIVE", ">TASKS", "SEEN")


@click.command("workers")
@options.connected
def workers(client: Client, screen: Screen) -> None:
    """List workers, their sites, and how many tasks each has in hand. For administrators."""
    found = list(client.each("/holdfast/workers", "workers"))
    if screen.as_json:
        screen.document({"workers": found, "count": len(found)})
    elif found:
        screen.table(
            COLUMNS,
            (
                (
                    one["id"],
                    ", ".join(one["sites"]),
                    Text("yes", style="green") if one["alive"] else Text("no", style="bold red"),
                    str(one["running_tasks"]),
                    moment(one["seen_at"]),
                )
                for one in found
            ),
        )
    else:
        screen.note("no worker was ever started here: holdfast worker")
