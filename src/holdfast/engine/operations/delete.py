"""Deleting a backup: its snapshots are forgotten, then its rows. What it alone used is freed by pruning.

What the rules of a policy let go is weighed once more before it goes: meanwhile they may have changed, or
somebody may have deleted by hand what was newer.
"""

from functools import partial

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups, litters, vaults
from holdfast.engine.tools import Tools, Work
from holdfast.model.backup import Backup
from holdfast.model.task import DeleteDetail, Ending, Phase, Status, Task, TaskError
from holdfast.repo.errors import NotARepository
from holdfast.repo.repository import Repository, file_names, stored_bytes
from holdfast.service import retentions

from .performance import Performance
from .tags import forget_backup

STAYS = TaskError("Holdfast.0040", "The rules of its policy keep the backup by now.")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The vault that the backup was in, and what its repository takes now; whether the backup stays."""

    vault_id: str
    used_bytes: int
    stays: bool = False


def run(work: Work, tools: Tools) -> Result:
    """Forget the snapshots of the backup and of its disks. Raises BackupNotFound."""
    task = work.task
    backup = tools.ask(partial(backups.get, project_id=task.project_id, backup_id=task.backup_id or ""))
    try:
        repository = tools.repositories.open(backup.vault_id)
    except NotARepository:  # the backup failed before there was one
        return Result(vault_id=backup.vault_id, used_bytes=0)
    kept = tools.ask(partial(backups.shared_snapshots, backup=backup))
    may_stay = _is_by_rules(task) and not work.for_good and _is_whole(backup, repository)
    if may_stay and not tools.ask(partial(retentions.goes, task=task)):
        return Result(vault_id=backup.vault_id, used_bytes=stored_bytes(repository), stays=True)
    work.meter.begin(Phase.FORGETTING)  # cannot be stopped from here on: half of it would be no backup
    # Without a lock, which could not be written into a full store. Nothing else is touched.
    forget_backup(repository, backup, kept)
    return Result(vault_id=backup.vault_id, used_bytes=stored_bytes(repository))


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success, or that there was nothing to be done."""
    if result.stays:
        return Ending(status=Status.SKIPPED, error=STAYS)
    return Ending(status=Status.SUCCESS)


def commit(tx: Connection, task: Task, result: Result) -> None:
    """Take the backup off, unless it stays."""
    if not result.stays:
        backups.remove(tx, task.backup_id or "")
        litters.leave(tx, result.vault_id)
    vaults.set_used(tx, result.vault_id, result.used_bytes)


def _is_by_rules(task: Task) -> bool:
    """Whether rules let the backup go, and nobody asked for it."""
    return isinstance(task.detail, DeleteDetail) and bool(task.detail.because)


def _is_whole(backup: Backup, repository: Repository) -> bool:
    """Whether an execution that broke off has forgotten none of it yet: what is begun is finished."""
    snapshots = [one.snapshot_id for one in (backup, *backup.children) if one.snapshot_id]
    return set(snapshots).issubset(file_names(repository, "snapshots"))


PERFORMANCE = Performance(run, Result, ending, commit)
