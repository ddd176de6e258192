"""The pool: what a worker lets go of, another goes on with; on both databases."""

import threading
import time

import pytest
import sqlalchemy as sa
from tests.engine.house import House, succeeded, wait_until
from tests.engine.test_leases import table_of

from holdfast.db import vaults as rows
from holdfast.db import work, workers
from holdfast.db.tables import resource, vault
from holdfast.db.task_tables import work as table
from holdfast.engine.leases import Heart
from holdfast.engine.perform import MAX_ATTEMPTS
from holdfast.engine.revival import Revived
from holdfast.engine.sweep import Sweeper
from holdfast.engine.worker import Worker
from holdfast.engine.workflows import Workflows
from holdfast.model.task import Status
from holdfast.model.vault import Vault
from holdfast.model.window import Window
from holdfast.service import tasks

ALWAYS = '[{"begin": 0, "end": 0}]'


def gated(house: House) -> Vault:
    """A vault whose backup goes on until somebody opens the gate."""
    return house.vault(house.source("Tap", gate=str(house.folder / "gate")))


def open_gate(house: House) -> None:
    (house.folder / "gate").touch()


def put_down(house: House, task_id: str) -> bool:
    """Whether nobody has the task in hand, and no execution of it counts."""
    with house.db.reading() as tx:
        wanted = sa.select(table.c.dispatched, table.c.attempt).where(table.c.task_id == task_id)
        row = tx.execute(wanted).one()
    return not row.dispatched and row.attempt == 0


def alive(house: House) -> list[str]:
    with house.db.reading() as tx:
        return workers.alive(tx)


def test_a_worker_performs_as_many_at_once_as_it_has_slots(house: House) -> None:
    some = [gated(house), house.vault(house.directory("home", {"letter.txt": b"dear all"}))]
    with house.working(worker_slots=1):
        running, waiting = (house.start_backup(one) for one in some)
        house.running(running)
        time.sleep(1)
        with house.db.reading() as tx:
            assert work.held_by(tx, "w1") == [running]
        open_gate(house)
        succeeded(house.ended(waiting))


def test_a_worker_that_stops_puts_its_tasks_down_and_another_goes_on(house: House) -> None:
    held = gated(house)
    task_id = house.start_backup(held)
    # More often than a task may be begun by workers that die.
    for number in range(MAX_ATTEMPTS + 1):
        with house.working(f"w{number}") as worker:
            house.running(task_id)
            wait_until(lambda: house.task(task_id).phase != "preparing", lambda: f"{house.task(task_id)}")
            worker.stop(0)
        assert house.task(task_id).status is Status.RUNNING
        assert put_down(house, task_id)
    open_gate(house)
    with house.working("last"):
        task = succeeded(house.ended(task_id))
    (snapshot,) = house.repository(held).snapshots()
    assert snapshot["id"] == house.backup(task).snapshot_id


def test_who_is_in_a_hurry_does_not_wait_for_tasks_that_run(house: House) -> None:
    task_id = house.start_backup(gated(house))
    with house.working() as worker:
        house.running(task_id)
        timer = threading.Timer(0.5, worker.hurry)
        timer.start()
        worker.stop(3600)
        timer.join()
    assert put_down(house, task_id)


def test_a_worker_that_was_declared_dead_works_again_beside_what_lives_with_it(house: House) -> None:
    held = gated(house)
    left: list[str] = []
    worker = Revived(
        lambda fenced: Worker(house.db, house.config, "w1", fenced, 0.1), lambda: left.append("!")
    )
    worker.start()
    task_id = house.start_backup(held)
    worker.wake()
    house.running(task_id)
    with house.db.transaction() as tx:
        workers.bury(tx, 0)
    wait_until(lambda: alive(house) == ["w1"], lambda: "it does not live again")
    open_gate(house)
    succeeded(house.ended(task_id))
    worker.stop(60)
    assert not left
    assert len(house.repository(held).snapshots()) == 1


def test_a_worker_that_stops_leaves_no_queue_behind(house: House) -> None:
    with house.working("w1"):
        assert "w1" in queues(house)
    assert "w1" not in queues(house)


def test_queues_of_nobody_are_removed_and_those_of_workers_and_sites_are_not(house: House) -> None:
    with house.db.transaction() as tx:
        workers.enlist(tx, "busy", ("berlin", "paris"))
    for owner in ("busy", "gone", "paris", "rome"):
        workflows = Workflows(house.db.url, owner)
        workflows.start(lambda _: None, 1)
        if owner == "rome":
            heart = Heart(house.db, "rome", ("oslo",), 60.0, lambda: None)
            Sweeper(house.db, workflows, heart, frozenset, trim_seconds=0).sweep()
            assert set(workflows.queues()) == {"busy", "paris"}
        workflows.stop()


def queues(house: House) -> set[str]:
    """The workers that have queues."""
    name = "queues" if house.db.dialect == "sqlite" else "dbos.queues"
    with house.db.reading() as tx:
        found = tx.execute(sa.text(f"SELECT name FROM {name}")).scalars()
        return {str(one).removeprefix("holdfast-") for one in found}


