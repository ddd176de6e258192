"""What is under way: the rows of unfinished tasks, and which backup, vault or resource each of them concerns.

The statuses of vaults, attached resources, backups and checkpoints follow from this; so it answers for many
of them at once.
"""

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.task import (
    MigrateResourcesDetail,
    Operation,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    Status,
    Task,
)

from .columns import write_document
from .statements import Record
from .tables import backup, member
from .task_tables import work, work_resource


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """An unfinished task, as far as the status of other things depends on it."""

    project_id: str
    operation: Operation
    status: Status
    vault_id: str | None
    backup_id: str | None

    @property
    def pair(self) -> tuple[Operation, Status]:
        """What `model.backup.status_of` wants to know of a task."""
        return self.operation, self.status


def begin(tx: Connection, seq: int, task: Task, site: str | None) -> None:
    """The task with this number is under way."""
    tx.execute(
        sa.insert(work).values(
            seq=seq,
            task_id=task.id,
            project_id=task.project_id,
            operation=task.operation,
            vault_id=_vault_of(task),
            backup_id=task.backup_id,
            checkpoint_id=task.checkpoint_id,
            site=site,
            dispatched=False,
            epoch=0 if task.status is Status.WAITING else 1,
            attempt=0,
            cancel_requested=False,
            progress=task.progress,
            figures=write_document(task.figures),
            phase="",
            updated_at=task.updated_at,
        )
    )
    touched = [{"seq": seq, "resource_id": resource_id} for resource_id in sorted(touched_by(task))]
    if touched:
        tx.execute(sa.insert(work_resource), touched)


def touched_by(task: Task) -> set[str]:
    """The resources that a task reads or changes, a restore's targets included.

    A vault stands for itself where what must not be done twice at once is done to the whole of it: it is
    reconciled, or replicas or resources come into it or leave it. What a shared backup was taken of is not
    touched by restoring it: it is another project's.
    """
    if isinstance(task.detail, RemoveResourcesDetail):
        return {resource.id for resource in task.detail.resources}
    if isinstance(task.detail, MigrateResourcesDetail):
        moved = {resource.id for resource in task.detail.resources}
        return {*moved, task.vault_id or "", task.detail.destination_vault_id} - {""}
    if isinstance(task.detail, ReplicationDetail):
        return {task.detail.destination_vault_id} - {""}
    if task.operation is Operation.SYNC and task.vault_id is not None:
        return {task.vault_id}
    touched = {task.resource.id}
    if isinstance(task.detail, RestoreDetail):
        targets = {task.detail.target_resource_id, *task.detail.volumes.values()}
        touched = targets if task.detail.source_vault_id else touched | targets
    return touched - {""}


def _vault_of(task: Task) -> str | None:
    """The vault whose repository a task works with: of a shared backup it is the owner's."""
    if isinstance(task.detail, RestoreDetail) and task.detail.source_vault_id:
        return task.detail.source_vault_id
    return task.vault_id


def status_of(row: Record) -> Status:
    """The status of a work row: a task runs from the moment somebody claims it."""
    return Status.RUNNING if row.epoch else Status.WAITING


def of_project(tx: Connection, project_id: str) -> list[UnderWay]:
    """What is under way in a project, oldest first."""
    return _find(tx, work.c.project_id == project_id)


def ends_shares(tx: Connection, project_id: str) -> list[UnderWay]:
    """What other projects have under way that takes backups away which they share with this one."""
    shared = sa.select(member.c.backup_id).where(member.c.project_id == project_id)
    vaults = sa.select(backup.c.vault_id).where(backup.c.id.in_(shared))
    deletes = sa.and_(work.c.operation == Operation.DELETE, work.c.backup_id.in_(shared))
    dooms = sa.and_(work.c.operation == Operation.VAULT_DELETE, work.c.vault_id.in_(vaults))
    return _find(tx, sa.or_(deletes, dooms))


def of_vaults(tx: Connection, vault_ids: Collection[str]) -> list[UnderWay]:
    """What is under way in these vaults, oldest first."""
    return _find(tx, work.c.vault_id.in_(vault_ids))


def of_backups(tx: Connection, backup_ids: Collection[str], vault_ids: Collection[str]) -> list[UnderWay]:
    """What is under way with these backups, or deletes one of these vaults that hold them, oldest first."""
    doomed = sa.and_(work.c.operation == Operation.VAULT_DELETE, work.c.vault_id.in_(vault_ids))
    return _find(tx, sa.or_(work.c.backup_id.in_(backup_ids), doomed))


def in_checkpoint(tx: Connection, checkpoint_id: str) -> bool:
    """Whether anything of this run, or with its backups, is under way."""
    wanted = sa.select(work.c.seq).where(work.c.checkpoint_id == checkpoint_id)
    return tx.scalar(wanted.limit(1)) is not None


def of_resources(tx: Connection, resource_ids: Collection[str]) -> dict[str, list[UnderWay]]:
    """What is under way with each of these resources, oldest first."""
    wanted = (
        sa.select(work, work_resource.c.resource_id)
        .join(work_resource, work_resource.c.seq == work.c.seq)
        .where(work_resource.c.resource_id.in_(resource_ids))
        .order_by(work.c.seq)
    )
    found: dict[str, list[UnderWay]] = {}
    for row in tx.execute(wanted):
        found.setdefault(row.resource_id, []).append(_under_way(row))
    return found


def _find(tx: Connection, condition: sa.ColumnElement[bool]) -> list[UnderWay]:
    return [_under_way(row) for row in tx.execute(sa.select(work).where(condition).order_by(work.c.seq))]


def _under_way(row: Record) -> UnderWay:
    return UnderWay(
        project_id=row.project_id,
        operation=Operation(row.operation),
        status=status_of(row),
        vault_id=row.vault_id,
        backup_id=row.backup_id,
    )
