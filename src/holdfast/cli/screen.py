"""What a command says: a document for a program, or tables, lines and notes for a person.

Answers go to standard output; progress, hints and questions to standard error. Colour is for terminals
only, and never where NO_COLOR is set."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TextIO

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .words import plain, short

WIDE = 10_000  # columns of a pipe or a file: nothing is wrapped or cut there
STYLES: Mapping[str, str] = MappingProxyType(
    {
        "success": "green",
        "available": "green",
        "running": "cyan",
        "protecting": "cyan",
        "restoring": "cyan",
        "waiting": "blue",
        "waiting_protect": "blue",
        "waiting_restore": "blue",
        "waiting_delete": "blue",
        "skipped": "yellow",
        "lock": "yellow",
        "removing": "magenta",
        "deleting": "magenta",
        "frozen": "yellow",
        "failed": "bold red",
        "timeout": "bold red",
        "error": "bold red",
    }
)


class ReaderGone(Exception):  # noqa: N818 - `holdfast tasks | head` is no error
    """Whoever read our output has gone. Click and rich would make a failure of it, so they do not see it."""


class Screen:
    """Where a command prints; `as_json` says that standard output is for a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    @property
    def can_ask(self) -> bool:
        """Whether a person sits there who can answer a question."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.is_terminal

    def document(self, value: Any) -> None:
        """The whole answer as one JSON document."""
        _write(json.dumps(value, indent=2))

    def record(self, value: Any) -> None:
        """One line of newline-delimited JSON, out at once."""
        _write(json.dumps(value))

    def line(self, text: str | Text = "") -> None:
        """A line of the answer, never wrapped, so that it can be copied."""
        self.out.print(text, markup=False, soft_wrap=True)

    def note(self, text: str | Text) -> None:
        """A line beside the answer."""
        self.err.print(text, markup=False, soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
        """Rows under headings; a heading that starts with `>` stands over figures and is aligned right."""
        self.out.print(table(columns, rows))

    def short(self, known_id: str | None) -> str:
        """An id as this screen shows it: short for a person, whole where the output goes elsewhere."""
        return short(known_id) if self.out.is_terminal else known_id or "-"


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table without lines; text is shown as it is, never obeyed."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(
            column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold"
        )
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return made


def state(status: str | None) -> Text:
    """A status in its colour."""
    return Text(plain(status or "-"), style=STYLES.get(status or "", ""))


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise ReaderGone


def _write(line: str) -> None:
    try:
        click.echo(line)
    except BrokenPipeError as error:
        raise ReaderGone from error


def _console(stream: TextIO) -> Console:
    console = _Console(file=stream, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    return console
