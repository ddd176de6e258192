"""`holdfast tasks warnings`: what went wrong with single files, line by line, also while the task runs."""

import time
from collections.abc import Iterator

import click

from . import names, options, outcome
from .client import Client
from .screen import Screen
from .words import plain

PAUSE_SECONDS = 1.0
PAGE = 1000


@click.command("warnings")
@click.argument("task_id", metavar="ID")
@click.option("--follow", "-f", is_flag=True, help="Go on showing what comes, until the task has ended.")
@options.connected
def warnings(client: Client, screen: Screen, task_id: str, *, follow: bool) -> None:
    """Show the log of warnings of a task, named by its id or the beginning of it."""
    task = names.task(client, task_id)
    if follow:
        for line in coming(client, task["id"]):
            if screen.as_json:
                screen.record({"warning": line})
            else:
                screen.line(plain(line))
        return
    lines = list(since(client, task["id"], 0))
    if screen.as_json:
        screen.document({"warnings": lines, "count": len(lines)})
        return
    for line in lines:
        screen.line(plain(line))
    if not lines:
        screen.note("no warnings")


def coming(client: Client, task_id: str) -> Iterator[str]:
    """The lines of a task, those that come later included, until it has ended."""
    shown = 0
    while True:
        is_over = outcome.is_over(
            names.show_task(client, task_id)
        )  # asked first: its last lines come with it
        for line in since(client, task_id, shown):
            shown += 1
            yield line
        if is_over:
            return
        time.sleep(PAUSE_SECONDS)


def since(client: Client, task_id: str, offset: int) -> Iterator[str]:
    """The lines of a task that there are now, from this place on."""
    while True:
        answer = client.get(f"/operation-logs/{task_id}/warnings", offset=offset, limit=PAGE)
        yield from answer["warnings"]
        offset += len(answer["warnings"])
        if not answer["warnings"] or offset >= answer["count"]:
            return
