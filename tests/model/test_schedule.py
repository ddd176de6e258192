"""When a policy comes due: what a rule may say, and that two rules keep an hour between them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.model import schedule
from holdfast.model.errors import InvalidParameter
from holdfast.model.schedule import WEEKDAYS, Rule

MONDAY = date(2025, 3, 3)


@pytest.mark.parametrize(
    "pattern",
    [
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=14;BYMINUTE=00",
        "FREQ=DAILY;INTERVAL=1;BYHOUR=6;BYMINUTE=00",
        "FREQ=DAILY;INTERVAL=30;BYHOUR=06;BYMINUTE=59",
        "FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=30",
        "BYMINUTE=5;BYHOUR=23;FREQ=DAILY",
        "FREQ=DAILY;BYDAY=MO;BYHOUR=1;BYMINUTE=1",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;BYHOUR=1;BYMINUTE=1",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=0",
    ],
)
def test_a_rule_of_the_known_words_is_accepted(pattern: str) -> None:
    schedule.check([pattern], MONDAY)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "nightly",
        "FREQ=DAILY",
        "FREQ=DAILY;BYHOUR=6",
        "FREQ=DAILY;BYMINUTE=6",
        "FREQ=WEEKLY;BYHOUR=14;BYMINUTE=00",
        "BYHOUR=14;BYMINUTE=00",
        "FREQ=HOURLY;BYHOUR=1;BYMINUTE=1",
        "freq=daily;byhour=1;byminute=1",
        "FREQ=DAILY;BYHOUR=24;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=60",
        "FREQ=DAILY;BYHOUR=-1;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=1,;BYMINUTE=0",
        "FREQ=DAILY;INTERVAL=0;BYHOUR=1;BYMINUTE=0",
        "FREQ=DAILY;INTERVAL=31;BYHOUR=1;BYMINUTE=0",
        "FREQ=WEEKLY;BYDAY=XX;BYHOUR=1;BYMINUTE=0",
        "FREQ=WEEKLY;BYDAY=1MO;BYHOUR=1;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=1;BYHOUR=2;BYMINUTE=0",
        "FREQ=DAILY;COUNT=3;BYHOUR=1;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=0;",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=0\n",
        "RRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=٣;BYMINUTE=0",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=0,59",
        "FREQ=DAILY;BYHOUR=0,23;BYMINUTE=0,30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU;BYHOUR=1;BYMINUTE=0",
    ],
)
def test_any_other_rule_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        schedule.check([pattern], MONDAY)
    assert caught.value.field == "trigger.properties.pattern"


def daily(hour: int, minute: int = 0, interval: int = 1) -> str:
    return f"FREQ=DAILY;INTERVAL={interval};BYHOUR={hour};BYMINUTE={minute}"


def weekly(days: str, hour: int, minute: int = 0, interval: int = 1) -> str:
    return f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={days};BYHOUR={hour};BYMINUTE={minute}"


@pytest.mark.parametrize(
    "patterns",
    [
        [daily(hour) for hour in range(24)],
        [daily(6, interval=5), daily(18, interval=5)],
        [weekly("MO", 6), weekly("TU", 6, 30)],
        [weekly("MO", 23, 30), weekly("WE", 0, 0)],
        [daily(23, 30, interval=2), daily(0, 0, interval=2)],
    ],
)
def test_rules_an_hour_apart_are_accepted(patterns: list[str]) -> None:
    schedule.check(patterns, MONDAY)


@pytest.mark.parametrize(
    "patterns",
    [
        [daily(6), daily(6)],
        [daily(6), daily(6, 59)],
        [daily(23, 30), daily(0, 29)],
        [weekly("MO", 6), daily(6, 30, interval=30)],
        [weekly("MO", 23, 30), weekly("TU", 0, 0)],
        [weekly("SU", 23, 30), weekly("MO", 0, 0, interval=3)],
        [daily(23, 30, interval=2), daily(0, 0, interval=3)],
        [],
        [daily(hour) for hour in range(24)] + [daily(0, 30)],
    ],
)
def test_rules_that_come_due_within_an_hour_of_each_other_are_refused(patterns: list[str]) -> None:
    with pytest.raises(InvalidParameter):
        schedule.check(patterns, MONDAY)


def due(rule: Rule, first: date, days: int) -> list[int]:
    """The minutes since the first day at which a rule comes due, day by day, as the calendar says."""
    monday = first - timedelta(days=first.weekday())
    found = []
    for number in range(days):
        day = first + timedelta(days=number)
        past = (day - monday).days // 7 if rule.weekly else number
        if past % rule.interval == 0 and (not rule.weekdays or day.weekday() in rule.weekdays):
            found += [1440 * number + minute for minute in rule.minutes]
    return found


WEEKS = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(",".join)
HOURS = st.lists(st.integers(0, 23), min_size=1, max_size=2).map(lambda hours: ",".join(map(str, hours)))
MINUTES = st.sampled_from(["0", "30", "59"])
INTERVALS = st.integers(1, 4)
TIMES = st.builds("INTERVAL={};BYHOUR={};BYMINUTE={}".format, INTERVALS, HOURS, MINUTES)
RULES = st.one_of(
    st.builds("FREQ=DAILY;{}".format, TIMES),
    st.builds("FREQ={};BYDAY={};{}".format, st.sampled_from(["DAILY", "WEEKLY"]), WEEKS, TIMES),
)


@given(patterns=st.lists(RULES, min_size=1, max_size=3), first=st.dates(date(2025, 1, 1), date(2026, 1, 1)))
@settings(max_examples=300)
def test_rules_are_refused_exactly_if_the_calendar_brings_them_within_an_hour(
    patterns: list[str], first: date
) -> None:
    cycle = 3 * 4 * 7  # after so many days all of them begin anew
    moments = sorted(
        moment for pattern in patterns for moment in due(Rule.of(pattern), first, 2 * cycle + 14)
    )
    close = any(later - sooner < 60 for sooner, later in pairwise(moments))
    dead = any(not due(Rule.of(pattern), first, cycle) for pattern in patterns)
    if close or dead:
        with pytest.raises(InvalidParameter):
            schedule.check(patterns, first)
    else:
        schedule.check(patterns, first)
        assert max(sum(one // 1440 == day for one in moments) for day in range(cycle)) <= 24
