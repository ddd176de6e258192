"""The vaults of disks for which nobody made one: the Volume Backup Service knows policies and disks only.

A backup policy has a vault of its own, and disks that are backed up without a policy share one. They are made
when they are first needed, grow as they are written, and are told by their names and descriptions.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import policies, vaults
from holdfast.db.vaults import VaultFilter
from holdfast.model.errors import ResourceAlreadyProtected, ResourceTypeNotSupported
from holdfast.model.policy import Policy, PolicyKind
from holdfast.model.resource import ObjectType, Resource, ResourceType
from holdfast.model.task import Page, Status
from holdfast.model.vault import MAX_RESOURCES, Attachment, ProtectType, Vault

from . import attachments, vault_tasks
from .accepting import accept
from .attachments import NewAttachment
from .context import Context
from .vaults import NewVault, make

PREFIX = "vbs-"
MANUAL = f"{PREFIX}manual"
LONGEST_NAME = 64
MADE_FOR_POLICY = "Made on demand for the disks of a backup policy"


def name_of(policy_name: str) -> str:
    """What the vault of a policy of this name is called."""
    return f"{PREFIX}{policy_name}"[:LONGEST_NAME]


def of_policy(tx: Connection, policy: Policy) -> list[Vault]:
    """The vaults of disks that follow a policy, oldest first."""
    wanted = VaultFilter(
        project_id=policy.project_id, policy_id=policy.id, object_type=ObjectType.DISK,
        protect_type=ProtectType.BACKUP,
    )  # fmt: skip
    return vaults.find(tx, wanted, Page())[::-1]


def made_for(tx: Connection, context: Context, policy: Policy) -> Vault:
    """The policy's own vault, made if there is none at work; raises PolicyNotApplicable."""
    known = [vault for vault in of_policy(tx, policy) if vault.is_open]
    if known:
        return known[0]
    asked = NewVault(
        name=name_of(policy.terms.name),
        description=MADE_FOR_POLICY,
        object_type=ObjectType.DISK,
        size_gb=1,
        auto_expand=True,
        policy_id=policy.id,
    )
    return make(tx, context, asked)


def rename(tx: Connection, policy: Policy, policy_name: str) -> None:
    """A policy has another name now: the vault that was made for it is called after it, unless somebody has
    named it otherwise."""
    if policy.terms.name == policy_name:
        return
    for vault in of_policy(tx, policy):
        if vault.description == MADE_FOR_POLICY and vault.name == name_of(policy.terms.name):
            vaults.replace(tx, replace(vault, name=name_of(policy_name)))


def for_backup(tx: Connection, context: Context, disk: Resource) -> Vault:
    """The vault that a disk is in, or else the one of disks without a policy, which takes it in.

    Raises ResourceTypeNotSupported for what is no disk.
    """
    check_disk(disk)
    known = holding(tx, context.project_id, [disk.id])
    if disk.id in known:
        return known[disk.id]
    vault = _manual(tx, context)
    attachments.attach(tx, vault, [NewAttachment(resource_id=disk.id)])
    return vaults.get(tx, context.project_id, vault.id)


def take_in(tx: Connection, context: Context, vault: Vault, disk: Resource) -> None:
    """Attach a disk, which may leave a vault that was made on demand and follows no policy for that.

    Raises ResourceTypeNotSupported for what is no disk, ResourceAlreadyProtected for one that another policy
    or a vault of somebody's making has, what `attachments.check_leave` and `Vault.check_new` refuse.
    """
    check_disk(disk)
    known = holding(tx, context.project_id, [disk.id]).get(disk.id)
    if known is not None and known.id == vault.id:
        return
    if known is not None:
        if not _is_loose(tx, known):
            raise ResourceAlreadyProtected(f"{disk.name} is in the vault {known.name}")
        vault.check_takes([disk.id])
        unfinished = attachments.going_on(tx, context, known.id, [disk.id])
        let_go(tx, context, known, attachments.check_leave(known, unfinished, [disk.id]))
    attachments.attach(tx, vault, [NewAttachment(resource_id=disk.id)])


def let_go(tx: Connection, context: Context, vault: Vault, leaving: Sequence[Attachment]) -> None:
    """Disks that may leave a vault leave it now; their backups stay. The task that tells of it is over."""
    for one in leaving:
        vaults.detach(tx, vault.id, one.resource_id)
    task = vault_tasks.removing(context, vault, leaving)
    at = task.created_at
    accept(tx, context, replace(task, status=Status.SUCCESS, progress=100, started_at=at, ended_at=at))


def holding(tx: Connection, project_id: str, disk_ids: Sequence[str]) -> Mapping[str, Vault]:
    """The vaults that disks are in, by disk; nothing for one that is in none."""
    wanted = VaultFilter(project_id=project_id, resource_ids=tuple(disk_ids))
    found = vaults.find(tx, wanted, Page(limit=len(disk_ids))) if disk_ids else []
    held = {one.resource_id: vault for vault in found for one in vault.attachments}
    return {disk_id: held[disk_id] for disk_id in disk_ids if disk_id in held}


def check_disk(resource: Resource) -> None:
    """Raises ResourceTypeNotSupported for what is no disk."""
    if resource.type is not ResourceType.DISK:
        raise ResourceTypeNotSupported(f"{resource.name} is a {resource.type}")


def _manual(tx: Connection, context: Context) -> Vault:
    wanted = VaultFilter(
        project_id=context.project_id, name=MANUAL, object_type=ObjectType.DISK,
        protect_type=ProtectType.BACKUP,
    )  # fmt: skip
    for vault in reversed(vaults.find(tx, wanted, Page())):
        fits = vault.name == MANUAL and vault.is_open and len(vault.attachments) < MAX_RESOURCES
        # A policy may be called `manual`: what comes into its vault would be backed up as it says.
        if fits and not policies.find(tx, context.project_id, kind=PolicyKind.BACKUP, vault_id=vault.id):
            return vault
    asked = NewVault(
        name=MANUAL,
        description="Made on demand for disks that are backed up without a policy",
        object_type=ObjectType.DISK,
        size_gb=1,
        auto_expand=True,
    )
    return make(tx, context, asked)


def _is_loose(tx: Connection, vault: Vault) -> bool:
    left = vault.name.startswith(PREFIX) and vault.description == MADE_FOR_POLICY
    made = left or vault.name == MANUAL
    return made and not vault.locked and not policies.count_followed(tx, vault.id)
