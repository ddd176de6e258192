"""Vaults as a caller may ask for them."""

import secrets
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec
from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import backups, policies, projects, resources, tasks, vaults, work
from holdfast.db.database import Database
from holdfast.db.vaults import VaultFilter as VaultFilter  # handed on: the floor above never imports db
from holdfast.model import clock, ids
from holdfast.model.errors import (
    BackupUnderWay,
    DuplicateResources,
    InvalidCapacity,
    InvalidParameter,
    ResourceBeingRemoved,
    ResourceNotFound,
    ResourceRestoring,
    TooManyResources,
    VaultBeingDeleted,
    VaultBusy,
    VaultLocked,
    VaultNotFound,
)
from holdfast.model.policy import PolicyKind
from holdfast.model.resource import ObjectType, Resource, ResourceType
from holdfast.model.tag import Tag
from holdfast.model.task import (
    Operation,
    Page,
    RemoveResourcesDetail,
    Task,
    TaskResource,
    VaultDeleteDetail,
    resource_of,
)
from holdfast.model.vault import (
    MAX_RESOURCES,
    Attachment,
    ChargingMode,
    CloudType,
    ConsistentLevel,
    IncludedVolume,
    ProtectType,
    Vault,
    VaultState,
)

from . import repositories
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

LEAST_SIZE_GB = 1
MOST_VAULTS = 1_000_000
MOST_SIZE_GB = 10_485_760


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A resource to attach, and which of a server's volumes are left out or named."""

    resource_id: str
    exclude_volumes: tuple[str, ...] = ()
    include_volumes: tuple[IncludedVolume, ...] = ()


