"""Restoring: where a backup goes, whether it may, and the task that takes it there."""

import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups, resources, tasks, vaults, work
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.errors import (
    InvalidParameter,
    NotAllowed,
    ResourceBeingRemoved,
    ResourceBusy,
    ResourceNotFound,
    ResourceRestoring,
    TargetMismatch,
    TargetTooSmall,
)
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.task import Operation, RestoreDetail, Task, resource_of
from holdfast.model.vault import Vault
from holdfast.providers.catalogue import open_provider

from .context import Context

MAX_PATH = 4096


class WantedRestore(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a restore; nothing said means in place.

    `volumes` maps disk backups of a server to the disks they go to. `destination` is a folder (for a disk:
    a file) to restore into instead of a resource. `paths` are the only files and folders to restore.
    """

    server_id: str | None = None
    volume_id: str | None = None
    resource_id: str | None = None
    volumes: Mapping[str, str] = {}
    destination: str | None = None
    paths: tuple[str, ...] = ()


class _Disk(msgspec.Struct, frozen=True, kw_only=True):
    """A disk's backup, and the disk that it goes to."""

    backup: Backup
    target: Resource


class _Aim(msgspec.Struct, frozen=True, kw_only=True):
    """The resource that a restore is said to restore, and the disks that it writes."""

    target: Resource
    disks: tuple[_Disk, ...] = ()


def create(context: Context, backup_id: str, wanted: WantedRestore) -> Task:
    """Ask for a backup to be restored.

    The targets are looked at between two looks at the rows: no transaction waits for a disk. Raises
    BackupNotFound, ResourceRestoring, ResourceBusy, BackupNotRestorable, ResourceNotFound, TargetMismatch,
    TargetTooSmall, InvalidParameter, ResourceBeingRemoved, or NotAllowed for a destination that is not this
    caller's to name.
    """
    context.check_may_change()
    _check_destination(context, wanted.destination)
    with context.db.reading() as tx:
        _, aim = _look(tx, context, backup_id, wanted)
    for disk in aim.disks:
        _check_size(disk)
    with context.changing() as tx:
        backup, aim = _look(tx, context, backup_id, wanted)
        vault = vaults.get(tx, context.project_id, backup.vault_id)
        if wanted.destination is None:
            _check_idle(tx, aim)
        task = _task(context, vault, backup, _detail(backup, wanted, aim))
        tasks.add(tx, task)
    context.wake()
    return task


def _look(tx: Connection, context: Context, backup_id: str, wanted: WantedRestore) -> tuple[Backup, _Aim]:
    backup = backups.get(tx, context.project_id, backup_id)
    backup.check_restorable()
    if wanted.paths and backup.resource_type is not ResourceType.FILE_SHARE:
        raise InvalidParameter("restore.details.paths", "is only for backups of files")
    target = resources.get(tx, context.project_id, _named(backup, wanted) or backup.resource_id)
    if target.type is not backup.resource_type:
        raise TargetMismatch(f"{target.type} for a backup of {backup.resource_type}")
    if wanted.destination is not None:
        return backup, _Aim(target=target)
    pairs = _pairs(backup, target, wanted)
    return backup, _Aim(target=target, disks=tuple(_disk(tx, taken, to) for taken, to in pairs))


def _named(backup: Backup, wanted: WantedRestore) -> str | None:
    """The id of the target that was named, in the way that suits the backup."""
    named = {ResourceType.SERVER: wanted.server_id, ResourceType.DISK: wanted.volume_id}
    suits = named.pop(backup.resource_type, None)
    if any(named.values()):
        raise TargetMismatch(f"the backup is of {backup.resource_type}")
    if suits and wanted.resource_id and suits != wanted.resource_id:
        raise InvalidParameter("restore.resource_id", "names another target")
    return suits or wanted.resource_id


def _pairs(backup: Backup, target: Resource, wanted: WantedRestore) -> Sequence[tuple[Backup, str]]:
    """Which backup goes to which disk, by id."""
    if backup.resource_type is ResourceType.DISK:
        return [(backup, target.id)]
    children = {child.id: child for child in backup.children}
    unknown = set(wanted.volumes) - children.keys()
    if unknown:
        raise InvalidParameter("restore.mappings", f"{min(unknown)} is no disk of this backup")
    if len(set(wanted.volumes.values())) != len(wanted.volumes):
        raise InvalidParameter("restore.mappings", "names a volume twice")
    if wanted.volumes:
        return [(children[child_id], volume_id) for child_id, volume_id in wanted.volumes.items()]
    if children and target.id != backup.resource_id:
        raise InvalidParameter("restore.mappings", "is needed to restore to another server")
    return [(child, child.resource_id) for child in backup.children]


def _disk(tx: Connection, backup: Backup, volume_id: str) -> _Disk:
    target = resources.get(tx, backup.project_id, volume_id)
    if target.type is not ResourceType.DISK:
        raise TargetMismatch(f"{target.type} for a disk's backup")
    return _Disk(backup=backup, target=target)


def _check_destination(context: Context, destination: str | None) -> None:
    """Raises InvalidParameter for what is no absolute path, NotAllowed for what is not below an open root."""
    if destination is None:
        return
    if not _is_plain_path(destination):
        raise InvalidParameter("restore.details.destination_path", "must be an absolute path without ..")
    if context.caller.is_admin:
        return
    try:
        path = Path(destination).resolve()
    except (OSError, RuntimeError) as error:
        raise InvalidParameter("restore.details.destination_path", "cannot be followed") from error
    if not any(path.is_relative_to(root.resolve()) for root in context.config.restore_roots):
        raise NotAllowed("a destination that is not below a restore root")


def _is_plain_path(path: str) -> bool:
    return path.startswith("/") and len(path) <= MAX_PATH and ".." not in path.split("/")


def _check_size(disk: _Disk) -> None:
    """Raises TargetTooSmall if the disk cannot hold the backup, ResourceNotFound if another disk is gone.

    A disk that is gone is made anew when it is restored in place, and one that cannot be looked at from
    here is left to the worker, who checks again.
    """
    try:
        found = open_provider(disk.target.provider).inspect(disk.target.settings)
    except ResourceNotFound:
        if disk.target.id == disk.backup.resource_id:
            return
        raise
    except OSError:
        return
    if found.size_bytes < disk.backup.read_bytes:
        raise TargetTooSmall(disk.target.name)


_BUSY_WITH = {
    Operation.BACKUP: ResourceBusy,
    Operation.RESTORE: ResourceRestoring,
    Operation.REMOVE_RESOURCE: ResourceBeingRemoved,
}


def _check_idle(tx: Connection, aim: _Aim) -> None:
    written = [aim.target, *(disk.target for disk in aim.disks)]
    touched = {one.id for one in written} | {one.parent_id for one in written if one.parent_id}
    for resource_id in sorted(touched):
        for task in work.unfinished(tx, aim.target.project_id, resource_id=resource_id):
            if task.operation in _BUSY_WITH:
                raise _BUSY_WITH[task.operation](resource_id)


def _detail(backup: Backup, wanted: WantedRestore, aim: _Aim) -> RestoreDetail:
    return RestoreDetail(
        backup_id=backup.id,
        backup_name=backup.name,
        target_resource_id=aim.target.id,
        target_resource_name=aim.target.name,
        destination=None if wanted.destination is None else posixpath.normpath(wanted.destination),
        paths=wanted.paths,
        volumes={disk.backup.id: disk.target.id for disk in aim.disks},
    )


def _task(context: Context, vault: Vault, backup: Backup, detail: RestoreDetail) -> Task:
    now = clock.now()
    return Task(
        id=ids.new(),
        project_id=context.project_id,
        operation=Operation.RESTORE,
        provider_id=backup.provider_id,
        resource=resource_of(backup.resource_id, backup.resource_name, backup.resource_type),
        vault_id=vault.id,
        vault_name=vault.name,
        checkpoint_id=backup.checkpoint_id,
        backup_id=backup.id,
        enterprise_project_id=backup.enterprise_project_id,
        request_id=context.request_id,
        created_at=now,
        updated_at=now,
        detail=detail,
    )
