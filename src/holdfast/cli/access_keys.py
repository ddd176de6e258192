"""`holdfast accounts key`: access keys of people and programs. For the operator, on the server's machine."""

from typing import Any

import click

from holdfast import main
from holdfast.model.access_key import AccessKey
from holdfast.service import access_keys
from holdfast.service.access_keys import Change

from . import options
from .screen import state

STATUS = {True: "active", False: "inactive"}


@click.group("key")
def key() -> None:
    """Make, list and switch off the access keys that clients sign requests with."""


@key.command("add")
@click.argument("user")
@click.option("--description", metavar="TEXT", default="", help="What the key is for.")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def add(context: click.Context, user: str, description: str, config_file: str | None) -> None:
    """Make an access key for a user; its secret is printed this once."""
    with main.known(options.settings(context, config=config_file)) as db:
        made = access_keys.make(db, access_keys.find_user_id(db, user), description)
    screen = options.screen(context)
    if screen.as_json:
        screen.document({**_record(made.key), "secret_key": made.secret})
        return
    screen.line(f"access key: {made.key.id}")
    screen.line(f"secret key: {made.secret}")
    screen.note("The secret key is not shown again.")


@key.command("list")
@click.argument("user")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def list_(context: click.Context, user: str, config_file: str | None) -> None:
    """List a user's access keys; a secret is never shown again."""
    with main.known(options.settings(context, config=config_file)) as db:
        found = access_keys.find(db, access_keys.find_user_id(db, user))
    screen = options.screen(context)
    if screen.as_json:
        screen.document([_record(one) for one in found])
        return
    screen.table(
        ["ACCESS KEY", "STATUS", "CREATED", "DESCRIPTION"],
        [(one.id, state(STATUS[one.enabled]), _moment(one), one.description) for one in found],
    )


@key.command("remove")
@click.argument("access_key")
@options.yes
@options.configuration
@options.data
@options.as_json
@click.pass_context
def remove(context: click.Context, access_key: str, yes: bool, config_file: str | None) -> None:
    """Delete an access key: what it signs is refused from now on."""
    screen = options.screen(context)
    with main.known(options.settings(context, config=config_file)) as db:
        found = access_keys.get(db, access_key)
        options.confirm(screen, f"Delete the access key {found.id}?", yes=yes)
        access_keys.delete(db, found.id)
    if screen.as_json:
        screen.document(_record(found))
        return
    screen.line(f"deleted {found.id}")


@key.command("enable")
@click.argument("access_key")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def enable(context: click.Context, access_key: str, config_file: str | None) -> None:
    """Switch an access key on again."""
    _change(context, access_key, Change(enabled=True), config_file)


@key.command("disable")
@click.argument("access_key")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def disable(context: click.Context, access_key: str, config_file: str | None) -> None:
    """Switch an access key off: what it signs is refused until it is on again."""
    _change(context, access_key, Change(enabled=False), config_file)


def _change(context: click.Context, access_key: str, asked: Change, config_file: str | None) -> None:
    with main.known(options.settings(context, config=config_file)) as db:
        changed = access_keys.change(db, access_key, asked)
    screen = options.screen(context)
    if screen.as_json:
        screen.document(_record(changed))
        return
    screen.line(f"{changed.id} is {STATUS[changed.enabled]}")


def _record(one: AccessKey) -> dict[str, Any]:
    return {
        "access_key": one.id,
        "user_id": one.user_id,
        "description": one.description,
        "status": STATUS[one.enabled],
        "created_at": _moment(one),
    }


def _moment(one: AccessKey) -> str:
    return f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}"
