"""Replicating: a backup's snapshots are copied into the repository of another vault, and are a backup there.

What was sent before an interruption is not sent again: neither when the task goes on, nor when it failed and
is asked for once more. So nothing is cleared away after a failure.
"""

from functools import partial

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, replications, tasks, vaults
from holdfast.engine.capacity import Capacity, recount
from holdfast.engine.copying import copy_between
from holdfast.engine.tools import Ask, Tools, Work
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, ImageType
from holdfast.model.errors import DestinationFull, VaultFull
from holdfast.model.task import Ending, Figures, ReplicationDetail, Status, Task
from holdfast.model.vault import Vault
from holdfast.repo.repository import Repository, stored_bytes

from .performance import Performance


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The backup that is replicated, with its disks, and the vault that its replica goes to."""

    backup: Backup
    destination: Vault


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The destination's snapshots by the backups that they are of, and what its repository takes now."""

    copies: dict[str, str]
    used_bytes: int
    figures: Figures


def run(work: Work, tools: Tools) -> Result:
    """Copy what the destination does not have. Raises BackupNotFound, VaultNotFound, DestinationFull, …"""
    plan = tools.ask(partial(_plan, work.task, _detail(work.task)))
    room = _Room(plan.destination, tools.ask)
    room.check(plan.destination.used_bytes)
    source = tools.repositories.open(plan.backup.vault_id)
    target = tools.repositories.make(plan.destination.id)
    work.meter.guard(partial(room.check_while_writing, target))
    parts = {one.id: one.snapshot_id or "" for one in plan.backup.children or (plan.backup,)}
    copied = copy_between(source, list(parts.values()), target, work.meter, plan.backup.read_bytes)
    return Result(
        copies={backup_id: copied.copies[snapshot_id] for backup_id, snapshot_id in parts.items()},
        used_bytes=stored_bytes(target),
        figures=replace(work.meter.figures, bytes_total=copied.bytes, bytes_stored=copied.stored_bytes),
    )


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success."""
    return Ending(status=Status.SUCCESS, figures=result.figures)


def commit(tx: Connection, task: Task, result: Result) -> None:
    """Write the replica, a server's disks as its children, and what the destination takes now."""
    detail = _detail(task)
    plan = _plan(task, detail, tx)
    replica = _replica(plan, detail, result)
    backups.add(tx, replica)
    for disk in plan.backup.children:
        if disk.id in result.copies:
            backups.add(tx, _child(replica, disk, result))
    vaults.set_used(tx, plan.destination.id, result.used_bytes)
    replications.succeed(tx, detail.record_id)


def fail(tx: Connection, task: Task) -> None:
    """There is no replica; the record says why."""
    replications.fail(tx, _detail(task).record_id, tasks.get(tx, task.project_id, task.id).error)


def clear(task: Task, tools: Tools) -> None:
    """Count what was sent, which stays for the next time."""
    recount(tools, _detail(task).destination_vault_id)


PERFORMANCE = Performance(run, Result, ending, commit, fail, clear, withdraw=fail)


class _Room:
    """The room in the vault that replicas go to."""

    def __init__(self, vault: Vault, ask: Ask) -> None:
        self._capacity = Capacity(vault, ask)

    def check(self, used_bytes: int) -> None:
        """Raises DestinationFull."""
        try:
            self._capacity.check(used_bytes)
        except VaultFull as refusal:
            raise DestinationFull(str(refusal)) from refusal

    def check_while_writing(self, repository: Repository, figures: Figures) -> None:
        """Raises DestinationFull."""
        try:
            self._capacity.check_while_writing(repository, figures)
        except VaultFull as refusal:
            raise DestinationFull(str(refusal)) from refusal


def _detail(task: Task) -> ReplicationDetail:
    if not isinstance(task.detail, ReplicationDetail):
        raise TypeError(f"a replication that says {task.detail}")
    return task.detail


def _plan(task: Task, detail: ReplicationDetail, tx: Connection) -> Plan:
    return Plan(
        backup=backups.get(tx, task.project_id, detail.source_backup_id),
        destination=vaults.get(tx, detail.destination_project_id, detail.destination_vault_id),
    )


def _replica(plan: Plan, detail: ReplicationDetail, result: Result) -> Backup:
    now = clock.now()
    backup = plan.backup
    return replace(
        backup,
        id=detail.destination_backup_id,
        project_id=plan.destination.project_id,
        vault_id=plan.destination.id,
        checkpoint_id=detail.destination_checkpoint_id,
        name=detail.destination_backup_name,
        description=backup.description if detail.description is None else detail.description,
        image_type=ImageType.REPLICATION,
        auto_trigger=detail.auto_trigger,
        enterprise_project_id=plan.destination.enterprise_project_id,
        snapshot_id=result.copies.get(backup.id, ""),
        bookmark=None,
        stored_bytes=result.figures.bytes_stored,
        created_at=now,
        updated_at=now,
        expired_at=None,
        children=(),
    )


def _child(replica: Backup, disk: Backup, result: Result) -> Backup:
    return replace(
        replica,
        # Derived, as the ids of disks are where they are backed up.
        id=ids.derived(replica.id, disk.resource_id),
        parent_id=replica.id,
        resource_id=disk.resource_id,
        resource_name=disk.resource_name,
        resource_type=disk.resource_type,
        resource_size_gb=disk.resource_size_gb,
        snapshot_id=result.copies[disk.id],
        root=disk.root,
        read_bytes=disk.read_bytes,
        stored_bytes=0,
        file_count=disk.file_count,
        protected_at=disk.protected_at,
    )
