"""Doing a task once more: every kind of it, as a new task that names the old one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from msgspec.structs import replace
from tests.engine.house import House, read_files, succeeded
from tests.engine.test_replication import held, replica_vault, start

from holdfast.db import tasks as rows
from holdfast.model import clock
from holdfast.model.errors import BackupNotFound, ResourceNotInVault, TaskNotRetryable
from holdfast.model.task import Detail, Operation, Status, Task
from holdfast.model.vault import Vault
from holdfast.service import attachments, backups, retries, sync, tasks, vaults

FILES = {"letter.txt": b"dear all", "deep/photo.raw": bytes(50_000)}


def stopped(house: House, task: Task) -> Task:
    """A task that did not end well: it was cancelled before it began."""
    tasks.cancel(house.context(), task.id)
    with house.working():
        ended = house.ended(task.id)
    assert ended.status is Status.FAILED
    return ended


def kept(house: House, vault: Vault) -> str:
    """The id of a backup in the vault."""
    with house.working():
        return succeeded(house.back_up(vault)).backup_id or ""


def ask_backup(house: House, vault: Vault) -> Task:
    return house.task(house.start_backup(vault, name="monday", description="by hand"))


def ask_restore(house: House, vault: Vault) -> Task:
    return house.task(house.start_restore(kept(house, vault), destination=str(house.folder / "there")))


def ask_delete(house: House, vault: Vault) -> Task:
    return backups.delete(house.context(), kept(house, vault))


def ask_sync(house: House, vault: Vault) -> Task:
    return sync.of_vault(house.context(), vault.id)


def ask_remove(house: House, vault: Vault) -> Task:
    (held,) = house.show_vault(vault).attachments
    return attachments.remove(house.context(), vault.id, [held.resource_id])


def ask_migrate(house: House, vault: Vault) -> Task:
    (held,) = house.show_vault(vault).attachments
    there = house.vault()
    return attachments.migrate(house.context(), vault.id, [held.resource_id], there.id)


def ask_replica(house: House, vault: Vault) -> Task:
    return start(house, house.backup_of(kept(house, vault)), replica_vault(house))


def ask_delete_vault(house: House, vault: Vault) -> Task:
    return vaults.delete(house.context(), vault.id)


def ask_expiry(house: House, vault: Vault) -> Task:
    day = clock.now().date() + timedelta(days=9)
    return vaults.update_expiration(house.context(), vault.id, day, EAST)[0]


EAST = timezone(timedelta(hours=5, minutes=45))
ASKED = {
    Operation.BACKUP: ask_backup,
    Operation.RESTORE: ask_restore,
    Operation.DELETE: ask_delete,
    Operation.SYNC: ask_sync,
    Operation.REMOVE_RESOURCE: ask_remove,
    Operation.MIGRATE_RESOURCES: ask_migrate,
    Operation.REPLICATION: ask_replica,
    Operation.VAULT_DELETE: ask_delete_vault,
    Operation.UPDATE_EXPIRATION_TIME: ask_expiry,
}


@pytest.mark.parametrize("operation", ASKED)
def test_what_did_not_end_well_is_done_once_more(house: House, operation: Operation) -> None:
    ask: Callable[[House, Vault], Task] = ASKED[operation]
    old = stopped(house, ask(house, house.vault(house.directory("home", FILES))))
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
