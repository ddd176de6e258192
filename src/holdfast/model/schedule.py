"""When a policy comes due: rules of days, hours and minutes, in the words of iCalendar, in UTC.

Days are counted from the Monday of the week in which a policy was made. Every rule repeats after some number
of days, so that two rules fall on the same day, or on neighbouring ones, sooner or later or never; which of
these follows from the remainders of their days, without a calendar.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from math import gcd, lcm
from types import MappingProxyType

import msgspec

from .errors import InvalidParameter

FIELD = "trigger.properties.pattern"
MAX_PATTERNS = 24
MOST_INTERVAL = 30
DAY_MINUTES = 24 * 60
APART_MINUTES = 60

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = f"(?:{'|'.join(WEEKDAYS)})"
_HOUR = r"(?:[01]?\d|2[0-3])"
_MINUTE = r"[0-5]?\d"
_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "FREQ": r"DAILY|WEEKLY",
        "INTERVAL": r"0?[1-9]|[12]\d|30",
        "BYDAY": rf"{_DAY}(?:,{_DAY})*",
        "BYHOUR": rf"{_HOUR}(?:,{_HOUR})*",
        "BYMINUTE": rf"{_MINUTE}(?:,{_MINUTE})*",
    }
)
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"DAILY": ("BYHOUR", "BYMINUTE"), "WEEKLY": ("BYDAY", "BYHOUR", "BYMINUTE")}
)


class Rule(msgspec.Struct, frozen=True):
    """One pattern: every so many days or weeks, on these weekdays (0 is Monday; none is all of them), at
    these minutes of the day."""

    weekly: bool
    interval: int
    weekdays: frozenset[int]
    minutes: tuple[int, ...]

    @classmethod
    def of(cls, pattern: str) -> "Rule":
        """The rule that a pattern writes; raises InvalidParameter."""
        parts = _parts(pattern)
        hours = {int(hour) for hour in parts["BYHOUR"].split(",")}
        minutes = {int(minute) for minute in parts["BYMINUTE"].split(",")}
        weekdays = parts["BYDAY"].split(",") if "BYDAY" in parts else ()
        return cls(
            weekly=parts["FREQ"] == "WEEKLY",
            interval=int(parts.get("INTERVAL", "1")),
            weekdays=frozenset(WEEKDAYS.index(day) for day in weekdays),
            minutes=tuple(sorted(60 * hour + minute for hour in hours for minute in minutes)),
        )

    def days(self, first: date) -> "Days":
        """The days on which it falls, for a policy made on `first`."""
        if self.weekly:
            return Days(7 * self.interval, self.weekdays)
        cycle = lcm(self.interval, 7) if self.weekdays else self.interval
        begin = first.weekday()
        fallen = {day for day in range(begin, begin + cycle) if (day - begin) % self.interval == 0}
        wanted = {day for day in fallen if not self.weekdays or day % 7 in self.weekdays}
        return Days(cycle, frozenset(day % cycle for day in wanted))


class Days(msgspec.Struct, frozen=True):
    """Days that repeat: those whose number leaves one of `remainders` when divided by `cycle`."""

    cycle: int
    remainders: frozenset[int]

    def meet(self, other: "Days", later: int) -> bool:
        """Whether some day of these is followed, `later` days later, by a day of the others."""
        shared = gcd(self.cycle, other.cycle)
        ours = {(day + later) % shared for day in self.remainders}
        return not ours.isdisjoint(day % shared for day in other.remainders)


def check(patterns: Sequence[str], first: date) -> None:
    """Refuse rules that cannot be read, that never come due, or that come due within an hour of each other.

    `first` is the day on which the policy was made. Raises InvalidParameter.
    """
    if not 1 <= len(patterns) <= MAX_PATTERNS:
        raise InvalidParameter(FIELD, f"must be 1 to {MAX_PATTERNS} rules")
    rules = [Rule.of(pattern) for pattern in patterns]
    days = [rule.days(first) for rule in rules]
    for rule, fallen in zip(rules, days, strict=True):
        if not fallen.remainders:
            raise InvalidParameter(FIELD, "names a rule that never comes due")
        _check_itself(rule, fallen)
    for (rule, fallen), (other, others) in combinations(zip(rules, days, strict=True), 2):
        if _collide(rule, fallen, other, others):
            raise _too_close()


def _check_itself(rule: Rule, fallen: Days) -> None:
    gaps = [later - sooner for sooner, later in pairwise(rule.minutes)]
    overnight = rule.minutes[0] + DAY_MINUTES - rule.minutes[-1]
    if any(gap < APART_MINUTES for gap in gaps) or (overnight < APART_MINUTES and fallen.meet(fallen, 1)):
        raise _too_close()


def _collide(rule: Rule, fallen: Days, other: Rule, others: Days) -> bool:
    close = {
        later
        for sooner in rule.minutes
        for minute in other.minutes
        for later in (-1, 0, 1)
        if abs(later * DAY_MINUTES + minute - sooner) < APART_MINUTES
    }
    return any(fallen.meet(others, later) for later in close)


def _too_close() -> InvalidParameter:
    return InvalidParameter(FIELD, "comes due twice within an hour")


def _parts(pattern: str) -> Mapping[str, str]:
    """The members of a rule by name; raises InvalidParameter unless they are of the known subset."""
    split = [part.partition("=") for part in pattern.split(";")]
    parts = {name: value for name, _, value in split}
    fits = all(
        name in _PARTS and re.fullmatch(_PARTS[name], value, re.ASCII) for name, value in parts.items()
    )
    if len(parts) != len(split) or not fits or "FREQ" not in parts:
        raise InvalidParameter(FIELD, "must be rules such as FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=14;BYMINUTE=00")
    missing = [name for name in _NEEDED[parts["FREQ"]] if name not in parts]
    if missing:
        raise InvalidParameter(FIELD, f"names a rule without {' and '.join(missing)}")
    return parts
