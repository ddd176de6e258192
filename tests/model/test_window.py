"""Maintenance windows: which moments they hold, over midnight and where clocks change, and when they end."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model import window
from holdfast.model.errors import InvalidParameter
from holdfast.model.schedule import DAY_MINUTES, WEEKDAYS
from holdfast.model.window import MAX_WINDOWS, Window

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "Pacific/Kiritimati",
)
MINUTES = st.integers(0, DAY_MINUTES - 1)
WINDOWS = st.builds(
    Window,
    weekdays=st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple),
    begin=MINUTES,
    end=MINUTES,
    timezone=st.sampled_from(ZONES),
)
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 15 * 366 * 24 * 3600).map(lambda seconds: BEGINNING + timedelta(seconds=seconds))


def at(text: str, timezone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def of(begin: str, end: str, *weekdays: str, timezone: str = "UTC") -> Window:
    return Window(weekdays=weekdays or WEEKDAYS, begin=minute(begin), end=minute(end), timezone=timezone)


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def on_the_clock(one: Window, now: datetime) -> bool:
    """The same rule by the clock on the wall alone."""
    local = now.astimezone(ZoneInfo(one.timezone))
    shown = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second) // timedelta(minutes=1)
    today, yesterday = (WEEKDAYS[(local.weekday() - back) % 7] for back in (0, 1))
    if one.begin < one.end:
        return today in one.weekdays and one.begin <= shown < one.end
    return (today in one.weekdays and shown >= one.begin) or (yesterday in one.weekdays and shown < one.end)


def test_a_window_holds_its_beginning_and_not_its_end() -> None:
    windows = [of("22:00", "23:30", "SA")]
    assert window.is_shut(windows, at("2025-03-08T22:00"))
    assert window.is_shut(windows, at("2025-03-08T23:29:59"))
    assert not window.is_shut(windows, at("2025-03-08T23:30"))
    assert not window.is_shut(windows, at("2025-03-08T21:59:59"))
    assert not window.is_shut(windows, at("2025-03-09T22:30"))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    windows = [of("22:00", "02:00", "SA", timezone="Europe/Berlin")]
    assert window.is_shut(windows, at("2025-03-09T01:59", "Europe/Berlin"))
    assert not window.is_shut(windows, at("2025-03-08T01:59", "Europe/Berlin"))
    assert window.opens_at(windows, at("2025-03-08T23:00", "Europe/Berlin")) == at("2025-03-09T01:00")


def test_a_window_that_ends_with_its_beginning_lasts_a_day() -> None:
    windows = [of("06:00", "06:00", "MO")]
    assert window.opens_at(windows, at("2025-03-10T06:00")) == at("2025-03-11T06:00")
    assert not window.is_shut(windows, at("2025-03-10T05:59"))


def test_the_hour_that_comes_twice_is_in_the_window_both_times() -> None:
    windows = [of("01:00", "02:30", timezone="Europe/Berlin")]
    assert window.opens_at(windows, at("2025-10-25T23:00")) == at("2025-10-26T01:30")
    assert window.is_shut(windows, at("2025-10-26T00:45"))  # between the two half past two


def test_the_hour_that_is_left_out_ends_with_the_gap() -> None:
    windows = [of("01:00", "02:30", timezone="Europe/Berlin")]
    assert window.opens_at(windows, at("2025-03-30T00:30")) == at("2025-03-30T01:00")
    assert not window.is_shut([of("02:10", "02:50", timezone="Europe/Berlin")], at("2025-03-30T01:00"))


def test_windows_one_after_the_other_are_one() -> None:
    windows = [of("10:00", "11:00"), of("11:00", "12:00"), of("11:30", "13:00")]
    assert window.opens_at(windows, at("2025-03-10T10:15")) == at("2025-03-10T13:00")


def test_windows_that_leave_no_time_never_open() -> None:
    assert window.opens_at([of("00:00", "00:00")], at("2025-03-10T10:15")) is None


@given(WINDOWS, MOMENTS)
def test_a_moment_is_in_a_window_as_the_clock_on_the_wall_says(one: Window, now: datetime) -> None:
    if on_the_clock(one, now):
        assert window.is_shut([one], now)
    elif not about_to_change(one.timezone, now):
        assert not window.is_shut([one], now)


def about_to_change(timezone: str, now: datetime) -> bool:
    days = (now + timedelta(days=days) for days in range(-3, 4))
    return len({day.astimezone(ZoneInfo(timezone)).utcoffset() for day in days}) > 1


@given(st.lists(WINDOWS, max_size=4), MOMENTS)
def test_it_opens_at_the_first_moment_that_is_in_no_window(windows: list[Window], now: datetime) -> None:
    opens = window.opens_at(windows, now)
    assert (opens == now) is not window.is_shut(windows, now)
    if opens is not None and opens > now:
        assert not window.is_shut(windows, opens)
        assert window.is_shut(windows, opens - timedelta(microseconds=1))
        assert all(window.is_shut(windows, now + (opens - now) * part / 8) for part in range(8))


@pytest.mark.parametrize(
    ("one", "field"),
    [
        (Window(weekdays=(), begin=0, end=1), "w[1].weekdays"),
        (Window(weekdays=("MO", "MO"), begin=0, end=1), "w[1].weekdays"),
        (Window(weekdays=("mo",), begin=0, end=1), "w[1].weekdays"),
        (Window(begin=-1, end=1), "w[1].begin"),
        (Window(begin=DAY_MINUTES, end=1), "w[1].begin"),
        (Window(begin=0, end=DAY_MINUTES), "w[1].end"),
        *(
            (Window(begin=0, end=1, timezone=name), "w[1].timezone")
            for name in ("", "Europe", "../UTC", "a\0b", "Mars/Base", "x" * 5000, "\udcff", "zone.tab", "Ö")
        ),
    ],
)
def test_what_is_no_window_is_refused_by_its_field(one: Window, field: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        window.check("w", [of("00:00", "01:00"), one])
    assert refused.value.field == field


def test_a_vault_has_so_many_windows_and_no_more() -> None:
    window.check("w", [of("00:00", "01:00")] * MAX_WINDOWS)
    with pytest.raises(InvalidParameter, match="at most 32"):
        window.check("w", [of("00:00", "01:00")] * (MAX_WINDOWS + 1))
