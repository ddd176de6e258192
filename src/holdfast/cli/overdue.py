"""`holdfast overdue`: what a policy lets one expect, and what did not come."""

from typing import Any

import click
from rich.text import Text

from . import options
from .client import Client
from .failures import Exit, Failure
from .screen import Screen
from .words import moment, plural

COLUMNS = ("RESOURCE", "VAULT", "POLICY", "SINCE", "LAST GOOD", "RUNNING")


@click.command("overdue")
@options.connected
def overdue(client: Client, screen: Screen) -> None:
    """List what should have been backed up or replicated, and was not: the longest first.

    Ends with 1 where something is overdue and not even under way.
    """
    found = list(client.each("/holdfast/overdue", "overdue"))
    if screen.as_json:
        screen.document({"overdue": found, "count": len(found)})
    elif found:
        screen.table(COLUMNS, (row(late) for late in found))
    else:
        screen.note("nothing is overdue")
    lacking = [late for late in found if not late["running"]]
    if lacking:
        raise Failure(Exit.WORK_FAILED, f"{plural(len(lacking), 'resource')} overdue")


def row(late: dict[str, Any]) -> tuple[str | Text, ...]:
    """What is overdue as a row under COLUMNS."""
    return (
        late["name"],
        late["vault_name"],
        late["policy_name"],
        moment(late["since"]),
        moment(late["last_good_at"]),
        "yes" if late["running"] else "no",
    )
