"""Handing waiting tasks to workers, and taking them back."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.db.making import OTHER_PROJECT, PROJECT, add_projects, add_vault, later, restore_to, task

from holdfast.db import dispatch, tasks, work, workers
from holdfast.db.database import Database
from holdfast.db.task_tables import work as table
from holdfast.model import region
from holdfast.model.errors import Fenced
from holdfast.model.task import Ending, Operation, Status, Task, VaultDeleteDetail
from holdfast.model.window import Window

ALWAYS = Window(begin=0, end=0)


def add(tx: Connection, *made: Task, site: str | None = None) -> None:
    for one in made:
        tasks.add(tx, one, site=site)


def hand_out(
    tx: Connection, limit: int = 100, worker: str = "w1", sites: Iterable[str] = ("here",)
) -> list[str]:
    return [one.task_id for one in dispatch.dispatch(tx, worker, tuple(sites), limit)]


def begun(tx: Connection, made: Task, worker: str = "w1") -> work.Claim:
    """In the hand of a worker that has taken it up."""
    add(tx, made)
    assert hand_out(tx, worker=worker) == [made.id]
    claim = work.begin(tx, made.id, worker)
    assert claim is not None
    return claim


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_vault_runs_no_more_at_once_than_it_lets(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx, max_running=2)
        of_vault = [task(resource_id=str(n), vault_id=vault.id, created_at=later(n)) for n in range(4)]
        other = task(resource_id="other", created_at=later(9))
        add(tx, *of_vault, other)
        assert hand_out(tx) == [of_vault[0].id, of_vault[1].id, other.id]
        assert hand_out(tx) == []
        work.close(tx, of_vault[0].id, Ending(status=Status.SUCCESS))
        assert hand_out(tx) == [of_vault[2].id]


def test_what_was_put_down_counts_no_more_and_waits_for_room_like_others(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        vault = add_vault(tx, max_running=1)
        claim = begun(tx, task(resource_id="a", vault_id=vault.id))
        work.put_down(tx, claim.task.id, claim.epoch)
        restore = restore_to("b", resource_id="c", vault_id=vault.id, created_at=later(1))
        add(tx, restore)
        assert hand_out(tx) == [claim.task.id]
        assert hand_out(tx) == []


def test_nothing_starts_in_a_maintenance_window_restores_included(database: Database) -> None:
    with database.transaction() as tx:
        add_projects(tx)
        shut, open_vault = add_vault(tx, windows=(ALWAYS,)), add_vault(tx)
        inside = [task(resource_id="a", vault_id=shut.id), restore_to("b", resource_id="c", vault_id=shut.id)]
        outside = task(resource_id="d", vault_id=open_vault.id, created_at=later(5))
        add(tx, *inside, outside)
        assert hand_out(tx) == [outside.id]
        assert dispatch.is_shut_for(tx, inside[0].id)
        assert not dispatch.is_shut_for(tx, outside.id)
        assert not dispatch.is_shut_for(tx, "nothing")


def test_a_worker_serves_all_of_its_sites_and_no_other(database: Database) -> None:
    sites = ("berlin", "paris", "rome")
    with database.transaction() as tx:
        made = {site: task(resource_id=site, created_at=later(n)) for n, site in enumerate(sites)}
        for site, one in made.items():
            add(tx, one, site=site)
        assert hand_out(tx, sites=("berlin", "rome")) == [made["berlin"].id, made["rome"].id]
        assert hand_out(tx, sites=()) == []


# ── turns ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_project_with_a_long_line_does_not_keep_others_waiting(database: Database) -> None:
    with database.transaction() as tx:
        long = [task(resource_id=str(n), created_at=later(n)) for n in range(300)]
        short = [
            task(resource_id=str(n), project_id=OTHER_PROJECT, vault_id="w", created_at=later(1000 + n))
            for n in range(2)
        ]
        add(tx, *long, *short)
        assert hand_out(tx, 4) == [long[0].id, short[0].id, long[1].id, short[1].id]


def test_many_that_wait_for_one_resource_do_not_hide_what_is_behind_them(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, *(task(resource_id="busy", created_at=later(n)) for n in range(250)))
        behind = task(resource_id="idle", created_at=later(999))
        add(tx, behind)
        assert hand_out(tx)[1:] == [behind.id]


def test_what_was_put_down_goes_on_before_restores_and_older_backups(database: Database) -> None:
    with database.transaction() as tx:
        claim = begun(tx, task(resource_id="a", created_at=later(5)))
        work.put_down(tx, claim.task.id, claim.epoch)
        backup, restore = task(resource_id="b"), restore_to("c", resource_id="d", created_at=later(9))
        add(tx, backup, restore)
        assert hand_out(tx, worker="w2") == [claim.task.id, restore.id, backup.id]


# ── whose hand it is in ─────────────────────────────────────────────────────────────────────────────────


def test_only_the_worker_that_has_a_task_in_hand_takes_it_up(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        with pytest.raises(Fenced):
            work.begin(tx, one.id, "w1")
        hand_out(tx, worker="w1")
        with pytest.raises(Fenced):
            work.begin(tx, one.id, "w2")
        assert work.held_by(tx, "w1") == [one.id]
        assert work.begin(tx, one.id, "w1") is not None
        work.close(tx, one.id, Ending(status=Status.SUCCESS))
        assert work.begin(tx, one.id, "w1") is None
        assert work.unended(tx, [one.id, "nothing"]) == set()


def test_an_execution_that_was_put_down_does_not_count_and_is_fenced(database: Database) -> None:
    with database.transaction() as tx:
        claim = begun(tx, task())
        work.put_down(tx, claim.task.id, claim.epoch)
        assert work.held_by(tx, "w1") == []
        assert tasks.get(tx, PROJECT, claim.task.id).status is Status.RUNNING
        with pytest.raises(Fenced):
            work.finish(tx, claim.task.id, claim.epoch, Ending(status=Status.SUCCESS))
        hand_out(tx, worker="w2")
        again = work.begin(tx, claim.task.id, "w2")
        assert again is not None
        assert (again.attempt, again.epoch > claim.epoch) == (1, True)


def test_whoever_has_lost_a_task_does_not_put_it_down(database: Database) -> None:
    with database.transaction() as tx:
        lost = begun(tx, task(), "w1")
        work.give_back(tx, "w1")
        hand_out(tx, worker="w2")
        work.put_down(tx, lost.task.id, lost.epoch)
        assert work.held_by(tx, "w2") == [lost.task.id]


def test_a_worker_gives_back_all_but_what_it_keeps(database: Database) -> None:
    kept, given_up = task(resource_id="a"), task(resource_id="b", created_at=later(1))
    with database.transaction() as tx:
        add(tx, kept, given_up)
        hand_out(tx)
        work.give_back(tx, "w1", [kept.id])
        assert work.held_by(tx, "w1") == [kept.id]
        assert tasks.get(tx, PROJECT, given_up.id).status is Status.WAITING
        assert hand_out(tx, worker="w2") == [given_up.id]


def test_what_the_dead_have_in_hand_is_taken_back_once_and_they_are_fenced(database: Database) -> None:
    with database.transaction() as tx:
        workers.enlist(tx, "w1", ("here",))
        workers.enlist(tx, "w2", ("here",))
        claim = begun(tx, task(resource_id="a"))
        fresh, alive = task(resource_id="b", created_at=later(1)), task(resource_id="c", created_at=later(2))
        add(tx, fresh, alive)
        assert hand_out(tx, 1) == [fresh.id]
        assert hand_out(tx, worker="w2") == [alive.id]
        assert work.take_back(tx) == []
        workers.retire(tx, "w1")
        assert work.take_back(tx) == sorted([claim.task.id, fresh.id])
        assert work.take_back(tx) == []
        with pytest.raises(Fenced):
            work.finish(tx, claim.task.id, claim.epoch, Ending(status=Status.SUCCESS))
        with pytest.raises(Fenced):
            work.begin(tx, fresh.id, "w1")
        assert tasks.get(tx, PROJECT, fresh.id).status is Status.WAITING
        assert hand_out(tx, worker="w2") == [claim.task.id, fresh.id]


def test_what_nobody_has_in_hand_though_it_was_handed_out_is_taken_back(database: Database) -> None:
    one = task()
    with database.transaction() as tx:
        add(tx, one)
        tx.execute(sa.update(table).values(dispatched=True))
        assert work.take_back(tx) == [one.id]


# ── what was put down keeps what it has ─────────────────────────────────────────────────────────────────


def test_what_was_put_down_keeps_its_resource_until_it_has_ended(database: Database) -> None:
    with database.transaction() as tx:
        add(tx, restore := restore_to("a", resource_id="s"), site="far")
        assert hand_out(tx, sites=("far",)) == [restore.id]
        claim = work.begin(tx, restore.id, "w1")
        assert claim is not None
        work.put_down(tx, restore.id, claim.epoch)
        backup = task(resource_id="a", created_at=later(1))
        delete = task(Operation.VAULT_DELETE, "v", detail=VaultDeleteDetail(), created_at=later(2))
        add(tx, backup, delete)
        assert hand_out(tx) == []
        work.close(tx, restore.id, Ending(status=Status.FAILED))
        assert hand_out(tx) == [backup.id]


def test_a_vault_delete_that_was_put_down_goes_on(database: Database) -> None:
    with database.transaction() as tx:
        claim = begun(tx, task(Operation.VAULT_DELETE, "v", detail=VaultDeleteDetail()))
        work.put_down(tx, claim.task.id, claim.epoch)
        add(tx, task(resource_id="a", created_at=later(1)))
        assert hand_out(tx) == [claim.task.id]


# ── cancelling what nobody is at ────────────────────────────────────────────────────────────────────────


def test_what_was_put_down_is_found_when_somebody_stops_it(database: Database) -> None:
    with database.transaction() as tx:
        claim = begun(tx, task(resource_id="a"))
        running = begun(tx, task(resource_id="b", created_at=later(1)))
        for one in (claim, running):
            work.request_cancel(tx, PROJECT, one.task.id)
        work.put_down(tx, claim.task.id, claim.epoch)
        assert work.cancelled_in_waiting(tx) == [claim.task.id]
        assert work.reclaim(tx, running.task.id, "w2") is None
        again = work.reclaim(tx, claim.task.id, "w2")
        assert again is not None
        assert work.cancelled_in_waiting(tx) == []


def test_what_is_done_from_another_region_is_not_ended_here(database: Database) -> None:
    with database.transaction() as tx:
        one = task(status=Status.RUNNING, started_at=later(0))
        add(tx, one, site=region.site_of("eu-2"))
        work.request_cancel(tx, PROJECT, one.id)
        assert work.cancelled_in_waiting(tx) == []
        assert hand_out(tx) == []


# ── all at once ─────────────────────────────────────────────────────────────────────────────────────────

ASKED = st.fixed_dictionaries(
    {
        "resource": st.sampled_from("rstu"),
        "vault": st.integers(0, 2),
        "site": st.sampled_from([None, "here", "there"]),
        "restore": st.booleans(),
    }
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), ASKED),
        st.tuples(st.just("dispatch"), st.tuples(st.sampled_from(["here", "there"]), st.integers(1, 3))),
        st.tuples(st.sampled_from(["end", "put down", "give back"]), st.integers(0, 9)),
    ),
    max_size=25,
)


class Hall:
    """Two workers, one for each site, and three vaults: one lets two tasks run, one is shut."""

    def __init__(self, tx: Connection) -> None:
        self.tx = tx
        add_projects(tx)
        self.vaults = (
            add_vault(tx, max_running=2),
            add_vault(tx, windows=(ALWAYS,)),
            add_vault(tx),
        )
        self.asked: dict[str, dict[str, Any]] = {}
        self.held: dict[str, str] = {}

    def ask(self, what: dict[str, Any]) -> None:
        vault = self.vaults[what["vault"]]
        made: dict[str, Any] = {"vault_id": vault.id, "created_at": later(len(self.asked))}
        resource = what["resource"]
        one = (
            restore_to(resource, resource_id=resource, **made)
            if what["restore"]
            else task(resource_id=resource, **made)
        )
        tasks.add(self.tx, one, site=what["site"])
        self.asked[one.id] = what

    def dispatch(self, who: tuple[str, int]) -> None:
        site, limit = who
        chosen = hand_out(self.tx, limit, worker=site, sites=(site,))
        assert len(chosen) <= limit
        for task_id in chosen:
            assert task_id not in self.held
            assert self.asked[task_id]["site"] in (None, site)
            assert self.asked[task_id]["vault"] != 1
            self.held[task_id] = site
            claim = work.begin(self.tx, task_id, site)
            assert claim is not None

    def end(self, task_id: str) -> None:
        assert work.close(self.tx, task_id, Ending(status=Status.SUCCESS))

    def put_down(self, task_id: str) -> None:
        epoch = self.tx.scalar(sa.select(table.c.epoch).where(table.c.task_id == task_id))
        work.put_down(self.tx, task_id, epoch or 0)

    def check(self) -> None:
        resources = Counter(self.asked[one]["resource"] for one in self.held)
        assert max(resources.values(), default=0) <= 1
        assert sum(self.asked[one]["vault"] == 0 for one in self.held) <= 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_whatever_happens_no_rule_of_handing_out_is_broken(
    database: Database, steps: list[tuple[str, Any]]
) -> None:
    with database.engine.connect() as tx:
        hall = Hall(tx)
        for name, what in steps:
            if name == "ask":
                hall.ask(what)
            elif name == "dispatch":
                hall.dispatch(what)
            elif name == "give back" and hall.held:
                site = sorted(hall.held.values())[what % len(hall.held)]
                work.give_back(tx, site)
                hall.held = {one: where for one, where in hall.held.items() if where != site}
            elif hall.held:
                task_id = sorted(hall.held)[what % len(hall.held)]
                (hall.end if name == "end" else hall.put_down)(task_id)
                del hall.held[task_id]
            hall.check()
        tx.rollback()
