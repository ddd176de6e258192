"""What a command says: a document for a program, or tables, lines and notes for a person.

Answers go to standard output; progress, hints and questions to standard error. Colour is for terminals
only, and never where NO_COLOR is set."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from textwrap import indent
from types import MappingProxyType
from typing import Any, TextIO

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from .words import plain, short

GAP = 2  # columns of the screen between those of a table
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

    @property
    def is_ascii(self) -> bool:
        """Whether blocks and lines cannot be shown."""
        return self.out.options.ascii_only

    def document(self, value: Any) -> None:
        """The whole answer as one JSON document."""
        _write(json.dumps(value, indent=2))

    def long_document(self, name: str, items: Iterable[Any], **told: Any) -> None:
        """The same of a list that is too long to be held, and what else is told of it."""
        _write(f"{{\n  {json.dumps(name)}: [", end="")
        for place, item in enumerate(items):
            written = indent(json.dumps(item, indent=2), "    ")
            _write(f"{',' if place else ''}\n{written}", end="")
        rest = "".join(f",\n  {json.dumps(name)}: {json.dumps(value)}" for name, value in told.items())
        _write(f"\n  ]{rest}\n}}")

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

    def long_table(self, columns: Sequence[str]) -> "LongTable":
        """A table that is too long to be held."""
        return LongTable(self.out, columns)

    def short(self, known_id: str | None) -> str:
        """An id as this screen shows it: short for a person, whole where the output goes elsewhere."""
        return short(known_id) if self.out.is_terminal else known_id or "-"


class LongTable:
    """A table whose rows are printed some at a time, under the headings of the first."""

    def __init__(self, out: Console, columns: Sequence[str]) -> None:
        self._out, self._columns = out, columns
        self._widths: list[int] | None = None

    def add(self, rows: Iterable[Sequence[str | Text]]) -> None:
        """Print these rows; columns become no narrower than before where nothing is cut."""
        made = table(self._columns, rows)
        if self._widths is not None:
            made.show_header = False
            for column, width in zip(made.columns, self._widths, strict=True):
                column.min_width = None if self._out.is_terminal else width
        self._widths = [natural_width(column) for column in made.columns]
        self._out.print(made)


def natural_width(column: Column) -> int:
    cells = (str(cell) for cell in (column.header, *column.cells))
    return max(column.min_width or 0, max(map(cell_len, cells)))


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A table without lines; text is shown as it is, never obeyed."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
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


def _write(text: str, end: str = "\n") -> None:
    try:
        click.echo(f"{text}{end}", nl=False)
    except BrokenPipeError as error:
        raise ReaderGone from error


def _console(stream: TextIO) -> Console:
    console = _Console(file=stream, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDE
    return console
