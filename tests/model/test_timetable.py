"""Timetables: what patterns are made of them, and when those come due in the place that they are for."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model import schedule
from holdfast.model.due import Schedule
from holdfast.model.policy import Execution, PolicyKind, Terms
from holdfast.model.retention import OFF, Retention
from holdfast.model.timetable import Timetable, TimetableChange
from holdfast.model.volume_backup_policy import PolicyChange

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
FIRST = date(2025, 1, 1)
HOUR = timedelta(hours=1)
BERLIN = timezone(2 * HOUR)
MON, TUE, WED, SUN = 0, 1, 2, 6

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
HOURS = st.sets(st.integers(0, 23), min_size=1)
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1)


def at(*hours: int) -> tuple[int, ...]:
    return tuple(60 * hour for hour in hours)


def by_local_time(hours: set[int], zone: timezone) -> tuple[int, ...]:
    offset = zone.utcoffset(None) // timedelta(minutes=1)
    return tuple(sorted(at(*hours), key=lambda minute: (minute + offset) % 1440))


def read(patterns: tuple[str, ...], zone: tzinfo = UTC, clock: str = "UTC") -> Timetable:
    return Timetable.of(patterns, clock, zone, NOW)


def test_an_interval_is_one_pattern() -> None:
    table = Timetable(minutes=at(22, 0, 2), interval_days=3)
    assert table.patterns(BERLIN) == ("FREQ=DAILY;INTERVAL=3;BYHOUR=00,02,22;BYMINUTE=00",)


def test_a_weekday_of_the_place_may_be_another_one_in_utc() -> None:
    table = Timetable(minutes=at(22, 0, 2), weekdays=frozenset({MON, SUN}))
    assert table.patterns(BERLIN) == (
        "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=22;BYMINUTE=00",
        "FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=00,02;BYMINUTE=00",
    )
    behind = Timetable(minutes=at(3, 12), weekdays=frozenset({SUN})).patterns(timezone(-5 * HOUR))
    assert behind == (
        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=03;BYMINUTE=00",
        "FREQ=WEEKLY;BYDAY=SU;BYHOUR=12;BYMINUTE=00",
    )


@given(ZONES, HOURS, WEEKDAYS)
def test_weekdays_are_read_as_they_were_said_and_come_due_so(
    zone: timezone, hours: set[int], weekdays: set[int]
) -> None:
    table = Timetable(minutes=by_local_time(hours, zone), weekdays=frozenset(weekdays))
    patterns = table.patterns(zone)
    assert read(patterns, zone) == table
    schedule.check(patterns, FIRST)
    begin = datetime(2025, 3, 1, tzinfo=UTC)
    every_hour = [begin + hour * HOUR for hour in range(14 * 24)]
    due = Schedule(patterns, FIRST, "UTC").between(begin - HOUR / 2, every_hour[-1])
    assert list(due) == [
        one for one in every_hour if one.hour in hours and one.astimezone(zone).weekday() in weekdays
    ]


@given(ZONES, HOURS, st.integers(1, 30))
def test_an_interval_is_read_as_it_was_said_and_comes_due_so(
    zone: timezone, hours: set[int], days: int
) -> None:
    table = Timetable(minutes=by_local_time(hours, zone), interval_days=days)
    patterns = table.patterns(zone)
    assert read(patterns, zone) == table
    schedule.check(patterns, FIRST)
    begin = datetime.combine(FIRST, datetime.min.time(), UTC)
    every_hour = [begin + hour * HOUR for hour in range(31 * 24)]
    due = Schedule(patterns, FIRST, "UTC").between(begin - HOUR / 2, every_hour[-1])
    assert list(due) == [
        one for one in every_hour if one.hour in hours and (one.date() - FIRST).days % days == 0
    ]


@pytest.mark.parametrize(
    ("patterns", "table"),
    [
        (("FREQ=DAILY;BYHOUR=6,18;BYMINUTE=30",), Timetable(minutes=(390, 1110), interval_days=1)),
        (("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=6;BYMINUTE=0",),
         Timetable(minutes=at(6), weekdays=frozenset({MON}))),
        (("FREQ=DAILY;BYDAY=TU,WE;BYHOUR=6;BYMINUTE=0",),
         Timetable(minutes=at(6), weekdays=frozenset({TUE, WED}))),
        (("FREQ=DAILY;INTERVAL=5;BYHOUR=6;BYMINUTE=0", "FREQ=DAILY;INTERVAL=3;BYHOUR=9;BYMINUTE=0"),
         Timetable(minutes=at(6, 9), interval_days=3)),
        (("FREQ=WEEKLY;BYDAY=MO;BYHOUR=6;BYMINUTE=0", "FREQ=WEEKLY;BYDAY=TU;BYHOUR=9;BYMINUTE=15"),
         Timetable(minutes=(360, 555), weekdays=frozenset({MON, TUE}))),
        (("FREQ=DAILY;INTERVAL=2;BYHOUR=6;BYMINUTE=0", "FREQ=WEEKLY;BYDAY=SU;BYHOUR=9;BYMINUTE=0"),
         Timetable(minutes=at(6, 9), interval_days=2, weekdays=frozenset({SUN}))),
    ],
)  # fmt: skip
def test_any_patterns_are_told_as_well_as_a_timetable_can(
    patterns: tuple[str, ...], table: Timetable
) -> None:
    assert read(patterns) == table


def test_hours_of_another_clock_are_told_in_utc_as_they_are_now() -> None:
    patterns = ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=1,12;BYMINUTE=00",)
    assert read(patterns, clock="Europe/Berlin") == Timetable(
        minutes=at(10, 23), weekdays=frozenset({MON, SUN})
    )
    assert read(patterns, BERLIN, "Europe/Berlin") == Timetable(minutes=at(23, 10), weekdays=frozenset({MON}))


def test_days_that_are_given_take_the_place_of_those_that_were() -> None:
    daily, weekly = Timetable(minutes=at(1), interval_days=2), frozenset({MON})
    assert daily.changed(TimetableChange(weekdays=weekly)) == Timetable(minutes=at(1), weekdays=weekly)
    assert daily.changed(TimetableChange(minutes=at(5))) == Timetable(minutes=at(5), interval_days=2)
    both = TimetableChange(interval_days=4, weekdays=weekly)
    assert daily.changed(both).patterns(BERLIN) == ("FREQ=DAILY;INTERVAL=4;BYHOUR=01;BYMINUTE=00",)


ODD = ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=22;BYMINUTE=30",)


def terms(**more: Any) -> Terms:
    return Terms(**{"name": "p", "kind": PolicyKind.BACKUP, "patterns": ODD} | more)


def changed(before: Terms, **change: Any) -> Terms:
    return before.changed(PolicyChange(**change).of(before, NOW))


def test_what_does_not_concern_the_schedule_leaves_its_patterns() -> None:
    before = terms(execution=Execution(timezone="Europe/Berlin", jitter_minutes=5))
    after = changed(before, name="q", enabled=False, max_backups=3, timezone="UTC-01:00")
    assert (after.name, after.enabled, after.patterns) == ("q", False, ODD)
    assert after.execution == before.execution
    assert changed(before) == before


@pytest.mark.parametrize(
    "repeated",
    [
        TimetableChange(minutes=(1230,)),
        TimetableChange(weekdays=frozenset({MON})),
        TimetableChange(minutes=(1230,), weekdays=frozenset({MON})),
    ],
)
def test_what_repeats_the_schedule_leaves_its_patterns(repeated: TimetableChange) -> None:
    before = terms(execution=Execution(timezone="Europe/Berlin"))
    after = changed(before, timetable=repeated, max_backups=3)
    assert (after.patterns, after.execution) == (ODD, before.execution)


def test_the_days_that_win_are_those_that_are_repeated() -> None:
    both = terms(
        patterns=("FREQ=DAILY;INTERVAL=2;BYHOUR=6;BYMINUTE=0", "FREQ=WEEKLY;BYDAY=SU;BYHOUR=9;BYMINUTE=0")
    )
    sunday = frozenset({SUN})
    repeated = TimetableChange(minutes=at(9, 6), interval_days=2, weekdays=sunday)
    assert changed(both, timetable=repeated) == both
    weekly = changed(both, timetable=TimetableChange(weekdays=sunday))
    assert weekly.patterns == ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=06,09;BYMINUTE=00",)


def test_weekdays_repeated_for_another_time_zone_are_days_there() -> None:
    monday = TimetableChange(weekdays=frozenset({MON}))
    assert changed(terms(), timetable=monday, timezone="UTC-01:00").patterns == ODD
    moved = changed(terms(), timetable=monday, timezone="UTC+02:00")
    assert moved.patterns == ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=22;BYMINUTE=30",)
    tuesday = TimetableChange(weekdays=frozenset({TUE}))
    assert changed(terms(), timetable=tuesday, timezone="UTC+02:00").patterns == ODD


def test_what_concerns_the_schedule_makes_patterns_with_hours_of_utc() -> None:
    before = terms(execution=Execution(timezone="Europe/Berlin", jitter_minutes=5))
    after = changed(before, timetable=TimetableChange(weekdays=frozenset({TUE})))
    assert after.patterns == ("FREQ=WEEKLY;BYDAY=TU;BYHOUR=20;BYMINUTE=30",)
    assert after.execution == Execution(jitter_minutes=5)


def test_another_time_zone_moves_weekdays_whose_hours_it_moves_over_midnight() -> None:
    after = changed(terms(), timezone="UTC+02:00")
    assert after.patterns == ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=22;BYMINUTE=30",)
    daily = terms(patterns=("FREQ=DAILY;BYHOUR=22;BYMINUTE=30",))
    assert changed(daily, timezone="UTC+02:00").patterns == daily.patterns


def test_a_number_of_backups_and_a_number_of_days_take_each_others_place() -> None:
    before = terms(retention=Retention(max_backups=5, full_backup_interval=7, keep_first_of_month=True))
    days = changed(before, duration_days=9).retention
    assert (days.max_backups, days.duration_days) == (OFF, 9)
    assert (days.full_backup_interval, days.keep_first_of_month) == (7, True)
    number = changed(terms(retention=days), max_backups=2, duration_days=4, keep_first_of_month=False)
    assert (number.retention.max_backups, number.retention.duration_days) == (2, OFF)
    assert not number.retention.keep_first_of_month


def test_a_number_that_is_repeated_leaves_the_days_besides_it() -> None:
    both = terms(retention=Retention(max_backups=10, duration_days=30))
    assert changed(both, max_backups=10) == both
    assert changed(both, max_backups=10, duration_days=9) == both
    assert changed(both, max_backups=9).retention == Retention(max_backups=9)
    assert changed(both, duration_days=30).retention == Retention(duration_days=30)
