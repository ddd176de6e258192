"""Cancelling what waits: at once, whatever it waits for, and as if it had never begun."""

import pytest
from tests.engine.house import House

from holdfast.db import work
from holdfast.engine import endings, perform
from holdfast.model.errors import Cancelled, TaskOver
from holdfast.model.task import Status, Task
from holdfast.model.vault import VaultState
from holdfast.service import attachments, tasks, vaults


def cancelled(house: House, task: Task | str) -> Task:
    """The task, after somebody asked it to stop and a worker looked."""
    task_id = task if isinstance(task, str) else task.id
    tasks.cancel(house.context(), task_id)
    with house.working():
        ended = house.ended(task_id)
    assert ended.status is Status.FAILED
    assert ended.was_cancelled
    assert ended.started_at is None
    return ended


def test_a_deletion_that_had_not_begun_leaves_the_vault_as_it_was(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working():
        kept = house.back_up(vault)
    cancelled(house, vaults.delete(house.context(), vault.id))
    assert vaults.show(house.context(), vault.id).status is VaultState.AVAILABLE
    with house.working():
        assert house.restore(kept.backup_id or "").status is Status.SUCCESS


def test_a_deletion_that_a_worker_had_in_hand_and_not_begun_leaves_the_vault_as_it_was(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task = vaults.delete(house.context(), vault.id)
    tasks.cancel(house.context(), task.id)
    with house.db.transaction() as tx:
        claim = work.claim(tx, task.id, "w1")
        assert claim is not None
        perform.fail(claim, endings.failed(endings.error_of(Cancelled("Somebody asked for it."))), tx)
    assert house.task(task.id).was_cancelled
    assert vaults.show(house.context(), vault.id).status is VaultState.AVAILABLE


def test_a_removal_that_had_not_begun_leaves_the_resource_in_its_vault(house: House) -> None:
    resource = house.directory("home", {"letter.txt": b"dear all"})
    vault = house.vault(resource)
    cancelled(house, attachments.remove(house.context(), vault.id, [resource.id]))
    assert [one.resource_id for one in vaults.show(house.context(), vault.id).attachments] == [resource.id]


def test_what_waits_for_a_busy_worker_is_cancelled_all_the_same(house: House) -> None:
    gate = house.folder / "gate"
    busy = house.vault(house.source("Tap", gate=str(gate)))
    other = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working(worker_slots=1):
        running = house.start_backup(busy)
        house.running(running)
        waiting = house.start_backup(other)
        tasks.cancel(house.context(), waiting)
        assert house.ended(waiting).was_cancelled
        assert house.task(running).status is Status.RUNNING
        gate.touch()
        assert house.ended(running).status is Status.SUCCESS


def test_a_task_that_has_ended_is_not_cancelled(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working():
        task = house.back_up(vault)
    with pytest.raises(TaskOver):
        tasks.cancel(house.context(), task.id)
    assert house.task(task.id).status is Status.SUCCESS
