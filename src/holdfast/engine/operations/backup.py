"""Backing up: a resource, or each disk of a server in turn, becomes a snapshot in the vault's repository.

A snapshot carries its backup's id as a tag: an execution that finds one there knows that an earlier one came
to the end of it. Rows are written when all is there.
"""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups, litters, resources, task_warnings, vaults
from holdfast.db.backups import Completed
from holdfast.engine.aside import aside
from holdfast.engine.capacity import Capacity
from holdfast.engine.endings import WARNINGS_KEPT, NothingReadable
from holdfast.engine.meter import Meter
from holdfast.engine.tools import Tools, Work
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, BackupState
from holdfast.model.errors import (
    BackupNotFound,
    NothingToBackUp,
    Refusal,
    ResourceNotInVault,
    ServerWithoutDisks,
)
from holdfast.model.resource import Resource
from holdfast.model.suspicion import COMPARED, Size, suspicion
from holdfast.model.task import SUSPICIOUSLY_SMALL, Ending, Figures, Phase, Status, Task
from holdfast.model.task_warning import MOST_LINES
from holdfast.model.vault import Vault
from holdfast.providers.provider import Extent
from holdfast.repo import load, snapshot
from holdfast.repo.errors import RepositoryError
from holdfast.repo.lock import PATIENCE, Held, locked
from holdfast.repo.repository import Repository, stored_bytes
from holdfast.repo.save import Origin, Saved, save
from holdfast.service import retentions, roots
from holdfast.store.objects import StoreError

from .performance import Performance
from .tags import forget_all, tag_of

log = logging.getLogger(__name__)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be read, the backup that it becomes, the last good backup of it to build on, if there is
    one, and the sizes of the last ones, the newest first."""

    resource: Resource
    backup_id: str
    before: Backup | None
    sizes: tuple[Size, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup task is about: of a server, `disks` are those that it backs up of all `parts`."""

    vault: Vault
    backup: Backup
    whole: Subject
    parts: tuple[Resource, ...]
    disks: tuple[Subject, ...]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot, and what it is of."""

    backup_id: str
    resource: Resource
    completed: Completed


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All that a backup task took, what is to be said of it, and what is odd about it; `used_bytes` is what
    the repository takes now."""

    taken: tuple[Taken, ...]
    used_bytes: int
    figures: Figures
    warnings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def run(work: Work, tools: Tools) -> Result:
    """Take the snapshots.

    Raises ResourceNotFound, VaultFull, ServerWithoutDisks, NothingToBackUp, NothingReadable and others.
    """
    plan = tools.ask(partial(_plan, work.task))
    capacity = Capacity(plan.vault, tools.ask)
    capacity.check(plan.vault.used_bytes)
    subjects = _subjects(plan, tools)
    _measure(subjects, work.meter, tools)
    repository = tools.repositories.make(plan.vault.id)
    if work.execution > 1:  # an earlier one may be asleep, and write its snapshot yet
        tools.ask(partial(litters.leave, vault_id=plan.vault.id))
    work.meter.guard(partial(capacity.check_while_writing, repository))
    with locked(repository, wait=PATIENCE, meanwhile=work.meter.tick) as held:
        taken = tuple(_take(one, work, tools, repository, held) for one in subjects)
    suspicions = _suspicions(subjects, taken)
    for sentence in suspicions:
        work.meter.log.add(sentence)
    stored = sum(one.completed.stored_bytes for one in taken)
    return Result(
        taken=taken,
        used_bytes=stored_bytes(repository),
        figures=msgspec.structs.replace(work.meter.figures, bytes_stored=stored),
        warnings=tuple(dict.fromkeys((*suspicions, *work.meter.log.first))),
        flags=(SUSPICIOUSLY_SMALL,) if suspicions else (),
    )


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success; what could not be read is counted, and the first of it named, after what is odd."""
    return Ending(
        status=Status.SUCCESS,
        figures=result.figures,
        warnings=result.warnings[:WARNINGS_KEPT],
        flags=result.flags,
    )


def commit(tx: Connection, task: Task, result: Result) -> None:
    """Write the backup, a server's disks as its children, and what the vault and the resources take now."""
    backup = backups.get(tx, task.project_id, task.backup_id or "")
    for one in result.taken:
        if one.backup_id != backup.id:
            backups.add(tx, _child(backup, one))
        resources.put(tx, one.resource)
    backups.complete(tx, backup.id, _sum(backup, result.taken))
    _notice(vaults.get(tx, task.project_id, backup.vault_id), result.used_bytes)
    vaults.set_used(tx, backup.vault_id, result.used_bytes)
    size_gb = max(1, sum(one.resource.size_gb for one in result.taken))
    with suppress(ResourceNotInVault):  # it was taken out of the vault meanwhile
        vaults.resize_attachment(tx, backup.resource_id, size_gb)


