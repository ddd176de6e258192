"""The bench of tasks: what it generates is what holdfast reads, and what it computes is right."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import numpy as np
import pytest
from bench.tasks import cases, columns, events, generate, history, idents, page, plot, queries, targets
from bench.tasks.documents import Documents
from bench.tasks.figures import DeepTimes, Memory, Queries, Slow, Times, keep, mean
from bench.tasks.places import POSTGRESQL, SEALED, SQLITE, Place
from bench.tasks.targets import Measured, Promise
from bench.tasks.world import World

from holdfast.db import tasks, under_way
from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS
from holdfast.db.columns import EPOCH, microseconds_of, read_document
from holdfast.model.task import Page, Task
from holdfast.model.task_filter import NEWEST_FIRST, TaskFilter

ROWS = 9_000


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A small database, generated as the large ones are."""
    server = request.getfixturevalue("postgresql") if request.param == POSTGRESQL else ""
    made = Place(request.param, ROWS, tmp_path_factory.mktemp("tasks"), server, f"tasks_{token_hex(4)}")
    generate.generate(made)
    yield made
    made.remove()


def test_every_question_is_answered_as_the_columns_say(place: Place) -> None:
    asked = cases.of(place.columns, ROWS)
    db = place.open()
    for case in asked.asked[::9]:
        with db.reading() as tx:
            found, count = tasks.search(tx, case.wanted, Page(limit=cases.PAGE), NEWEST_FIRST)
        assert (count, [task.id for task in found]) == (case.count, case.ids), case.name
    for deep in asked.deep:
        for jump in (Page(limit=cases.PAGE, offset=deep.offset), Page(limit=cases.PAGE, marker=deep.marker)):
            with db.reading() as tx:
                assert [task.id for task in tasks.find(tx, deep.wanted, jump)] == deep.ids
    db.close()


