"""`holdfast version`."""

from importlib import metadata

import click

from . import options


@click.command("version")
@options.as_json
@click.pass_context
def version(context: click.Context) -> None:
    """Print the version of this holdfast."""
    number = metadata.version("holdfast")
    screen = options.screen(context)
    if screen.as_json:
        screen.document({"version": number})
    else:
        screen.line(f"holdfast {number}")
