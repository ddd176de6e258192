"""`holdfast tasks history`: for how long the project's tasks are kept."""

from datetime import timedelta
from typing import Any

import click

from holdfast.model import clock
from holdfast.model.history import MOST_DAYS
from holdfast.model.task import Status

from . import options
from .client import Client
from .screen import Screen
from .words import moment, plural

ENDED = ",".join(one.value for one in Status if one.is_end)


@click.command("history")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), metavar="N", help="Keep tasks for so many days from now on."
)
@click.option("--default", is_flag=True, help="Keep them as long as the server's configuration says.")
@options.yes
@options.connected
def history(client: Client, screen: Screen, *, days: int | None, default: bool, yes: bool) -> None:
    """Show for how long tasks are kept, or say so: what is older is deleted for good.

    The trail of who asked for what is kept as long. Only an administrator says it.
    """
    if days is not None and default:
        raise click.UsageError("--days and --default do not go together.")
    told = client.get("/holdfast/history")
    if days is not None or default:
        check_loss(client, screen, days or told["history"]["default_days"], yes=yes)
        told = client.put("/holdfast/history", {"history": {"days": days}})
    if screen.as_json:
        screen.document(told)
    else:
        screen.line(sentence(told["history"]))


def check_loss(client: Client, screen: Screen, days: int, *, yes: bool) -> None:
    """Have somebody agree that tasks go which are older; 0 days are for ever. Raises Failure."""
    if not days:
        return
    before = f"{clock.now() - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
    count = client.get("/operation-logs", limit=1, status=ENDED, created_before=before)["count"]
    if count:
        lost = f"{plural(count, 'task')} older than {plural(days, 'day')}"
        options.confirm(screen, f"Delete {lost}, and the audit trail of that time, for good?", yes=yes)


def sentence(rule: dict[str, Any]) -> str:
    """What the rule means."""
    days = rule["default_days"] if rule["days"] is None else rule["days"]
    why = ", as the server's configuration says" if rule["days"] is None else ""
    if not days:
        return f"tasks are kept for ever{why}"
    return f"tasks are kept for {plural(days, 'day')}{why}: those made since {moment(rule['begins_at'])}"