def test_a_database_that_is_there_is_not_made_again(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    generate.generate(place)
    assert "documents" not in capsys.readouterr().out


def test_what_is_sealed_can_be_sealed_anew(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.begin(SEALED)
    generate.generate(place)
    said = capsys.readouterr().out
    assert "sealed" in said
    assert "documents" not in said
    db = place.open()
    with db.reading() as tx:
        assert tasks.count(tx, TaskFilter(project_id=World(ROWS).project_ids[0])) > ROWS // 2
    db.close()


def test_every_filter_is_asked_for_alone_and_with_every_other(place: Place) -> None:
    asked = [set(case.filters) for case in cases.of(place.columns, ROWS).asked]
    filters = set.union(*asked)
    assert len(filters) == 20
    for one in filters:
        for other in filters:
            assert {one, other} in asked


def test_a_document_is_a_whole_task() -> None:
    world = World(2_000)
    drawn = history.draw(world)
    told = [read_document(document, Task) for document in Documents(world).of(drawn, 0)]
    ids = idents.many(idents.TASK, np.arange(world.rows))
    for row, task in enumerate(told):
        assert task.id == ids[row]
        assert task.project_id == world.project_ids[drawn["project"][row]]
        assert CODE_OF_OPERATION[task.operation] == drawn["operation"][row]
        assert CODE_OF_STATUS[task.status] == drawn["status"][row]
        assert microseconds_of(task.created_at) == drawn["created_at"][row]
        ended = columns.NEVER if task.ended_at is None else microseconds_of(task.ended_at)
        assert ended == drawn["ended_at"][row]
        parent = drawn["parent"][row]
        assert task.parent_id == (None if parent == columns.NONE else ids[parent])
        assert under_way.touched_by(task)


def test_tasks_have_numbers_of_their_own_in_the_order_of_their_making() -> None:
    drawn = history.draw(World(5_000))
    assert (np.diff(drawn["seq"]) > 0).all()
    assert (np.diff(drawn["created_at"]) >= 0).all()
    assert (drawn["status"] <= 2).sum() == history.unfinished(5_000) == 100


def test_the_largest_project_has_seven_of_ten_tasks() -> None:
    world = World(20_000)
    counts = np.bincount(history.draw(world)["project"], minlength=world.projects)
    assert counts[0] / world.rows == pytest.approx(0.7, abs=0.02)
    assert counts[0] > 10 * counts[1]


def test_ids_are_unique_and_differ_by_kind() -> None:
    numbers = np.arange(5_000)
    ids = [*idents.many(idents.TASK, numbers), *idents.many(idents.BACKUP, numbers)]
    assert len(set(ids)) == 10_000
    assert idents.one(idents.TASK, 7) == ids[7]


def test_events_are_numbered_without_a_gap_up_to_the_last_one() -> None:
    drawn = history.draw(World(20_000))
    counts, told = events.of(drawn, World(20_000).projects)
    for project in range(3):
        numbers = told.number[told.project == project]
        assert numbers.tolist() == list(range(counts[project] - len(numbers) + 1, counts[project] + 1))
        assert (np.diff(told.at[told.project == project]) >= 0).all()


def test_percentiles_are_those_of_the_sorted_times() -> None:
    times = Times.of(float(number) for number in range(1000, 0, -1))
    assert (times.asked, times.p50, times.p95, times.p99, times.worst) == (1000, 501, 951, 991, 1000)
    assert mean([1.0] * 99 + [1000.0]) == 1.0


def test_a_promise_is_kept_up_to_its_bound() -> None:
    assert Promise("", 10.0, 10.0, "ms").told == "10.00 ms ✓"
    assert Promise("", 10.1, 10.0, "ms").told == "10.10 ms ✗"
    assert Promise("", 0.6, 0.6, "%", is_least=True).told == "60% ✓"
    assert Promise("", 0.5, 0.6, "%", is_least=True).told == "50% ✗"


def test_the_chapter_has_every_database_and_names_what_is_slow(tmp_path: Path) -> None:
    for kind, slow in ((SQLITE, 4.0), (POSTGRESQL, 40.0)):
        for rows, factor in ((10_000, 1.0), (1_000_000, 2.5)):
            keep(tmp_path, f"{kind}-{rows}-queries", _queries(slow * factor))
    told = page.write(tmp_path, "picture.svg")
    assert (
        "| page and count, two filters, 99 % | SQLite | 1,000,000 | at most 10.00 ms | 10.00 ms ✓ |" in told
    )
    assert (
        "| page and count, two filters, 99 % | PostgreSQL | 1,000,000 | at most 10.00 ms | 100.00 ms ✗ |"
        in told
    )
    assert "PostgreSQL, 1,000,000 tasks: something: 100.0 ms, 3 match" in told
    assert "SQLite, 1,000,000 tasks: something" not in told
    drawn = plot.draw(page.find(tmp_path))
    assert drawn.count("<circle") == 8
    assert "PostgreSQL 99 %" in drawn


def test_growth_is_told_by_the_smallest_database() -> None:
    sizes = [Measured(SQLITE, rows, _queries(ms), None, None) for rows, ms in ((1, 1.0), (2, 2.5), (3, 4.0))]
    promised = {promise.what: promise for promise in targets.of(sizes)}
    assert promised["the same, by that of the smallest database"].told == "4.00 × ✗"


def test_a_page_is_timed_in_milliseconds(place: Place) -> None:
    db = place.open()
    wanted = TaskFilter(project_id=World(ROWS).project_ids[0], begin=EPOCH, end=EPOCH + timedelta(days=1))
    assert 0 < queries.timed(db, wanted) < 10_000
    db.close()


def _queries(milliseconds: float) -> Queries:
    times = Times(100, milliseconds / 2, milliseconds, milliseconds, milliseconds)
    return Queries(
        groups=dict.fromkeys(targets.FEW, times),
        orders={"status": times},
        slowest=[Slow("something", milliseconds, 3)],
        wrong=[],
        cold={"nothing": 20.0},
        deep=[DeepTimes("nothing", 500, 1.0, 1.0)],
        memory=Memory(1 << 20, 2 << 20, [2 << 20, 2 << 20], 100),
        database_bytes=1 << 20,
    )
