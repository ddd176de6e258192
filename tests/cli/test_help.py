"""Every command and option is explained, in the help and in the documentation."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from holdfast.cli.app import COMMANDS, app
from holdfast.cli.failures import MEANINGS, Exit

PAGE = (Path(__file__).parents[2] / "docs" / "use" / "cli.md").read_text()
EVERYWHERE = {"--help", "-h"}


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if path:
        yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


ALL = list(commands(app))


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_a_command_is_documented_with_all_its_options(name: str, command: click.Command) -> None:
    grouping = isinstance(command, click.Group) and not command.invoke_without_command
    assert grouping or f"`holdfast {name}" in PAGE
    options = {
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert not {option for option in options - EVERYWHERE if f"`{option}" not in PAGE}


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_a_commands_help_is_complete_and_short(name: str, command: click.Command) -> None:
    assert command.help, name
    context = click.Context(command, info_name=f"holdfast {name}")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
    assert len(command.get_help(context).splitlines()) <= 60


def test_the_table_of_commands_says_what_the_commands_say_of_themselves() -> None:
    context = click.Context(app)
    for name in COMMANDS:
        command = app.get_command(context, name)
        assert command is not None
        assert command.name == name


def test_a_command_that_does_not_exist_is_none() -> None:
    assert app.get_command(click.Context(app), "nosuch") is None


def test_every_exit_code_is_in_the_help_and_on_the_page() -> None:
    shown = " ".join(app.get_help(click.Context(app)).split())
    for code in Exit:
        assert f"| {code.value} |" in PAGE
        assert f"{code.value} {MEANINGS[code]}"[:40] in shown
