"""What should be there by now, and what of it is overdue."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.overdue import PATIENCE, SLACK, Lacking, expected, judge
from holdfast.model.policy import Execution, Policy, PolicyKind, Terms

MADE = datetime(2025, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ONE = datetime(2025, 3, 10, 1, tzinfo=UTC)  # of the nightly policy


def policy(*patterns: str, **given: Any) -> Policy:
    terms = Terms(name="nightly", kind=PolicyKind.BACKUP, patterns=patterns or nightly(1), **given)
    return Policy(id="p", project_id="blue", terms=terms, trigger_id="t", created_at=MADE)


def nightly(hour: int) -> tuple[str, ...]:
    return (f"FREQ=DAILY;BYHOUR={hour};BYMINUTE=0",)


def lacking(**given: Any) -> Lacking:
    values: dict[str, Any] = {"vault_id": "v", "vault_name": "safe", "resource_id": "r", "name": "letters"}
    return Lacking(**values | {"since": MADE} | given)


def test_a_vault_may_come_a_little_late() -> None:
    assert expected(policy(), ONE + PATIENCE - MINUTE) == ONE - DAY
    assert expected(policy(), ONE + PATIENCE) == ONE


@pytest.mark.parametrize(
    ("given", "late"),
    [
        ({"start_window_minutes": 60}, HOUR),
        ({"start_window_minutes": 60, "execution": Execution(jitter_minutes=30)}, 90 * MINUTE),
        ({"execution": Execution(jitter_minutes=30)}, PATIENCE + 30 * MINUTE),
    ],
)
def test_it_may_come_as_late_as_its_policy_says(given: dict[str, Any], late: timedelta) -> None:
    assert expected(policy(**given), ONE + late - MINUTE) == ONE - DAY
    assert expected(policy(**given), ONE + late) == ONE


def test_hours_are_those_of_the_policys_zone() -> None:
    there = policy(execution=Execution(timezone="Asia/Kolkata"))
    assert expected(there, ONE) == datetime(2025, 3, 9, 19, 30, tzinfo=UTC)


def test_nothing_is_expected_of_what_is_disabled_or_was_never_due() -> None:
    assert expected(policy(enabled=False), ONE + HOUR) is None
    assert expected(policy(*nightly(13)), MADE) is None


HOURS = st.sets(st.integers(0, 23), min_size=1).map(
    lambda hours: f"FREQ=DAILY;BYHOUR={','.join(map(str, sorted(hours)))};BYMINUTE=0"
)
SPANS = st.timedeltas(timedelta(), 10 * DAY)


@given(HOURS, st.sampled_from([None, 60, 480]), st.integers(0, 59), SPANS, SPANS)
def test_what_did_not_come_is_overdue_within_one_period(
    pattern: str, window: int | None, jitter: int, first: timedelta, second: timedelta
) -> None:
    execution = Execution(timezone="Europe/Berlin", jitter_minutes=jitter)
    one = policy(pattern, start_window_minutes=window, execution=execution)
    sooner, later = sorted((MADE + first, MADE + second))
    due = expected(one, later)
    latest = one.schedule.last_until(later)
    before = one.schedule.last_until(latest - MINUTE) if latest else None
    assert due in (latest, before)
    earlier = expected(one, sooner)
    assert earlier is None or (due is not None and earlier <= due)


def test_it_is_overdue_since_the_first_of_the_moments_that_it_missed() -> None:
    (never,) = judge(policy(), ONE, [lacking()])
    assert (never.since, never.due_at, never.running) == (datetime(2025, 3, 2, 1, tzinfo=UTC), ONE, False)
    (late,) = judge(policy(), ONE, [lacking(last_good_at=ONE - 3 * DAY + MINUTE)])
    assert (late.since, late.due_at) == (ONE - 2 * DAY, ONE)
    (known,) = judge(policy(), ONE, [lacking(since=ONE)])
    assert known.since == ONE


def test_nothing_is_overdue_of_which_nothing_was_expected_yet() -> None:
    assert list(judge(policy(), ONE, [lacking(since=ONE + MINUTE)])) == []


def test_what_was_begun_since_it_was_due_is_running() -> None:
    for begun, running in ((ONE - DAY, False), (ONE - SLACK, True), (ONE + HOUR, True)):
        (one,) = judge(policy(), ONE, [lacking(under_way_at=begun)])
        assert one.running is running