class NewVault(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a vault to be made; `policy_id` names the backup policy it follows."""

    name: str
    description: str | None = None
    object_type: ObjectType
    protect_type: ProtectType = ProtectType.BACKUP
    consistent_level: ConsistentLevel = ConsistentLevel.CRASH
    charging_mode: ChargingMode = ChargingMode.POST_PAID
    cloud_type: CloudType = CloudType.PUBLIC
    is_multi_az: bool = False
    size_gb: int
    enterprise_project_id: str = "0"
    policy_id: str | None = None
    attachments: tuple[NewAttachment, ...] = ()
    tags: tuple[Tag, ...] = ()
    bind_rules: tuple[Tag, ...] = ()
    auto_bind: bool = False
    auto_expand: bool = False
    threshold: int = 80
    smn_notify: bool = True
    locked: bool = False
    demand_billing: bool = False
    availability_zone: str = ""
    backup_name_prefix: str = ""
    sys_lock_source_service: str = ""


def create(context: Context, asked: NewVault) -> Vault:
    """Make a vault with its own secret, attach its resources, bind its policy.

    Raises NotAllowed, InvalidCapacity, InvalidParameter, PolicyNotFound, ResourceNotFound, or what
    `Vault.check_new` refuses.
    """
    if not LEAST_SIZE_GB <= asked.size_gb <= MOST_SIZE_GB:
        raise InvalidCapacity(f"{asked.size_gb} GB")
    if len({tag.key for tag in asked.tags}) != len(asked.tags):
        raise InvalidParameter("vault.tags", "names a key twice")
    vault = _new(context, asked)
    with context.changing() as tx:
        vaults.add(tx, vault, secrets.token_urlsafe(32))
        _attach(tx, vault, asked.attachments)
        if asked.policy_id is not None:
            policy = policies.get(tx, context.project_id, asked.policy_id)
            if policy.kind is not PolicyKind.BACKUP:
                raise InvalidParameter("vault.backup_policy_id", "is not a backup policy")
            policies.apply(tx, vault.id, policy.id)
        return vaults.get(tx, context.project_id, vault.id)


def find(context: Context, wanted: VaultFilter, page: Page) -> tuple[list[Vault], int]:
    """A page of the project's vaults, newest first, and how many match in all."""
    wanted = msgspec.structs.replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        count = vaults.count(tx, wanted)
        return vaults.find(tx, wanted, page), count


def show(context: Context, vault_id: str) -> Vault:
    """One vault; raises VaultNotFound."""
    with context.db.reading() as tx:
        return vaults.get(tx, context.project_id, vault_id)


def add_resources(context: Context, vault_id: str, asked: Sequence[NewAttachment]) -> Vault:
    """Attach resources.

    Raises VaultNotFound, VaultBeingDeleted, ResourceNotFound, or what `Vault.check_new` refuses.
    """
    with context.changing() as tx:
        vault = _not_deleting(tx, context.project_id, vault_id)
        _attach(tx, vault, asked)
        return vaults.get(tx, context.project_id, vault_id)


def remove_resources(context: Context, vault_id: str, resource_ids: Sequence[str]) -> Task:
    """Ask for resources to leave the vault. Their backups stay, and can be restored.

    Raises VaultNotFound, VaultBeingDeleted, VaultLocked, DuplicateResources, ResourceNotInVault,
    ResourceBeingRemoved, BackupUnderWay or ResourceRestoring.
    """
    if len(set(resource_ids)) != len(resource_ids):
        raise DuplicateResources("named twice")
    with context.changing() as tx:
        vault = _not_deleting(tx, context.project_id, vault_id)
        if vault.locked:
            raise VaultLocked(vault.name)
        leaving = [vault.attachment(resource_id) for resource_id in resource_ids]
        unfinished = work.unfinished(tx, context.project_id, vault_id=vault_id)
        for attachment in leaving:
            _check_idle(unfinished, attachment.resource_id)
        task = _remove_task(context, vault, leaving)
        tasks.add(tx, task)
    context.wake()
    return task


def delete(context: Context, vault_id: str) -> Task:
    """Ask for the vault to be deleted with all it holds.

    Raises VaultNotFound, VaultBeingDeleted (asked before), VaultBusy (a backup or restore is unfinished) or
    VaultLocked (it holds automatic backups that have not expired).
    """
    with context.changing() as tx:
        vault = _not_deleting(tx, context.project_id, vault_id)
        unfinished = work.unfinished(tx, context.project_id, vault_id=vault_id)
        if any(task.operation in (Operation.BACKUP, Operation.RESTORE) for task in unfinished):
            raise VaultBusy(vault.name)
        if vault.locked:
            _check_nothing_kept(tx, vault)
        task = _vault_delete_task(context, vault)
        tasks.add(tx, task)
    context.wake()
    return task


def repository_env(db: Database, config: Config, named: str) -> dict[str, str]:
    """What stock restic needs to open a vault of any project, by the vault's id or name: for the operator.

    Raises VaultNotFound, InvalidParameter for a name that several vaults have, or ConfigError.
    """
    vault_id, password = repository_secret(db, named)
    repository = repositories.address(config.store_url, vault_id)
    return {"RESTIC_REPOSITORY": repository, "RESTIC_PASSWORD": password}


def repository_secret(db: Database, named: str) -> tuple[str, str]:
    """The id of a vault of any project and its repository's password, by the vault's id or name.

    Raises VaultNotFound, or InvalidParameter for a name that several vaults have.
    """
    with db.reading() as tx:
        known = [vault for project in projects.find(tx) for vault in _all(tx, project.id)]
        found = [vault for vault in known if vault.id == named] or [
            vault for vault in known if vault.name == named
        ]
        if not found:
            raise VaultNotFound(named)
        if len(found) > 1:
            raise InvalidParameter("vault", f"{len(found)} vaults are called {named}; say the id of one")
        return found[0].id, vaults.secret(tx, found[0].id)


def _all(tx: Connection, project_id: str) -> list[Vault]:
    return vaults.find(tx, VaultFilter(project_id=project_id), Page(limit=MOST_VAULTS))


def _new(context: Context, asked: NewVault) -> Vault:
    return Vault(
        id=ids.new(),
        project_id=context.project_id,
        user_id=context.caller.user_id,
        name=asked.name,
        description=asked.description,
        object_type=asked.object_type,
        protect_type=asked.protect_type,
        consistent_level=asked.consistent_level,
        charging_mode=asked.charging_mode,
        cloud_type=asked.cloud_type,
        is_multi_az=asked.is_multi_az,
        size_gb=asked.size_gb,
        enterprise_project_id=asked.enterprise_project_id,
        auto_bind=asked.auto_bind,
        auto_expand=asked.auto_expand,
        bind_rules=asked.bind_rules,
        tags=asked.tags,
        threshold=asked.threshold,
        smn_notify=asked.smn_notify,
        locked=asked.locked,
        demand_billing=asked.demand_billing,
        availability_zone=asked.availability_zone,
        backup_name_prefix=asked.backup_name_prefix,
        sys_lock_source_service=asked.sys_lock_source_service,
        created_at=clock.now(),
    )


def _attach(tx: Connection, vault: Vault, asked: Sequence[NewAttachment]) -> None:
    if len(asked) > MAX_RESOURCES:
        raise TooManyResources(f"at most {MAX_RESOURCES}")
    wanted = [one.resource_id for one in asked]
    known = {one.id: one for one in resources.find(tx, vault.project_id, ids=wanted)} if wanted else {}
    missing = set(wanted) - known.keys()
    if missing:
        raise ResourceNotFound(", ".join(sorted(missing)))
    vault.check_new(
        [known[resource_id] for resource_id in wanted], vaults.taken(tx, vault.project_id, wanted)
    )
    for one in asked:
        vaults.attach(tx, vault.id, _attachment(known[one.resource_id], one))


def _attachment(resource: Resource, asked: NewAttachment) -> Attachment:
    return Attachment(
        resource_id=resource.id,
        name=resource.name,
        type=resource.type,
        size_gb=resource.size_gb,
        exclude_volumes=asked.exclude_volumes,
        include_volumes=asked.include_volumes,
    )


def _not_deleting(tx: Connection, project_id: str, vault_id: str) -> Vault:
    vault = vaults.get(tx, project_id, vault_id)
    if vault.status is VaultState.DELETING:
        raise VaultBeingDeleted(vault.name)
    return vault


_BUSY_WITH = {
    Operation.REMOVE_RESOURCE: ResourceBeingRemoved,
    Operation.BACKUP: BackupUnderWay,
    Operation.RESTORE: ResourceRestoring,
}


def _check_idle(unfinished: Sequence[Task], resource_id: str) -> None:
    for task in unfinished:
        if task.operation in _BUSY_WITH and task.touches(resource_id):
            raise _BUSY_WITH[task.operation](resource_id)


def _check_nothing_kept(tx: Connection, vault: Vault) -> None:
    now = clock.now()
    for backup in backups.of_vault(tx, vault.id):
        if backup.auto_trigger and (backup.expired_at is None or backup.expired_at > now):
            raise VaultLocked(vault.name)


def _remove_task(context: Context, vault: Vault, leaving: Sequence[Attachment]) -> Task:
    removed = tuple(resource_of(one.resource_id, one.name, one.type) for one in leaving)
    return _task(
        context,
        vault,
        Operation.REMOVE_RESOURCE,
        removed[0] if len(removed) == 1 else _itself(vault),
        RemoveResourcesDetail(resources=removed),
    )


def _vault_delete_task(context: Context, vault: Vault) -> Task:
    return _task(context, vault, Operation.VAULT_DELETE, _itself(vault), VaultDeleteDetail())


def _itself(vault: Vault) -> TaskResource:
    """The vault as the resource of a task over all that it holds, typed by what it holds."""
    return resource_of(vault.id, vault.name, KIND_OF_OBJECT[vault.object_type])


def _task(
    context: Context,
    vault: Vault,
    operation: Operation,
    resource: TaskResource,
    detail: RemoveResourcesDetail | VaultDeleteDetail,
) -> Task:
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
