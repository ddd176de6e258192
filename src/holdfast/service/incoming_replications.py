"""Replications from another region into a vault here, as that region may tell of them.

Their tasks are no worker's: they begin, go on and end when the source says so, or somebody here stops them.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import backups, checkpoints, incoming_replications, tasks, vaults, work
from holdfast.model import clock
from holdfast.model.errors import InvalidParameter, TaskNotFound, TaskOver
from holdfast.model.incoming_replication import IncomingReplication
from holdfast.model.region_errors import SnapshotNotArrived
from holdfast.model.replication import Arrived, check_takes, replicas
from holdfast.model.task import CANCELLED, Ending, Figures, ReplicationDetail, Status, Task, TaskError
from holdfast.model.vault import Vault
from holdfast.store.objects import ObjectMissing, open_store

from .accepting import accept
from .context import Context
from .repositories import FOLDER

STOPPED = TaskError(CANCELLED, "The task was cancelled. Somebody asked for it.")


def announce(context: Context, vault_id: str, asked: IncomingReplication) -> Task:
    """The task of a replication that begins, or that the source goes on with after an interruption.

    Raises VaultNotFound, InvalidParameter for ids that are taken, or what the model's `check_takes` refuses.
    """
    asked.check()
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        known = tasks.known(tx, asked.task_id(vault.id))
        if known is not None:
            return known
        check_takes(vault, asked.backup.provider_id)
        _join(tx, vault, asked)
        task = asked.task(vault, context.request_id, clock.now())
        accept(tx, context, task)
        return task


def progress(context: Context, vault_id: str, task_id: str, percent: int, figures: Figures) -> Task:
    """The source goes on; the task as it stands, which may have been stopped here. Raises TaskNotFound."""
    with context.bookkeeping() as tx:
        _task(tx, context, vault_id, task_id)
        incoming_replications.heard(tx, task_id, percent, figures)
        return tasks.get(tx, context.project_id, task_id)


def complete(context: Context, vault_id: str, asked: IncomingReplication, arrived: Arrived) -> Task:
    """All is there: the replica is a backup of the vault from now on. Asked twice is asked once.

    Raises TaskNotFound, TaskOver for one that ended otherwise, InvalidParameter for what was not announced or
    where a part of the backup has no snapshot, or SnapshotNotArrived.
    """
    context.check_may_change()
    asked.check()
    task_id = asked.task_id(vault_id)
    with context.db.reading() as tx:
        task = _task(tx, context, vault_id, task_id)
    if task.status is Status.SUCCESS:
        return task
    asked.check_announced(task)
    used_bytes = _check_arrived(context.config, vault_id, asked, arrived)
    with context.changing() as tx:
        task = _task(tx, context, vault_id, task_id)
        if not task.status.is_end:
            vault = vaults.get(tx, context.project_id, vault_id)
            made = replicas(asked.backup, _detail(task), vault, arrived, clock.now())
            _check_free(tx, [replica.id for replica in made])
            for replica in made:
                backups.add(tx, replace(replica, expired_at=asked.expires_at))
            vaults.set_used(tx, vault.id, used_bytes)
            work.close(tx, task.id, Ending(status=Status.SUCCESS, figures=arrived.figures))
        elif task.status is not Status.SUCCESS:
            raise TaskOver(task.status)
        return tasks.get(tx, context.project_id, task.id)


def fail(context: Context, vault_id: str, task_id: str, status: Status, error: TaskError) -> Task:
    """The source gave it up, or ran out of time; one that has ended stays as it is. Raises TaskNotFound."""
    with context.changing() as tx:
        task = _task(tx, context, vault_id, task_id)
        if not task.status.is_end:
            work.close(tx, task.id, Ending(status=status, error=error, figures=task.figures))
        return tasks.get(tx, context.project_id, task_id)


def stop(tx: Connection, task: Task) -> None:
    """End a task at once that somebody here asked to stop: its source learns of it when it next tells."""
    work.close(tx, task.id, Ending(status=Status.FAILED, error=STOPPED, figures=task.figures))


def _task(tx: Connection, context: Context, vault_id: str, task_id: str) -> Task:
    task = tasks.get(tx, context.project_id, task_id)
    if not task.is_done_elsewhere or task.vault_id != vault_id:
        raise TaskNotFound(task_id)
    return task


def _detail(task: Task) -> ReplicationDetail:
    if not isinstance(task.detail, ReplicationDetail):
        raise TypeError(f"a replication that says {task.detail}")
    return task.detail


def _join(tx: Connection, vault: Vault, asked: IncomingReplication) -> None:
    """Make the run that the replica belongs to, or let it join the others of that run."""
    detail = asked.detail
    _check_free(tx, [detail.destination_backup_id])
    run = checkpoints.planned(tx, detail.destination_checkpoint_id)
    if run is None:
        checkpoints.add(tx, asked.checkpoint(vault, clock.now()))
    elif (run.project_id, run.vault_id) != (vault.project_id, vault.id):
        raise InvalidParameter("destination_checkpoint_id", "is a run's of another vault")
    else:
        checkpoints.extend(tx, run, asked.resource)


def _check_free(tx: Connection, backup_ids: list[str]) -> None:
    if backups.known(tx, backup_ids):
        raise InvalidParameter("destination_backup_id", "is another backup's")


def _check_arrived(config: Config, vault_id: str, asked: IncomingReplication, arrived: Arrived) -> int:
    """What the vault's repository takes, if it holds every snapshot that it should."""
    objects = open_store(config.store_url, FOLDER, vault_id)
    for one in asked.backup.children or (asked.backup,):
        if one.id not in arrived.snapshots:
            raise InvalidParameter("snapshots", f"does not name that of {one.id}")
        try:
            objects.size(f"snapshots/{arrived.snapshots[one.id]}")
        except ObjectMissing as missing:
            raise SnapshotNotArrived(arrived.snapshots[one.id]) from missing
    return sum(size for _, size in objects.names())
