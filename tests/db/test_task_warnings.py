"""The logs of warnings in the database: bounded by their places, one task's and nobody else's."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.db.making import task

from holdfast.db import task_warnings, tasks, work
from holdfast.db.database import Database
from holdfast.db.task_tables import task as table
from holdfast.db.task_tables import task_warning
from holdfast.model import ids
from holdfast.model.task import Ending, Operation, Status, Task
from holdfast.model.task_warning import MOST_LINES, Lines, WarningLog


@pytest.fixture
def noted(database: Database) -> Task:
    """An unfinished task."""
    one = task()
    with database.transaction() as tx:
        tasks.add(tx, one)
    return one


def write(database: Database, task_id: str, *lines: tuple[int, str], anew: bool = False) -> None:
    with database.transaction() as tx:
        task_warnings.write(tx, task_id, Lines(anew=anew, lines=lines))


def read(database: Database, task_id: str, offset: int = 0, limit: int = MOST_LINES + 1) -> list[str]:
    with database.reading() as tx:
        return list(task_warnings.find(tx, task_id, offset, limit))


def count(database: Database, task_id: str) -> int:
    with database.reading() as tx:
        return task_warnings.count(tx, task_id)


def test_lines_are_read_from_any_place_on(database: Database, noted: Task) -> None:
    write(database, noted.id, (0, "a"), (1, "b"))
    write(database, noted.id, (2, "c"))
    assert read(database, noted.id) == ["a", "b", "c"]
    assert read(database, noted.id, 1, 1) == ["b"]
    assert read(database, noted.id, 3) == []
    assert count(database, noted.id) == 3


def test_what_is_written_twice_is_there_once_and_a_place_takes_what_comes_last(
    database: Database, noted: Task
) -> None:
    for _ in range(2):
        write(database, noted.id, (0, "a"), (1, "and 1 more"))
    write(database, noted.id, (1, "and 2 more"))
    assert read(database, noted.id) == ["a", "and 2 more"]


def test_what_begins_anew_takes_the_place_of_all_that_was_there(database: Database, noted: Task) -> None:
    write(database, noted.id, (0, "a"), (1, "b"))
    write(database, noted.id, (0, "c"), anew=True)
    assert read(database, noted.id) == ["c"]
    write(database, noted.id, anew=True)
    assert (read(database, noted.id), count(database, noted.id)) == ([], 0)


def test_a_log_is_one_tasks_alone(database: Database, noted: Task) -> None:
    other = task(Operation.RESTORE, "b")
    with database.transaction() as tx:
        tasks.add(tx, other)
    write(database, noted.id, (0, "a"))
    write(database, other.id, (0, "b"))
    write(database, other.id, anew=True)
    assert (read(database, noted.id), read(database, other.id)) == (["a"], [])
    assert (read(database, "nobody's"), count(database, "nobody's")) == ([], 0)


def test_a_log_stays_with_the_task_that_has_ended_and_goes_with_it(database: Database, noted: Task) -> None:
    write(database, noted.id, (0, "a"))
    with database.transaction() as tx:
        claim = work.claim(tx, noted.id, "a worker")
        assert claim is not None
        work.finish(tx, noted.id, claim.epoch, Ending(status=Status.SUCCESS))
    assert read(database, noted.id) == ["a"]
    write(database, noted.id, (1, "too late"))
    assert read(database, noted.id) == ["a"]
    with database.transaction() as tx:
        tx.execute(sa.delete(table).where(table.c.id == noted.id))
        assert tx.scalar(sa.select(sa.func.count()).select_from(task_warning)) == 0


def test_a_full_log_is_written_at_once(database: Database, noted: Task) -> None:
    log = WarningLog()
    for number in range(MOST_LINES + 5):
        log.add(f"srv/{number}: Permission denied")
    lines = log.take()
    assert lines is not None
    with database.transaction() as tx:
        task_warnings.write(tx, noted.id, lines)
    assert count(database, noted.id) == MOST_LINES + 1
    assert read(database, noted.id, MOST_LINES - 1) == [
        f"srv/{MOST_LINES - 1}: Permission denied",
        "and 5 more",
    ]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(st.text(max_size=20), max_size=20))
def test_any_text_is_kept_as_the_log_says_it(database: Database, texts: list[str]) -> None:
    one = task(resource_id=ids.new())
    with database.transaction() as tx:
        tasks.add(tx, one)
        log = WarningLog()
        for text in texts:
            log.add(text)
        lines = log.close()
        if lines is not None:
            task_warnings.write(tx, one.id, lines)
        assert list(task_warnings.find(tx, one.id, 0, 100)) == log.first
