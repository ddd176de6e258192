"""What is not kept goes in small steps; what is kept is found and counted as before, at every moment."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from itertools import count
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.conftest import KEY
from tests.db.making import PROJECT, later, task
from tests.db.many import add_many

from holdfast.db import projects, task_answers, task_warnings, tasks, work
from holdfast.db.database import Database
from holdfast.db.history import sealing, segments
from holdfast.db.history.sealing import Limits
from holdfast.db.history.trimming import AT_ONCE, Old, OldEntries, OldEvents, OldTasks, find, next_owner
from holdfast.db.tables import audit
from holdfast.db.task_keys import find_word
from holdfast.db.task_tables import (
    task as task_table,
)
from holdfast.db.task_tables import (
    task_document,
    task_event,
    task_project,
    task_recent,
    task_segment,
    task_warning,
)
from holdfast.model import ids
from holdfast.model.errors import TaskNotFound
from holdfast.model.task import Ending, Page, Status, Task
from holdfast.model.task_filter import NEWEST_FIRST, Order, TaskFilter
from holdfast.model.task_warning import Lines

SMALL = Limits(seal_at=3, keep=1, at_once=4, full=5, most=8, gap=4, worth=1)
STATUSES = (Status.WAITING, Status.SKIPPED, Status.FAILED, Status.SUCCESS)
MINUTES = count(step=2)

happening = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 50), st.sampled_from(STATUSES)),
        st.tuples(st.just("add"), st.integers(0, 50), st.just(Status.FAILED)),
        st.tuples(st.just("end"), st.integers(0, 50), st.none()),
        st.tuples(st.just("seal"), st.integers(1, 3), st.none()),
        st.tuples(st.just("trim"), st.integers(0, 50), st.integers(1, 6)),
        st.tuples(st.just("trim but break off"), st.integers(0, 50), st.integers(1, 6)),
    ),
    min_size=12,
    max_size=30,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 50), min_size=6, max_size=14), happening)
def test_what_is_younger_is_found_and_counted_whatever_happened(
    database: Database, ended: list[int], events: list[tuple[str, int, Any]]
) -> None:
    history = History(database, ids.new_project(), next(MINUTES))
    for number in ended:
        history.happen("add", number, Status.FAILED)
    history.happen("seal", 3, None)
    for event, number, more in events:
        history.happen(event, number, more)
        history.check()


class History:
    """The tasks of a project, and beside them what they should be."""

    def __init__(self, database: Database, project_id: str, minute: int) -> None:
        self.database = database
        self.project_id = project_id
        self.minute = minute
        self.known: dict[str, Task] = {}
        self.gone: list[str] = []

    def happen(self, event: str, number: int, more: Any) -> None:
        if event == "add":
            one = task(project_id=self.project_id, created_at=self.at(number), status=more)
            with self.database.transaction() as tx:
                tasks.add(tx, one)
            self.known[one.id] = one
        elif event == "end" and self.known:
            self.end(list(self.known)[number % len(self.known)])
        elif event == "seal":
            for _ in range(number):
                sealing.seal(self.database, self.project_id, SMALL)
        elif event == "trim":
            self.trim(self.at(number), more)
        elif event == "trim but break off":
            self.break_off(self.at(number), more)

    def end(self, task_id: str) -> None:
        if self.known[task_id].status.is_end:
            return
        with self.database.transaction() as tx:
            work.close(tx, task_id, Ending(status=Status.TIMEOUT))
            self.known[task_id] = tasks.get(tx, self.project_id, task_id)

    def trim(self, before: datetime, at_once: int) -> None:
        """A step, and from time to time all that there are."""
        old = OldTasks(self.project_id, before)
        due = {one.id for one in self.known.values() if one.status.is_end and one.created_at < before}
        with self.database.reading() as tx:
            assert old.is_there(tx) == bool(due)
        rounds = 1 if at_once % 2 else 1000
        while rounds and due:
            rounds -= 1
            with self.database.transaction() as tx:
                number = old.forget(tx, at_once)
                left = set(tx.scalars(sa.select(task_table.c.id).where(task_table.c.id.in_(due))))
            assert 0 < number <= at_once
            assert len(due - left) == number
            self.gone += due - left
            for one in due - left:
                del self.known[one]
            due = left
        if rounds:
            with self.database.transaction() as tx:
                assert old.forget(tx, at_once) == 0

    def break_off(self, before: datetime, at_once: int) -> None:
        """A step whose transaction does not come to its end."""
        with self.database.engine.connect() as tx:
            OldTasks(self.project_id, before).forget(tx, at_once)
            self.listed(tx)  # what never was stays in no memory
            tx.rollback()

    def check(self) -> None:
        with self.database.reading() as tx:
            for statuses in ((), (Status.FAILED, Status.TIMEOUT)):
                wanted = TaskFilter(project_id=self.project_id, statuses=statuses)
                expected = [one.id for one in self.in_order(tx) if not statuses or one.status in statuses]
                found, number = tasks.search(tx, wanted, Page())
                assert [one.id for one in found] == expected
                assert number == len(expected)
                assert task_answers.search(tx, wanted, Page(), NEWEST_FIRST) == (found, number)
            for task_id in self.gone[-3:]:
                with pytest.raises(TaskNotFound):
                    tasks.get(tx, self.project_id, task_id)
            consistent(tx, self.project_id)

    def in_order(self, tx: Connection) -> list[Task]:
        """What should be there, newest first."""
        rows = tx.execute(
            sa.select(task_table.c.id)
            .where(task_table.c.id.in_(self.known))
            .order_by(task_table.c.seq.desc())
        )
        return [self.known[row.id] for row in rows]

    def listed(self, tx: Connection) -> list[str]:
        wanted = TaskFilter(project_id=self.project_id)
        found, _ = task_answers.search(tx, wanted, Page(), NEWEST_FIRST)
        backwards = tasks.find(tx, wanted, Page(), Order(descending=False))
        assert found == backwards[::-1]
        return [one.id for one in backwards]

    def at(self, number: int) -> datetime:
        return later(60 * self.minute + number)


def consistent(tx: Connection, project_id: str) -> None:
    """Each task is in one place, each place has its task, and the project's figures are right."""
    key = find_word(tx, project_id)
    if key is None:
        return
    known = set(tx.scalars(sa.select(task_table.c.seq).where(task_table.c.project_key == key)))
    recent = tx.scalars(sa.select(task_recent.c.seq).where(task_recent.c.project_key == key)).all()
    row = tx.execute(sa.select(task_project).where(task_project.c.project_key == key)).one()
    assert row.recent == len(recent)
    tables = (segments.table(tx, one, ["seq"]) for one in segments.find(tx, key))
    sealed = [seq for table in tables for seq in table["seq"].tolist()]
    sealed = [seq for seq in sealed if row.trimmed_to is None or seq >= row.trimmed_to]
    assert sorted([*recent, *sealed]) == sorted(known)
    documents = tx.scalars(sa.select(task_document.c.seq).where(task_document.c.seq.in_(known))).all()
    assert set(documents) == known


