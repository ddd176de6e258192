"""What a vault comes to: every moment of its policy in turn; of those that nobody saw the latest, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model.test_due import NAMES, changes

from holdfast.model.firing import first_after, is_as_due, is_missed, planned_anew, ripe
from holdfast.model.policy import Execution, Policy, PolicyKind, Terms

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOURS = st.lists(st.integers(0, 23), min_size=1, max_size=4, unique=True)


def policy(hours: list[int], minute: int = 0, **given: Any) -> Policy:
    pattern = f"FREQ=DAILY;BYHOUR={','.join(map(str, sorted(hours)))};BYMINUTE={minute}"
    terms: dict[str, Any] = {"name": "p", "kind": PolicyKind.BACKUP, "patterns": (pattern,)}
    made_at = given.pop("created_at", NOON - timedelta(days=365))
    return Policy(id="p", project_id="x", terms=Terms(**terms | given), trigger_id="t", created_at=made_at)


def come(one: Policy, since: datetime, looks: list[datetime]) -> list[tuple[datetime, datetime]]:
    """What a vault comes to since then, where somebody looks at these times: what is due, and when."""
    found = []
    firing = first_after(one, "v", since)
    for now in looks:
        while firing is not None and firing.fires_at <= now:
            due = ripe(one, "v", firing.due_at, now)
            found.append((due, now))
            firing = first_after(one, "v", due)
    return found


@given(
    hours=HOURS,
    minute=st.integers(0, 59),
    where=st.one_of(st.sampled_from(changes()), st.tuples(st.sampled_from(NAMES), st.just(date(2025, 5, 5)))),
    jitter=st.integers(0, 59),
)
def test_who_looks_all_the_time_sees_every_moment_once_also_where_clocks_change(
    hours: list[int], minute: int, where: tuple[str, date], jitter: int
) -> None:
    zone, day = where
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    execution = Execution(timezone=zone, jitter_minutes=jitter)
    one = policy(hours, minute, execution=execution, created_at=begin - timedelta(days=30))
    looks = [begin + number * MINUTE for number in range(3 * 1440)]
    found = come(one, begin, looks)
    assert [due for due, _ in found] == [
        due for due in one.schedule.between(begin, looks[-1]) if due <= found[-1][0]
    ]
    assert all(timedelta() <= seen - due <= max(jitter, 1) * MINUTE for due, seen in found)
    assert looks[-1] - found[-1][0] <= timedelta(hours=26)


@given(
    hours=HOURS,
    jitter=st.integers(0, 59),
    pauses=st.lists(st.integers(1, 60 * 72), min_size=1, max_size=12),
)
def test_what_nobody_saw_is_made_up_for_once_by_the_latest(
    hours: list[int], jitter: int, pauses: list[int]
) -> None:
    one = policy(hours, execution=Execution(timezone="Europe/Berlin", jitter_minutes=jitter))
    looks = [NOON]
    for pause in pauses:
        looks.append(looks[-1] + pause * MINUTE)
    found = come(one, NOON, looks)
    dues, seen = [due for due, _ in found], [now for _, now in found]
    assert dues == sorted(set(dues))
    assert seen == sorted(set(seen))
    for due, now in found:
        following = one.schedule.next_after(due)
        assert following is not None
        later = first_after(one, "v", due)
        assert later is not None
        assert later.fires_at > now


def test_a_vault_that_comes_late_comes_before_the_next_moment() -> None:
    one = policy(list(range(24)), execution=Execution(timezone="Australia/Lord_Howe", jitter_minutes=59))
    moment = NOON
    for _ in range(24 * 60):
        firing = first_after(one, "v", moment)
        assert firing is not None
        following = one.schedule.next_after(firing.due_at)
        assert following is not None
        assert firing.due_at <= firing.fires_at <= following
        moment = firing.due_at


def test_a_policy_that_is_not_enabled_has_nothing_to_come() -> None:
    off = policy([1], enabled=False)
    assert first_after(off, "v", NOON) is None
    assert planned_anew(off, "v", NOON - HOUR, NOON) is None


def test_what_was_pending_stays_when_the_policy_is_another() -> None:
    one = policy([1])
    pending = planned_anew(one, "v", NOON - HOUR, NOON)
    assert pending is not None
    assert pending.due_at == NOON - HOUR
    assert planned_anew(one, "v", NOON + HOUR, NOON) == first_after(one, "v", NOON)
    assert planned_anew(one, "v", None, NOON) == first_after(one, "v", NOON)


@pytest.mark.parametrize(
    ("window", "late", "missed"),
    [(None, 90 * 1440, False), (60, 60, False), (60, 61, True), (480, 479, False), (480, 481, True)],
)
def test_a_start_window_that_has_passed_was_missed(window: int | None, late: int, missed: bool) -> None:
    terms = policy([1], start_window_minutes=window).terms
    assert is_missed(terms, NOON, NOON + late * MINUTE) is missed


def test_only_what_moves_the_moments_makes_it_another_schedule() -> None:
    terms = policy([1]).terms
    assert is_as_due(policy([1], name="q", start_window_minutes=60).terms, terms)
    assert is_as_due(policy([1], execution=Execution(jitter_minutes=5, timeout_minutes=5)).terms, terms)
    for other in (
        policy([2]),
        policy([1], enabled=False),
        policy([1], execution=Execution(timezone="Asia/Tokyo")),
    ):
        assert not is_as_due(other.terms, terms)
