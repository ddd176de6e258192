"""Deleting a backup: its snapshots are forgotten, then its rows. What it alone used is freed by pruning."""

from functools import partial

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups, vaults
from holdfast.engine.tools import Tools, Work
from holdfast.model.task import Ending, Status, Task
from holdfast.repo.errors import NotARepository
from holdfast.repo.repository import stored_bytes

from .performance import Performance
from .tags import forget_backup


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The vault that the backup was in, and what its repository takes now."""

    vault_id: str
    used_bytes: int


def run(work: Work, tools: Tools) -> Result:
    """Forget the snapshots of the backup and of its disks. Raises BackupNotFound."""
    task = work.task
    backup = tools.ask(partial(backups.get, project_id=task.project_id, backup_id=task.backup_id or ""))
    try:
        repository = tools.repositories.open(backup.vault_id)
    except NotARepository:  # the backup failed before there was one
        return Result(vault_id=backup.vault_id, used_bytes=0)
    # Without a lock, which could not be written into a full store. Nothing else is touched.
    forget_backup(repository, backup, tools.ask(partial(backups.shared_snapshots, backup=backup)))
    return Result(vault_id=backup.vault_id, used_bytes=stored_bytes(repository))


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success."""
    return Ending(status=Status.SUCCESS)


def commit(tx: Connection, task: Task, result: Result) -> None:
    """Take the backup off."""
    backups.remove(tx, task.backup_id or "")
    vaults.set_used(tx, result.vault_id, result.used_bytes)


PERFORMANCE = Performance(run, Result, ending, commit)