def _notice(vault: Vault, used_bytes: int) -> None:
    """Say that a vault is nearly full, once: with the backup that took it there."""
    if not vault.smn_notify or vault.is_used_beyond_threshold(vault.used_bytes):
        return
    if vault.is_used_beyond_threshold(used_bytes):
        log.warning("vault %s (%s) is used beyond %d per cent", vault.id, vault.name, vault.threshold)


def fail(tx: Connection, task: Task) -> None:
    """There is no such backup; what is written of it all the same goes when the vault is pruned."""
    withdraw(tx, task)
    litters.leave(tx, task.vault_id or "")


def withdraw(tx: Connection, task: Task) -> None:
    """There is no such backup, and nothing was written of it."""
    with suppress(BackupNotFound):
        backups.fail(tx, task.backup_id or "")


def clear(task: Task, tools: Tools) -> None:
    """Forget the snapshots that were complete, a server's first disks, say. What was stored takes room."""
    if task.vault_id is None or task.backup_id is None:
        return
    try:
        repository = tools.repositories.open(task.vault_id)
        forget_all(repository, task.backup_id)
        used = stored_bytes(repository)
    except (Refusal, RepositoryError, StoreError) as fault:
        log.info("task %s leaves what it stored: %s", task.id, fault)
        return
    tools.ask(partial(vaults.set_used, vault_id=task.vault_id, used_bytes=used))


def settle(task: Task, result: Result, tools: Tools) -> None:  # noqa: ARG001 - every operation's signature
    """Ask for the deletes of what the backup makes superfluous."""
    if task.vault_id is not None:
        retentions.carry_out(tools.db, tools.config, task.project_id, task.vault_id, task.resource.id)


PERFORMANCE = Performance(run, Result, ending, commit, fail, clear, settle, withdraw)


def _plan(task: Task, tx: Connection) -> Plan:
    backup = backups.get(tx, task.project_id, task.backup_id or "")
    resource = resources.get(tx, task.project_id, backup.resource_id)
    parts = resources.find(tx, task.project_id, parent_id=resource.id)

    def subject(resource: Resource, backup_id: str) -> Subject:
        before = backups.latest(tx, resource.id, backup.vault_id) if backup.incremental else None
        sizes = backups.recent_sizes(tx, resource.id, backup.vault_id, COMPARED)
        return Subject(resource=resource, backup_id=backup_id, before=before, sizes=tuple(sizes))

    return Plan(
        vault=vaults.get(tx, task.project_id, backup.vault_id),
        backup=backup,
        whole=subject(resource, backup.id),
        parts=tuple(parts),
        disks=tuple(
            # Derived, so that every execution of the task finds what an earlier one has finished.
            subject(one, ids.derived(backup.id, one.id))
            for one in parts
            if _is_wanted(task, one.id)
        ),
    )


def _is_wanted(task: Task, disk_id: str) -> bool:
    """Whether a server's disk belongs to the backup: it is not left out, and named if any is named."""
    named = {volume.id for volume in task.resource.include_volumes}
    return disk_id not in task.resource.exclude_volumes and (not named or disk_id in named)


def _subjects(plan: Plan, tools: Tools) -> Sequence[Subject]:
    """What is read. A resource that consists of parts is not read itself."""
    whole = plan.whole.resource
    if not tools.open_provider(whole.provider).parts(whole.settings):
        return (plan.whole,)
    if not plan.parts:
        raise ServerWithoutDisks(whole.name)
    if not plan.disks:
        raise NothingToBackUp(f"No disk of {whole.name} is left to back up.")
    return plan.disks


def _measure(subjects: Sequence[Subject], meter: Meter, tools: Tools) -> None:
    def measured() -> list[Extent]:
        providers = ((tools.open_provider(one.resource.provider), one.resource.settings) for one in subjects)
        return [provider.measure(settings) for provider, settings in providers]

    extents = aside(measured, meter.tick)
    meter.expect(sum(one.bytes for one in extents), sum(one.files for one in extents), holes=False)


