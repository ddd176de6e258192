"""Backups as a caller may ask for them: found, shown, renamed, deleted. Restoring one is in `restores`."""

from collections.abc import Mapping, Sequence, Set

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, members, replications, resources, vaults
from holdfast.db.backups import BackupFilter as BackupFilter  # handed on: the floor above never imports db
from holdfast.db.backups import Sort as Sort
from holdfast.db.backups import SortKey as SortKey
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.errors import BackupInUse, BackupNotFound, NotAllowed, VaultLocked
from holdfast.model.member import MemberStatus
from holdfast.model.replication import ReplicationRecord
from holdfast.model.resource import ResourceType
from holdfast.model.task import DeleteDetail, Operation, Page, Task
from holdfast.model.vault import Vault

from . import vault_tasks
from .accepting import accept
from .context import Context


def find(context: Context, wanted: BackupFilter, page: Page) -> tuple[list[Backup], int]:
    """A page of the backups, a server's with its disks, and how many match in all.

    Of what is only offered to the project the disks are not told. Raises InvalidParameter for an unknown
    marker.
    """
    wanted = replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        found = backups.find(tx, wanted, page)
        return _whole(tx, context.project_id, found), backups.count(tx, wanted)


def show(context: Context, backup_id: str) -> Backup:
    """One backup that the project may read, with its disks if it is a server's; raises BackupNotFound."""
    with context.db.reading() as tx:
        return _whole(tx, context.project_id, [backups.visible(tx, context.project_id, backup_id)])[0]


def snapshot_of(context: Context, backup_id: str) -> str | None:
    """The restic snapshot of a backup that the project may read; None where there is none, or no backup."""
    with context.db.reading() as tx:
        try:
            return backups.visible(tx, context.project_id, backup_id).snapshot_id
        except BackupNotFound:
            return None


def describe(context: Context, backup_id: str) -> Backup:
    """The backup whose content is to be told; raises BackupNotFound or MetadataNotReady."""
    backup = show(context, backup_id)
    backup.check_telling()
    return backup


def replications_of(context: Context, found: Sequence[Backup]) -> Mapping[str, Sequence[ReplicationRecord]]:
    """By backup, the records of replications of those that are the project's own."""
    own = [backup.id for backup in found if backup.member is None]
    with context.db.reading() as tx:
        return replications.of_backups(tx, own)


def rename(context: Context, backup_id: str, name: str | None) -> Backup:
    """Give a backup another name, where one is said.

    Raises BackupNotFound, or NotAllowed for one that is another project's.
    """
    with context.changing() as tx:
        backup = owned(tx, context, backup_id)
        if name is not None:
            backups.rename(tx, backup.id, name)
        return _whole(tx, context.project_id, [backups.get(tx, context.project_id, backup.id)])[0]


def owned(tx: Connection, context: Context, backup_id: str) -> Backup:
    """A backup that is the project's own; raises BackupNotFound, or NotAllowed for one that it accepted."""
    backup = backups.visible(tx, context.project_id, backup_id)
    if backup.member is not None:
        raise NotAllowed(f"{backup.name} is another project's")
    return backup


def delete(context: Context, backup_id: str) -> Task:
    """Ask for a backup to be deleted.

    Whoever it is shared with loses it. Raises BackupNotFound, NotAllowed (it is another project's),
    BackupNotDeletable, BackupInUse (it is being replicated, or restored by another project) or VaultLocked
    (it has not expired).
    """
    with context.changing() as tx:
        backup = owned(tx, context, backup_id)
        backup.check_deletable()
        if replications.is_source(tx, backup.id) or members.are_restoring(tx, backup.id, backup.project_id):
            raise BackupInUse(backup.name)
        vault = vaults.get(tx, context.project_id, backup.vault_id)
        if vault.locked and backup.is_kept(clock.now()):
            raise VaultLocked(vault.name)
        task = delete_task(context, vault, backup)
        accept(tx, context, task)
    context.wake()
    return task


def delete_task(context: Context, vault: Vault, backup: Backup) -> Task:
    """The task that deletes a backup, not yet written."""
    detail = DeleteDetail(backup_id=backup.id, backup_name=backup.name)
    return vault_tasks.of_backup(context, vault, backup, Operation.DELETE, detail)


def _whole(tx: Connection, project_id: str, found: Sequence[Backup]) -> list[Backup]:
    """The backups with their disks, and whether these are all that their server has."""
    told = [one for one in found if one.member is None or one.member.status is MemberStatus.ACCEPTED]
    whole = {one.id: one for one in backups.with_children(tx, told, project_id)}
    servers = {one.resource_id for one in told if one.resource_type is ResourceType.SERVER}
    disks = resources.parts(tx, servers)
    return [
        _measured(
            whole.get(one.id, one),
            {disk.id for disk in disks.get((one.project_id, one.resource_id), ())},
        )
        for one in found
    ]


def _measured(backup: Backup, disks: Set[str]) -> Backup:
    held = {child.resource_id for child in backup.children}
    return replace(backup, is_whole=bool(held) and disks <= held)
