"""Restoring: where a backup goes, whether it may, and the task that takes it there."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups, projects, resources, vaults, work
from holdfast.model.backup import Backup
from holdfast.model.errors import (
    DiskNotFound,
    InvalidParameter,
    NotAllowed,
    NotFound,
    ResourceBeingRemoved,
    ResourceBusy,
    ResourceNotFound,
    ResourceRestoring,
    ServerNotFound,
    TargetMismatch,
    TargetTooSmall,
)
from holdfast.model.resource import Resource, ResourceType
from holdfast.model.task import Operation, RestoreDetail, Task
from holdfast.model.vault import Vault
from holdfast.providers.catalogue import open_provider

from . import sites, vault_tasks
from .accepting import accept
from .context import Context
from .transfers import find_target

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


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A restore that nothing stands in the way of: what is restored, the project's vault, and the detail."""

    backup: Backup
    vault: Vault
    detail: RestoreDetail


def create(context: Context, backup_id: str, wanted: WantedRestore) -> Task:
    """Ask for a backup of the project, or one that it accepted, to be restored onto what is the project's.

    The targets are looked at between two looks at the rows: no transaction waits for a disk. Those of a site
    that this server does not serve are left to the worker, who checks again. Raises
    BackupNotFound, VaultNotRestorable, ResourceRestoring, ResourceBusy, BackupNotRestorable, ServerNotFound,
    DiskNotFound, ResourceNotFound, TargetMismatch, TargetTooSmall, InvalidParameter, ResourceBeingRemoved, or
    NotAllowed for a destination that is not this caller's to name.
    """
    owner_id = check_targets(context, backup_id, wanted)
    with _changing(context, owner_id) as tx:
        planned = plan(tx, context, backup_id, wanted)
        task = vault_tasks.of_backup(
            context, planned.vault, planned.backup, Operation.RESTORE, planned.detail
        )
        accept(tx, context, task)
    context.wake()
    return task


def check_targets(context: Context, backup_id: str, wanted: WantedRestore) -> str:
    """The first look, at the rows and the disks that are written; whose the backup is. Raises as `create`."""
    context.check_may_change()
    _check_destination(context, wanted.destination)
    with context.db.reading() as tx:
        backup, aim = _look(tx, context, backup_id, wanted)
    for disk in aim.disks:
        if sites.serves(context.config, disk.target.site):
            _check_size(disk)
    return backup.project_id


def plan(tx: Connection, context: Context, backup_id: str, wanted: WantedRestore) -> Planned:
    """The second look, at the rows as they are when the restore begins; raises as `create`."""
    backup, aim = _look(tx, context, backup_id, wanted)
    vault = _vault(tx, context, backup)
    if backup.member is not None:
        _check_stays(tx, backup)
    if wanted.destination is None:
        _check_idle(tx, aim)
    return Planned(backup=backup, vault=vault, detail=_detail(backup, wanted, aim))


def _look(tx: Connection, context: Context, backup_id: str, wanted: WantedRestore) -> tuple[Backup, _Aim]:
    backup = backups.visible(tx, context.project_id, backup_id)
    vaults.get(tx, backup.project_id, backup.vault_id).check_restorable()
    backup.check_restorable()
    if wanted.paths and backup.resource_type is not ResourceType.FILE_SHARE:
        raise InvalidParameter("restore.details.paths", "is only for backups of files")
    target = _target(tx, context, backup, wanted)
    if target.type is not backup.resource_type:
        raise TargetMismatch(f"{target.type} for a backup of {backup.resource_type}")
    if wanted.destination is not None:
        return backup, _Aim(target=target)
    pairs = _pairs(backup, target, wanted)
    disks = tuple(_disk(tx, context.project_id, taken, to) for taken, to in pairs)
    return backup, _Aim(target=target, disks=disks)


def _target(tx: Connection, context: Context, backup: Backup, wanted: WantedRestore) -> Resource:
    named = _named(backup, wanted)
    if backup.member is not None and named is None and wanted.destination is None:
        raise InvalidParameter(_NAMED_BY[backup.resource_type], "is needed to restore a shared backup")
    try:
        return find_target(tx, context.project_id, backup, named, wanted.destination)
    except ResourceNotFound as refusal:
        raise _MISSING.get(backup.resource_type, ResourceNotFound)(str(refusal)) from refusal


