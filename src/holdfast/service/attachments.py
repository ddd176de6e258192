"""The resources in vaults as a caller may ask for them: attached, taken out, moved, suspended."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from holdfast.db import attachments, backups, members, replications, resources, vaults, work
from holdfast.model.backup import Backup
from holdfast.model.errors import (
    DestinationFull,
    DestinationVaultNotFound,
    InvalidParameter,
    ResourceBeingRemoved,
    ResourceNotFound,
    ResourceRestoring,
    ResourceTypeNotSupported,
    TooManyResources,
    VaultBeingReplicated,
    VaultLocked,
    VaultNotFound,
)
from holdfast.model.resource import Resource
from holdfast.model.task import Operation, Task
from holdfast.model.vault import MAX_RESOURCES, Attachment, IncludedVolume, Vault

from . import vault_tasks
from .accepting import accept
from .context import Context


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A resource to attach, and which of a server's volumes are left out or named."""

    resource_id: str
    exclude_volumes: tuple[str, ...] = ()
    include_volumes: tuple[IncludedVolume, ...] = ()


def add(context: Context, vault_id: str, asked: Sequence[NewAttachment]) -> Vault:
    """Attach resources; raises VaultNotFound, or what `attach` refuses."""
    with context.changing() as tx:
        attach(tx, vaults.get(tx, context.project_id, vault_id), asked)
        return vaults.get(tx, context.project_id, vault_id)


def attach(tx: Connection, vault: Vault, asked: Sequence[NewAttachment]) -> None:
    """Put resources into a vault; raises ResourceNotFound, or what `Vault.check_new` refuses."""
    if len(asked) > MAX_RESOURCES:
        raise TooManyResources(f"at most {MAX_RESOURCES}")
    wanted = [one.resource_id for one in asked]
    vault.check_takes(wanted)
    known = {one.id: one for one in resources.find(tx, vault.project_id, ids=wanted)} if wanted else {}
    missing = set(wanted) - known.keys()
    if missing:
        raise ResourceNotFound(", ".join(sorted(missing)))
    vault.check_new(
        [known[resource_id] for resource_id in wanted], vaults.taken(tx, vault.project_id, wanted)
    )
    for one in asked:
        vaults.attach(tx, vault.id, _attachment(known[one.resource_id], one))


def remove(context: Context, vault_id: str, resource_ids: Sequence[str]) -> Task:
    """Ask for resources to leave the vault. Their backups stay, and can be restored.

    Raises VaultNotFound, VaultBeingDeleted, VaultLocked, DuplicateResources, ResourceNotInVault,
    ResourceBeingRemoved, BackupUnderWay or ResourceRestoring.
    """
    with context.changing() as tx:
        vault, leaving = _leaving(tx, context, vault_id, resource_ids)
        task = vault_tasks.removing(context, vault, leaving)
        accept(tx, context, task)
    context.wake()
    return task


def check_leave(
    vault: Vault, unfinished: Sequence[Task], resource_ids: Sequence[str]
) -> Sequence[Attachment]:
    """What resources are in the vault, which they may leave now; `unfinished` is what `going_on` told.

    Raises what `remove` raises.
    """
    vault.check_stays()
    leaving = vault.check_holds(resource_ids)
    if vault.locked:
        raise VaultLocked(vault.name)
    vault_tasks.check_idle(unfinished, resource_ids)
    return leaving


def going_on(tx: Connection, context: Context, vault_id: str, resource_ids: Sequence[str]) -> Sequence[Task]:
    """What goes on in a vault, and with resources of it: a restore from another vault has them in hand."""
    unfinished = list(work.unfinished(tx, context.project_id, vault_id=vault_id))
    for resource_id in resource_ids:
        unfinished += work.unfinished(tx, context.project_id, resource_id=resource_id)
    return unfinished


