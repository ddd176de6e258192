"""How a vault fills: its days, its growth, and the day when it is full."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.usage import (
    FORESEEN_DAYS,
    GROWTH_DAYS,
    Usage,
    UsageHistory,
    every_day,
    full_on,
    growth,
)

TODAY = date(2025, 3, 31)
DAY = timedelta(days=1)
SIZES = st.integers(0, 1 << 60)


def ending_today(*held: int) -> list[Usage]:
    """These days, the last of them today."""
    first = TODAY - (len(held) - 1) * DAY
    return [Usage(first + place * DAY, one) for place, one in enumerate(held)]


def history(*held: int, capacity: int | None) -> UsageHistory:
    days = tuple(ending_today(*held))
    return UsageHistory(vault_id="v", vault_name="safe", capacity_bytes=capacity, days=days)


def test_quiet_days_have_what_was_there_before() -> None:
    samples = {TODAY - 4 * DAY: 5, TODAY - 2 * DAY: 7}
    assert [one.used_bytes for one in every_day(samples, TODAY)] == [5, 5, 7, 7, 7]
    assert list(every_day({}, TODAY)) == []


@given(st.dictionaries(st.integers(0, 200).map(lambda ago: TODAY - ago * DAY), SIZES, min_size=1))
def test_no_day_is_left_out_and_each_sample_is_told(samples: dict[date, int]) -> None:
    days = list(every_day(samples, TODAY))
    assert [one.day for one in days] == [min(samples) + n * DAY for n in range(len(days))]
    assert days[-1].day == TODAY
    told = {one.day: one.used_bytes for one in days}
    assert samples.items() <= told.items()
    for before, after in pairwise(days):
        assert after.day in samples or after.used_bytes == before.used_bytes


@pytest.mark.parametrize("held", [(), (1,), (1, 2)])
def test_two_days_say_nothing_of_growth(held: tuple[int, ...]) -> None:
    assert growth(ending_today(*held)) is None
    assert full_on(ending_today(*held), 10) is None


def test_a_vault_that_gets_a_tenth_a_day_is_full_when_it_must_be() -> None:
    filling = history(10, 20, 30, 40, capacity=100)
    assert filling.bytes_per_day == 10
    assert filling.full_on == TODAY + 6 * DAY
    assert [one.used_bytes for one in filling.last(2)] == [30, 40]


@pytest.mark.parametrize(
    ("held", "capacity", "day"),
    [
        ((5, 5, 5), 10, None),  # as it is, it stays
        ((9, 7, 5), 10, None),  # it gets less
        ((1, 2, 3), None, None),  # nothing is too much
        ((8, 9, 10), 10, TODAY),  # it is full
        ((12, 12, 12), 10, TODAY),
        ((1, 2, 3), 3 + FORESEEN_DAYS, None),  # nobody can tell
        ((1, 2, 3), 2 + FORESEEN_DAYS, TODAY + (FORESEEN_DAYS - 1) * DAY),
        ((1, 2, 3), 1 << 60, None),
    ],
)
def test_when_it_is_full(held: tuple[int, ...], capacity: int | None, day: date | None) -> None:
    assert full_on(ending_today(*held), capacity) == day


@given(SIZES, st.integers(-(1 << 50), 1 << 50), st.integers(3, 60))
def test_the_growth_of_a_straight_line_is_its_slope(first: int, slope: int, count: int) -> None:
    assert growth(ending_today(*(first + slope * n for n in range(count)))) == slope


@given(st.lists(SIZES, min_size=3, max_size=90))
def test_growth_is_the_slope_of_the_nearest_line_and_of_the_last_days_only(held: list[int]) -> None:
    found = growth(ending_today(*held))
    assert found is not None
    last = held[-GROWTH_DAYS:]
    assert found == growth(ending_today(*last))

    def apart(slope: Fraction) -> Fraction:
        """How far the best line with this slope is from the days."""
        rest = [one - slope * place for place, one in enumerate(last)]
        middle = Fraction(sum(rest), len(rest))
        return Fraction(sum((one - middle) ** 2 for one in rest))

    assert apart(found) <= min(apart(found + 1), apart(found - 1))


@given(st.lists(st.integers(1, 1 << 40), min_size=3, max_size=40), st.integers(1, 1 << 44))
def test_it_is_not_full_before_that_day_and_is_full_when_it_ends(more: list[int], left: int) -> None:
    held = list(accumulate(more))
    capacity = held[-1] + left
    days = ending_today(*held)
    slope, day = growth(days), full_on(days, capacity)
    assert slope is not None
    assert slope > 0
    if day is None:
        assert held[-1] + slope * FORESEEN_DAYS <= capacity
        return
    away = (day - TODAY).days
    assert held[-1] + slope * away <= capacity < held[-1] + slope * (away + 1)
