"""Backups as a caller may ask for them: found, shown, deleted. Restoring one is in `restores`."""

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, tasks, vaults
from holdfast.db.backups import BackupFilter as BackupFilter  # handed on: the floor above never imports db
from holdfast.db.backups import Sort as Sort
from holdfast.db.backups import SortKey as SortKey
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.errors import VaultLocked
from holdfast.model.resource import ResourceType
from holdfast.model.task import DeleteDetail, Operation, Page, Task, resource_of
from holdfast.model.vault import Vault

from .context import Context


def find(context: Context, wanted: BackupFilter, page: Page) -> tuple[list[Backup], int]:
    """A page of the project's backups, a server's with its disks, and how many match in all."""
    wanted = replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        found = [_whole(tx, backup) for backup in backups.find(tx, wanted, page)]
        return found, backups.count(tx, wanted)


def show(context: Context, backup_id: str) -> Backup:
    """One backup, with its disks if it is a server's; raises BackupNotFound."""
    with context.db.reading() as tx:
        return backups.get(tx, context.project_id, backup_id)


def delete(context: Context, backup_id: str) -> Task:
    """Ask for a backup to be deleted.

    Raises BackupNotFound, BackupNotDeletable or VaultLocked (an automatic one that has not expired).
    """
    with context.changing() as tx:
        backup = backups.get(tx, context.project_id, backup_id)
        backup.check_deletable()
        vault = vaults.get(tx, context.project_id, backup.vault_id)
        if vault.locked and _is_kept(backup):
            raise VaultLocked(vault.name)
        task = _delete_task(context, vault, backup)
        tasks.add(tx, task)
    context.wake()
    return task


def _whole(tx: Connection, backup: Backup) -> Backup:
    if backup.resource_type is not ResourceType.SERVER:
        return backup
    return backups.get(tx, backup.project_id, backup.id)


def _is_kept(backup: Backup) -> bool:
    return backup.auto_trigger and (backup.expired_at is None or backup.expired_at > clock.now())


def _delete_task(context: Context, vault: Vault, backup: Backup) -> Task:
    now = clock.now()
    return Task(
        id=ids.new(),
        project_id=context.project_id,
        operation=Operation.DELETE,
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
        detail=DeleteDetail(backup_id=backup.id, backup_name=backup.name),
    )
