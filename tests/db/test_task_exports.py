"""A walk through tasks shows what matched when it began, each once, whatever happens meanwhile."""

from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.db.making import PROJECT, later, task

from holdfast.db import tasks, work
from holdfast.db.database import Database
from holdfast.db.history.trimming import OldTasks
from holdfast.db.task_exports import Walk
from holdfast.model import ids
from holdfast.model.task import Ending, Page, Status, Task
from holdfast.model.task_filter import Order, SortKey, TaskFilter


class ShortWalk(Walk):
    """One that comes to every edge soon."""

    numbers_at_once = 3
    tasks_at_once = 2


STATUSES = (Status.WAITING, Status.WAITING, Status.SKIPPED, Status.FAILED, Status.SUCCESS)
made = st.fixed_dictionaries(
    {
        "created_at": st.sampled_from((0, 0, 1, 2, 3)),
        "started_at": st.sampled_from((None, 1, 2)),
        "ended_at": st.sampled_from((None, 1, 2)),
        "status": st.sampled_from(STATUSES),
    }
)
happening = st.lists(
    st.tuples(st.sampled_from(("claim", "finish", "close", "add", "trim")), st.integers(0, 15)), max_size=30
)
orders = st.builds(Order, key=st.sampled_from(SortKey), descending=st.booleans())
filters = st.sampled_from(
    ((), (Status.WAITING, Status.FAILED), (Status.RUNNING,), (Status.SKIPPED,), (Status.SUCCESS,))
)
MINUTES = count(step=2)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(made, max_size=16), happening, orders, filters, st.data())
def test_each_task_that_matched_comes_once_and_in_its_place(
    database: Database,
    values: list[dict[str, Any]],
    events: list[tuple[str, int]],
    order: Order,
    statuses: tuple[Status, ...],
    data: st.DataObject,
) -> None:
    project_id, minute = ids.new_project(), next(MINUTES)
    known = [add(database, project_id, minute, one) for one in values]
    wanted = TaskFilter(project_id=project_id, statuses=statuses)
    marker = data.draw(st.sampled_from([None, *(one.id for one in known)]), label="marker")
    with database.reading() as tx:
        everything = tasks.find(tx, TaskFilter(project_id=project_id), page=_all(), order=order)
        expected = [one.id for one in everything if not statuses or one.status in statuses]
        if marker is not None:
            behind = [one.id for one in everything]
            expected = [one for one in expected if behind.index(one) > behind.index(marker)]
        walk = ShortWalk(tx, wanted, order, marker)
    gone: set[str] = set()
    found: list[Task] = []
    left = iter(events)
    while True:
        with database.reading() as tx:
            some = walk.step(tx)
        if not some:
            break
        assert len(some) <= 2 * ShortWalk.tasks_at_once
        found += some
        for event, place in (one for _, one in zip(range(4), left, strict=False)):
            gone |= happen(database, known, event, place, minute)
    shown = [one.id for one in found]
    assert len(set(shown)) == len(shown)
    assert set(expected) - gone <= set(shown) <= set(expected)
    assert shown == [one for one in expected if one in set(shown)]


def test_a_task_is_told_as_it_is_when_its_turn_comes(database: Database) -> None:
    first, second = (task(created_at=later(seconds), status=Status.WAITING) for seconds in (1, 2))
    with database.transaction() as tx:
        for one in (first, second):
            tasks.add(tx, one)
    wanted = TaskFilter(project_id=PROJECT, statuses=(Status.WAITING,))
    with database.reading() as tx:
        walk = Walk(tx, wanted)
    with database.transaction() as tx:
        work.close(tx, first.id, Ending(status=Status.TIMEOUT))
    with database.reading() as tx:
        told = [(one.id, one.status) for one in walk.step(tx)]
        assert walk.step(tx) == []
    assert told == [(second.id, Status.WAITING), (first.id, Status.TIMEOUT)]


def test_what_did_not_match_at_first_does_not_come_when_it_ends_so(database: Database) -> None:
    ended = task(created_at=later(1), status=Status.TIMEOUT)
    waiting = task(created_at=later(0), status=Status.WAITING)
    with database.transaction() as tx:
        for one in (ended, waiting):
            tasks.add(tx, one)
    with database.reading() as tx:
        walk = Walk(tx, TaskFilter(project_id=PROJECT, statuses=(Status.TIMEOUT,)))
    with database.transaction() as tx:
        work.close(tx, waiting.id, Ending(status=Status.TIMEOUT))
    with database.reading() as tx:
        assert [one.id for one in walk.step(tx)] == [ended.id]
        assert walk.step(tx) == []


def test_many_that_wait_come_a_few_at_a_time(database: Database) -> None:
    waiting = [task(created_at=later(place), status=Status.WAITING) for place in range(20)]
    ended = [task(created_at=later(place), status=Status.FAILED) for place in range(5)]
    with database.transaction() as tx:
        for one in (*waiting, *ended):
            tasks.add(tx, one)
    with database.reading() as tx:
        walk = ShortWalk(tx, TaskFilter(project_id=PROJECT), Order(key=SortKey.STATUS))
        pieces = list(iter(lambda: walk.step(tx), []))
    assert max(map(len, pieces)) <= 2 * ShortWalk.tasks_at_once
    statuses = [one.status for piece in pieces for one in piece]
    assert statuses == [Status.WAITING] * 20 + [Status.FAILED] * 5


def add(database: Database, project_id: str, minute: int, values: dict[str, Any]) -> Task:
    placed = {
        name: None if values[name] is None else later(60 * minute + values[name])
        for name in ("created_at", "started_at", "ended_at")
    }
    one = task(project_id=project_id, **{**values, **placed})
    with database.transaction() as tx:
        tasks.add(tx, one)
    return one


def happen(database: Database, known: list[Task], event: str, place: int, minute: int) -> set[str]:
    """Something happens to a task, or to all old ones; the ids of those that are gone."""
    if not known:
        return set()
    one = known[place % len(known)]
    with database.transaction() as tx:
        if event == "trim":
            there = {each.id for each in tasks.find(tx, _of(one), _all())}
            OldTasks(one.project_id, later(60 * minute + 1)).forget(tx, 2)
            return there - {each.id for each in tasks.find(tx, _of(one), _all())}
        if event == "close":
            work.close(tx, one.id, Ending(status=Status.TIMEOUT))
        elif event in ("claim", "finish"):
            claim = work.claim(tx, one.id, "a worker")
            if claim is not None and event == "finish":
                work.finish(tx, one.id, claim.epoch, Ending(status=Status.SUCCESS))
    if event == "add":
        # From the beginning or the end of all that was there.
        values = {"created_at": 4, "started_at": place % 3, "ended_at": place % 3, "status": Status.FAILED}
        add(database, one.project_id, minute, values)
    return set()


def _of(one: Task) -> TaskFilter:
    return TaskFilter(project_id=one.project_id)


def _all() -> Page:

    return Page(limit=1000)