def test_a_task_whose_vault_shuts_is_put_down_and_goes_on_when_it_opens(house: House) -> None:
    held = gated(house)
    with house.working():
        task_id = house.start_backup(held)
        house.running(task_id)
        shut(house, held, ALWAYS)
        wait_until(lambda: put_down(house, task_id), lambda: f"{house.task(task_id)}")
        other = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
        succeeded(house.back_up(other))
        assert house.task(task_id).status is Status.RUNNING
        shut(house, held, "[]")
        open_gate(house)
        succeeded(house.ended(task_id))
    assert len(house.repository(held).snapshots()) == 1


def shut(house: House, held: Vault, windows: str) -> None:
    with house.db.transaction() as tx:
        tx.execute(sa.update(vault).where(vault.c.id == held.id).values(windows=windows))
        assert rows.get(tx, held.project_id, held.id).windows in ((), (Window(begin=0, end=0),))


def test_a_resource_is_left_to_the_workers_of_its_site(house: House) -> None:
    home = house.directory("home", {"letter.txt": b"dear all"})
    held = house.vault(home)
    with house.db.transaction() as tx:
        tx.execute(sa.update(resource).where(resource.c.id == home.id).values(site="lab"))
    with house.working("w1"):
        task_id = house.start_backup(held)
        time.sleep(1.5)
        assert house.task(task_id).status is Status.WAITING
    with house.working("w2", sites=("default", "lab")):
        succeeded(house.ended(task_id))


def test_what_was_put_down_is_cancelled_though_nobody_can_go_on_with_it(house: House) -> None:
    held = gated(house)
    with house.working(sites=("lab",)) as worker:
        task_id = house.start_backup(held)
        house.running(task_id)
        worker.stop(0)
    with house.db.transaction() as tx:
        tx.execute(sa.update(table).values(site="lab"))
    tasks.cancel(house.context(), task_id)
    with house.working("w2", sites=("elsewhere",)):
        ended = house.ended(task_id)
    assert ended.was_cancelled
    assert house.repository(held).snapshots() == []


def test_work_of_a_worker_of_another_site_that_died_is_anybodys_if_it_has_no_site(house: House) -> None:
    held = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = house.start_backup(held)
    before(house, task_id, queue="holdfast-dead", state="PENDING", executor="dead", worker="dead", epoch=1)
    with house.working("w2", sites=("elsewhere",)):
        succeeded(house.ended(task_id))


@pytest.mark.parametrize(
    ("state", "executor", "worker", "epoch"),
    [
        ("ENQUEUED", None, None, 0),
        ("PENDING", "gone", None, 0),
        ("PENDING", "gone", "gone", 1),
        ("PENDING", "w1", "w1", 1),
        ("ENQUEUED", "gone", "gone", 1),
    ],
)
def test_work_that_an_older_holdfast_put_on_its_sites_queue_is_taken_over(
    house: House, state: str, executor: str | None, worker: str | None, epoch: int
) -> None:
    held = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = house.start_backup(held)
    before(
        house, task_id, queue="holdfast-default", state=state, executor=executor, worker=worker, epoch=epoch
    )
    with house.working("w1"):
        task = succeeded(house.ended(task_id))
    (snapshot,) = house.repository(held).snapshots()
    assert snapshot["id"] == house.backup(task).snapshot_id


def test_what_an_older_holdfast_works_on_is_left_to_it(house: House) -> None:
    held = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = house.start_backup(held)
    before(house, task_id, queue="holdfast-default", state="PENDING", executor="old", worker="old", epoch=1)
    with house.db.transaction() as tx:
        workers.enlist(tx, "old", ("default",))
    with house.working("w1", lease_seconds=60.0):
        time.sleep(2)
        with house.db.reading() as tx:
            assert work.held_by(tx, "old") == [task_id]
            workflows = sa.text(f"SELECT executor_id FROM {table_of(house)} WHERE workflow_uuid = :id")
            assert tx.execute(workflows, {"id": task_id}).scalar_one() == "old"


def before(
    house: House,
    task_id: str,
    *,
    queue: str,
    state: str,
    executor: str | None,
    worker: str | None,
    epoch: int,
) -> None:
    """As if a worker had had the task in hand, and is no more."""
    workflows = Workflows(house.db.url, "w0")
    workflows.start(lambda _: None, 1)
    workflows.queue = queue
    with house.db.transaction() as tx:
        workflows.enqueue(tx, [task_id])
    workflows.stop()
    with house.db.transaction() as tx:
        known = sa.text(
            f"UPDATE {table_of(house)} SET status = :state, executor_id = :executor WHERE workflow_uuid = :id"
        )
        tx.execute(known, {"state": state, "executor": executor, "id": task_id})
        if epoch:
            assert work.claim(tx, task_id, worker or "") is not None
        tx.execute(sa.update(table).values(dispatched=True, worker=worker))


def test_a_late_worker_that_finds_its_task_gone_does_not_end_it_for_the_engine(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    held = gated(house)
    with house.working():
        task_id = house.start_backup(held)
        house.running(task_id)
        with house.db.transaction() as tx:  # as others do who have declared it dead
            work.give_back(tx, "w1")
            tx.execute(sa.update(table).values(site="nowhere"))
        wait_until(lambda: "another worker's now" in caplog.text, lambda: "it goes on")
        assert house.task(task_id).status is Status.RUNNING
        with house.db.transaction() as tx:
            tx.execute(sa.update(table).values(site=None))
        open_gate(house)
        succeeded(house.ended(task_id))
    assert len(house.repository(held).snapshots()) == 1
