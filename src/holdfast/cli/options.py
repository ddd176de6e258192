"""Options that several commands share, and what a command gets to work with."""

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from holdfast import config
from holdfast.config import Config, ConfigError

from . import credentials, quantities
from .client import open_client
from .failures import Exit, Failure
from .screen import Screen

Callback = Callable[..., None]

DATA = "holdfast.data"
CREDENTIALS = "holdfast.credentials"
JSON = "holdfast.json"


def _kept(key: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """Keep an option's value for the whole command line: `tasks --json show ID` is `tasks show ID --json`."""

    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value:
            context.meta[key] = value

    return keep


data = click.option(
    "--data",
    metavar="DIR",
    expose_value=False,
    callback=_kept(DATA),
    help="Folder of the server's data, with its credentials.json. [env: HOLDFAST_DATA]",
)
as_json = click.option(
    "--json", is_flag=True, expose_value=False, callback=_kept(JSON), help="Print JSON instead of tables."
)
listen = click.option("--listen", metavar="HOST:PORT", help="Address to listen on. [env: HOLDFAST_LISTEN]")
configuration = click.option(
    "--config", "config_file", metavar="FILE", help="TOML file with settings. [env: HOLDFAST_CONFIG]"
)
wait = click.option(
    "--wait",
    metavar="SPAN",
    default="0",
    show_default=True,
    callback=quantities.span,
    help="How long to wait for others who work in the vault: 10m, 2h.",
)
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
no_wait = click.option("--no-wait", is_flag=True, help="Return as soon as the work is accepted.")
_credentials = click.option(
    "--credentials",
    metavar="FILE",
    expose_value=False,
    callback=_kept(CREDENTIALS),
    help="Credentials file to sign in with. [env: HOLDFAST_CREDENTIALS]",
)


def filled(_context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """A text that is not empty, as what a script makes of a variable that it forgot to set; or nothing."""
    if value == "" or (isinstance(value, tuple) and "" in value):
        raise click.BadParameter("must not be empty.", param=parameter)
    return value


def connected(command: Callback) -> Callable[..., None]:
    """Give a command a client of the API and a screen, and the options that say which."""

    @data
    @_credentials
    @as_json
    @click.pass_context
    @wraps(command)
    def run(context: click.Context, /, **asked: Any) -> None:
        if context.invoked_subcommand is not None:
            return
        known = credentials.find(os.environ, context.meta.get(DATA), context.meta.get(CREDENTIALS))
        with open_client(known) as client:
            command(client, screen(context), **asked)

    return run


def screen(context: click.Context) -> Screen:
    """The screen that the command line asks for."""
    return Screen(as_json=bool(context.meta.get(JSON)))


def settings(context: click.Context, **given: Any) -> Config:
    """The configuration for a command that runs or opens a server; raises Failure."""
    try:
        return config.load(os.environ, data=context.meta.get(DATA), **given)
    except ConfigError as error:
        raise Failure(Exit.USAGE, str(error)) from error


def check_sayable(path: str) -> None:
    """Raises UsageError for a path that JSON cannot carry. What lies below a folder may have any name."""
    try:
        path.encode()
    except UnicodeEncodeError as error:
        raise click.UsageError(f"{path!r} is not UTF-8: name the folder above it instead.") from error


def confirm(screen: Screen, question: str, *, yes: bool) -> None:
    """Go on only with a yes, given on the command line or by a person; raises Failure."""
    if yes:
        return
    if not screen.can_ask:
        raise Failure(Exit.REFUSED, f"{question} Nobody is here to ask: add --yes.")
    if not click.confirm(question, err=True):
        raise Failure(Exit.REFUSED, "nothing was done")
