"""Reconciling vaults with their repositories, as a caller may ask for it: whole ones, or single backups."""

import re
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import backups, resources, vaults, work
from holdfast.model import ids
from holdfast.model.backup import Backup
from holdfast.model.errors import (
    BackupNotFound,
    InvalidParameter,
    ProviderMismatch,
    ResourceNotFound,
    SyncUnderWay,
    UnknownBackupProvider,
    VaultNotFound,
    VaultNotSyncable,
)
from holdfast.model.resource import ResourceType, provider_of
from holdfast.model.task import Operation, Page, SyncDetail, Task, WantedSync, resource_of
from holdfast.model.vault import ProtectType, Vault

from . import vault_tasks
from .accepting import accept
from .context import Context
from .vaults import MOST_VAULTS, VaultFilter

_SNAPSHOT = re.compile(r"[0-9a-f]{8,64}\Z")
# Files that an agent saved on a machine of its own are files: these two fit the same vaults.
_FILES = (ResourceType.FILE_SHARE, ResourceType.NATIVE_SERVER)


class SyncedBackup(msgspec.Struct, frozen=True, kw_only=True):
    """A backup to be looked at: one that is known, or a snapshot (`image_path`) in a vault (`bucket`).

    The rest is what a snapshot is to be known as.
    """

    backup_id: str
    name: str
    bucket: str
    image_path: str
    resource_id: str
    resource_name: str
    resource_type: str


def of_vault(context: Context, vault_id: str) -> Task:
    """Ask for a vault to be reconciled.

    Raises VaultNotFound, VaultNotSyncable (it holds replicas), VaultBeingDeleted or SyncUnderWay.
    """
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        _check(tx, vault)
        task = vault_tasks.of_vault(context, vault, Operation.SYNC, vault_tasks.itself(vault), SyncDetail())
        accept(tx, context, task)
    context.wake()
    return task


def of_backups(context: Context, asked: Sequence[SyncedBackup]) -> list[Task]:
    """Ask for single backups to be looked at: a task for each, in their order, or none at all.

    Raises InvalidParameter (one is named twice), BackupNotFound (neither a backup nor a snapshot of a vault),
    UnknownBackupProvider or ProviderMismatch for what it is said to be of, or what `of_vault` does.
    """
    if len({one.backup_id for one in asked}) != len(asked):
        raise InvalidParameter("sync", "names a backup twice")
    with context.changing() as tx:
        made = [_planned(tx, context, one) for one in asked]
        for vault in {task.vault_id: vault for task, vault in made}.values():
            _check(tx, vault)
        for task, _ in made:
            accept(tx, context, task)
    context.wake()
    return [task for task, _ in made]


def _check(tx: Connection, vault: Vault) -> None:
    if vault.protect_type is ProtectType.REPLICATION:
        raise VaultNotSyncable(f"{vault.name} holds replicas")
    vault.check_stays()
    unfinished = work.unfinished(tx, vault.project_id, vault_id=vault.id)
    if any(task.operation is Operation.SYNC for task in unfinished):
        raise SyncUnderWay(vault.name)


def _planned(tx: Connection, context: Context, asked: SyncedBackup) -> tuple[Task, Vault]:
    kind = _kind(asked.resource_type)
    try:
        backup = backups.get(tx, context.project_id, asked.backup_id)
    except BackupNotFound:
        return _of_snapshot(tx, context, asked, kind)
    return _of_backup(tx, context, backup, kind)


def _of_backup(tx: Connection, context: Context, backup: Backup, kind: ResourceType) -> tuple[Task, Vault]:
    _check_kind(kind, backup.resource_type)
    if backup.parent_id is not None:
        raise InvalidParameter("sync.backup_id", "is one disk of a server's backup")
    vault = vaults.get(tx, context.project_id, backup.vault_id)
    resource = resource_of(backup.resource_id, backup.resource_name, backup.resource_type)
    detail = SyncDetail(wanted=WantedSync(backup_id=backup.id))
    task = vault_tasks.of_vault(context, vault, Operation.SYNC, resource, detail)
    return replace(task, checkpoint_id=backup.checkpoint_id), vault


def _of_snapshot(
    tx: Connection, context: Context, asked: SyncedBackup, kind: ResourceType
) -> tuple[Task, Vault]:
    vault = _vault(tx, context, asked)
    snapshot_id = _snapshot_id(asked)
    if kind not in _FILES or vault.provider_id != provider_of(ResourceType.FILE_SHARE):
        raise ProviderMismatch(f"{kind} in a vault for {vault.object_type}")
    if ids.is_uuid(asked.backup_id) and backups.known(tx, [asked.backup_id]):
        raise BackupNotFound(asked.backup_id)  # it is another project's
    wanted = WantedSync(
        backup_id=asked.backup_id,
        snapshot_id=snapshot_id,
        name=asked.name,
        resource_id=_resource_id(tx, context, asked),
        resource_name=asked.resource_name,
    )
    resource = resource_of(asked.resource_id, asked.resource_name, ResourceType.FILE_SHARE)
    task = vault_tasks.of_vault(context, vault, Operation.SYNC, resource, SyncDetail(wanted=wanted))
    return task, vault


def _kind(word: str) -> ResourceType:
    try:
        return ResourceType(word)
    except ValueError as error:
        raise UnknownBackupProvider(word) from error


def _check_kind(said: ResourceType, known: ResourceType) -> None:
    if said is not known and not (said in _FILES and known in _FILES):
        raise ProviderMismatch(f"{said} for a backup of {known}")


def _vault(tx: Connection, context: Context, asked: SyncedBackup) -> Vault:
    """The vault that is meant by the bucket, by its id or name; raises BackupNotFound, or InvalidParameter
    for a name that several have."""
    try:
        return vaults.get(tx, context.project_id, asked.bucket)
    except VaultNotFound:
        wanted = VaultFilter(project_id=context.project_id, name=asked.bucket)
    named = [one for one in vaults.find(tx, wanted, Page(limit=MOST_VAULTS)) if one.name == asked.bucket]
    if len(named) > 1:
        raise InvalidParameter("sync.bucket_name", f"{len(named)} vaults are called so; say the id of one")
    if not named:
        raise BackupNotFound(asked.backup_id)
    return named[0]


def _snapshot_id(asked: SyncedBackup) -> str:
    """The id, or the beginning of one, at the end of the image's path; raises BackupNotFound."""
    last = asked.image_path.rstrip("/").rpartition("/")[2]
    for word in (last, asked.backup_id):
        if _SNAPSHOT.match(word):
            return word
    raise BackupNotFound(asked.backup_id)


def _resource_id(tx: Connection, context: Context, asked: SyncedBackup) -> str:
    """The resource, if the project has it: then the backup can be restored in place."""
    try:
        found = resources.get(tx, context.project_id, asked.resource_id)
    except ResourceNotFound:
        return ""
    return found.id if found.type is ResourceType.FILE_SHARE else ""
