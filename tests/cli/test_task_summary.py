"""What a summary says of its figures."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from holdfast.cli import task_summary, zones


def day(number: int, count: int, failed: int, median: float | None) -> dict[str, Any]:
    return {
        "day": f"2026-03-{number:02}",
        "count": count,
        "statuses": {"success": count - failed, "failed": failed},
        "durations": {"count": 0 if median is None else count, "median_seconds": median},
    }


@given(some.integers(min_value=0, max_value=10**7), some.integers(min_value=1, max_value=10**7))
def test_all_went_well_only_where_all_went_well(good: int, bad: int) -> None:
    told = task_summary.rate(good / (good + bad))
    assert told != "100%"
    assert float(told.removesuffix("%")) <= 99.9
    assert float(told.removesuffix("%")) == pytest.approx(100 * good / (good + bad), abs=0.11)


def test_the_share_of_nothing_is_none() -> None:
    assert task_summary.rate(None) == "-"
    assert task_summary.rate(1.0) == "100%"


def test_each_day_is_a_column_and_days_without_tasks_are_seen() -> None:
    days = [day(1, 8, 1, 60.0), day(2, 0, 0, None), day(3, 4, 0, 120.0)]
    assert list(task_summary.days(days, 80, in_ascii=True)) == [
        "tasks     #_:  up to 8 in a day",
        "failures  #__  up to 1 in a day",
        "duration  - #  median up to 2 min in a day".replace("-", ":"),
        "          2026-03-01 to 2026-03-03",
    ]


def test_many_days_share_columns() -> None:
    days = [day(number, 1, number % 2, float(number)) for number in range(1, 31)]
    tasks, failures, duration, _ = task_summary.days(days, 54, in_ascii=True)
    assert tasks == "tasks     ##########  up to 3 in 3 days"
    assert failures.endswith("up to 2 in 3 days")
    assert duration.endswith("#  median up to 30 s in 3 days")


@pytest.mark.parametrize(
    ("given_zone", "told"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("CET-1CEST", "UTC"),
        ("/x/../y", "UTC"),
    ],
)
def test_days_begin_in_the_zone_of_this_machine_where_it_has_a_name(
    monkeypatch: pytest.MonkeyPatch, given_zone: str, told: str
) -> None:
    monkeypatch.setenv("TZ", given_zone)
    assert zones.here() == told