def _take(subject: Subject, work: Work, tools: Tools, repository: Repository, held: Held) -> Taken:
    if work.execution > 1:
        found = snapshot.find_tagged(repository, tag_of(subject.backup_id))
        if found is not None:
            return _again(subject, found, repository, work, tools)
    resource, before = subject.resource, subject.before
    bookmark = None if before is None else before.bookmark
    with tools.open_provider(resource.provider).read(resource.settings, bookmark) as reading:
        origin = Origin(
            paths=(reading.root,),
            hostname=os.uname().nodename,
            username="holdfast",
            tags=tuple(sorted({tag_of(subject.backup_id), tag_of(work.task.backup_id or "")})),
            time=clock.now(),
            parent=None if before is None else before.snapshot_id,
        )
        readable = _Readable(work.meter)
        work.meter.enter(Phase.READING)

        def promise() -> None:
            held.check()
            readable.check()
            work.meter.tell()

        saved = save(repository, work.meter.through(reading.entries), origin, promise)
        return _taken(subject, saved, reading.root, reading.bookmark)


class _Readable:
    """Whether anything could be read of one subject, when others were read before it."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._sound_before = meter.sound_files
        self._problems_before = meter.problems

    def check(self) -> None:
        """Raises NothingReadable; to be asked when everything has come."""
        problems = self._meter.problems - self._problems_before
        if problems and self._meter.sound_files == self._sound_before:
            raise NothingReadable(f"{problems} of {problems} could not be read. {self._meter.last_warning}")


def _taken(subject: Subject, saved: Saved, root: bytes, bookmark: str | None) -> Taken:
    return Taken(
        backup_id=subject.backup_id,
        resource=msgspec.structs.replace(subject.resource, size_bytes=saved.read_bytes),
        completed=Completed(
            snapshot_id=saved.snapshot_id,
            bookmark=bookmark,
            root=roots.write(root),
            read_bytes=saved.read_bytes,
            stored_bytes=saved.stored_bytes,
            file_count=saved.file_count,
        ),
    )


def _again(
    subject: Subject, found: snapshot.Snapshot, repository: Repository, work: Work, tools: Tools
) -> Taken:
    """What an earlier execution took before its worker died, and what it said of it. What it added to the
    repository is not known."""
    lines = tools.ask(partial(task_warnings.find, task_id=work.task.id, offset=0, limit=MOST_LINES))
    work.meter.log.resume(lines, work.task.figures.warning_count)
    extent = aside(partial(load.measure, repository, found.id), work.meter.tick)
    work.meter.skip(extent.bytes, extent.files)
    root = found.paths[0].lstrip(b"/") if found.paths else b""
    saved = Saved(found.id, extent.bytes, 0, extent.files, 0, ())
    return _taken(subject, saved, root, None)


def _suspicions(subjects: Sequence[Subject], taken: Sequence[Taken]) -> list[str]:
    """What is much smaller than it used to be, by name where there are several."""
    found = []
    for subject, one in zip(subjects, taken, strict=True):
        size = Size(one.completed.read_bytes, one.completed.file_count)
        sentence = suspicion(size, subject.sizes)
        if sentence is not None:
            found.append(f"{subject.resource.name}: {sentence}" if len(subjects) > 1 else sentence)
    return found


def _child(parent: Backup, taken: Taken) -> Backup:
    now = clock.now()
    return msgspec.structs.replace(
        parent,
        id=taken.backup_id,
        parent_id=parent.id,
        resource_id=taken.resource.id,
        resource_name=taken.resource.name,
        resource_type=taken.resource.type,
        resource_size_gb=taken.resource.size_gb,
        state=BackupState.AVAILABLE,
        snapshot_id=taken.completed.snapshot_id,
        bookmark=taken.completed.bookmark,
        root=taken.completed.root,
        read_bytes=taken.completed.read_bytes,
        stored_bytes=taken.completed.stored_bytes,
        file_count=taken.completed.file_count,
        protected_at=now,
        updated_at=now,
        children=(),
    )


def _sum(backup: Backup, taken: Sequence[Taken]) -> Completed:
    """A backup's own figures: of its one snapshot, or of those of all its disks, which it has not itself."""
    if len(taken) == 1 and taken[0].backup_id == backup.id:
        return taken[0].completed
    return Completed(
        snapshot_id="",
        read_bytes=sum(one.completed.read_bytes for one in taken),
        stored_bytes=sum(one.completed.stored_bytes for one in taken),
        file_count=sum(one.completed.file_count for one in taken),
    )
