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
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.errors import DestinationFull, VaultFull
from holdfast.model.replication import Arrived, replicas
from holdfast.model.task import Ending, Figures, ReplicationDetail, Status, Task
from holdfast.model.vault import Vault
from holdfast.repo.repository import Repository, stored_bytes
from holdfast.service import retentions

from . import remote_replication
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
    detail = _detail(work.task)
    if detail.leaves_region:
        backup = tools.ask(partial(_source, work.task, detail))
        sent = remote_replication.send(work, tools, backup, detail)
        return Result(copies={}, used_bytes=0, figures=sent.figures)
    plan = tools.ask(partial(_plan, work.task, detail))
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
    """Write the replica, a server's disks as its children, and what the destination takes now; nothing but
    that it is there, where it is another region's."""
    detail = _detail(task)
    replications.succeed(tx, detail.record_id)
    if detail.leaves_region:
        return
    plan = _plan(task, detail, tx)
    expires_at = retentions.expires_at(tx, task.project_id, task.policy_id, clock.now())
    arrived = Arrived(snapshots=result.copies, figures=result.figures)
    for replica in replicas(plan.backup, detail, plan.destination, arrived, clock.now()):
        backups.add(tx, replace(replica, policy_id=task.policy_id, expired_at=expires_at))
    vaults.set_used(tx, plan.destination.id, result.used_bytes)


def fail(tx: Connection, task: Task) -> None:
    """There is no replica; the record says why."""
    replications.fail(tx, _detail(task).record_id, tasks.get(tx, task.project_id, task.id).error)


def clear(task: Task, tools: Tools) -> None:
    """Count what was sent, which stays for the next time; another region counts for itself."""
    detail = _detail(task)
    if detail.leaves_region:
        remote_replication.give_up(task, detail, tools)
    else:
        recount(tools, detail.destination_vault_id)


def settle(task: Task, result: Result, tools: Tools) -> None:  # noqa: ARG001 - every operation's signature
    """Ask for the deletes of what the replica makes superfluous; another region looks after its own."""
    detail = _detail(task)
    if detail.leaves_region:
        return
    project_id, vault_id = detail.destination_project_id, detail.destination_vault_id
    retentions.carry_out(tools.db, tools.config, project_id, vault_id, task.resource.id)


PERFORMANCE = Performance(run, Result, ending, commit, fail, clear, settle, withdraw=fail)


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


def _source(task: Task, detail: ReplicationDetail, tx: Connection) -> Backup:
    return backups.get(tx, task.project_id, detail.source_backup_id)


def _plan(task: Task, detail: ReplicationDetail, tx: Connection) -> Plan:
    return Plan(
        backup=_source(task, detail, tx),
        destination=vaults.get(tx, detail.destination_project_id, detail.destination_vault_id),
    )
