"""`holdfast accounts`: who may sign in. For the operator, on the server's machine."""

import click

from holdfast import main
from holdfast.model.project import Role

from . import options


@click.group("accounts")
def accounts() -> None:
    """Add people who may sign in."""


@accounts.command("add")
@click.argument("name")
@click.option("--project", metavar="NAME", required=True, help="Project to work in; made if it is new.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.OPERATOR.value,
    show_default=True,
    help="What the user may do there.",
)
@options.configuration
@options.data
@options.as_json
@click.pass_context
def add(context: click.Context, name: str, project: str, role: str, config_file: str | None) -> None:
    """Make a user with a random password, printed this once; for the operator only."""
    made = main.add_account(options.settings(context, config=config_file), name, project, role)
    screen = options.screen(context)
    if screen.as_json:
        screen.document(made)
        return
    for label, value in made.items():
        screen.line(f"{label.replace('_', ' ')}: {value}")
    screen.note("The password is not shown again.")
