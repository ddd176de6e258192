"""Which snapshots a restore reads, and where each of them goes."""

import posixpath
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from holdfast.db import backups, resources
from holdfast.model.backup import Backup
from holdfast.model.errors import BackupNotRestorable, ResourceNotFound, TargetMismatch
from holdfast.model.resource import Resource
from holdfast.model.task import RestoreDetail
from holdfast.providers.catalogue import provider_of


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """One snapshot and where it goes: into a resource, or to a path of this machine."""

    backup: Backup
    target: Resource
    destination: str | None


def find(tx: Connection, project_id: str, detail: RestoreDetail) -> Sequence[Transfer]:
    """The transfers of a restore for a project. Raises BackupNotFound, BackupNotRestorable, ResourceNotFound
    or TargetMismatch."""
    backup = backups.visible(tx, project_id, detail.backup_id)
    disks = backup.children or (backup,)
    chosen = [disk for disk in disks if disk.id in detail.volumes] if detail.volumes else disks
    if not chosen or not all(disk.snapshot_id for disk in chosen):
        raise BackupNotRestorable(f"There is nothing of {backup.name} to restore.")
    return [_transfer(tx, project_id, one, detail, inside=bool(backup.children)) for one in chosen]


def find_target(
    tx: Connection, project_id: str, backup: Backup, named: str | None, destination: str | None
) -> Resource:
    """The resource of the project that is restored: the one that is named, or the backup's own.

    A backup that came here without its resource (stock restic wrote it, it is a replica from another project
    or shared by one) is restored to a destination all the same: what stands in for the resource is at the
    destination. Raises ResourceNotFound.
    """
    try:
        return resources.get(tx, project_id, named or backup.resource_id)
    except ResourceNotFound:
        provider = provider_of(backup.resource_type)
        if destination is None or provider is None or named not in (None, backup.resource_id):
            raise
    return Resource(
        id=backup.resource_id,
        project_id=project_id,
        name=backup.resource_name,
        type=backup.resource_type,
        provider=provider,
        settings={"path": destination},
        created_at=backup.created_at,
    )


def _transfer(
    tx: Connection, project_id: str, backup: Backup, detail: RestoreDetail, *, inside: bool
) -> Transfer:
    """`inside`: the backup is a disk of a server's. A shared one goes to what is the project's."""
    named = detail.volumes.get(backup.id)
    if named is None and not inside:
        named = detail.target_resource_id
    target = find_target(tx, project_id, backup, named or None, detail.destination)
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
