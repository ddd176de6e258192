"""Records of replications, and what follows from them."""

from typing import Any

from sqlalchemy import Connection
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, backup, later, task

from holdfast.db import backups, dispatch, replications, tasks, work
from holdfast.db.database import Database
from holdfast.model import ids
from holdfast.model.backup import Backup
from holdfast.model.replication import RecordStatus, ReplicationRecord
from holdfast.model.task import Operation, ReplicationDetail, TaskError
from holdfast.model.vault import Vault


def settled(tx: Connection) -> tuple[Backup, Vault]:
    """A backup of one project, and a vault of another one."""
    add_projects(tx)
    kept = backup(add_vault(tx))
    backups.add(tx, kept)
    return kept, add_vault(tx, project_id=OTHER_PROJECT)


def record(source: Backup, to: Vault, **given: Any) -> ReplicationRecord:
    known: dict[str, Any] = {"id": ids.new(), "task_id": ids.new(), "created_at": NOON}
    return ReplicationRecord(
        **known | given,
        source_region="here",
        source_project_id=source.project_id,
        source_vault_id=source.vault_id,
        source_checkpoint_id=source.checkpoint_id,
        source_backup_id=source.id,
        destination_region="here",
        destination_project_id=to.project_id,
        destination_vault_id=to.id,
        destination_checkpoint_id=ids.new(),
        destination_backup_id=ids.new(),
    )


def start(tx: Connection, source: Backup, of: ReplicationRecord) -> None:
    """The record's task, waiting."""
    detail = ReplicationDetail(
        record_id=of.id,
        destination_vault_id=of.destination_vault_id,
        source_region="here",
        source_project_id=source.project_id,
        source_checkpoint_id=source.checkpoint_id,
        source_backup_id=source.id,
        source_backup_name=source.name,
        destination_region="here",
        destination_project_id=of.destination_project_id,
    )
    made = task(
        id=of.task_id,
        operation=Operation.REPLICATION,
        vault_id=source.vault_id,
        backup_id=source.id,
        detail=detail,
    )
    tasks.add(tx, made)


def statuses(tx: Connection, source: Backup) -> list[RecordStatus]:
    return [one.status for one in replications.of_backups(tx, [source.id]).get(source.id, [])]


def test_a_record_follows_its_task_until_it_has_ended(database: Database) -> None:
    with database.transaction() as tx:
        source, to = settled(tx)
        first = record(source, to)
        replications.add(tx, first)
        start(tx, source, first)
        assert statuses(tx, source) == [RecordStatus.WAITING]
        work.claim(tx, first.task_id, "w1")
        assert statuses(tx, source) == [RecordStatus.REPLICATING]
        replications.fail(tx, first.id, TaskError("BackupService.6129", "Full."))
        (failed,) = replications.of_backups(tx, [source.id])[source.id]
        assert (failed.status, failed.error.message) == (RecordStatus.FAIL, "Full.")


def test_records_are_listed_by_backup_oldest_first(database: Database) -> None:
    with database.transaction() as tx:
        source, to = settled(tx)
        for number in (2, 1):
            status = (RecordStatus.SKIP, RecordStatus.SUCCESS)[number - 1]
            replications.add(tx, record(source, to, created_at=later(number), status=status))
        assert statuses(tx, source) == [RecordStatus.SKIP, RecordStatus.SUCCESS]
        assert replications.of_backups(tx, [ids.new()]) == {}


def test_a_record_goes_with_its_backup(database: Database) -> None:
    with database.transaction() as tx:
        source, to = settled(tx)
        one = record(source, to)
        replications.add(tx, one)
        backups.remove(tx, source.id)
        assert statuses(tx, source) == []
        replications.succeed(tx, one.id)
        assert statuses(tx, source) == []


def test_a_backup_has_a_replica_while_it_is_there_or_coming(database: Database) -> None:
    with database.transaction() as tx:
        source, to = settled(tx)
        other = add_vault(tx, project_id=OTHER_PROJECT)
        one = record(source, to)
        replications.add(tx, one)
        start(tx, source, one)
        assert replications.replicated(tx, [source.id], to.id) == {source.id}
        assert replications.replicated(tx, [source.id], other.id) == set()
        replications.succeed(tx, one.id)
        assert replications.replicated(tx, [source.id], to.id) == set()
        backups.add(tx, backup(to, id=one.destination_backup_id))
        assert replications.replicated(tx, [source.id], to.id) == {source.id}


def test_both_vaults_and_the_backup_are_in_use_meanwhile(database: Database) -> None:
    with database.transaction() as tx:
        source, to = settled(tx)
        one = record(source, to)
        vaults = (source.vault_id, to.id)
        assert not any(replications.touches_vault(tx, vault_id) for vault_id in vaults)
        start(tx, source, one)
        assert all(replications.touches_vault(tx, vault_id) for vault_id in vaults)
        assert replications.is_source(tx, source.id)
        assert not replications.touches_vault(tx, add_vault(tx).id)


def test_replications_into_one_vault_wait_for_each_other(database: Database) -> None:
    with database.transaction() as tx:
        source, to = settled(tx)
        elsewhere = add_vault(tx, project_id=OTHER_PROJECT)
        for vault in (to, to, elsewhere):
            start(tx, source, record(source, vault))
        assert len(dispatch.dispatch(tx, "w1", ("default",), 10)) == 2
        assert source.project_id == PROJECT
