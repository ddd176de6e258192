"""Why tasks wait: the same rules by which they are handed out."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, event
from tests.db.making import OTHER_PROJECT, PROJECT, add_projects, add_vault, later, task

from holdfast.db import tasks, waiting, work, workers
from holdfast.db.database import Database
from holdfast.db.dispatch import dispatch
from holdfast.db.tables import worker as worker_table
from holdfast.model import clock, region
from holdfast.model.task import Ending, Operation, Status, Task
from holdfast.model.waiting import Reason, Wait
from holdfast.model.window import Window

LEASE = 30.0
ALWAYS = Window(begin=0, end=0)
BACK_UP, DELETE_VAULT = Operation.BACKUP, Operation.VAULT_DELETE


def shut_for(hours: int) -> Window:
    """A window that is open now and ends in so many hours, to the minute."""
    begin, end = (clock.now() + timedelta(hours=by) for by in (-1, hours))
    return Window(begin=begin.hour * 60 + begin.minute, end=end.hour * 60 + end.minute)


def add(tx: Connection, *made: Task, site: str | None = None) -> None:
    for one in made:
        tasks.add(tx, one, site)


def begin(tx: Connection, worker: str = "w1", limit: int = 1) -> list[str]:
    """Hand out what may start."""
    return [one.task_id for one in dispatch(tx, worker, ("here",), limit)]


def why(tx: Connection, one: Task) -> Wait:
    return waiting.find(tx, [one.id], LEASE)[one.id]


@pytest.fixture
def tx(database: Database) -> Iterator[Connection]:
    """A transaction over two projects and a worker that is alive."""
    with database.transaction() as tx:
        add_projects(tx)
        workers.enlist(tx, "w1", ("here",))
        yield tx


def test_what_has_no_obstacle_waits_for_its_turn(tx: Connection) -> None:
    add(tx, one := task())
    assert why(tx, one).reason is Reason.QUEUE
    assert begin(tx) == [one.id]
    assert waiting.find(tx, [one.id], LEASE) == {}


def test_without_a_worker_that_is_alive_everything_waits_for_one(tx: Connection) -> None:
    add(tx, one := task(), site="lab-3")
    workers.retire(tx, "w1")
    assert why(tx, one).reason is Reason.NO_WORKER


def test_the_last_worker_counts_only_for_a_lease_though_nobody_buries_it(tx: Connection) -> None:
    add(tx, one := task())
    late = worker_table.c.seen_at - int((LEASE + 1) * 1_000_000)
    tx.execute(sa.update(worker_table).values(seen_at=late))
    assert why(tx, one).reason is Reason.NO_WORKER
    (found,) = workers.find(tx, LEASE)
    assert (found.id, found.sites, found.alive, found.tasks) == ("w1", ("here",), False, 0)


def test_a_site_without_a_worker_is_named(tx: Connection) -> None:
    add(tx, one := task(), site="lab-3")
    told = why(tx, one)
    assert (told.reason, told.site) == (Reason.NO_WORKER_AT_SITE, "lab-3")
    assert told.message == "No worker serves the site lab-3."
    workers.enlist(tx, "w2", ("lab-2", "lab-3"))
    assert why(tx, one).reason is Reason.QUEUE


def test_a_busy_resource_names_the_task_that_has_it(tx: Connection) -> None:
    add(tx, first := task(created_at=later(1)), second := task(created_at=later(2)))
    assert begin(tx, limit=9) == [first.id]
    told = why(tx, second)
    assert (told.reason, told.task_id, told.resource_id) == (Reason.RESOURCE_BUSY, first.id, "r")
    assert first.id in told.message


def test_a_resource_of_another_project_is_in_nobodys_way(tx: Connection) -> None:
    add(tx, task(created_at=later(1)), theirs := task(project_id=OTHER_PROJECT, created_at=later(2)))
    begin(tx)
    assert why(tx, theirs).reason is Reason.QUEUE


def test_what_another_project_brings_here_is_in_the_way_but_not_named(tx: Connection) -> None:
    vault = add_vault(tx)
    theirs = task(Operation.REPLICATION, project_id=OTHER_PROJECT, vault_id=vault.id, created_at=later(1))
    mine = task(created_at=later(2))
    deletes = task(DELETE_VAULT, vault.id, vault_id=vault.id, created_at=later(3))
    add(tx, theirs, mine, deletes)
    assert begin(tx, limit=9) == [theirs.id]
    for one, reason in ((mine, Reason.RESOURCE_BUSY), (deletes, Reason.VAULT_BUSY)):
        told = why(tx, one)
        assert (told.reason, told.task_id) == (reason, None)
        assert told.message.endswith("by a task of another project.")


def test_what_was_put_down_keeps_its_resource_and_waits_like_others(tx: Connection) -> None:
    add(tx, first := task(created_at=later(1)), second := task(created_at=later(2)))
    begin(tx)
    claim = work.begin(tx, first.id, "w1")
    assert claim is not None
    work.put_down(tx, first.id, claim.epoch)
    assert why(tx, first).reason is Reason.QUEUE
    assert why(tx, second).task_id == first.id


def test_a_window_says_until_when(tx: Connection) -> None:
    vault = add_vault(tx, windows=(shut_for(hours=2),))
    add(tx, one := task(vault_id=vault.id))
    told = why(tx, one)
    assert told.reason is Reason.MAINTENANCE_WINDOW
    assert told.until is not None
    assert timedelta(minutes=115) < told.until - clock.now() <= timedelta(hours=2)
    assert f"{told.until:%Y-%m-%d %H:%M} UTC" in told.message


def test_a_window_that_never_ends_has_no_until(tx: Connection) -> None:
    vault = add_vault(tx, windows=(ALWAYS,))
    add(tx, one := task(vault_id=vault.id))
    assert (why(tx, one).reason, why(tx, one).until) == (Reason.MAINTENANCE_WINDOW, None)


def test_a_vaults_limit_is_told_with_what_runs(tx: Connection) -> None:
    vault = add_vault(tx, max_running=1)
    add(tx, *(made := [task(resource_id=one, vault_id=vault.id) for one in "ab"]))
    assert len(begin(tx, limit=9)) == 1
    (told,) = waiting.find(tx, [one.id for one in made], LEASE).values()
    assert (told.reason, told.running, told.max_running) == (Reason.VAULT_LIMIT, 1, 1)


def test_a_vault_delete_waits_for_what_is_in_its_vault_and_all_else_for_it(tx: Connection) -> None:
    vault = add_vault(tx)
    first = task(vault_id=vault.id, created_at=later(1))
    deletes = task(DELETE_VAULT, vault.id, vault_id=vault.id, created_at=later(2))
    add(tx, first, deletes)
    assert begin(tx, limit=9) == [first.id]
    assert (why(tx, deletes).reason, why(tx, deletes).task_id) == (Reason.VAULT_BUSY, first.id)

    claim = work.begin(tx, first.id, "w1")
    assert claim is not None
    work.finish(tx, first.id, claim.epoch, Ending(status=Status.SUCCESS))
    assert begin(tx, limit=9) == [deletes.id]
    add(tx, late := task(resource_id="other", vault_id=vault.id))
    assert (why(tx, late).reason, why(tx, late).task_id) == (Reason.VAULT_DELETING, deletes.id)


def test_what_another_region_does_waits_for_nobody_here(tx: Connection) -> None:
    add(tx, one := task(), site=region.site_of("eu-2"))
    assert waiting.find(tx, [one.id, "no task"], LEASE) == {}


def test_workers_tell_what_they_have_in_hand(tx: Connection) -> None:
    add(tx, task(resource_id="a"), task(resource_id="b"), task(resource_id="c"))
    workers.enlist(tx, "w2", ("here", "lab"))
    begin(tx, "w1", limit=2)
    begin(tx, "w2")
    found = workers.find(tx, LEASE)
    assert [(one.id, one.sites, one.alive, one.tasks) for one in found] == [
        ("w1", ("here",), True, 2),
        ("w2", ("here", "lab"), True, 1),
    ]
    assert all(abs(clock.now() - one.seen_at) < timedelta(minutes=1) for one in found)


@contextmanager
def counted(tx: Connection) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    told: list[str] = []

    def note(*what: object) -> None:
        told.append(str(what[2]))

    event.listen(tx, "before_cursor_execute", note)
    yield told
    event.remove(tx, "before_cursor_execute", note)


def test_two_hundred_tasks_take_as_few_statements_as_one(tx: Connection) -> None:
    vaults = [add_vault(tx, windows=(ALWAYS,), max_running=1) for _ in range(3)]
    made = [task(resource_id=f"r{n % 7}", vault_id=vaults[n % 3].id) for n in range(200)]
    add(tx, *made)
    with counted(tx) as statements:
        assert len(waiting.find(tx, [one.id for one in made], LEASE)) == 200
    assert len(statements) == 4
    with counted(tx) as statements:
        waiting.find(tx, [made[0].id], LEASE)
    assert len(statements) == 4


def test_what_was_found_out_a_moment_ago_is_not_asked_again_unless_the_task_changed(
    tx: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [task(resource_id=f"r{n}") for n in range(3)]
    add(tx, *made)
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    told = waiting.find(tx, [one.id for one in made], LEASE)
    assert set(told) == {one.id for one in made}

    def asked(some: list[Task]) -> int:
        with counted(tx) as statements:
            assert waiting.lately(tx, some, LEASE) == {one.id: told[one.id] for one in some}
        return len(statements)

    assert asked(made[:2]) == 4
    assert asked(made[:2]) == 0
    assert asked(made) == 4
    assert asked([replace(made[0], updated_at=clock.now()), made[1]]) == 4
    assert asked(made[1:]) == 0
    now += waiting.LATELY_SECONDS
    assert asked(made[1:]) == 4


KINDS = st.sampled_from([BACK_UP, Operation.RESTORE, Operation.REPLICATION, Operation.SYNC, DELETE_VAULT])
ASKED = st.tuples(
    KINDS,
    st.sampled_from("abc"),
    st.integers(0, 3),  # the vault; 3 is none
    st.sampled_from([PROJECT, OTHER_PROJECT]),
    st.sampled_from([None, "here", "lab-3"]),
)
STEPS = st.lists(st.sampled_from(["hand out", "put down", "end"]), max_size=6)
LIMITS = st.sampled_from([None, 1, 2])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(ASKED, max_size=9), steps=STEPS, limits=st.tuples(LIMITS, LIMITS), shut=st.booleans())
def test_what_has_no_obstacle_is_handed_out_next_and_nothing_else(
    database: Database,
    asked: list[tuple[Operation, str, int, str, str | None]],
    steps: list[str],
    limits: tuple[int | None, int | None],
    shut: bool,
) -> None:
    with database.transaction() as tx:
        savepoint = tx.begin_nested()
        add_projects(tx)
        workers.enlist(tx, "w1", ("here",))
        vaults = [add_vault(tx, max_running=limit).id for limit in limits]
        vaults.append(add_vault(tx, windows=(ALWAYS,) if shut else ()).id)
        for number, (operation, resource_id, place, project_id, site) in enumerate(asked):
            vault_id = vaults[place] if place < 3 else None
            touched = vault_id or "none" if operation is DELETE_VAULT else resource_id
            one = task(operation, touched, vault_id=vault_id, project_id=project_id, created_at=later(number))
            add(tx, one, site=site)
        for step in steps:
            take(tx, step)
        free = in_turn(tx)
        while free:
            (chosen,) = begin(tx)
            assert chosen in free
            free = in_turn(tx)
        assert begin(tx) == []
        savepoint.rollback()


def in_turn(tx: Connection) -> set[str]:
    unended = work.unfinished(tx, PROJECT) + work.unfinished(tx, OTHER_PROJECT)
    found = waiting.find(tx, [one.id for one in unended], LEASE)
    return {task_id for task_id, wait in found.items() if wait.reason is Reason.QUEUE}


def take(tx: Connection, step: str) -> None:
    """Something happens to the first task that it can happen to."""
    held = work.held_by(tx, "w1")
    if step == "hand out":
        begin(tx)
    elif held:
        claim = work.begin(tx, held[0], "w1")
        assert claim is not None
        if step == "put down":
            work.put_down(tx, held[0], claim.epoch)
        else:
            work.finish(tx, held[0], claim.epoch, Ending(status=Status.SUCCESS))
