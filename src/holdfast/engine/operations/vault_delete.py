"""Deleting a vault: its repository's keys first, so that no half of it can ever be read, then the rest."""

from collections.abc import Iterator
from functools import partial

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, vaults
from holdfast.engine.meter import Meter
from holdfast.engine.tools import Tools, Work
from holdfast.model.errors import VaultNotFound
from holdfast.model.task import Ending, Phase, Status, Task, VaultDeleteDetail
from holdfast.model.vault import VaultState
from holdfast.store.objects import Objects

from .performance import Performance


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How many backups went with the vault, a server's disks not counted."""

    backup_count: int


def run(work: Work, tools: Tools) -> Result:
    """Delete every object of the repository; what is gone already is fine."""
    vault_id = work.task.vault_id or ""
    count = len(tools.ask(partial(backups.of_vault, vault_id=vault_id)))
    tools.repositories.forget(vault_id)
    store = tools.repositories.store(vault_id)
    keys = [name for name, _ in store.names("keys")]
    others = [name for name in _names(store, work.meter) if name not in {*keys, "config"}]
    going = (*keys, "config", *others)
    work.meter.expect(0, len(going), holes=False)
    work.meter.begin(Phase.DELETING)
    for name in going:
        store.delete(name)
        work.meter.count()
    return Result(backup_count=count)


def _names(store: Objects, meter: Meter) -> Iterator[str]:
    """What there is; of a large vault it takes long to be told."""
    for name, _ in store.names():
        meter.tick()
        yield name


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success, and how many backups were deleted."""
    return Ending(
        status=Status.SUCCESS, detail=VaultDeleteDetail(fail_count=0, total_count=result.backup_count)
    )


def commit(tx: Connection, task: Task, result: Result) -> None:  # noqa: ARG001 - every operation's signature
    """Take the vault off, with all that it holds."""
    vaults.remove(tx, task.vault_id or "")


def fail(tx: Connection, task: Task) -> None:
    """A vault that lost its keys takes no more backups; it can be deleted again."""
    try:
        vault = vaults.get(tx, task.project_id, task.vault_id or "")
    except VaultNotFound:
        return
    vaults.replace(tx, replace(vault, status=VaultState.ERROR))


PERFORMANCE = Performance(run, Result, ending, commit, fail)
