"""Tasks that run for longer than they may: of every type, wherever they are, over all of their executions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.engine.house import House, succeeded

from holdfast.db import tasks, work
from holdfast.db.task_tables import work as table
from holdfast.engine import endings
from holdfast.engine.halt import Halt
from holdfast.engine.meter import Meter, Told
from holdfast.engine.operations.table import OPERATIONS
from holdfast.engine.repositories import Repositories
from holdfast.engine.tools import Tools, Work
from holdfast.model import clock, ids
from holdfast.model.backup import BackupStatus
from holdfast.model.errors import TimedOut
from holdfast.model.task import (
    TIMED_OUT,
    BackupDetail,
    DeleteDetail,
    Detail,
    MigrateResourcesDetail,
    Operation,
    Page,
    Phase,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    Status,
    SyncDetail,
    Task,
    TaskResource,
    UpdateExpirationDetail,
    VaultDeleteDetail,
)
from holdfast.model.task_filter import TaskFilter
from holdfast.model.vault import VaultState
from holdfast.service import backups, sync, vaults

DETAILS: dict[Operation, Callable[[], Detail]] = {
    Operation.BACKUP: lambda: BackupDetail(backup_id="b", backup_name="b"),
    Operation.RESTORE: lambda: RestoreDetail(backup_id="b", backup_name="b"),
    Operation.DELETE: lambda: DeleteDetail(backup_id="b", backup_name="b"),
    Operation.SYNC: SyncDetail,
    Operation.VAULT_DELETE: VaultDeleteDetail,
    Operation.REMOVE_RESOURCE: RemoveResourcesDetail,
    Operation.REPLICATION: lambda: ReplicationDetail(
        source_region="",
        source_project_id="",
        source_checkpoint_id="",
        source_backup_id="",
        source_backup_name="",
        destination_region="",
        destination_project_id="",
    ),
    Operation.MIGRATE_RESOURCES: lambda: MigrateResourcesDetail(destination_vault_id="v"),
    Operation.UPDATE_EXPIRATION_TIME: lambda: UpdateExpirationDetail(
        day="2030-01-01", expires_at=clock.now()
    ),
}


def begun(house: House, operation: Operation, seconds_ago: float, limit: int) -> Task:
    """A task that a worker began so long ago, and that died then."""
    at = clock.now() - timedelta(seconds=seconds_ago)
    task = Task(
        id=ids.new(),
        project_id=house.project.id,
        operation=operation,
        status=Status.RUNNING,
        provider_id="p",
        resource=TaskResource(id=ids.new(), name="r", type="OS::Sfs::Turbo"),
        request_id="req-1",
        created_at=at,
        started_at=at,
        updated_at=at,
        detail=DETAILS[operation](),
        time_limit_seconds=limit,
    )
    with house.db.transaction() as tx:
        tasks.add(tx, task)
    return task


def test_what_was_begun_too_long_ago_ends_where_it_is_taken_over_whatever_its_type(house: House) -> None:
    begun_ones = [begun(house, operation, 120, 60) for operation in OPERATIONS]
    with house.working():
        for task in begun_ones:
            ended = house.ended(task.id)
            assert (ended.status, ended.error.code) == (Status.TIMEOUT, TIMED_OUT), ended
            assert ended.error.message == "The task ran for longer than it may. The limit is 1 min."
            assert (ended.started_at, ended.phase) == (task.started_at, "")
    with house.db.reading() as tx:
        wanted = TaskFilter(project_id=house.project.id, statuses=(Status.TIMEOUT,))
        assert tasks.count(tx, wanted) == len(tasks.find(tx, wanted, Page())) == len(OPERATIONS)


def test_what_is_taken_over_in_time_is_done(house: House) -> None:
    task = begun(house, Operation.UPDATE_EXPIRATION_TIME, 30, 3600)
    with house.working():
        succeeded(house.ended(task.id))


def test_a_backup_that_streams_stops_and_there_is_no_such_backup(house: House) -> None:
    vault = house.vault(house.source("Tap", gate=str(house.folder / "gate")))
    with house.working(timeout_minutes={Operation.BACKUP: 0.02}):
        ended = house.back_up(vault)
        assert (ended.status, ended.error.code) == (Status.TIMEOUT, TIMED_OUT)
        assert ended.error.message.endswith("The limit is 0.02 min.")
        assert house.backup(ended).status is BackupStatus.ERROR
        assert house.repository(vault).snapshots() == []
        (house.folder / "gate").touch()
        succeeded(house.back_up(vault))


def test_a_tasks_own_limit_goes_before_that_of_its_type(house: House) -> None:
    gate = house.folder / "gate"
    vault = house.vault(house.source("Tap", gate=str(gate)))
    with house.working(timeout_minutes={Operation.BACKUP: 60}):
        assert house.back_up(vault, time_limit_seconds=1).status is Status.TIMEOUT
    with house.working(timeout_minutes={Operation.BACKUP: 0.001}):
        slow = house.start_backup(vault, time_limit_seconds=3600)
        house.running(slow)
        gate.touch()
        succeeded(house.ended(slow))


def run_out(house: House, task: Task, phase: Phase) -> None:
    """Perform a task that runs out of time where it first tells that it is in this phase."""

    def tell(told: Told) -> None:
        if told.phase is phase:
            raise TimedOut

    tools = Tools(house.db, house.config, Repositories(house.db, house.config.store_url), "w9")
    with pytest.raises(TimedOut):
        OPERATIONS[task.operation].run(Work(task, 1, Meter(tell, Halt())), tools)


def test_whatever_it_is_stops_at_any_of_its_phases_and_harms_nothing(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working():
        backup_id = succeeded(house.back_up(vault)).backup_id or ""
    back = str(house.folder / "back")
    restore = house.task(house.start_restore(backup_id, destination=back))
    for phase in (Phase.WRITING, Phase.FINISHING):
        run_out(house, restore, phase)
    with house.db.transaction() as tx:
        assert work.withdraw(tx, restore.id, endings.failed(endings.error_of(TimedOut())))
    run_out(house, sync.of_vault(house.context(), vault.id), Phase.COMPARING)
    backup = house.task(house.start_backup(vault))
    for phase in (Phase.READING, Phase.FINISHING):
        run_out(house, backup, phase)
    with house.working():
        succeeded(house.ended(backup.id))
    run_out(house, backups.delete(house.context(), backup_id), Phase.FORGETTING)
    run_out(house, vaults.delete(house.context(), vault.id), Phase.DELETING)
    assert len(house.repository(vault).snapshots()) == 2
    house.repository(vault).check()


def test_a_vault_whose_deletion_ran_out_of_time_is_in_error(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    task = vaults.delete(house.context(), vault.id)
    with house.db.transaction() as tx:
        assert work.claim(tx, task.id, "dead") is not None
        seq = tx.execute(sa.select(table.c.seq).where(table.c.task_id == task.id)).scalar_one()
        begun_at = task.created_at - timedelta(hours=1)
        late = replace(task, status=Status.RUNNING, started_at=begun_at)
        tasks.rewrite(tx, seq, late)
    with house.working(timeout_minutes={Operation.VAULT_DELETE: 30}):
        assert house.ended(task.id).status is Status.TIMEOUT
    assert house.show_vault(vault).status is VaultState.ERROR
