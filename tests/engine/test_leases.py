"""Leases: who is alive, who is not, and what becomes of the work of those who are not; on both databases."""

import sqlalchemy as sa
from tests.engine.house import House, succeeded, wait_until

from holdfast.db import backups, dispatch, workers
from holdfast.db.task_tables import work as table
from holdfast.engine.leases import Heart
from holdfast.engine.sweep import Sweeper
from holdfast.engine.workflows import Workflows
from holdfast.model.backup import BackupState
from holdfast.model.task import Status


def test_a_worker_that_works_is_alive_and_one_that_stopped_is_not(house: House) -> None:
    with house.working("w1"), house.db.reading() as tx:
        assert workers.alive(tx) == ["w1"]
    with house.db.reading() as tx:
        assert workers.alive(tx) == []


def test_a_worker_that_was_declared_dead_stops_and_says_so(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    with house.working("w1"):
        task_id = house.start_backup(vault)
        house.running(task_id)
        with house.db.transaction() as tx:
            assert workers.bury(tx, 0) == ["w1"]
        wait_until(lambda: bool(house.fences), lambda: "it goes on")
    assert house.fences == ["w1"]
    assert house.task(task_id).status is Status.RUNNING
    gate.touch()
    with house.working("w1"):
        succeeded(house.ended(task_id))


def test_nobody_judges_others_before_its_own_heart_has_beaten_for_a_lease(house: House) -> None:
    heart = Heart(house.db, "w1", ("default",), 60.0, lambda: None)
    heart.start()
    assert not heart.may_judge
    heart.stop()
    short = Heart(house.db, "w1", ("default",), 0.5, lambda: None)
    short.start()
    wait_until(lambda: short.may_judge, lambda: "it never may")
    short.stop()


def test_a_silent_worker_is_buried(house: House) -> None:
    with house.db.transaction() as tx:
        workers.enlist(tx, "silent", ("default",))
    with house.working("w1"):

        def buried() -> bool:
            with house.db.reading() as tx:
                return workers.alive(tx) == ["w1"]

        wait_until(buried, lambda: "it was not")


def test_a_task_that_the_engine_ended_without_a_result_is_closed(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = dispatched(house, house.start_backup(vault))
    with house.db.transaction() as tx:
        told = {"id": task_id, "state": "MAX_RECOVERY_ATTEMPTS_EXCEEDED"}
        tx.execute(sa.text(f"UPDATE {table_of(house)} SET status = :state WHERE workflow_uuid = :id"), told)
    with house.working("w1"):
        task = house.ended(task_id)
    assert task.status is Status.FAILED
    assert "died too often" in task.error.message
    with house.db.reading() as tx:
        assert backups.get(tx, house.project.id, task.backup_id or "").state is BackupState.ERROR


def test_a_task_that_the_engine_has_lost_is_queued_again(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = house.start_backup(vault)
    with house.db.transaction() as tx:
        assert [one.task_id for one in dispatch.dispatch(tx, "w1", ("default",), 1)] == [task_id]
    with house.working("w1"):
        succeeded(house.ended(task_id))


def test_work_that_was_taken_and_dropped_is_put_back(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task_id = dispatched(house, house.start_backup(vault))
    with house.working("w1"):
        with house.db.transaction() as tx:
            taken = "status = 'PENDING', executor_id = 'w1', queue_name = 'holdfast-w1'"
            told = sa.text(f"UPDATE {table_of(house)} SET {taken} WHERE workflow_uuid = :id")
            tx.execute(told, {"id": task_id})
            tx.execute(sa.update(table).values(dispatched=True, worker="w1"))
        succeeded(house.ended(task_id))


def test_work_that_ended_long_ago_is_forgotten_by_the_engine_and_not_by_us(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working("w1"):
        task = succeeded(house.back_up(vault))
    with house.db.transaction() as tx:
        old = sa.text(f"UPDATE {table_of(house)} SET completed_at = 1000 WHERE workflow_uuid = :id")
        assert tx.execute(old, {"id": task.id}).rowcount == 1
    workflows = Workflows(house.db.url, "w1")
    workflows.start(lambda _: None, 1)
    heart = Heart(house.db, "w1", ("default",), 60.0, lambda: None)
    sweeper = Sweeper(house.db, workflows, heart, frozenset, trim_seconds=0)
    sweeper.sweep()
    assert workflows.known([task.id]) == {}
    workflows.stop()
    assert house.task(task.id).status is Status.SUCCESS


def dispatched(house: House, task_id: str) -> str:
    """Put a task into the hand of a worker that is gone, and on a queue that nobody looks at."""
    workflows = Workflows(house.db.url, "w0")
    workflows.start(lambda _: None, 1)
    with house.db.transaction() as tx:
        dispatch.dispatch(tx, "w0", ("default",), 1)
        workflows.queue = "nowhere"
        workflows.enqueue(tx, [task_id])
    workflows.stop()
    return task_id


def table_of(house: House) -> str:
    """The engine's own table."""
    return "workflow_status" if house.db.dialect == "sqlite" else "dbos.workflow_status"