def test_nothing_of_a_task_stays(database: Database) -> None:
    old = task(status=Status.WAITING)
    with database.transaction() as tx:
        tasks.add(tx, old)
        task_warnings.write(tx, old.id, Lines(anew=False, lines=((0, "no such file"),)))
        work.close(tx, old.id, Ending(status=Status.FAILED))
        assert OldTasks(PROJECT, later(1)).forget(tx) == 1
        for table in (task_table, task_document, task_recent, task_warning):
            assert tx.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_what_has_not_ended_stays_however_old_and_goes_when_it_has(database: Database) -> None:
    old = task(status=Status.WAITING)
    with database.transaction() as tx:
        tasks.add(tx, old)
        assert not OldTasks(PROJECT, later(1)).is_there(tx)
        assert OldTasks(PROJECT, later(1)).forget(tx) == 0
        work.close(tx, old.id, Ending(status=Status.FAILED))
        assert OldTasks(PROJECT, later(1)).forget(tx) == 1
        assert OldTasks("no such project", later(1)).forget(tx) == 0


def test_segments_of_thousands_go_step_by_step(database: Database) -> None:
    with database.transaction() as tx:
        add_many(tx, task(status=Status.FAILED), 1200)
    limits = Limits(seal_at=200, keep=150, at_once=350, full=350, most=350, worth=1)
    while sealing.seal(database, PROJECT, limits):
        pass
    with database.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(task_segment)) == 3
    old, total = OldTasks(PROJECT, later(1000)), 1200
    while is_there(database, old):
        with database.transaction() as tx:
            total -= old.forget(tx)
            assert tasks.count(tx, TaskFilter(project_id=PROJECT)) == total
            consistent(tx, PROJECT)
    assert total == 200
    with database.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(task_segment)) == 1
        found = tasks.find(tx, TaskFilter(project_id=PROJECT), Page())
        assert [one.created_at for one in found] == [later(place) for place in range(1199, 999, -1)]


