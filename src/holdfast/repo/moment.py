"""Moments as RFC 3339 text in the way Go writes them, and as nanoseconds since the epoch."""

import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from .errors import Damaged

_TEXT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)")
_SECOND = 10**9
_FIRST = -62135596800  # the year 1: what Go calls the zero time
_LAST = 253402300799  # the end of the year 9999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(nanoseconds: int) -> str:
    """In UTC, with as many digits of a second as needed; a moment outside the years 1 to 9999 is moved in."""
    seconds, rest = divmod(nanoseconds, _SECOND)
    return _whole(seconds) + (f".{rest:09d}".rstrip("0") if rest else "") + "Z"


def nanoseconds(moment: str) -> int:
    """Nanoseconds since the epoch; raises Damaged."""
    found = _TEXT.fullmatch(moment)
    if not found:
        raise Damaged(f"{moment!r} is not a moment")
    whole, fraction, zone = found.groups()
    seconds = _seconds(whole)
    if zone != "Z":
        ahead = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
        seconds -= ahead if zone[0] == "+" else -ahead
    return seconds * _SECOND + int((fraction or "0").ljust(9, "0"))


def utc(moment: str) -> datetime:
    """The moment in UTC, to the microsecond; raises Damaged, also for one outside the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds(moment) // 1000)
    except OverflowError as error:
        raise Damaged(f"{moment!r} is not a moment") from error


@lru_cache(maxsize=4096)
def _whole(seconds: int) -> str:
    year, month, day, hour, minute, second = time.gmtime(min(max(seconds, _FIRST), _LAST))[:6]
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"


@lru_cache(maxsize=4096)
def _seconds(whole: str) -> int:
    try:
        since = datetime.fromisoformat(whole + "+00:00") - _EPOCH  # twenty times as fast as strptime
    except ValueError as error:
        raise Damaged(f"{whole!r} is not a moment") from error
    return since.days * 86400 + since.seconds
