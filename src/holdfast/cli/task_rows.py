"""Tasks as rows of a table: all that a wide screen has room for, or what matters most."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rich.text import Text

from . import outcome
from .screen import Screen, state
from .words import between, moment, plural, short_moment, size

Task = dict[str, Any]
Cell = str | Text
WIDE = ("ID", "CREATED", "TYPE", "RESOURCE", "VAULT", "STATUS", ">DONE", ">SIZE", ">TOOK", "NOTE")
NARROW = ("ID", "WHEN", "TYPE", "RESOURCE", "STATUS", ">TOOK", "NOTE")
WIDE_FROM = 120  # columns of the screen


def columns(screen: Screen) -> tuple[str, ...]:
    """The headings that this screen has room for."""
    return WIDE if screen.out.width >= WIDE_FROM else NARROW


def row(screen: Screen, task: Task, headings: tuple[str, ...] = WIDE) -> tuple[Cell, ...]:
    """A task as a row under these headings."""
    return tuple(_CELLS[heading.lstrip(">")](screen, task) for heading in headings)


def note(task: Task) -> str:
    """What is to be said of it beside its figures: why it failed, what is odd, what is in its way."""
    warned = outcome.figures(task)["warning_count"]
    told = outcome.reason(task) or outcome.flags(task) or outcome.obstacle(task)
    return told or (plural(warned, "warning") if warned else "")


def _took(_screen: Screen, task: Task) -> str:
    return between(task["started_at"], task["ended_at"]) if outcome.is_over(task) else "-"


def _size(_screen: Screen, task: Task) -> str:
    moved = outcome.figures(task)["bytes_done"]
    return size(moved) if moved else "-"


_CELLS: Mapping[str, Callable[[Screen, Task], Cell]] = MappingProxyType(
    {
        "ID": lambda screen, task: screen.short(task["id"]),
        "CREATED": lambda _screen, task: moment(task["created_at"]),
        "WHEN": lambda _screen, task: short_moment(task["created_at"]),
        "TYPE": lambda _screen, task: str(task["operation_type"]),
        "RESOURCE": lambda _screen, task: outcome.subject(task),
        "VAULT": lambda _screen, task: task["vault_name"] or "-",
        "STATUS": lambda _screen, task: state(task["status"]),
        "DONE": lambda _screen, task: f"{outcome.progress(task)}%",
        "SIZE": _size,
        "TOOK": _took,
        "NOTE": lambda _screen, task: note(task),
    }
)
