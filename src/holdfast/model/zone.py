"""Time zones by their IANA names, and the moments at which clocks there show a time.

Clocks go forward and back. A time that a day does not have is the first moment after the gap; one that it has
twice is two moments.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .errors import InvalidParameter

MOST_CHARACTERS = 64
_SECOND = timedelta(seconds=1)


def check(field: str, name: str) -> None:
    """Raises InvalidParameter, naming the wire field, where no zone has this name."""
    if not name.isascii() or len(name) > MOST_CHARACTERS:
        raise InvalidParameter(field, "is no IANA time zone")
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        raise InvalidParameter(field, "is no IANA time zone") from error


def first_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """When clocks there show this first, in UTC."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first if first <= second else _end_of_gap(second, first, zone)


def last_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """When clocks there show this last, in UTC."""
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if first <= second else _end_of_gap(second, first, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """When clocks went forward between two moments, found by halving."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        between = before + (after - before) // _SECOND // 2 * _SECOND
        if between.astimezone(zone).utcoffset() == offset:
            after = between
        else:
            before = between
    return after
