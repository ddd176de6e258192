"""Tasks over a whole vault, over resources in it, or with one of its backups."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.errors import BackupUnderWay, ResourceBeingRemoved, ResourceRestoring
from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.task import (
    Detail,
    MigrateResourcesDetail,
    Operation,
    RemoveResourcesDetail,
    Task,
    TaskResource,
    UpdateExpirationDetail,
    VaultDeleteDetail,
    resource_of,
)
from holdfast.model.vault import Attachment, Vault

from .context import Context

# The kind of resource that stands for a vault where a task's resource is the vault itself.
KIND_OF_OBJECT: Mapping[ObjectType, ResourceType] = MappingProxyType(
    {
        ObjectType.SERVER: ResourceType.SERVER,
        ObjectType.DISK: ResourceType.DISK,
        ObjectType.TURBO: ResourceType.FILE_SHARE,
        ObjectType.FILE: ResourceType.FILE_SHARE,
        ObjectType.WORKSPACE: ResourceType.WORKSPACE,
        ObjectType.VMWARE: ResourceType.SERVER,
        ObjectType.RDS: ResourceType.SERVER,
    }
)

_BUSY_WITH = {
    Operation.REMOVE_RESOURCE: ResourceBeingRemoved,
    Operation.MIGRATE_RESOURCES: ResourceBeingRemoved,
    Operation.BACKUP: BackupUnderWay,
    Operation.RESTORE: ResourceRestoring,
}


def deleting(context: Context, vault: Vault) -> Task:
    """The vault goes, with all that it holds."""
    return of_vault(context, vault, Operation.VAULT_DELETE, itself(vault), VaultDeleteDetail())


def removing(context: Context, vault: Vault, leaving: Sequence[Attachment]) -> Task:
    """Resources leave the vault."""
    named = _named(leaving)
    resource = _of_all(vault, named)
    return of_vault(
        context, vault, Operation.REMOVE_RESOURCE, resource, RemoveResourcesDetail(resources=named)
    )


def migrating(context: Context, vault: Vault, moving: Sequence[Attachment], destination: Vault) -> Task:
    """Resources move to another vault with their backups."""
    named = _named(moving)
    detail = MigrateResourcesDetail(destination_vault_id=destination.id, resources=named)
    return of_vault(context, vault, Operation.MIGRATE_RESOURCES, _of_all(vault, named), detail)


def expiring(context: Context, vault: Vault, detail: UpdateExpirationDetail) -> Task:
    """The vault's backups expire on another day."""
    return of_vault(context, vault, Operation.UPDATE_EXPIRATION_TIME, itself(vault), detail)


def itself(vault: Vault) -> TaskResource:
    """The vault as the resource of a task over all that it holds, typed by what it holds."""
    return resource_of(vault.id, vault.name, KIND_OF_OBJECT[vault.object_type])


def check_idle(unfinished: Sequence[Task], resource_ids: Sequence[str]) -> None:
    """Raises ResourceBeingRemoved, BackupUnderWay or ResourceRestoring for what a task has in hand."""
    for task in unfinished:
        for resource_id in resource_ids:
            if task.operation in _BUSY_WITH and task.touches(resource_id):
                raise _BUSY_WITH[task.operation](resource_id)


def _named(attachments: Sequence[Attachment]) -> tuple[TaskResource, ...]:
    return tuple(resource_of(one.resource_id, one.name, one.type) for one in attachments)


def _of_all(vault: Vault, named: Sequence[TaskResource]) -> TaskResource:
    """What a task over some resources is about: the one that there is, or the vault."""
    return named[0] if len(named) == 1 else itself(vault)


def of_vault(
    context: Context, vault: Vault, operation: Operation, resource: TaskResource, detail: Detail
) -> Task:
    """The task of an operation in a vault, not yet written."""
    now = clock.now()
    return Task(
        id=ids.new(),
        project_id=context.project_id,
        operation=operation,
        provider_id=vault.provider_id,
        resource=resource,
        vault_id=vault.id,
        vault_name=vault.name,
        enterprise_project_id=vault.enterprise_project_id,
        request_id=context.request_id,
        created_at=now,
        updated_at=now,
        detail=detail,
    )


def of_backup(context: Context, vault: Vault, backup: Backup, operation: Operation, detail: Detail) -> Task:
    """The task of an operation with a backup in a vault, not yet written."""
    resource = resource_of(backup.resource_id, backup.resource_name, backup.resource_type)
    return replace(
        of_vault(context, vault, operation, resource, detail),
        provider_id=backup.provider_id,
        checkpoint_id=backup.checkpoint_id,
        backup_id=backup.id,
        enterprise_project_id=backup.enterprise_project_id,
    )
