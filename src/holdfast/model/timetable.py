"""Timetables: some times of the day in UTC, every so many days or on some weekdays of a place on earth.

This is how the Volume Backup Service speaks of a schedule; a policy keeps patterns, which are made of a
timetable and can be read as one. A weekday is one of the place. Where it is another day there than in UTC at
some time of the timetable, the pattern of that time names the day that UTC has.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from .schedule import DAY_MINUTES, WEEKDAYS, Rule

_HOUR = 60
_WEEK = len(WEEKDAYS)


class Timetable(msgspec.Struct, frozen=True, kw_only=True):
    """At these `minutes` of the day in UTC, every `interval_days`, or where that is None on these `weekdays`,
    of which 0 is Monday."""

    minutes: tuple[int, ...]
    interval_days: int | None = None
    weekdays: frozenset[int] = frozenset()

    @classmethod
    def of(cls, patterns: Sequence[str], clock: str, zone: tzinfo, now: datetime) -> "Timetable":
        """What patterns come to for a place that is as far from UTC as `zone` says, always; their hours are
        those that the IANA zone `clock` has now.

        The times are in the order of the day there. What does not fit is left out: that some times belong to
        some of the days only, and weeks between. Raises InvalidParameter for what is no pattern, and
        ZoneInfoNotFoundError.
        """
        rules = [Rule.of(pattern) for pattern in patterns]
        ahead = _in_minutes(now.astimezone(ZoneInfo(clock)).utcoffset())
        offset = _in_minutes(zone.utcoffset(None))
        minutes = {(minute - ahead) % DAY_MINUTES for rule in rules for minute in rule.minutes}
        weekdays = {
            (weekday + (minute - ahead + offset) // DAY_MINUTES) % _WEEK
            for rule in rules
            if _names_days(rule)
            for weekday in rule.weekdays
            for minute in rule.minutes
        }
        return cls(
            minutes=tuple(sorted(minutes, key=lambda minute: (minute + offset) % DAY_MINUTES)),
            interval_days=min((rule.interval for rule in rules if not _names_days(rule)), default=None),
            weekdays=frozenset(weekdays),
        )

    def patterns(self, zone: tzinfo) -> tuple[str, ...]:
        """The patterns, with hours of UTC, that come due so for a place as far from UTC as `zone` says."""
        offset = _in_minutes(zone.utcoffset(None))
        groups: dict[tuple[int, int], list[int]] = {}
        for minute in self.minutes:
            later = 0 if self.interval_days is not None else (minute + offset) // DAY_MINUTES
            groups.setdefault((later, minute % _HOUR), []).append(minute // _HOUR)
        return tuple(
            f"{self._days(later)};{_times(hours, minute)}" for (later, minute), hours in groups.items()
        )

    def is_as(self, other: "Timetable") -> bool:
        """Whether it comes due when another one does, as far as both say so for the same place."""
        days = self.interval_days == other.interval_days
        named = self.interval_days is not None or self.weekdays == other.weekdays
        return days and named and set(self.minutes) == set(other.minutes)

    def changed(self, change: "TimetableChange") -> "Timetable":
        """The timetable after a change; days that are given take the place of whatever there was."""
        minutes = self.minutes if change.minutes is None else change.minutes
        if change.interval_days is None and change.weekdays is None:
            return msgspec.structs.replace(self, minutes=minutes)
        return Timetable(
            minutes=minutes, interval_days=change.interval_days, weekdays=change.weekdays or frozenset()
        )

    def _days(self, later: int) -> str:
        """The days of a pattern, at whose hours the place has a day so many days later."""
        if self.interval_days is not None:
            return f"FREQ=DAILY;INTERVAL={self.interval_days}"
        named = sorted((weekday - later) % _WEEK for weekday in self.weekdays)
        return f"FREQ=WEEKLY;BYDAY={','.join(WEEKDAYS[weekday] for weekday in named)}"


class TimetableChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a timetable shall be other; None leaves it as it is."""

    minutes: tuple[int, ...] | None = None
    interval_days: int | None = None
    weekdays: frozenset[int] | None = None


def _names_days(rule: Rule) -> bool:
    """Whether it is told by its weekdays: of every week, or of every day, which is the same."""
    return rule.weekly or (rule.interval == 1 and bool(rule.weekdays))


def _times(hours: Sequence[int], minute: int) -> str:
    return f"BYHOUR={','.join(f'{hour:02}' for hour in sorted(hours))};BYMINUTE={minute:02}"


def _in_minutes(offset: timedelta | None) -> int:
    return int(offset.total_seconds()) // 60 if offset else 0
