"""Maintenance windows: hours in which nothing is done in a vault.

Where clocks are put back, a window begins with the first of two equal times and ends with the second; where
they are put forward, a time that there is not stands for the end of the gap. So a window has no hole in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from . import zone
from .errors import InvalidParameter
from .schedule import DAY_MINUTES, WEEKDAYS

MAX_WINDOWS = 32
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
# A week has every window in it; of two weeks, clocks change in one at most.
_LOOK_AHEAD = 14 * _DAY


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From `begin` to `end`, minutes of the day by the clock of `timezone` (an IANA name), on these weekdays.

    One that ends before it begins, or with it, goes on into the next day.
    """

    weekdays: tuple[str, ...] = WEEKDAYS
    begin: int
    end: int
    timezone: str = "UTC"

    def check(self, field: str) -> None:
        """Raises InvalidParameter for what is no window; `field` is its name on the wire."""
        if not self.weekdays or len(set(self.weekdays)) < len(self.weekdays):
            raise InvalidParameter(f"{field}.weekdays", "must name days, each once")
        if not set(self.weekdays) <= set(WEEKDAYS):
            raise InvalidParameter(f"{field}.weekdays", f"must be of {', '.join(WEEKDAYS)}")
        for name, minute in (("begin", self.begin), ("end", self.end)):
            if not 0 <= minute < DAY_MINUTES:
                raise InvalidParameter(f"{field}.{name}", "must be a time from 00:00 to 23:59")
        zone.check(f"{field}.timezone", self.timezone)

    def spans(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """From when to when it lasts, in UTC, of those times that may hold this moment: half open."""
        there = ZoneInfo(self.timezone)
        today = now.astimezone(there).date()
        # A day more than the longest window on either side: Samoa once left out a whole day.
        for day in (today + days * _DAY for days in (-2, -1, 0, 1)):
            if WEEKDAYS[day.weekday()] not in self.weekdays:
                continue
            midnight = datetime.combine(day, time())
            until = midnight + (_DAY if self.end <= self.begin else timedelta()) + self.end * _MINUTE
            begin = zone.first_moment(midnight + self.begin * _MINUTE, there)
            yield begin, zone.last_moment(until, there)


def check(field: str, windows: Sequence[Window]) -> None:
    """Raises InvalidParameter for windows that no vault may have; `field` is their name on the wire."""
    if len(windows) > MAX_WINDOWS:
        raise InvalidParameter(field, f"at most {MAX_WINDOWS} windows")
    for place, window in enumerate(windows):
        window.check(f"{field}[{place}]")


def is_shut(windows: Iterable[Window], now: datetime) -> bool:
    """Whether a vault with these windows is in one of them; `now` is aware."""
    return any(begin <= now < end for window in windows for begin, end in window.spans(now))


def opens_at(windows: Sequence[Window], now: datetime) -> datetime | None:
    """The first moment from `now` on, itself included, that is in no window, in UTC.

    None where there is none for two weeks: such windows leave no time at all.
    """
    at = now.astimezone(UTC)
    while at <= now + _LOOK_AHEAD:
        ends = [end for window in windows for begin, end in window.spans(at) if begin <= at < end]
        if not ends:
            return at
        at = max(ends)
    return None
