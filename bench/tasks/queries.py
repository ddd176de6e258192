"""Pages of ten with their exact counts: how long the database takes, and whether the answers are right."""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence

from holdfast.crew import collector
from holdfast.db import tasks
from holdfast.db.database import Database
from holdfast.model.task import Page, Task
from holdfast.model.task_filter import NEWEST_FIRST, Order, SortKey, TaskFilter

from . import cases, fresh
from .cases import PAGE, Case, Cases, Deep
from .figures import DeepTimes, Memory, Queries, Slow, Times
from .places import Place

ROUNDS = 3
_DEEP_ROUNDS = 15
_FURTHER = 20_000
_LOOKS = 10
_SLOWEST = 12
_FIRST = Page(limit=PAGE)
GROUPS: Mapping[int, str] = {0: "one filter", 1: "one filter", 2: "two filters"}
MORE = "three to five filters"


def measure(place: Place) -> Queries:
    """Everything about the queries of this database."""
    cases.of(place.columns, place.rows)
    cold = {deep.name: fresh.call(_first, place, number) for number, deep in enumerate(_cases(place).deep)}
    return fresh.call(_measure, place, cold)


def _cases(place: Place) -> Cases:
    return cases.of(place.columns, place.rows)


def _first(place: Place, number: int) -> float:
    """The first question of a process: milliseconds from when the database is opened."""
    wanted = _cases(place).deep[number].wanted
    begun = time.perf_counter()
    db = place.open()
    timed(db, wanted)
    took = (time.perf_counter() - begun) * 1e3
    db.close()
    return took


def _measure(place: Place, cold: dict[str, float]) -> Queries:
    collector.relax()
    wanted = _cases(place)
    db = place.open()
    before = fresh.memory()
    wrong = [case.name for case in wanted.asked if not _is_right(db, case)]
    took = _rounds(db, wanted.asked)
    deep = [_deep(db, one, wrong) for one in wanted.deep]
    orders = _orders(db, wanted)
    after = fresh.memory()
    memory = Memory(before, after, _further(db, wanted.asked), _FURTHER)
    db.close()
    groups: dict[str, list[float]] = defaultdict(list)
    for case, times in zip(wanted.asked, took, strict=True):
        groups[GROUPS.get(len(case.filters), MORE)] += times
    return Queries(
        groups={name: Times.of(times) for name, times in groups.items()},
        orders=orders,
        slowest=_slowest(wanted.asked, took),
        wrong=wrong,
        cold=cold,
        deep=deep,
        memory=memory,
        database_bytes=place.bytes(),
    )


def timed(db: Database, wanted: TaskFilter, page: Page = _FIRST, order: Order = NEWEST_FIRST) -> float:
    """Milliseconds for a page and its count, in a transaction of their own."""
    begun = time.perf_counter()
    _search(db, wanted, page, order)
    return (time.perf_counter() - begun) * 1e3


def _search(db: Database, wanted: TaskFilter, page: Page, order: Order) -> tuple[list[Task], int]:
    with db.reading() as tx:
        return tasks.search(tx, wanted, page, order)


def _is_right(db: Database, case: Case) -> bool:
    found, count = _search(db, case.wanted, _FIRST, NEWEST_FIRST)
    return count == case.count and [task.id for task in found] == case.ids


def _rounds(db: Database, asked: Sequence[Case]) -> list[list[float]]:
    """Milliseconds of each case, each time in another order."""
    took: list[list[float]] = [[] for _ in asked]
    places = list(range(len(asked)))
    dice = random.Random(1)
    for _ in range(ROUNDS):
        dice.shuffle(places)
        for place in places:
            took[place].append(timed(db, asked[place].wanted))
    return took


def _slowest(asked: Sequence[Case], took: Sequence[Sequence[float]]) -> list[Slow]:
    few = [
        Slow(case.name, statistics.median(times), case.count)
        for case, times in zip(asked, took, strict=True)
        if len(case.filters) <= 2
    ]
    return sorted(few, key=lambda one: -one.took)[:_SLOWEST]


def _deep(db: Database, deep: Deep, wrong: list[str]) -> DeepTimes:
    by_offset, by_marker = Page(limit=PAGE, offset=deep.offset), Page(limit=PAGE, marker=deep.marker)
    for how, page in (("offset", by_offset), ("marker", by_marker)):
        found, _ = _search(db, deep.wanted, page, NEWEST_FIRST)
        if [task.id for task in found] != deep.ids:
            wrong.append(f"{deep.name} by {how}")
    times = [
        sorted(timed(db, deep.wanted, page) for _ in range(_DEEP_ROUNDS))[-2]
        for page in (by_offset, by_marker)
    ]
    return DeepTimes(deep.name, deep.offset, *times)


def _orders(db: Database, wanted: Cases) -> dict[str, Times]:
    """Lists in another order than by their creation."""
    found = {}
    for key in SortKey:
        took = [
            timed(db, deep.wanted, order=Order(key=key, descending=descending))
            for deep in wanted.deep
            for descending in (True, False, True, False)
        ]
        found[key.value] = Times.of(took)
    return found


def _further(db: Database, asked: Sequence[Case]) -> list[int]:
    """PSS after each tenth of many more requests."""
    dice = random.Random(2)
    looks = []
    for _ in range(_LOOKS):
        for _ in range(_FURTHER // _LOOKS):
            timed(db, dice.choice(asked).wanted)
        looks.append(fresh.memory())
    return looks