def test_who_began_before_a_trim_sees_by_its_ids_what_there_was(database: Database) -> None:
    with database.transaction() as tx:
        add_many(tx, task(status=Status.FAILED, request_id="req-1"), 40)
    while sealing.seal(database, PROJECT, Limits(seal_at=5, keep=1, at_once=60, full=60, most=60, worth=1)):
        pass
    by_request = TaskFilter(project_id=PROJECT, request_ids=("req-1",))
    with database.reading() as early:
        assert tasks.count(early, TaskFilter(project_id=PROJECT)) == 40
        with database.transaction() as tx:
            assert OldTasks(PROJECT, later(10)).forget(tx, 10) == 10
        with database.reading() as late:
            assert tasks.count(late, by_request) == 30
        assert tasks.count(early, by_request) == 40


TRIMMING = """
import sys
from datetime import datetime
from holdfast.db.database import open_database
from holdfast.db.history.trimming import OldTasks
database = open_database(sys.argv[1], sys.argv[2].encode())
old = OldTasks(sys.argv[3], datetime.fromisoformat(sys.argv[4]))
print("begun", flush=True)
while True:
    with database.transaction() as tx:
        old.forget(tx, 5)
"""


def test_a_trim_that_is_killed_leaves_everything_in_order(database: Database) -> None:
    with database.transaction() as tx:
        add_many(tx, task(status=Status.FAILED), 1500)
    limits = Limits(seal_at=300, keep=200, at_once=400, full=400, most=400, worth=1)
    while sealing.seal(database, PROJECT, limits):
        pass
    left = 1500
    for seed in range(2):
        command = [sys.executable, "-c", TRIMMING, database.url, KEY.decode(), PROJECT]
        with subprocess.Popen([*command, later(1400).isoformat()], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            time.sleep(Random(seed).uniform(0.05, 0.4))
            os.kill(process.pid, signal.SIGKILL)
        with database.transaction() as tx:
            projects.lock(tx, PROJECT)  # whatever it was at has come to an end
        with database.reading() as tx:
            consistent(tx, PROJECT)
            now = tasks.count(tx, TaskFilter(project_id=PROJECT))
        assert now <= left
        left = now
    assert left < 1500
    while is_there(database, OldTasks(PROJECT, later(1400))):
        with database.transaction() as tx:
            OldTasks(PROJECT, later(1400)).forget(tx)
    with database.reading() as tx:
        assert tasks.count(tx, TaskFilter(project_id=PROJECT)) == 100


def test_old_events_go_but_for_the_newest_and_leave_no_gap(database: Database) -> None:
    with database.transaction() as tx:
        for place in range(10):
            tasks.add(tx, task(created_at=later(place), status=Status.FAILED))
        # The clock was put back meanwhile: the fifth is older than those before it.
        for number in range(1, 11):
            at = later(number if number != 5 else 0)
            tx.execute(sa.update(task_event).where(task_event.c.number == number).values(at=at))
        assert numbers_left(tx) == list(range(1, 11))
        assert OldEvents(PROJECT, later(4), 3).forget(tx, 2) == 2
        assert numbers_left(tx) == list(range(3, 11))
        assert OldEvents(PROJECT, later(4), 3).forget(tx) == 1
        assert not OldEvents(PROJECT, later(4), 3).is_there(tx)
        assert OldEvents(PROJECT, later(100), 3).is_there(tx)
        assert OldEvents(PROJECT, later(100), 3).forget(tx) == 4
        assert OldEvents(PROJECT, later(100), 3).forget(tx) == 0
        assert numbers_left(tx) == [8, 9, 10]
        assert not OldEvents("no such project", later(100), 3).is_there(tx)
        tasks.add(tx, task(status=Status.FAILED))
        assert numbers_left(tx) == [8, 9, 10, 11]


def test_old_entries_of_the_audit_trail_go_by_owner(database: Database) -> None:
    with database.transaction() as tx:
        for place, owner in enumerate(("", "a", "b", "a", "b", "a")):
            tx.execute(sa.insert(audit).values(entry(owner, later(place))))
        assert [next_owner(tx, one) for one in (None, "", "a", "b")] == ["", "a", "b", None]
        assert OldEntries("a", later(4)).forget(tx, 1) == 1
        assert OldEntries("a", later(4)).forget(tx) == 1
        assert not OldEntries("a", later(4)).is_there(tx)
        left = tx.execute(sa.select(audit.c.project_id, audit.c.at).order_by(audit.c.at)).all()
    assert [row.project_id for row in left] == ["", "b", "b", "a"]


def test_all_projects_that_ever_had_a_task_are_found(database: Database) -> None:
    known = sorted(ids.new_project() for _ in range(5))
    with database.transaction() as tx:
        for project_id in known:
            tasks.add(tx, task(project_id=project_id))
        assert find(tx, None, 3) == known[:3]
        assert find(tx, known[2], 3) == known[3:]


def test_a_step_is_short() -> None:
    assert AT_ONCE <= 200


def is_there(database: Database, old: Old) -> bool:
    with database.reading() as tx:
        return old.is_there(tx)


def numbers_left(tx: Connection) -> list[int]:
    return list(tx.scalars(sa.select(task_event.c.number).order_by(task_event.c.number)))


def entry(owner: str, at: datetime) -> dict[str, Any]:
    said = {"request_id": "q", "user_id": "u", "user_name": "n", "method": "PUT", "route": "/", "path": "/"}
    return {"project_id": owner, "at": at, **said}


def test_a_segment_that_holds_nothing_but_what_is_gone_is_passed_over(database: Database) -> None:
    first = task(status=Status.FAILED, created_at=later(0))
    with database.transaction() as tx:
        known = add_many(tx, first, 12)
    limits = Limits(seal_at=0, keep=0, at_once=4, full=4, most=8, gap=4, worth=1)
    while sealing.seal(database, PROJECT, limits):
        pass
    with database.transaction() as tx:
        last = tx.scalar(sa.select(sa.func.min(task_segment.c.last_seq)))
        assert last is not None
        tx.execute(sa.delete(task_table).where(task_table.c.seq <= last))
        tx.execute(sa.update(task_project).values(trimmed_to=last + 1))
    old = OldTasks(PROJECT, later(7))
    with database.transaction() as tx:
        assert [old.forget(tx, 2), old.forget(tx, 2), old.is_there(tx)] == [2, 1, False]
        assert tasks.count(tx, TaskFilter(project_id=PROJECT)) == 5
    with database.transaction() as tx:
        assert OldTasks(PROJECT, later(8)).forget(tx, 2) == 1
        numbers = tx.scalars(sa.select(task_segment.c.number)).all()
        found = tasks.find(tx, TaskFilter(project_id=PROJECT), Page())
    assert list(numbers) == [8]
    assert [one.id for one in reversed(found)] == known[8:]