def migrate(context: Context, vault_id: str, resource_ids: Sequence[str], destination_id: str) -> Task:
    """Ask for resources to move to another vault of the project, with all their backups.

    Raises what `remove` does; VaultNotUpdatable (in error or frozen), DestinationVaultNotFound,
    InvalidParameter (the vault itself), VaultTakesNoResources, ResourceTypeNotSupported (a vault of another
    kind), TooManyResources, or DestinationFull.
    """
    with context.changing() as tx:
        vault, moving = _leaving(tx, context, vault_id, resource_ids)
        vault.check_open()
        destination = _destination(tx, vault, destination_id)
        if replications.touches_vault(tx, vault.id):
            raise VaultBeingReplicated(vault.name)
        destination.check_takes(resource_ids)
        coming = backups.of_resources(tx, vault.id, resource_ids)
        _check_not_restored(tx, vault, coming)
        _check_room(destination, coming)
        task = vault_tasks.migrating(context, vault, moving, destination)
        accept(tx, context, task)
    context.wake()
    return task


def suspend(context: Context, vault_id: str, resource_ids: Sequence[str]) -> None:
    """From now on runs leave these resources out; they stay attached.

    Raises VaultNotFound, VaultBeingDeleted, DuplicateResources, ResourceNotInVault or ResourceBeingRemoved.
    """
    _set_auto_protect(context, vault_id, resource_ids, auto_protect=False)


def resume(context: Context, vault_id: str, resource_ids: Sequence[str]) -> None:
    """From now on runs back these resources up again; raises what `suspend` does."""
    _set_auto_protect(context, vault_id, resource_ids, auto_protect=True)


def _set_auto_protect(
    context: Context, vault_id: str, resource_ids: Sequence[str], *, auto_protect: bool
) -> None:
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        vault.check_stays()
        vault.check_holds(resource_ids)
        for task in work.unfinished(tx, context.project_id, vault_id=vault_id):
            if task.operation in (Operation.REMOVE_RESOURCE, Operation.MIGRATE_RESOURCES):
                _check_stays(task, resource_ids)
        attachments.set_auto_protect(tx, vault_id, resource_ids, auto_protect=auto_protect)


def _check_stays(task: Task, resource_ids: Sequence[str]) -> None:
    going = [resource_id for resource_id in resource_ids if task.touches(resource_id)]
    if going:
        raise ResourceBeingRemoved(", ".join(going))


def _leaving(
    tx: Connection, context: Context, vault_id: str, resource_ids: Sequence[str]
) -> tuple[Vault, Sequence[Attachment]]:
    """The vault that resources shall leave, and what they are there."""
    vault = vaults.get(tx, context.project_id, vault_id)
    return vault, check_leave(vault, going_on(tx, context, vault_id, resource_ids), resource_ids)


def _destination(tx: Connection, vault: Vault, destination_id: str) -> Vault:
    try:
        destination = vaults.get(tx, vault.project_id, destination_id)
    except VaultNotFound as error:
        raise DestinationVaultNotFound(destination_id) from error
    if destination.id == vault.id:
        raise InvalidParameter("destination_vault_id", "is where the resources are")
    if destination.provider_id != vault.provider_id:
        raise ResourceTypeNotSupported(f"{vault.object_type} in a vault for {destination.object_type}")
    return destination


def _check_not_restored(tx: Connection, vault: Vault, coming: Sequence[Backup]) -> None:
    """Raises ResourceRestoring where a project that a backup is shared with reads it here."""
    restored = members.restored(tx, vault.project_id, vault.id)
    for backup in coming:
        if restored.intersection({backup.id, *(disk.id for disk in backup.children)}):
            raise ResourceRestoring(backup.resource_id)


def _check_room(destination: Vault, coming: Sequence[Backup]) -> None:
    used_bytes = destination.used_bytes + sum(backup.stored_bytes for backup in coming)
    if coming and not destination.has_room(used_bytes):
        raise DestinationFull(destination.name)


def _attachment(resource: Resource, asked: NewAttachment) -> Attachment:
    return Attachment(
        resource_id=resource.id,
        name=resource.name,
        type=resource.type,
        size_gb=resource.size_gb,
        exclude_volumes=asked.exclude_volumes,
        include_volumes=asked.include_volumes,
    )
