"""When a policy comes due: told by an oracle that knows calendars, and one that only looks at a clock."""

import importlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.test_schedule import RULES

from holdfast.model.due import Schedule, delay_of

NIGHTLY = "FREQ=DAILY;BYHOUR=2;BYMINUTE=30"
FIRST = date(2025, 1, 1)
RRULE: Any = importlib.import_module("dateutil.rrule")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(patterns: Sequence[str], zone: str, after: str, until: str, first: date = FIRST) -> list[str]:
    found = Schedule(patterns, first, zone).between(moment(after), moment(until))
    return [f"{one:%m-%d %H:%M}" for one in found]


def test_hours_are_those_of_the_zone() -> None:
    assert due([NIGHTLY], "UTC", "2025-02-01", "2025-02-03") == ["02-01 02:30", "02-02 02:30"]
    assert due([NIGHTLY], "Asia/Kolkata", "2025-02-01", "2025-02-03") == ["02-01 21:00", "02-02 21:00"]


def test_an_hour_that_does_not_exist_is_the_first_moment_after_the_gap() -> None:
    nights = ["03-29 01:30", "03-30 01:00", "03-31 00:30"]
    assert due([NIGHTLY], "Europe/Berlin", "2025-03-29", "2025-04-01") == nights


def test_two_times_in_one_gap_come_together_once() -> None:
    hourly = "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0"
    assert due([hourly], "Europe/Berlin", "2025-03-29T23:00", "2025-03-30T12:00") == [
        "03-30 00:00",
        "03-30 01:00",
    ]


def test_an_hour_that_comes_twice_is_the_first_of_the_two() -> None:
    nights = ["10-25 00:30", "10-26 00:30", "10-27 01:30"]
    assert due([NIGHTLY], "Europe/Berlin", "2025-10-25", "2025-10-28") == nights


def test_a_clock_may_move_by_half_an_hour() -> None:
    early = "FREQ=DAILY;BYHOUR=2;BYMINUTE=15"
    assert due([early], "Australia/Lord_Howe", "2025-10-04", "2025-10-05", FIRST) == ["10-04 15:30"]


def test_a_day_that_is_left_out_is_the_first_moment_of_the_next() -> None:
    found = due([NIGHTLY], "Pacific/Apia", "2011-12-29T13:00", "2011-12-31", date(2011, 1, 1))
    assert found == ["12-30 10:00", "12-30 12:30"]


def test_nothing_was_due_before_there_was_the_policy() -> None:
    schedule = Schedule([NIGHTLY], FIRST, "UTC")
    assert schedule.last_until(moment("2025-01-01T02:29")) is None
    assert schedule.last_until(moment("2025-01-01T02:30")) == moment("2025-01-01T02:30")
    assert schedule.next_after(moment("1999-01-01")) == moment("2025-01-01T02:30")


def test_a_rule_that_never_comes_due_has_no_moments() -> None:
    never = Schedule(["FREQ=DAILY;INTERVAL=7;BYDAY=TU;BYHOUR=1;BYMINUTE=0"], FIRST, "UTC")
    assert never.next_after(moment("2025-01-01")) is None
    assert never.last_until(moment("2030-01-01")) is None
    assert list(never.between(moment("2025-01-01"), moment("2030-01-01"))) == []


NAMES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "America/Santiago",
)
ZONES = st.sampled_from(NAMES)
DAYS = st.dates(date(2011, 6, 1), date(2031, 1, 1))
PATTERNS = st.lists(RULES, min_size=1, max_size=3)


def when_clocks_show(local: datetime, zone: ZoneInfo) -> datetime:
    """The first minute at which clocks there show this time or a later one, by looking at them."""
    looked = local.replace(tzinfo=UTC) - 20 * 60 * MINUTE
    while looked.astimezone(zone).replace(tzinfo=None) < local:
        looked += MINUTE
    return looked


