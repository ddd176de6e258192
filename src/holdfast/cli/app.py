"""The command `holdfast`: a table of its commands, and how each ends."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from types import MappingProxyType

import click
from rich.text import Text

from holdfast.config import ConfigError
from holdfast.model.errors import Refusal

from .failures import MEANINGS, Exit, Failure, of_refusal
from .screen import ReaderGone, Screen

# Name → module, and the first line of its help. A command's module is loaded when it is called: the ones
# that run a server are slow to load.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "up": ("up", "Serve, protect paths, back them up now, and keep serving."),
        "serve": ("serve", "Run the API and a worker."),
        "worker": ("serve", "Run a worker without an API."),
        "protect": ("protect", "Protect folders and raw disk images."),
        "backup": ("backup", "Back up vaults or resources now."),
        "restore": ("restore", "Restore a backup, whole or in part."),
        "tasks": ("tasks", "List, follow, sum up and export tasks."),
        "backups": ("backups", "List, replicate and delete backups."),
        "vaults": ("vaults", "List, create, change and delete vaults."),
        "policies": ("policies", "List, make, change, delete and bind policies."),
        "overdue": ("overdue", "List what should have been backed up, and was not."),
        "audit": ("audit", "List who asked for what."),
        "regions": ("regions", "List the regions that take replicas, and whether they answer."),
        "resources": ("resources", "List what can be protected, and what is."),
        "workers": ("workers", "List workers, their sites, and how many tasks each has in hand."),
        "token": ("token", "Print a fresh token, for curl and other clients."),
        "repo": ("repo", "Look after a vault's repository (operator)."),
        "accounts": ("accounts", "Look after domains, projects and people (operator)."),
        "version": ("version", "Print the version."),
    }
)
SYNOPSIS_WIDTH = max(map(len, COMMANDS))


class Table(click.Group):
    """A group whose commands are found in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"holdfast.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The commands with what they do, and the exit codes; nothing is loaded for that."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), meaning) for code, meaning in MEANINGS.items()])


@click.group("holdfast", cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Back up and restore folders, disk images and servers, through a CBR v3 service of your own.

    Commands sign in with the credentials.json of --data or HOLDFAST_DATA (holdfast-data without either), of
    --credentials or HOLDFAST_CREDENTIALS, or with OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME and
    their companions. A vault, resource, backup or task is named by its name, its id, or the beginning of it.
    """


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names that the locale has no letters for
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit code."""
    try:
        code = app.main(list(arguments), prog_name="holdfast", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        return Exit.INTERRUPTED
    except ReaderGone:
        return _end_quietly()
    except (Failure, ConfigError, Refusal, UnicodeEncodeError, OSError) as error:
        return _end(_failure(error))
    return code if isinstance(code, int) else Exit.SUCCESS


def _failure(error: Failure | ConfigError | Refusal | UnicodeEncodeError | OSError) -> Failure:
    match error:
        case Failure():
            return error
        case Refusal():
            return of_refusal(error)
        case OSError():
            return Failure(Exit.WORK_FAILED, str(error))
        case UnicodeEncodeError():  # of the surrogates that stand for bytes that were given
            return Failure(Exit.USAGE, f"{error.object[error.start : error.end]!r} is not UTF-8")
        case ConfigError():
            return Failure(Exit.USAGE, str(error))


def _end(failure: Failure) -> int:
    Screen(as_json=False).note(Text(f"holdfast: {failure}", style="red"))
    return failure.code


def _end_quietly() -> int:
    """Nobody reads what is left in the buffer, and Python must not complain of that on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.SUCCESS
