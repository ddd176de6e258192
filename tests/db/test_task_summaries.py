"""Summaries are what a plain look at every task adds up to."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.db.making import NOON, PROJECT, add_project, add_vault, later, task

from holdfast.db import policies, task_summaries, tasks
from holdfast.db.database import Database
from holdfast.db.history import sealing
from holdfast.model import ids
from holdfast.model.policy import Policy, PolicyKind, Terms
from holdfast.model.task import Figures, Operation, Status, Task, TaskError
from holdfast.model.task_filter import Span, TaskFilter
from holdfast.model.task_summary import Durations, ErrorRanking, Ranking, Summary, Tally, view_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTHING = timedelta(0)
# Clocks go forward and back in the small hours, at midnight, by half an hour, and by a whole day.
PLACES = {
    "UTC": datetime(2026, 3, 28, 20, tzinfo=UTC),
    "Europe/Berlin": datetime(2026, 3, 28, 20, tzinfo=UTC),
    "America/New_York": datetime(2025, 11, 1, 20, tzinfo=UTC),
    "America/Havana": datetime(2026, 3, 7, 20, tzinfo=UTC),
    "Asia/Beirut": datetime(2026, 3, 28, 10, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 6, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 29, 8, tzinfo=UTC),
}
LAST_MINUTE = 4 * 24 * 60
HUGE = (1 << 62) - 3

Key = TypeVar("Key")

sizes = st.sampled_from((0, 1, 4096, (1 << 53) + 1, HUGE))
made = st.fixed_dictionaries(
    {
        "operation": st.sampled_from((Operation.BACKUP, Operation.RESTORE, Operation.SYNC)),
        "status": st.sampled_from(Status),
        "vault": st.sampled_from(
            ((None, None), ("v1", "one"), ("v1", "uno"), ("v1", None), ("v2", "two"), ("v3", None))
        ),
        "policy_id": st.sampled_from((None, "y1", "y2", "y3")),
        "code": st.sampled_from(("", "E.1", "E.2", "E.3")),
        "minute": st.integers(0, LAST_MINUTE),
        "begins": st.sampled_from((None, NOTHING, MINUTE)),
        "lasts": st.sampled_from(
            (None, -MINUTE, NOTHING, timedelta(milliseconds=7), 3 * MINUTE, 5 * HOUR, 2 * DAY)
        ),
        "sizes": st.tuples(sizes, sizes),
    }
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "statuses": st.sampled_from(((Status.FAILED,), (Status.SUCCESS, Status.RUNNING))),
        "vault_ids": st.just(("v1",)),
        "operations": st.just((Operation.BACKUP,)),
    },
)
# Small enough that a handful of tasks fills segments.
sealed = st.builds(
    sealing.Limits,
    seal_at=st.just(0),
    keep=st.integers(0, 9),
    at_once=st.integers(6, 12),
    full=st.integers(4, 9),
    most=st.integers(9, 12),
    worth=st.just(1),
)
minutes = st.one_of(st.none(), st.integers(0, LAST_MINUTE))

many_times = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many_times
@given(
    st.lists(made, max_size=25),
    sealed,
    asked,
    st.sampled_from(sorted(PLACES)),
    minutes,
    minutes,
    st.integers(1, 4),
)
def test_a_summary_is_what_a_look_at_every_task_adds_up_to(
    database: Database,
    values: list[dict[str, Any]],
    limits: sealing.Limits,
    conditions: dict[str, Any],
    place: str,
    after: int | None,
    before: int | None,
    top: int,
) -> None:
    project_id, zone, begin = ids.new_project(), ZoneInfo(place), PLACES[place]
    now = begin + 4 * DAY + HOUR
    created = Span(
        after=begin + (after or 0) * MINUTE, before=None if before is None else begin + before * MINUTE
    )
    view = view_of(TaskFilter(project_id=project_id, created=created, **conditions), now, zone)
    everything = [made_of(project_id, begin, number, one) for number, one in enumerate(values)]
    with database.transaction() as tx:
        for one in everything:
            tasks.add(tx, one)
        while prepared := sealing.prepare(tx, project_id, limits):
            prepared.write(tx)
        told = task_summaries.show(tx, view, zone, top)
    found = [one for one in everything if matches(one, view.wanted)]
    check_totals(told, found)
    check_days(told, found, zone)
    check_rankings(told, found, everything, top)
    check_errors(told, found, top)
    ran_or_runs = [one for one in found if so_far(one, now) is not None]
    longest = sorted(ran_or_runs, key=lambda one: (so_far(one, now), one.created_at), reverse=True)
    assert [one.id for one in told.longest] == [one.id for one in longest[:5]]


def test_the_days_of_a_span_are_all_there_those_without_tasks_too(database: Database) -> None:
    wanted = TaskFilter(project_id=PROJECT, begin=later(-2 * 86400), end=later(86400))
    with database.transaction() as tx:
        tasks.add(tx, task())
        told = shown(tx, wanted, now=later(10 * 86400))
    assert [(one.day.isoformat(), one.tally.count) for one in told.days] == [
        ("2025-02-27", 0), ("2025-02-28", 0), ("2025-03-01", 1), ("2025-03-02", 0)
    ]  # fmt: skip


def test_without_a_span_the_last_thirty_days_of_clocks_there_are_looked_at(database: Database) -> None:
    now = datetime(2025, 4, 15, 3, tzinfo=UTC)  # still the 14th in New York
    first = datetime(2025, 3, 16, 4, tzinfo=UTC)
    with database.transaction() as tx:
        for created_at in (first - timedelta(microseconds=1), first, now):
            tasks.add(tx, task(created_at=created_at))
        told = shown(tx, TaskFilter(project_id=PROJECT), now=now, place="America/New_York")
    assert (told.view.created, told.view.is_usual) == (Span(after=first), True)
    assert (len(told.days), told.total.count) == (30, 2)
    assert (told.days[0].day.isoformat(), told.days[0].tally.count) == ("2025-03-16", 1)
    assert (told.days[-1].day.isoformat(), told.days[-1].tally.count) == ("2025-04-14", 1)


def test_a_span_without_a_beginning_begins_with_the_oldest_task(database: Database) -> None:
    with database.transaction() as tx:
        tasks.add(tx, task())
        told = shown(tx, TaskFilter(project_id=PROJECT, end=later(2 * 86400)), now=later(86400))
    assert [one.day.day for one in told.days] == [1, 2]


def test_days_of_ten_years_are_told_and_older_tasks_count_all_the_same(database: Database) -> None:
    with database.transaction() as tx:
        for years in (0, 9, 11):
            tasks.add(tx, task(created_at=NOON - years * 365 * DAY))
        told = shown(tx, TaskFilter(project_id=PROJECT, end=NOON))
    assert (told.total.count, len(told.days)) == (3, 3660)
    assert sum(one.tally.count for one in told.days) == 2


def test_a_project_without_tasks_has_a_summary_of_zeros(database: Database) -> None:
    with database.transaction() as tx:
        told = shown(tx, TaskFilter(project_id="nobody's"))
    assert told.total == tally([])
    assert told.total.success_rate is None
    assert told.durations == Durations()
    assert (len(told.days), told.operations, told.longest) == (30, (), ())
    assert told.vaults == told.policies == Ranking(rest=tally([]))
    assert told.errors == ErrorRanking()


def test_no_batch_and_no_size_makes_sums_inexact(database: Database) -> None:
    """Floating-point numbers would lose the odd bytes."""
    odd = Figures(bytes_done=HUGE, bytes_stored=(1 << 53) + 1)
    with database.transaction() as tx:
        for _ in range(9):
            tasks.add(tx, task(figures=odd))
        told = shown(tx, TaskFilter(project_id=PROJECT))
    assert (told.total.bytes_done, told.total.bytes_stored) == (9 * HUGE, 9 * ((1 << 53) + 1))


def test_vaults_and_policies_have_the_names_that_they_have_now(database: Database) -> None:
    with database.transaction() as tx:
        add_project(tx)
        kept = add_vault(tx, name="new name")
        policies.add(tx, nightly("y1"))
        tasks.add(tx, task(vault_id=kept.id, vault_name="old name", policy_id="y1"))
        tasks.add(tx, task(vault_id="gone", vault_name="last name", policy_id="y2"))
        tasks.add(tx, task(vault_id=None, vault_name=None))
        told = shown(tx, TaskFilter(project_id=PROJECT))
    assert {one.id: one.name for one in told.vaults.first} == {
        kept.id: "new name", "gone": "last name", None: None
    }  # fmt: skip
    assert {one.id: one.name for one in told.policies.first} == {"y1": "nightly", "y2": None, None: None}


def test_what_half_and_most_did_not_exceed_is_told_within_a_percent(database: Database) -> None:
    lasted = [timedelta(milliseconds=1.5**n) for n in range(60)]
    with database.transaction() as tx:
        for one in lasted:
            tasks.add(tx, task(status=Status.SUCCESS, started_at=NOON, ended_at=NOON + one))
        told = shown(tx, TaskFilter(project_id=PROJECT)).durations
    assert told.median is not None
    assert told.p95 is not None
    assert told.median / lasted[29] == pytest.approx(1, rel=0.01)
    assert told.p95 / lasted[56] == pytest.approx(1, rel=0.01)
    assert (told.count, told.longest) == (60, lasted[-1])


def shown(tx: Connection, wanted: TaskFilter, now: datetime = NOON, place: str = "UTC") -> Summary:
    zone = ZoneInfo(place)
    return task_summaries.show(tx, view_of(wanted, now, zone), zone, 20)


def nightly(policy_id: str) -> Policy:
    terms = Terms(name="nightly", kind=PolicyKind.BACKUP, enabled=True, patterns=("FREQ=DAILY",))
    return Policy(id=policy_id, project_id=PROJECT, terms=terms, trigger_id=ids.new(), created_at=NOON)


def made_of(project_id: str, begin: datetime, number: int, values: dict[str, Any]) -> Task:
    """No two are made at the same moment, so that the newest is one."""
    created_at = begin + values["minute"] * MINUTE + number * timedelta(microseconds=1)
    started_at = None if values["begins"] is None else created_at + values["begins"]
    lasts = values["lasts"]
    return task(
        values["operation"],
        project_id=project_id,
        status=values["status"],
        vault_id=values["vault"][0],
        vault_name=values["vault"][1],
        policy_id=values["policy_id"],
        error=TaskError(values["code"], "Why."),
        created_at=created_at,
        started_at=started_at,
        ended_at=None if lasts is None else (started_at or created_at) + lasts,
        figures=Figures(bytes_done=values["sizes"][0], bytes_stored=values["sizes"][1]),
    )


def matches(one: Task, wanted: TaskFilter) -> bool:
    return (
        one.status in (wanted.statuses or [one.status])
        and one.vault_id in (wanted.vault_ids or [one.vault_id])
        and one.operation in (wanted.operations or [one.operation])
        and (wanted.created.after is None or one.created_at >= wanted.created.after)
        and (wanted.created.before is None or one.created_at < wanted.created.before)
    )


def check_totals(told: Summary, found: Sequence[Task]) -> None:
    assert told.total == tally(found)
    check_durations(told.durations, found)
    for status in told.statuses:
        some = tally([one for one in found if one.status is status.status])
        assert (status.count, status.bytes_done, status.bytes_stored) == (
            some.count, some.bytes_done, some.bytes_stored
        )  # fmt: skip
    assert [one.status for one in told.statuses] == list(Status)
    by_operation = grouped(found, lambda one: one.operation)
    assert {one.operation for one in told.operations} == by_operation.keys()
    for operation in told.operations:
        assert operation.tally == tally(by_operation[operation.operation])
        check_durations(operation.durations, by_operation[operation.operation])


def check_days(told: Summary, found: Sequence[Task], zone: ZoneInfo) -> None:
    by_day = grouped(found, lambda one: one.created_at.astimezone(zone).date())
    days = [one.day for one in told.days]
    assert set(days) >= by_day.keys()
    assert all(after - before == DAY for before, after in pairwise(days))
    for day in told.days:
        assert day.tally == tally(by_day[day.day])
        check_durations(day.durations, by_day[day.day])


def check_rankings(told: Summary, found: Sequence[Task], everything: Sequence[Task], top: int) -> None:
    check_ranking(told.vaults, grouped(found, lambda one: one.vault_id), top)
    check_ranking(told.policies, grouped(found, lambda one: one.policy_id), top)
    in_order = list(dict.fromkeys((one.vault_id, one.vault_name) for one in everything))
    here = {(one.vault_id, one.vault_name) for one in found}
    for vault in told.vaults.first:
        names = [name for id, name in in_order if id == vault.id and name and (id, name) in here]
        assert vault.name == (names[-1] if names else None)


def check_ranking(told: Ranking, groups: dict[str | None, list[Task]], top: int) -> None:
    ordered = sorted(groups, key=lambda id: (-len(groups[id]), id or ""))
    assert [(one.id, one.tally) for one in told.first] == [(id, tally(groups[id])) for id in ordered[:top]]
    assert told.others == len(ordered[top:])
    assert told.rest == tally([one for id in ordered[top:] for one in groups[id]])


def check_errors(told: Summary, found: Sequence[Task], top: int) -> None:
    groups = grouped([one for one in found if one.error.code], lambda one: one.error.code)
    ordered = sorted(groups, key=lambda code: (-len(groups[code]), code))
    newest = {code: max(some, key=lambda one: one.created_at).id for code, some in groups.items()}
    assert [(one.code, one.count, one.newest.id) for one in told.errors.first] == [
        (code, len(groups[code]), newest[code]) for code in ordered[:top]
    ]
    assert told.errors.others == len(ordered[top:])
    assert told.errors.rest == sum(len(groups[code]) for code in ordered[top:])


def check_durations(told: Durations, found: Iterable[Task]) -> None:
    ran = sorted(
        max(one.ended_at - one.started_at, NOTHING)
        for one in found
        if one.started_at is not None and one.ended_at is not None
    )
    assert told.count == len(ran)
    if not ran:
        assert told == Durations()
        return
    assert told.longest == ran[-1]
    assert told.mean == sum(ran, NOTHING) // len(ran)
    for one, percent in ((told.median, 50), (told.p95, 95)):
        assert one is not None
        exact = ran[ceil(len(ran) * percent / 100) - 1]
        assert abs(one - exact) <= max(exact / 100, timedelta(milliseconds=1))


def tally(found: Sequence[Task]) -> Tally:
    return Tally(
        counts={status: sum(one.status is status for one in found) for status in Status},
        bytes_done=sum(one.figures.bytes_done for one in found),
        bytes_stored=sum(one.figures.bytes_stored for one in found),
    )


def grouped(found: Iterable[Task], of: Callable[[Task], Key]) -> dict[Key, list[Task]]:
    groups: dict[Key, list[Task]] = defaultdict(list)
    for one in found:
        groups[of(one)].append(one)
    return groups


def so_far(one: Task, now: datetime) -> timedelta | None:
    """How long the task ran, or has been running; None of one that did neither."""
    if one.started_at is None:
        return None
    if one.ended_at is None and one.status is not Status.RUNNING:
        return None
    return max((one.ended_at or now) - one.started_at, NOTHING)
