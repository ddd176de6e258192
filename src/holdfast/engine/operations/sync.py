"""Reconciling: snapshots in a vault's repository that are no backups become some, and backups whose snapshot
is gone are taken off.

What stock restic wrote is a backup of files, whatever machine they lay on. It is named after the machine and
the path, and its resource is known by them, but not registered: it can be restored to a destination, or to a
resource that is.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, checkpoints, vaults, work
from holdfast.engine.aside import aside
from holdfast.engine.endings import plain
from holdfast.engine.reconciliation import Lost, lost, unknown
from holdfast.engine.tools import Tools, Work
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, BackupState
from holdfast.model.checkpoint import Checkpoint
from holdfast.model.errors import BackupNotFound
from holdfast.model.resource import GIB, OBJECT_OF_RESOURCE, PROVIDER_OF_OBJECT, ResourceType
from holdfast.model.task import Ending, Phase, Status, SyncDetail, Task, WantedSync
from holdfast.model.vault import Attachment, Vault
from holdfast.repo import load, snapshot, trunk
from holdfast.repo.errors import Damaged, NotARepository, SnapshotMissing
from holdfast.repo.lock import PATIENCE, locked
from holdfast.repo.repository import Repository, exists, file_names, stored_bytes
from holdfast.repo.snapshot import Snapshot
from holdfast.service import roots

from .performance import Performance
from .tags import named_by

_KIND = ResourceType.FILE_SHARE
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_\-]+")
_LONGEST_NAME = 64
_LONGEST_LABEL = 255


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot that becomes a backup."""

    snapshot_id: str
    host: str
    path: str
    root: str
    taken_at: datetime
    incremental: bool
    read_bytes: int
    file_count: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What differs: snapshots to be registered, ids of backups to be taken off, and the new snapshots of
    others by their ids; how many snapshots could not be read; what the repository takes."""

    added: tuple[Found, ...] = ()
    gone: tuple[str, ...] = ()
    moved: dict[str, str] = {}
    failed: int = 0
    warnings: tuple[str, ...] = ()
    used_bytes: int = 0


def run(work: Work, tools: Tools) -> Result:
    """Compare. Raises VaultNotFound, BackupNotFound (the one thing to be looked at is not there), …

    A repository that is not there at all is no reason to take every backup off: NotARepository, unless there
    never was anything in the vault.
    """
    vault_id, wanted = work.task.vault_id or "", _detail(work.task).wanted
    vault = tools.ask(partial(vaults.get, project_id=work.task.project_id, vault_id=vault_id))
    if not exists(tools.repositories.store(vault_id)):
        return _nothing(tools, vault, wanted)
    repository = tools.repositories.open(vault_id)
    with locked(repository, wait=PATIENCE, meanwhile=work.meter.tick):
        work.meter.enter(Phase.COMPARING)
        look = _Look(repository, vault, work, tools)
        if wanted is None:
            return look.compare_all()
        if wanted.snapshot_id is None:
            return look.compare_backup(wanted.backup_id)
        return look.compare_snapshot(wanted.snapshot_id)


def ending(task: Task, result: Result) -> Ending:
    """Success, and how many differed."""
    counted = replace(_detail(task), added=len(result.added), removed=len(result.gone), failed=result.failed)
    return Ending(status=Status.SUCCESS, detail=counted, warnings=result.warnings)


def commit(tx: Connection, task: Task, result: Result) -> None:
    """Register what is new, take off what is gone and still idle, and count what the repository takes."""
    vault = vaults.get(tx, task.project_id, task.vault_id or "")
    for found in result.added:
        _register(tx, vault, found, _detail(task).wanted)
    for backup_id in result.gone:
        if not _is_busy(tx, task.project_id, backup_id):
            backups.remove(tx, backup_id)
    for backup_id, snapshot_id in result.moved.items():
        with suppress(BackupNotFound):  # it was deleted meanwhile
            backups.move(tx, backup_id, vault.id, snapshot_id)
    vaults.set_used(tx, vault.id, result.used_bytes)


PERFORMANCE = Performance(run, Result, ending, commit)


class _Look:
    """One look at a repository and at the rows that tell of it."""

    def __init__(self, repository: Repository, vault: Vault, work: Work, tools: Tools) -> None:
        self._repository = repository
        self._vault = vault
        self._meter = work.meter
        self._tools = tools
        self._failed = 0

    def compare_all(self) -> Result:
        """What differs."""
        listed = list(self._listed(file_names(self._repository, "snapshots")))
        known = self._known()
        return self._result(self._new(listed, known), lost(listed, known, self._is_there))

    def compare_snapshot(self, beginning: str) -> Result:
        """What differs of the one snapshot whose id begins so; raises BackupNotFound."""
        names = file_names(self._repository, "snapshots")
        chosen = [name for name in names if name.startswith(beginning)]
        if len(chosen) != 1:
            raise BackupNotFound(f"{len(chosen)} snapshots of the vault begin with {beginning}.")
        return self._result(self._new(list(self._listed(chosen)), self._known()), Lost())

    def compare_backup(self, backup_id: str) -> Result:
        """What differs of the one backup, which is read; raises BackupNotFound."""
        listed = list(self._listed(file_names(self._repository, "snapshots")))
        chosen = [one for one in self._known() if one.id == backup_id]
        if not chosen:
            raise BackupNotFound(backup_id)
        found = lost(listed, chosen, self._is_there)
        gone = {one.id for one in found.gone}
        for one in chosen[0].children or chosen:
            snapshot_id = found.moved.get(one.id, one.snapshot_id)
            if snapshot_id and not {one.id, backup_id} & gone:
                self._prove(snapshot_id)
        return self._result([], found)

    def _new(self, listed: Sequence[Snapshot], known: Sequence[Backup]) -> list[Snapshot]:
        """The snapshots that are no backup yet, and not the copy of one of another vault either: a migration
        that goes wrong leaves such, and takes them up again."""
        new = unknown(listed, known, self._is_there)
        names = {name for one in new for name in named_by(one)}
        elsewhere = self._tools.ask(partial(backups.known, backup_ids=names))
        return [one for one in new if not named_by(one) & elsewhere]

    def _known(self) -> list[Backup]:
        return self._tools.ask(partial(backups.of_vault, vault_id=self._vault.id))

    def _result(self, new: Sequence[Snapshot], found: Lost) -> Result:
        self._meter.expect(0, len(new), holes=False)
        return Result(
            added=tuple(one for each in new if (one := self._read(each)) is not None),
            gone=tuple(one.id for one in found.gone),
            moved=found.moved,
            failed=self._failed,
            warnings=tuple(self._meter.log.first),
            used_bytes=stored_bytes(self._repository),
        )

    def _listed(self, names: Sequence[str]) -> Iterator[Snapshot]:
        for name in names:
            self._meter.tick()
            try:
                yield snapshot.get(self._repository, name)
            except SnapshotMissing:
                continue  # forgotten by somebody since the names were read
            except Damaged as fault:
                self._warn(f"snapshot {name}: {fault}")

    def _is_there(self, snapshot_id: str) -> bool:
        """Whether there is such a snapshot now; one that cannot be read is there."""
        try:
            snapshot.get(self._repository, snapshot_id)
        except SnapshotMissing:
            return False
        except Damaged:
            return True
        return True

    def _prove(self, snapshot_id: str) -> None:
        """Read all listings of a snapshot."""
        try:
            self._measure(snapshot_id)
        except Damaged as fault:
            self._warn(f"snapshot {snapshot_id}: {fault}")

    def _measure(self, snapshot_id: str) -> load.Measured:
        return aside(partial(load.measure, self._repository, snapshot_id), self._meter.tick)

    def _warn(self, text: str) -> None:
        """One more snapshot could not be read, or be a backup."""
        self._failed += 1
        self._meter.log.add(text)

    def _read(self, new: Snapshot) -> Found | None:
        """A snapshot with all that a backup needs to know, or None where it cannot be one."""
        self._meter.count()
        if PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[_KIND]] != self._vault.provider_id:
            self._warn(f"snapshot {new.id}: holds files, and the vault is for {self._vault.object_type}")
            return None
        try:
            extent = self._measure(new.id)
            root = trunk.of(self._repository, new)
        except Damaged as fault:
            self._warn(f"snapshot {new.id}: {fault}")
            return None
        return Found(
            snapshot_id=new.id,
            host=new.hostname,
            path=trunk.path_of(new),
            root=roots.write(root),
            taken_at=new.time,
            incremental=new.parent is not None,
            read_bytes=extent.bytes,
            file_count=extent.files,
        )


def _nothing(tools: Tools, vault: Vault, wanted: WantedSync | None) -> Result:
    if wanted is not None and wanted.snapshot_id is not None:
        raise BackupNotFound(f"There is no snapshot {wanted.snapshot_id}: the vault was never used.")
    known = tools.ask(partial(backups.of_vault, vault_id=vault.id))
    if any(one.state is BackupState.AVAILABLE for one in known):
        raise NotARepository(f"Backups of {vault.name} are known, and its repository is not there.")
    return Result()


def _is_busy(tx: Connection, project_id: str, backup_id: str) -> bool:
    """Whether somebody is about to delete the backup, say: then it is theirs."""
    return bool(work.unfinished(tx, project_id, backup_id=backup_id))


def _register(tx: Connection, vault: Vault, found: Found, wanted: WantedSync | None) -> None:
    backup = _backup(vault, found, wanted)
    if backups.known(tx, [backup.id]):  # the id that the caller chose is somebody else's by now
        backup = replace(backup, id=ids.new())
    checkpoints.add(tx, _checkpoint(vault, backup))
    backups.add(tx, backup)


def _backup(vault: Vault, found: Found, wanted: WantedSync | None) -> Backup:
    wanted = wanted or WantedSync(backup_id="")
    named = plain(f"{found.host}:{found.path}")
    return Backup(
        id=wanted.backup_id if ids.is_uuid(wanted.backup_id) else ids.new(),
        project_id=vault.project_id,
        vault_id=vault.id,
        checkpoint_id=ids.new(),
        resource_id=wanted.resource_id or ids.derived(vault.project_id, "restic", found.host, found.path),
        resource_name=wanted.resource_name or named[:_LONGEST_LABEL],
        resource_type=_KIND,
        resource_size_gb=max(1, -(-found.read_bytes // GIB)),
        name=wanted.name or _name(found),
        incremental=found.incremental,
        enterprise_project_id=vault.enterprise_project_id,
        state=BackupState.AVAILABLE,
        snapshot_id=found.snapshot_id,
        root=found.root,
        read_bytes=found.read_bytes,
        file_count=found.file_count,
        created_at=found.taken_at,
        protected_at=found.taken_at,
        updated_at=clock.now(),
    )


def _name(found: Found) -> str:
    """A name as the wire allows it: the machine, and the end of the path."""
    words = (_NOT_IN_A_NAME.sub("-", one).strip("-") for one in (found.host, found.path.rpartition("/")[2]))
    return "_".join(("restic", *filter(None, words)))[:_LONGEST_NAME]


def _checkpoint(vault: Vault, backup: Backup) -> Checkpoint:
    """A run of its own for a backup that nobody here started."""
    resource = Attachment(
        resource_id=backup.resource_id,
        name=backup.resource_name,
        type=backup.resource_type,
        size_gb=backup.resource_size_gb,
    )
    return Checkpoint(
        id=backup.checkpoint_id,
        project_id=vault.project_id,
        vault_id=vault.id,
        vault_name=vault.name,
        provider_id=vault.provider_id,
        name=backup.name,
        attachments=(resource,),
        created_at=backup.created_at,
    )


def _detail(task: Task) -> SyncDetail:
    if not isinstance(task.detail, SyncDetail):
        raise TypeError(f"a sync that says {task.detail}")
    return task.detail