def _vault(tx: Connection, context: Context, backup: Backup) -> Vault:
    """The project's own vault that the backup is in; raises VaultNotFound or VaultNotRestorable."""
    vault_id = backup.vault_id if backup.member is None else backup.member.vault_id
    vault = vaults.get(tx, context.project_id, vault_id or "")
    vault.check_restorable()
    return vault


def _check_stays(tx: Connection, backup: Backup) -> None:
    """Raises ResourceBeingRemoved while its owner moves backups out of the vault of a shared one."""
    for task in work.unfinished(tx, backup.project_id, vault_id=backup.vault_id):
        if task.operation is Operation.MIGRATE_RESOURCES:
            raise ResourceBeingRemoved(backup.resource_id)


@contextmanager
def _changing(context: Context, owner_id: str) -> Iterator[Connection]:
    """The transaction of a restore: nobody takes the backup away meanwhile, nor stops sharing it.

    Both projects are locked in the same order by everybody. Raises NotAllowed for a reader.
    """
    context.check_may_change()
    with context.db.transaction() as tx:
        for project_id in sorted({context.project_id, owner_id}):
            projects.lock(tx, project_id)
        yield tx
        context.record(tx)


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


def _disk(tx: Connection, project_id: str, backup: Backup, volume_id: str) -> _Disk:
    try:
        target = resources.get(tx, project_id, volume_id)
    except ResourceNotFound as refusal:
        raise DiskNotFound(volume_id) from refusal
    if target.type is not ResourceType.DISK:
        raise TargetMismatch(f"{target.type} for a disk's backup")
    return _Disk(backup=backup, target=target)


def _check_destination(context: Context, destination: str | None) -> None:
    """Raises InvalidParameter for what is no absolute path, NotAllowed for what is not below an open root."""
    if destination is None:
        return
    if not _is_plain_path(destination):
        raise InvalidParameter("restore.details.destination_path", "must be an absolute path without ..")
    if context.caller.may_name_paths:
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
    """Raises TargetTooSmall if the disk cannot hold the backup, DiskNotFound if another disk is gone.

    A disk that is gone is made anew when it is restored in place, and one that cannot be looked at from
    here is left to the worker, who checks again.
    """
    try:
        found = open_provider(disk.target.provider).inspect(disk.target.settings)
    except ResourceNotFound as refusal:
        if disk.target.id == disk.backup.resource_id:
            return
        raise DiskNotFound(disk.target.name) from refusal
    except OSError:
        return
    if found.size_bytes < disk.backup.read_bytes:
        raise TargetTooSmall(disk.target.name)


_NAMED_BY = {
    ResourceType.SERVER: "restore.server_id",
    ResourceType.DISK: "restore.volume_id",
}
_MISSING: dict[ResourceType, type[NotFound]] = {
    ResourceType.SERVER: ServerNotFound,
    ResourceType.DISK: DiskNotFound,
}
_BUSY_WITH = {
    Operation.BACKUP: ResourceBusy,
    Operation.RESTORE: ResourceRestoring,
    Operation.REMOVE_RESOURCE: ResourceBeingRemoved,
    Operation.MIGRATE_RESOURCES: ResourceBeingRemoved,
}


def _check_idle(tx: Connection, aim: _Aim) -> None:
    written = [aim.target, *(disk.target for disk in aim.disks)]
    touched = {one.id for one in written} | {one.parent_id for one in written if one.parent_id}
    for resource_id in sorted(touched):
        for task in work.unfinished(tx, aim.target.project_id, resource_id=resource_id):
            if task.operation in _BUSY_WITH:
                raise _BUSY_WITH[task.operation](resource_id)


def _detail(backup: Backup, wanted: WantedRestore, aim: _Aim) -> RestoreDetail:
    foreign = backup.member is not None and aim.target.id == backup.resource_id
    return RestoreDetail(
        backup_id=backup.id,
        backup_name=backup.name,
        # Only what is the project's own is restored; a destination has no resource then.
        target_resource_id="" if foreign else aim.target.id,
        target_resource_name="" if foreign else aim.target.name,
        destination=None if wanted.destination is None else posixpath.normpath(wanted.destination),
        paths=wanted.paths,
        volumes={disk.backup.id: disk.target.id for disk in aim.disks},
        source_vault_id="" if backup.member is None else backup.vault_id,
    )
