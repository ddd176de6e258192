"""Quantities on the command line: what options make of a moment, a span of time, a share and a size."""

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import click

from holdfast.model import clock

from . import words

UNLIMITED = "unlimited"
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")
_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_SIZE = re.compile(r"(\d{1,12})([KMGTkmgt]?)(?:i?[Bb])?")
_UNITS: Mapping[str, str] = MappingProxyType(
    {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
)


def moment(_context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    """`30m`, `24h`, `7d` ago, or a date and time, as the API reads it, or nothing; raises BadParameter."""
    if given is None:
        return None
    try:
        meant = words.since(given, clock.now()).replace(tzinfo=None)
        return f"{meant.isoformat(timespec='microseconds')}Z"
    except (ValueError, OverflowError):
        message = f"{given!r} is neither like 24h, 30m, 7d nor a date and time."
        raise click.BadParameter(message, param=parameter) from None


def check_span(since: str | None, until: str | None) -> None:
    """Raises UsageError where the moments of --since and --until leave no time between them."""
    if since and until and since >= until:
        raise click.UsageError("--until is before --since: nothing lies between them.")


def span(_context: click.Context, parameter: click.Parameter, given: str) -> timedelta:
    """`90s`, `30m`, `24h`, `7d`, `2w` or `0`; raises BadParameter."""
    found = _SPAN.fullmatch(given)
    if found:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    if given != "0":
        raise click.BadParameter(f"{given!r} is no span of time: say 30m, 24h or 7d.", param=parameter)
    return timedelta(0)


def sample(_context: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
    """`10%`, above zero, or nothing; raises BadParameter."""
    if given is None:
        return None
    share = _percentage(given)
    if share is None or share == 0:
        raise click.BadParameter(f"{given!r} is no share of something: say 10%.", param=parameter)
    return share


def limit(_context: click.Context, parameter: click.Parameter, given: str) -> float | None:
    """`5%`, or None for `unlimited`; raises BadParameter."""
    if given == UNLIMITED:
        return None
    share = _percentage(given)
    if share is None:
        raise click.BadParameter(f"{given!r} is no share: say 5%, or unlimited.", param=parameter)
    return share


def size(_context: click.Context, parameter: click.Parameter, given: str | None) -> int | None:
    """`500M`, `10G`, `1T` in units of 1,024 bytes, or nothing; raises BadParameter."""
    if given is None:
        return None
    found = _SIZE.fullmatch(given)
    if not found:
        raise click.BadParameter(f"{given!r} is no size: say 500M or 10G.", param=parameter)
    return int(found[1]) << 10 * "BKMGT".index(found[2].upper() or "B")


def _percentage(given: str) -> float | None:
    found = PERCENT.fullmatch(given)
    share = float(found[1]) if found else 101.0
    return share if share <= 100 else None
