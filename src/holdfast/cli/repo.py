"""`holdfast repo`: open a vault with stock restic. For the operator, on the server's machine."""

import shlex

import click

from holdfast import main

from . import options


@click.group("repo")
def repo() -> None:
    """Open a vault with stock restic."""


@repo.command("env")
@click.argument("vault")
@options.configuration
@options.data
@options.as_json
@click.pass_context
def env(context: click.Context, vault: str, config_file: str | None) -> None:
    """Print the RESTIC_REPOSITORY and RESTIC_PASSWORD of a vault, for the operator only."""
    known = main.repository_env(options.settings(context, config=config_file), vault)
    screen = options.screen(context)
    if screen.as_json:
        screen.document(known)
        return
    for name, value in known.items():
        screen.line(f"{name}={shlex.quote(value)}")
