"""Setting the day on which a vault's backups expire."""

from functools import partial

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, vaults
from holdfast.engine.tools import Tools, Work
from holdfast.model.errors import VaultNotFound
from holdfast.model.task import Ending, Status, Task, UpdateExpirationDetail

from .performance import Performance


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How many backups there are, a server's disks not counted."""

    backup_count: int


def run(work: Work, tools: Tools) -> Result:
    """Nothing takes long here."""
    held = tools.ask(partial(backups.of_vault, vault_id=work.task.vault_id or ""))
    return Result(backup_count=len(held))


def ending(task: Task, result: Result) -> Ending:
    """Success, and how many backups it is about."""
    return Ending(status=Status.SUCCESS, detail=replace(_detail(task), affected_count=result.backup_count))


def commit(tx: Connection, task: Task, result: Result) -> None:  # noqa: ARG001 - every operation's signature
    """Write the day down. What a vault keeps that was locked meanwhile is kept no shorter."""
    try:
        vault = vaults.get(tx, task.project_id, task.vault_id or "")
    except VaultNotFound:
        return
    if vault.locked:
        backups.keep_until(tx, vault.id, _detail(task).expires_at)
    else:
        backups.expire(tx, vault.id, _detail(task).expires_at)


def _detail(task: Task) -> UpdateExpirationDetail:
    if not isinstance(task.detail, UpdateExpirationDetail):
        raise TypeError(f"another day of expiry that says {task.detail}")
    return task.detail


PERFORMANCE = Performance(run, Result, ending, commit)
