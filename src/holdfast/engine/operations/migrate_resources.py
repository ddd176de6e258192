"""Moving resources to another vault: their snapshots are copied there, then their rows move, and only then do
the snapshots go where they were.

Whoever looks in between finds every backup in one vault, whole. What was copied before an interruption is not
copied again.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import attachments, backups, checkpoints, litters, vaults
from holdfast.engine.capacity import Capacity, recount
from holdfast.engine.copying import copy_between
from holdfast.engine.meter import Meter
from holdfast.engine.tools import Tools, Work
from holdfast.model.backup import Backup
from holdfast.model.errors import Cancelled, Fenced, Refusal, TimedOut, VaultLocked
from holdfast.model.task import Ending, Figures, MigrateResourcesDetail, Status, Task
from holdfast.model.vault import Vault
from holdfast.repo import snapshot
from holdfast.repo.errors import RepositoryError
from holdfast.repo.repository import Repository, stored_bytes
from holdfast.store.objects import StoreError

from .performance import Performance
from .tags import tag_of

log = logging.getLogger(__name__)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The backups that move, a server's with its disks; where they go, and the snapshots of what is there."""

    moving: tuple[Backup, ...]
    destination: Vault
    kept: frozenset[str]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The destination's snapshots by the source's, and what its repository takes now."""

    copies: dict[str, str]
    used_bytes: int
    figures: Figures


def run(work: Work, tools: Tools) -> Result:
    """Copy the snapshots. Raises VaultFull, VaultLocked and others, and leaves none of the copies then."""
    plan = tools.ask(partial(_plan, work.task))
    snapshot_ids = [one.snapshot_id for one in _all(plan.moving) if one.snapshot_id]
    if not snapshot_ids:
        return Result(copies={}, used_bytes=plan.destination.used_bytes, figures=Figures())
    capacity = Capacity(plan.destination, tools.ask)
    capacity.check(plan.destination.used_bytes)
    source = tools.repositories.open(work.task.vault_id or "")
    target = tools.repositories.make(plan.destination.id)
    _clean(target, plan, work.meter)
    work.meter.guard(partial(capacity.check_while_writing, target))
    read_bytes = sum(backup.read_bytes for backup in plan.moving)
    try:
        copied = copy_between(source, snapshot_ids, target, work.meter, read_bytes)
        tools.ask(partial(_plan, work.task))  # it may not be wanted any more
    except Fenced:
        raise
    except (Refusal, RepositoryError, StoreError):
        _clean(target, plan, work.meter)
        raise
    figures = replace(work.meter.figures, bytes_total=copied.bytes, bytes_stored=copied.stored_bytes)
    return Result(copies=copied.copies, used_bytes=stored_bytes(target), figures=figures)


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success."""
    return Ending(status=Status.SUCCESS, figures=result.figures)


def commit(tx: Connection, task: Task, result: Result) -> None:
    """The resources and their backups are in the other vault."""
    plan = _plan(task, tx)
    for backup in _all(plan.moving):
        backups.move(tx, backup.id, plan.destination.id, _copy_of(backup, result.copies))
    checkpoints.move(tx, {backup.checkpoint_id for backup in plan.moving}, plan.destination)
    attachments.move(tx, plan.destination.id, _resource_ids(task))
    vaults.set_used(tx, plan.destination.id, result.used_bytes)


def clear(task: Task, tools: Tools) -> None:
    """Nothing moved. What was sent takes room until the destination is pruned."""
    recount(tools, _detail(task).destination_vault_id)


def settle(task: Task, result: Result, tools: Tools) -> None:
    """Everything moved: the snapshots go where they were."""
    if not result.copies:
        return
    kept = tools.ask(partial(backups.snapshots_of, vault_id=task.vault_id or ""))
    try:
        repository = tools.repositories.open(task.vault_id or "")
        for snapshot_id in result.copies.keys() - kept:
            snapshot.forget(repository, snapshot_id)
        tools.ask(partial(litters.leave, vault_id=task.vault_id or ""))
    except (Refusal, RepositoryError, StoreError) as fault:
        log.warning("vault %s keeps snapshots that are of no use to it: %s", task.vault_id, fault)
    recount(tools, task.vault_id or "")


PERFORMANCE = Performance(run, Result, ending, commit, clear=clear, settle=settle)


def _clean(target: Repository, plan: Plan, meter: Meter) -> None:
    """Forget the copies that an execution of this task, or of one before it, left in the destination.

    They are listed before this worker makes sure that the task is still its own, so that it never takes what
    another one made.
    """
    tags = {tag_of(backup.id) for backup in plan.moving}
    left = [one.id for one in snapshot.find(target) if tags.intersection(one.tags)]
    copies = [snapshot_id for snapshot_id in left if snapshot_id not in plan.kept]
    if not copies:
        return
    meter.guard(_anything)
    with suppress(Cancelled, TimedOut):
        meter.tell()
    for snapshot_id in copies:
        snapshot.forget(target, snapshot_id)


def _anything(figures: Figures) -> None:
    """Whatever was done so far is fine."""


def _plan(task: Task, tx: Connection) -> Plan:
    """What moves, if it still may: raises VaultLocked, or what `Vault.check_takes` refuses."""
    detail = _detail(task)
    source = vaults.get(tx, task.project_id, task.vault_id or "")
    if source.locked:
        raise VaultLocked(f"{source.name} was locked meanwhile.")
    destination = vaults.get(tx, task.project_id, detail.destination_vault_id)
    destination.check_takes(_resource_ids(task))
    return Plan(
        moving=tuple(backups.of_resources(tx, source.id, _resource_ids(task))),
        destination=destination,
        kept=frozenset(backups.snapshots_of(tx, detail.destination_vault_id)),
    )


def _all(whole: Iterable[Backup]) -> list[Backup]:
    """The backups, each with its disks behind it."""
    return [one for backup in whole for one in (backup, *backup.children)]


def _copy_of(backup: Backup, copies: Mapping[str, str]) -> str | None:
    """The backup's snapshot in the destination; a server, or what failed, has none."""
    return copies[backup.snapshot_id] if backup.snapshot_id else backup.snapshot_id


def _resource_ids(task: Task) -> tuple[str, ...]:
    return tuple(resource.id for resource in _detail(task).resources)


def _detail(task: Task) -> MigrateResourcesDetail:
    if not isinstance(task.detail, MigrateResourcesDetail):
        raise TypeError(f"a migration that says {task.detail}")
    return task.detail
