"""Maintenance windows on the command line: `22:00-02:00`, `SA,SU 22:00-02:00 Europe/Berlin`. Pure."""

import re
from collections.abc import Sequence
from typing import Any

import click

NONE = "none"
MEMBERS = ("maintenance_windows", "max_running_tasks")
# Times and zones are left to the server, which says what is wrong with them.
_WINDOW = re.compile(
    r"(?:(?P<days>[A-Za-z]{2}(?:,[A-Za-z]{2})*)\s+)?"
    r"(?P<begin>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d)"
    r"(?:\s+(?P<zone>\S+))?"
)
Window = dict[str, Any]


def of_option(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> list[Window] | None:
    """`--window`, repeated, as the API's maintenance_windows; None where it was not given."""
    if not values:
        return None
    if NONE in values:
        if len(values) > 1:
            raise click.BadParameter(f"{NONE} goes alone.")
        return []
    return [parse(value) for value in values]


def parse(text: str) -> Window:
    """One window as the API takes it; raises BadParameter."""
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r} is not like 22:00-02:00 or 'SA,SU 22:00-02:00 Europe/Berlin'.")
    window = {"begin": match["begin"], "end": match["end"], "timezone": match["zone"] or "UTC"}
    if match["days"]:
        window["weekdays"] = match["days"].upper().split(",")
    return window


def limit_of_option(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> int | str | None:
    """`--max-tasks`: a number, NONE for no limit, or None where it was not given."""
    if value is None or value == NONE:
        return value
    if not value.isascii() or not value.isdecimal() or len(value) > 6:
        raise click.BadParameter(f"{value!r} is neither a number nor {NONE}.")
    return int(value)


def said(window: Window) -> str:
    """A window of the API for a person, as it may be given back."""
    days = window["weekdays"]
    named = "" if len(days) == 7 else f"{','.join(days)} "
    return f"{named}{window['begin']}-{window['end']} {window['timezone']}"
