"""Records of replications: one for each time that a backup was to be replicated.

Of one whose task is unfinished the status follows from the task; the last word of its task is written down.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.model.replication import RecordStatus, ReplicationRecord
from holdfast.model.task import Operation, Status, TaskError

from . import under_way
from .columns import read_document, write_document
from .statements import Record, texts
from .tables import backup as backup_table
from .tables import replication_record as table
from .task_tables import work, work_resource


def add(tx: Connection, record: ReplicationRecord) -> None:
    """Keep a new record. It goes with the backup that was to be replicated."""
    tx.execute(
        sa.insert(table).values(
            id=record.id,
            backup_id=record.source_backup_id,
            status=record.status,
            document=write_document(record),
            created_at=record.created_at,
        )
    )


def of_backups(tx: Connection, backup_ids: Collection[str]) -> dict[str, list[ReplicationRecord]]:
    """The records of each of these backups that has any, oldest first."""
    wanted = sa.select(table).where(table.c.backup_id.in_(texts(tx, backup_ids)))
    records = _read(tx, tx.execute(wanted.order_by(table.c.created_at, table.c.id)).all())
    found: dict[str, list[ReplicationRecord]] = {}
    for record in records:
        found.setdefault(record.source_backup_id, []).append(record)
    return found


def replicated(
    tx: Connection, backup_ids: Collection[str], vault_id: str, elsewhere: Collection[str] = ()
) -> set[str]:
    """Those of these backups that have a replica in the vault, or will have one.

    `elsewhere` are replicas that another region has now: what is there, no row here tells.
    """
    found = of_backups(tx, backup_ids)
    there = {
        record.source_backup_id: record.destination_backup_id
        for records in found.values()
        for record in records
        if record.destination_vault_id == vault_id and record.status is RecordStatus.SUCCESS
    }
    coming = {
        record.source_backup_id
        for records in found.values()
        for record in records
        if record.destination_vault_id == vault_id and record.is_open
    }
    replicas = backup_table.c.id.in_(texts(tx, list(there.values())))
    kept = set(elsewhere) | set(tx.scalars(sa.select(backup_table.c.id).where(replicas)))
    return coming | {source for source, replica in there.items() if replica in kept}


def made(tx: Connection, backup_ids: Collection[str], vault_id: str) -> set[str]:
    """Ids of the replicas that these backups got in the vault; some may be gone by now."""
    found = of_backups(tx, backup_ids).values()
    there = (record for records in found for record in records if record.destination_vault_id == vault_id)
    return {record.destination_backup_id for record in there if record.status is RecordStatus.SUCCESS}


def handled(tx: Connection, source_vault_id: str, destination_vault_id: str) -> set[str]:
    """Those of the backups in one vault that got a replica in the other, gone by now or not, or will."""
    wanted = (
        sa.select(table.c.document)
        .join(backup_table, backup_table.c.id == table.c.backup_id)
        .where(
            backup_table.c.vault_id == source_vault_id,
            table.c.status.in_((RecordStatus.SUCCESS, RecordStatus.WAITING)),
        )
    )
    records = (read_document(document, ReplicationRecord) for document in tx.scalars(wanted))
    return {one.source_backup_id for one in records if one.destination_vault_id == destination_vault_id}


def succeed(tx: Connection, record_id: str) -> None:
    """The replica is there. A record that is gone with its backup stays so."""
    _end(tx, record_id, RecordStatus.SUCCESS, TaskError())


def fail(tx: Connection, record_id: str, error: TaskError) -> None:
    """There is no replica. A record that is gone with its backup stays so."""
    _end(tx, record_id, RecordStatus.FAIL, error)


def is_source(tx: Connection, backup_id: str) -> bool:
    """Whether the backup is being replicated, or waits for it."""
    wanted = sa.select(work.c.seq).where(
        work.c.backup_id == backup_id, work.c.operation == Operation.REPLICATION
    )
    return tx.scalar(wanted.limit(1)) is not None


def touches_vault(tx: Connection, vault_id: str) -> bool:
    """Whether something is to be replicated out of this vault, or into it from any project."""
    into = sa.select(work_resource.c.seq).where(work_resource.c.resource_id == vault_id)
    wanted = sa.select(work.c.seq).where(
        work.c.operation == Operation.REPLICATION,
        sa.or_(work.c.vault_id == vault_id, work.c.seq.in_(into)),
    )
    return tx.scalar(wanted.limit(1)) is not None


def _end(tx: Connection, record_id: str, status: RecordStatus, error: TaskError) -> None:
    row = tx.execute(sa.select(table).where(table.c.id == record_id)).first()
    if row is None:
        return
    ended = replace(read_document(row.document, ReplicationRecord), status=status, error=error)
    tx.execute(
        sa.update(table).where(table.c.id == record_id).values(status=status, document=write_document(ended))
    )


def _read(tx: Connection, rows: Sequence[Record]) -> list[ReplicationRecord]:
    records = [read_document(row.document, ReplicationRecord) for row in rows]
    waiting = [record.task_id for record in records if record.is_open]
    tasks = {row.task_id: row for row in tx.execute(sa.select(work).where(work.c.task_id.in_(waiting)))}
    return [_now(record, tasks.get(record.task_id)) for record in records]


def _now(record: ReplicationRecord, task: Record | None) -> ReplicationRecord:
    if record.status is RecordStatus.SUCCESS:
        return replace(record, progress=100)
    if task is None:
        return record
    running = under_way.status_of(task) is Status.RUNNING
    return replace(
        record, status=RecordStatus.REPLICATING if running else record.status, progress=task.progress
    )
