"""Scheduled policies: when a backup policy comes due and what it keeps, in the words of the
Volume Backup Service.

Some names are misspelled on the wire. What may be said differs between a new policy and a change of one.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.model.errors import InvalidParameter
from holdfast.model.policy import PolicyKind, Terms
from holdfast.model.retention import OFF, Retention
from holdfast.model.timetable import Timetable, TimetableChange
from holdfast.model.volume_backup_policy import PolicyChange

REMAIN_FIRST = "remain_first_backup_of_curMonth"

Times = Annotated[str, Meta(max_length=255)]
Days = Annotated[float, Meta(ge=2, le=99999)]  # what is behind the point does not count

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_TIME_ZONE = re.compile(r"UTC[+-][0-9]{2}:[0-9]{2}")


class Switch(StrEnum):
    """status: whether the policy comes due at all."""

    ON = "ON"
    OFF = "OFF"


class Answer(StrEnum):
    """Yes or no."""

    YES = "Y"
    NO = "N"


class Weekday(StrEnum):
    """A day of week_frequency."""

    SUN = "SUN"
    MON = "MON"
    TUE = "TUE"
    WED = "WED"
    THU = "THU"
    FRI = "FRI"
    SAT = "SAT"


_NUMBERS: Mapping[Weekday, int] = MappingProxyType(
    {day: (place - 1) % len(Weekday) for place, day in enumerate(Weekday)}
)


class ScheduledPolicyBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of a policy, whether new or changed."""

    week_frequency: list[Weekday] | None = None
    rentention_day: Days | None = None
    remain_first: Answer | None = msgspec.field(default=None, name=REMAIN_FIRST)

    def weekdays(self) -> frozenset[int] | None:
        """The weekdays, 0 being Monday; None where there are none. Raises InvalidParameter."""
        days = self.week_frequency or ()
        if len(set(days)) != len(days):
            raise InvalidParameter("scheduled_policy.week_frequency", "names a day twice")
        return frozenset(_NUMBERS[day] for day in days) or None

    @property
    def keep_days(self) -> int | None:
        """For how many days backups are kept."""
        return None if self.rentention_day is None else int(self.rentention_day)

    @property
    def keeps_first(self) -> bool | None:
        """Whether the first backup of the month is kept."""
        return None if self.remain_first is None else self.remain_first is Answer.YES


class NewScheduledPolicyBody(ScheduledPolicyBody, frozen=True, kw_only=True):
    """ScheduledPolicyCreate."""

    start_time: Times
    frequency: Annotated[int, Meta(ge=1, le=30)] | None = None
    rentention_num: Annotated[int, Meta(ge=2, le=99)] | None = None
    status: Switch

    def terms(self, name: str, time_zone: str | None) -> Terms:
        """What is asked of the service, for a policy of this name; raises InvalidParameter."""
        weekdays = self.weekdays()
        if self.frequency is None and weekdays is None:
            raise InvalidParameter("scheduled_policy.frequency", "or week_frequency is needed")
        timetable = Timetable(
            minutes=_minutes(self.start_time),
            interval_days=self.frequency,
            weekdays=weekdays or frozenset(),
        )
        by_number = self.rentention_num is not None
        retention = Retention(
            max_backups=self.rentention_num or OFF,
            duration_days=OFF if by_number else self.keep_days or OFF,
            timezone=checked_zone(time_zone),
            keep_first_of_month=bool(self.keeps_first),
        )
        return Terms(
            name=name,
            kind=PolicyKind.BACKUP,
            enabled=self.status is Switch.ON,
            patterns=timetable.patterns(retention.zone),
            retention=retention,
        )


class ScheduledPolicyChangeBody(ScheduledPolicyBody, frozen=True, kw_only=True):
    """ScheduledPolicyUpdate; what is not said stays."""

    start_time: Times | None = None
    frequency: Annotated[int, Meta(ge=1, le=14)] | None = None
    rentention_num: Annotated[int, Meta(ge=2, le=14)] | None = None
    status: Switch | None = None

    def change(self, name: str | None, time_zone: str | None) -> PolicyChange:
        """What is asked of the service, with the new name of the policy; raises InvalidParameter."""
        return PolicyChange(
            name=name,
            enabled=None if self.status is None else self.status is Switch.ON,
            timetable=TimetableChange(
                minutes=None if self.start_time is None else _minutes(self.start_time),
                interval_days=self.frequency,
                weekdays=self.weekdays(),
            ),
            max_backups=self.rentention_num,
            duration_days=self.keep_days,
            keep_first_of_month=self.keeps_first,
            timezone=checked_zone(time_zone),
        )


class ScheduledPolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """ScheduledPolicy; what a policy does not say is left out."""

    remain_first: Answer = msgspec.field(name=REMAIN_FIRST)
    rentention_num: int | UnsetType
    rentention_day: int | UnsetType
    frequency: int | UnsetType
    week_frequency: list[Weekday] | UnsetType
    start_time: str
    status: Switch

    @classmethod
    def of(cls, terms: Terms, now: datetime) -> "ScheduledPolicyView":
        """The wire's view of a policy's terms."""
        retention = terms.retention
        table = Timetable.of(terms.patterns, terms.execution.timezone, retention.zone, now)
        return cls(
            remain_first=Answer.YES if retention.keep_first_of_month else Answer.NO,
            rentention_num=retention.max_backups if retention.max_backups > 0 else UNSET,
            rentention_day=retention.duration_days if retention.duration_days > 0 else UNSET,
            frequency=table.interval_days or UNSET,
            week_frequency=_named(table.weekdays) or UNSET,
            start_time=",".join(f"{minute // 60:02}:{minute % 60:02}" for minute in table.minutes),
            status=Switch.ON if terms.enabled else Switch.OFF,
        )


def checked_zone(time_zone: str | None) -> str | None:
    """A time zone as it was given; raises InvalidParameter for one that no place on earth has."""
    if time_zone is None:
        return None
    if not _TIME_ZONE.fullmatch(time_zone):
        raise InvalidParameter("time_zone", "must be such as UTC+02:00")
    try:
        Retention(timezone=time_zone).check()
    except InvalidParameter as refusal:
        raise InvalidParameter("time_zone", refusal.reason) from refusal
    return time_zone


def _minutes(start_time: str) -> tuple[int, ...]:
    """The minutes of the day at which it is one of these times; raises InvalidParameter."""
    field = "scheduled_policy.start_time"
    times = [_TIME.fullmatch(one) for one in start_time.split(",")]
    found = [60 * int(time[1]) + int(time[2]) for time in times if time]
    if len(found) != len(times):
        raise InvalidParameter(field, "must be times such as 02:00,14:00")
    if any(minute % 60 for minute in found):
        raise InvalidParameter(field, "must be full hours")
    if len(set(found)) != len(found):
        raise InvalidParameter(field, "names an hour twice")
    return tuple(found)


def _named(weekdays: frozenset[int]) -> list[Weekday]:
    return [day for day, number in _NUMBERS.items() if number in weekdays]