def changes() -> list[tuple[str, date]]:
    """The days on which clocks were changed, and where."""
    found = []
    for name in NAMES:
        noons = [moment("2011-06-01T12:00") + number * DAY for number in range(15 * 365)]
        offsets = [noon.astimezone(ZoneInfo(name)).utcoffset() for noon in noons]
        found += [(name, noons[at].date()) for at in range(1, len(noons)) if offsets[at] != offsets[at - 1]]
    return found


def calendar(patterns: Sequence[str], first: date, begin: date, end: date) -> list[datetime]:
    """The local times at which the rules fall between two days."""
    start = datetime.combine(first, datetime.min.time())
    rules = [RRULE.rrulestr(pattern, dtstart=start) for pattern in patterns]
    bounds = (datetime.combine(begin, datetime.min.time()), datetime.combine(end, datetime.min.time()))
    return [one for rule in rules for one in rule.between(*bounds, inc=True)]


@given(
    patterns=PATTERNS,
    where=st.one_of(st.sampled_from(changes()), st.tuples(ZONES, DAYS)),
    ahead=st.integers(3, 400),
)
def test_it_comes_due_whenever_a_clock_comes_to_what_the_calendar_says(
    patterns: list[str], where: tuple[str, date], ahead: int
) -> None:
    zone, day = where
    first, begin, end = day - ahead * DAY, day - 2 * DAY, day + 3 * DAY
    told = {when_clocks_show(local, ZoneInfo(zone)) for local in calendar(patterns, first, begin, end)}
    inside = moment(str(begin)) + DAY, moment(str(end)) - DAY
    found = list(Schedule(patterns, first, zone).between(*inside))
    assert found == sorted(one for one in told if inside[0] < one <= inside[1])


@given(first=DAYS, zone=ZONES, hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_every_day_of_a_year_has_its_moment_once(first: date, zone: str, hour: int, minute: int) -> None:
    schedule = Schedule([f"FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}"], first, zone)
    begin = moment(str(first)) + 2 * DAY
    found = list(schedule.between(begin, begin + 366 * DAY))
    assert len(found) in (365, 366, 367)
    assert all(later - sooner <= timedelta(hours=25.5) for sooner, later in pairwise(found))
    assert found == sorted(set(found))


@given(patterns=PATTERNS, first=DAYS, zone=ZONES, asked=st.integers(0, 20 * 366 * 1440))
def test_what_is_next_and_what_was_last_agree(
    patterns: list[str], first: date, zone: str, asked: int
) -> None:
    schedule = Schedule(patterns, first, zone)
    now = moment("2012-01-01") + asked * MINUTE
    coming, last = schedule.next_after(now), schedule.last_until(now)
    assert coming is None or coming > now
    assert last is None or last <= now
    if coming is not None and last is not None:
        assert schedule.last_until(coming) == coming
        assert schedule.next_after(last) == coming
        assert schedule.last_until(coming - timedelta(microseconds=1)) == last


@given(st.text(max_size=40), st.text(max_size=40), st.datetimes(timezones=st.just(UTC)), st.integers(0, 59))
def test_a_vault_comes_late_by_less_than_the_jitter_and_always_the_same(
    vault_id: str, policy_id: str, due: datetime, minutes: int
) -> None:
    delay = delay_of(vault_id, policy_id, due, minutes)
    assert timedelta() <= delay < max(minutes, 1) * MINUTE
    assert delay == delay_of(vault_id, policy_id, due, minutes)


def test_vaults_are_spread_over_the_jitter() -> None:
    delays = sorted(delay_of(f"v{number}", "p", moment("2025-01-01"), 10) for number in range(200))
    assert delays[0] < MINUTE
    assert delays[-1] > 9 * MINUTE
    assert len(set(delays)) > 100


def test_a_zone_that_nobody_knows_is_no_schedule() -> None:
    with pytest.raises(KeyError):
        Schedule([NIGHTLY], FIRST, "Moon/Base")
