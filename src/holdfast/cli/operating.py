"""What the operator's commands about accounts work with: the rows themselves; no server is asked."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

import click

from holdfast import main
from holdfast.model.domain import Domain
from holdfast.model.project import DEFAULT_DOMAIN_NAME, Role
from holdfast.service import domains
from holdfast.service.context import Database

from . import options
from .screen import Screen, state

Callback = Callable[..., None]
ENABLED: Mapping[bool, str] = {True: "enabled", False: "disabled"}

in_domain = click.option(
    "--domain",
    metavar="NAME",
    default=DEFAULT_DOMAIN_NAME,
    show_default=True,
    help="Domain that user and project are in.",
)


def operated(command: Callback) -> Callable[..., None]:
    """Give a command the database of the house and a screen, and the options that say which."""

    @options.configuration
    @options.data
    @options.as_json
    @click.pass_context
    @wraps(command)
    def run(context: click.Context, /, config_file: str | None, **asked: Any) -> None:
        with main.known(options.settings(context, config=config_file)) as db:
            command(db, options.screen(context), **asked)

    return run


def role_option(default: Role | None, told: str) -> Callable[[Callback], Callback]:
    """The option `--role`."""
    return click.option(
        "--role",
        type=click.Choice([role.value for role in Role]),
        default=None if default is None else default.value,
        show_default=default is not None,
        help=told,
    )


def domain_of(db: Database, name: str) -> Domain:
    """The domain that the command line names; raises NotFound."""
    return domains.named(db, name)


def tell(screen: Screen, made: Mapping[str, Any], done: str) -> None:
    """What was done: the whole as JSON, or a sentence."""
    if screen.as_json:
        screen.document(made)
    else:
        screen.line(done)


def tell_once(screen: Screen, made: Mapping[str, Any], secret: str) -> None:
    """What was made, line by line, with a secret that is told here and never again."""
    if screen.as_json:
        screen.document(made)
        return
    for label, value in made.items():
        screen.line(f"{label.replace('_', ' ')}: {'-' if value in (None, '') else value}")
    screen.note(f"The {secret} is not shown again.")


def listed(screen: Screen, name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """A list: a document with a count, or a table with the columns by heading."""
    if screen.as_json:
        screen.document({name: rows, "count": len(rows)})
        return
    screen.table(list(columns), ([_cell(row[key]) for key in columns.values()] for row in rows))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return state(ENABLED[value])
    return "-" if value in (None, "") else str(value)
