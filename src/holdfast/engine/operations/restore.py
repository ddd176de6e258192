"""Restoring: the entries of a backup's snapshots, written where they came from or to another place."""

import logging
import os
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups
from holdfast.engine import roots
from holdfast.engine.aside import aside
from holdfast.engine.endings import UNKNOWN, failed
from holdfast.engine.meter import Meter
from holdfast.engine.tools import Tools, Work
from holdfast.model.backup import Backup
from holdfast.model.errors import BackupNotRestorable, ResourceNotFound, TargetMismatch, TargetTooSmall
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.task import Ending, Figures, Phase, RestoreDetail, Status, Task, TaskError
from holdfast.providers.provider import Target, Written
from holdfast.repo.load import Measured, load, measure
from holdfast.repo.lock import PATIENCE, locked
from holdfast.repo.repository import Repository
from holdfast.service.restores import find_target
from holdfast.store.objects import StoreFull

from .performance import Performance

log = logging.getLogger(__name__)

_NAMED = 3  # failures that the task's message names; its warnings hold more


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot and where it goes: into a resource, or to a path of this machine."""

    backup: Backup
    target: Resource
    destination: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was put down, and the first of what could not be."""

    figures: Figures
    failures: tuple[str, ...]


def run(work: Work, tools: Tools) -> Result:
    """Write the files or disks. Raises ResourceNotFound, TargetTooSmall, BackupNotRestorable and others."""
    detail = _detail(work.task)
    transfers = tools.ask(partial(_plan, work.task, detail))
    for one in transfers:
        _check_room(one, tools)
    repository = tools.repositories.open(transfers[0].backup.vault_id)
    paths = [os.fsencode(path).strip(b"/") for path in detail.paths]
    with _locked_where_possible(repository, work.meter):
        extents = aside(partial(_measure, repository, transfers, paths), work.meter.tick)
        total_bytes, total_files = sum(one.bytes for one in extents), sum(one.files for one in extents)
        work.meter.expect(total_bytes, total_files, holes=True)
        written = [_put(one, paths, repository, work, tools) for one in transfers]
    failure_count = sum(one.failure_count for one in written)
    return Result(
        figures=msgspec.structs.replace(work.meter.figures, warning_count=failure_count),
        failures=tuple(work.meter.log.first),
    )


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success if everything was put down. Otherwise the task failed, though the rest is restored."""
    count = result.figures.warning_count
    if not count:
        return Ending(status=Status.SUCCESS, figures=result.figures)
    named = "; ".join(result.failures[:_NAMED])
    more = "" if count <= _NAMED else f"; and {count - _NAMED} more"
    message = f"{count} could not be restored, everything else was. {named}{more}"
    return failed(TaskError(UNKNOWN, message), result.figures, result.failures)


PERFORMANCE = Performance(run, Result, ending)


def _detail(task: Task) -> RestoreDetail:
    if not isinstance(task.detail, RestoreDetail):
        raise TypeError(f"a restore that says {task.detail}")
    return task.detail


def _plan(task: Task, detail: RestoreDetail, tx: Connection) -> Sequence[Transfer]:
    backup = backups.visible(tx, task.project_id, detail.backup_id)
    disks = backup.children or (backup,)
    chosen = [disk for disk in disks if disk.id in detail.volumes] if detail.volumes else disks
    if not chosen or not all(disk.snapshot_id for disk in chosen):
        raise BackupNotRestorable(f"There is nothing of {backup.name} to restore.")
    return [_transfer(tx, task, one, detail, inside=bool(backup.children)) for one in chosen]


def _transfer(tx: Connection, task: Task, backup: Backup, detail: RestoreDetail, *, inside: bool) -> Transfer:
    """`inside`: the backup is a disk of a server's. A shared one goes to what is the task's project's."""
    named = detail.volumes.get(backup.id)
    if named is None and not inside:
        named = detail.target_resource_id
    target = find_target(tx, task.project_id, backup, named or None, detail.destination)
    if target.type is not backup.resource_type:
        raise TargetMismatch(f"{target.name} is a {target.type}, the backup is of a {backup.resource_type}.")
    destination = detail.destination
    if destination is not None and inside:
        destination = posixpath.join(destination, _file_name(backup))
    return Transfer(backup=backup, target=target, destination=destination)


def _file_name(disk: Backup) -> str:
    """What a server's disk is called in a folder: by its name, if that can be the name of a file."""
    name = disk.resource_name.replace("/", "_").replace("\0", "_")
    return disk.resource_id if name in ("", ".", "..") else name


def _check_room(transfer: Transfer, tools: Tools) -> None:
    """Raises TargetTooSmall before anything is written; a disk that is gone will be made."""
    if transfer.destination is not None or transfer.backup.resource_type is not ResourceType.DISK:
        return
    target = transfer.target
    try:
        room = tools.open_provider(target.provider).inspect(target.settings).size_bytes
    except ResourceNotFound:
        return
    if room < transfer.backup.read_bytes:
        raise TargetTooSmall(f"{target.name} has {room} bytes, the backup {transfer.backup.read_bytes}.")


def _measure(
    repository: Repository, transfers: Sequence[Transfer], paths: Sequence[bytes]
) -> Sequence[Measured]:
    return [measure(repository, one.backup.snapshot_id or "", paths) for one in transfers]


@contextmanager
def _locked_where_possible(repository: Repository, meter: Meter) -> Iterator[None]:
    """A lock is a file in the store, and what is in a full store must still be got out of it."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(repository, wait=PATIENCE, meanwhile=meter.tick))
        except StoreFull as fault:
            log.warning("restoring without a lock: %s", fault)
        yield


def _put(
    transfer: Transfer, paths: Sequence[bytes], repository: Repository, work: Work, tools: Tools
) -> Written:
    target = Target(
        settings=transfer.target.settings,
        root=roots.read(transfer.backup.root),
        destination=transfer.destination,
        failed=work.meter.warn,
    )
    work.meter.enter(Phase.WRITING)
    entries = work.meter.through(load(repository, transfer.backup.snapshot_id or "", paths))
    written = tools.open_provider(transfer.target.provider).write(target, entries)
    for failure in written.failures:  # a provider need not have told them
        work.meter.warn(failure)
    return written
