"""Tasks are added, ended, sealed and trimmed by several at once, and every reader's answer is exact."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection
from tests.conftest import KEY
from tests.db.making import PROJECT, later, task

from holdfast.db import task_answers, tasks, work
from holdfast.db.database import Database, open_database
from holdfast.db.history import sealing
from holdfast.db.history.sealing import Limits
from holdfast.db.history.trimming import OldTasks
from holdfast.db.task_tables import task as task_table
from holdfast.db.task_tables import task_event, task_project, task_recent
from holdfast.model.task import Ending, Page, Status, Task
from holdfast.model.task_filter import NEWEST_FIRST, TaskFilter

EVERYTHING = TaskFilter(project_id=PROJECT)
SMALL = Limits(seal_at=10, keep=5, at_once=20, full=30, most=40, gap=4, worth=2)
ADDERS = 3
TRANSACTIONS = 15
STEP = 8
FEW_BYTES = 20_000


@pytest.mark.parametrize("shelf_bytes", [FEW_BYTES, 10_000_000])
def test_every_answer_is_exact_whatever_goes_on(database_url: str, shelf_bytes: int) -> None:
    here, there = (open_database(database_url, KEY, shelf_bytes) for _ in range(2))
    over = threading.Event()
    try:
        with ThreadPoolExecutor(ADDERS + 6) as pool:
            adding = [pool.submit(add, (here, there)[one % 2], one) for one in range(ADDERS)]
            jobs = ((seal, here), (seal, there), (trim, here), (end, there), (read, here), (read, there))
            others = [pool.submit(until, over, *job) for job in jobs]
            try:
                for one in adding:
                    one.result()
            finally:
                over.set()
            assert all(one.result() for one in others)
        with here.reading() as tx:
            check(tx)
            check_numbers(tx)
    finally:
        here.close()
        there.close()


def add(database: Database, adder: int) -> None:
    """Tasks that come one after the other, but for some that were made long before; some are rolled back."""
    for number in range(TRANSACTIONS):
        try:
            with database.transaction() as tx:
                for place in range(STEP):
                    second = number * STEP + place - (100 if place == 0 else 0)
                    status = Status.WAITING if place == 1 else Status.SUCCESS
                    name = f"{adder} {number % 5}"
                    tasks.add(tx, task(status=status, created_at=later(second), resource_name=name))
                if number % 4 == 3:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue


def until(over: threading.Event, go: Callable[[Database], None], database: Database) -> int:
    """How often it was done."""
    done = 0
    while not over.is_set():
        go(database)
        done += 1
        over.wait(0.01)
    return done


def seal(database: Database) -> None:
    sealing.seal(database, PROJECT, SMALL)


def trim(database: Database) -> None:
    with database.transaction() as tx:
        OldTasks(PROJECT, later(40)).forget(tx, 3)


def end(database: Database) -> None:
    with database.reading() as tx:
        waiting = tasks.find(tx, replace(EVERYTHING, statuses=(Status.WAITING,)), Page(limit=2))
    for one in waiting:
        with database.transaction() as tx:
            work.close(tx, one.id, Ending(status=Status.TIMEOUT))


def read(database: Database) -> None:
    with database.reading() as tx:
        check(tx)


def check(tx: Connection) -> None:
    ids = tx.scalars(sa.select(task_table.c.id).order_by(task_table.c.seq.desc())).all()
    found, count = search(tx, EVERYTHING, Page())
    assert ([one.id for one in found], count) == (ids, len(ids))
    counts = [tasks.count(tx, replace(EVERYTHING, statuses=(status,))) for status in Status]
    assert sum(counts) == count
    named = [one.id for one in found if "0 3" in one.resource.name]
    some, count = search(tx, replace(EVERYTHING, resource_names=("0 3",)), Page(limit=5, offset=2))
    assert ([one.id for one in some], count) == (named[2:7], len(named))


def search(tx: Connection, wanted: TaskFilter, page: Page) -> tuple[list[Task], int]:
    """The answer, which is the same whether or not it was given before."""
    found = tasks.search(tx, wanted, page)
    assert task_answers.search(tx, wanted, page, NEWEST_FIRST) == found
    return found


def check_numbers(tx: Connection) -> None:
    project = tx.execute(sa.select(task_project)).one()
    numbers = tx.scalars(sa.select(task_event.c.number).order_by(task_event.c.number)).all()
    assert all(second - first == 1 for first, second in pairwise(numbers))
    assert (numbers[0], numbers[-1]) == (1, project.events)
    assert project.recent == tx.scalar(sa.select(sa.func.count()).select_from(task_recent))
