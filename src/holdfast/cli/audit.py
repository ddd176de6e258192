"""`holdfast audit`: who asked for what, and which tasks came of it."""

import re
from typing import Any

import click
from rich.text import Text

from holdfast.model.audit import Method

from . import options, quantities
from .client import Client
from .screen import Screen
from .task_rows import WIDE_FROM
from .words import moment, plain

COLUMNS = ("AT", "USER", "METHOD", "PATH", "TASKS", "REQUEST")
NARROW = COLUMNS[:-1]  # an id that is broken over lines cannot be copied
MOST_TOLD = 3
_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")


@click.command("audit")
@click.option("--request", metavar="ID", callback=options.filled, help="Only the request with this id.")
@click.option(
    "--user",
    metavar="NAME|ID",
    callback=options.filled,
    help="Only what they asked for; holdfast is the house itself.",
)
@click.option(
    "--method",
    type=click.Choice([one.value for one in Method], case_sensitive=False),
    help="Only calls of this method.",
)
@click.option(
    "--since",
    metavar="TIME",
    callback=quantities.moment,
    help="Only from then on: 30m, 24h, 7d ago, or a date and time.",
)
@click.option(
    "--until", metavar="TIME", callback=quantities.moment, help="Only before: 30m, 24h, 7d ago, or a date."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=50,
    show_default=True,
    metavar="N",
    help="How many of the newest.",
)
@options.connected
def audit(client: Client, screen: Screen, **asked: Any) -> None:
    """List who asked for what, newest first: every call that changed something, and what the house did by
    itself (FIRE: a policy came due; EXPIRE: the rules of policies let backups go)."""
    quantities.check_span(asked["since"], asked["until"])
    answer = client.get(
        "/holdfast/audit",
        request_id=asked["request"],
        user=asked["user"],
        method=asked["method"],
        since=asked["since"],
        before=asked["until"],
        limit=asked["limit"],
    )
    if screen.as_json:
        screen.document(answer)
        return
    if not answer["audit"]:
        screen.note("nothing was asked for that fits")
        return
    columns = COLUMNS if screen.out.width >= WIDE_FROM else NARROW
    screen.table(columns, (row(screen, entry)[: len(columns)] for entry in answer["audit"]))
    if answer["next_marker"] is not None:
        screen.note(f"only the newest {asked['limit']}: there is more with --limit or --until")


def row(screen: Screen, entry: dict[str, Any]) -> tuple[str | Text, ...]:
    """An entry as a row under COLUMNS; the path is below the project, with ids as this screen shows them."""
    path = plain(entry["path"].removeprefix(f"/v3/{entry['project_id']}/"))
    task_ids = [screen.short(one) for one in entry["task_ids"]]
    more = len(task_ids) - MOST_TOLD
    told = [*task_ids[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]
    return (
        moment(entry["at"]),
        entry["user"]["name"],
        entry["method"],
        _ID.sub(lambda found: screen.short(found[0]), path),
        ", ".join(told) or "-",
        entry["request_id"],
    )
