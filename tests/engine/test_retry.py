"""Doing a task once more: every kind of it, as a new task that names the old one."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from msgspec.structs import replace
from tests.engine.asked import ASKED, FILES, ask_backup, ask_delete, ask_expiry, ask_remove, kept
from tests.engine.house import House, read_files, succeeded
from tests.engine.test_replication import held, replica_vault, start

from holdfast.db import tasks as rows
from holdfast.model.errors import BackupNotFound, ResourceNotInVault, TaskNotRetryable
from holdfast.model.task import Detail, Operation, Status, Task
from holdfast.service import retries, tasks


def stopped(house: House, task: Task) -> Task:
    """A task that did not end well: it was cancelled before it began."""
    tasks.cancel(house.context(), task.id)
    with house.working():
        ended = house.ended(task.id)
    assert ended.status is Status.FAILED
    return ended


@pytest.mark.parametrize("operation", ASKED)
def test_what_did_not_end_well_is_done_once_more(house: House, operation: Operation) -> None:
    old = stopped(house, ASKED[operation](house, house.vault(house.directory("home", FILES))))
    new = retries.create(house.context(), old.id)
    assert (new.operation, house.task(new.id).retry_of) == (operation, old.id)
    with house.working():
        ended = succeeded(house.ended(new.id))
    assert (ended.resource, ended.vault_id) == (old.resource, old.vault_id)
    assert house.task(old.id) == old


def test_every_kind_of_task_can_be_done_once_more() -> None:
    assert set(retries._AGAIN) == set(get_args(Detail))


def test_a_backup_done_once_more_is_called_as_the_one_that_failed(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    old = stopped(house, ask_backup(house, vault))
    new = retries.create(house.context(), old.id)
    made, failed = house.backup(new), house.backup(old)
    assert made.id != failed.id
    assert (made.name, made.description) == (failed.name, failed.description) == ("monday", "by hand")


def test_a_restore_done_once_more_restores_the_same_files(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    backup_id = kept(house, vault)
    path = str(house.folder / "home" / "letter.txt")
    there = house.folder / "there"
    asked = house.start_restore(backup_id, destination=str(there), paths=(path,))
    new = retries.create(house.context(), stopped(house, house.task(asked)).id)
    with house.working():
        succeeded(house.ended(new.id))
    assert read_files(there) == {"letter.txt": FILES["letter.txt"]}


def test_what_a_schedule_asked_for_stays_the_schedules(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    due = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    asked = house.start_backup(
        vault,
        auto_trigger=True,
        policy_id="p1",
        due_at=due,
        time_limit_seconds=60,
        retention_days=7,
    )
    new = retries.create(house.context(), stopped(house, house.task(asked)).id)
    assert (new.policy_id, house.task(new.id).due_at) == ("p1", due)
    assert house.task(new.id).time_limit_seconds == 60
    backup = house.backup(new)
    assert (backup.auto_trigger, backup.policy_id) == (True, "p1")
    assert backup.expired_at == backup.created_at + timedelta(days=7)


def test_the_last_moment_of_a_day_is_the_same_one_again(house: House) -> None:
    old = stopped(house, ask_expiry(house, house.vault(house.directory("home", FILES))))
    new = retries.create(house.context(), old.id)
    assert new.detail == old.detail


def test_a_replica_made_once_more_is_the_only_one(house: House) -> None:
    to = replica_vault(house)
    source = house.backup_of(kept(house, house.vault(house.directory("home", FILES))))
    new = retries.create(house.context(), stopped(house, start(house, source, to)).id)
    with house.working():
        succeeded(house.ended(new.id))
    (replica,) = held(house.context(), to)
    assert replica.name == source.name


@pytest.mark.parametrize("status", [Status.WAITING, Status.RUNNING, Status.SUCCESS])
def test_what_did_not_fail_is_not_done_once_more(house: House, status: Status) -> None:
    task = house.task(house.start_backup(house.vault(house.directory("home", FILES))))
    with house.db.transaction() as tx:
        seq = tx.exec_driver_sql("SELECT seq FROM task").scalar_one()
        rows.rewrite(tx, seq, replace(task, status=status))
    with pytest.raises(TaskNotRetryable):
        retries.create(house.context(), task.id)


def test_the_rules_of_now_hold(house: House) -> None:
    vault = house.vault(house.directory("home", FILES))
    backup = stopped(house, ask_backup(house, vault))
    delete = stopped(house, ask_delete(house, vault))
    with house.working():
        succeeded(house.delete(delete.backup_id or ""))
        succeeded(house.ended(ask_remove(house, vault).id))
    with pytest.raises(BackupNotFound):
        retries.create(house.context(), delete.id)
    with pytest.raises(ResourceNotInVault):
        retries.create(house.context(), backup.id)
