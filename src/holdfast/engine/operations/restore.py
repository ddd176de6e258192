"""Restoring: the entries of a backup's snapshots, written where they came from or to another place."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

import msgspec

from holdfast.engine.aside import aside
from holdfast.engine.endings import UNKNOWN, failed
from holdfast.engine.meter import Meter
from holdfast.engine.tools import Tools, Work
from holdfast.model import spelling
from holdfast.model.errors import ResourceNotFound, TargetTooSmall
from holdfast.model.resource import ResourceType
from holdfast.model.task import Ending, Figures, Phase, RestoreDetail, Status, Task, TaskError
from holdfast.providers.provider import Target, Written
from holdfast.repo.load import Measured, load, measure
from holdfast.repo.lock import PATIENCE, locked
from holdfast.repo.repository import Repository
from holdfast.service import roots, transfers
from holdfast.service.transfers import Transfer
from holdfast.store.objects import StoreFull

from .performance import Performance

log = logging.getLogger(__name__)

_NAMED = 3  # failures that the task's message names; its warnings hold more


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What was put down, and the first of what could not be."""

    figures: Figures
    failures: tuple[str, ...]


def run(work: Work, tools: Tools) -> Result:
    """Write the files or disks. Raises ResourceNotFound, TargetTooSmall, BackupNotRestorable and others."""
    detail = _detail(work.task)
    found = tools.ask(partial(transfers.find, project_id=work.task.project_id, detail=detail))
    for one in found:
        _check_room(one, tools)
    repository = tools.repositories.open(found[0].backup.vault_id)
    paths = [spelling.read(path).strip(b"/") for path in detail.paths]
    with _locked_where_possible(repository, work.meter):
        extents = aside(partial(_measure, repository, found, paths), work.meter.tick)
        total_bytes, total_files = sum(one.bytes for one in extents), sum(one.files for one in extents)
        work.meter.expect(total_bytes, total_files, holes=True)
        written = [_put(one, paths, repository, work, tools) for one in found]
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


def _measure(repository: Repository, found: Sequence[Transfer], paths: Sequence[bytes]) -> Sequence[Measured]:
    return [measure(repository, one.backup.snapshot_id or "", paths) for one in found]


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
