"""Vaults as a caller may ask for them."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timezone
from typing import Any

import msgspec
from sqlalchemy import Connection

from holdfast.config import Config
from holdfast.db import backups, members, policies, projects, replications, vaults, work
from holdfast.db.database import Database
from holdfast.db.vaults import VaultFilter as VaultFilter  # handed on: the floor above never imports db
from holdfast.db.vaults import VaultSort as VaultSort
from holdfast.model import clock, ids
from holdfast.model.errors import (
    InvalidParameter,
    ProjectNotFound,
    VaultBeingBackedUp,
    VaultBeingReplicated,
    VaultBusy,
    VaultLocked,
    VaultNotFound,
)
from holdfast.model.expiry import last_moment
from holdfast.model.policy import PolicyKind
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag, check_all
from holdfast.model.task import Operation, Page, Task, UpdateExpirationDetail
from holdfast.model.vault import (
    CloudType,
    ConsistentLevel,
    ProtectType,
    Vault,
    VaultChange,
    check_size,
)
from holdfast.model.window import Window

from . import attachments, binding, repositories, schedules, vault_tasks
from .accepting import accept
from .attachments import NewAttachment
from .context import Context

MOST_VAULTS = 1_000_000


class NewVault(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a vault to be made; `policy_id` names the backup policy it follows."""

    name: str
    description: str | None = None
    object_type: ObjectType
    protect_type: ProtectType = ProtectType.BACKUP
    consistent_level: ConsistentLevel = ConsistentLevel.CRASH
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
    subscription: Mapping[str, Any] = {}
    windows: tuple[Window, ...] = ()
    max_running: int | None = None


def create(context: Context, asked: NewVault) -> Vault:
    """Make a vault with its own secret, attach its resources, bind its policy.

    Raises NotAllowed, InvalidCapacity, InvalidParameter, PolicyNotFound, PolicyNotApplicable, VaultIsHybrid,
    ResourceNotFound, or what `Vault.check_new` refuses.
    """
    with context.changing() as tx:
        return make(tx, context, asked)


def make(tx: Connection, context: Context, asked: NewVault) -> Vault:
    """Make a vault as a part of a change; raises what `create` raises."""
    check_size(asked.size_gb)
    tags = check_all("vault.tags", asked.tags)
    vault = msgspec.structs.replace(_new(context, asked), tags=tags)
    vault.check_limits()
    vaults.add(tx, vault, secrets.token_urlsafe(32))
    attachments.attach(tx, vault, asked.attachments)
    if asked.policy_id is not None:
        policy = policies.get(tx, context.project_id, asked.policy_id)
        if policy.kind is not PolicyKind.BACKUP:
            raise InvalidParameter("vault.backup_policy_id", "is not a backup policy")
        policy.check_applicable(vault)
        policies.apply(tx, vault.id, policy.id)
        schedules.begin(tx, vault.id, [policy])
    binding.of_vault(tx, vaults.get(tx, context.project_id, vault.id))
    return vaults.get(tx, context.project_id, vault.id)


def find(context: Context, wanted: VaultFilter, page: Page) -> tuple[list[Vault], int]:
    """A page of the project's vaults, and how many match in all."""
    wanted = msgspec.structs.replace(wanted, project_id=context.project_id)
    with context.db.reading() as tx:
        count = vaults.count(tx, wanted)
        return vaults.find(tx, wanted, page), count


def show(context: Context, vault_id: str) -> Vault:
    """One vault; raises VaultNotFound."""
    with context.db.reading() as tx:
        return vaults.get(tx, context.project_id, vault_id)


def update(context: Context, vault_id: str, change: VaultChange) -> Vault:
    """Change a vault; raises VaultNotFound, or what `Vault.changed` refuses."""
    with context.changing() as tx:
        before = vaults.get(tx, context.project_id, vault_id)
        vault = before.changed(change)
        vaults.replace(tx, vault)
        binding.of_changed_vault(tx, before, vault)
        return vaults.get(tx, context.project_id, vault_id)


def update_all(context: Context, change: VaultChange) -> Sequence[Vault]:
    """Change all vaults of the project that are at work; those, oldest first."""
    with context.changing() as tx:
        found = [vault.changed(change) for vault in _all(tx, context.project_id) if vault.is_open]
        for vault in found:
            vaults.replace(tx, vault)
    return found[::-1]


def summary(context: Context) -> tuple[int, int]:
    """What all vaults of the project come to: their sizes in GB, and the bytes that they hold."""
    with context.db.reading() as tx:
        return vaults.totals(tx, context.project_id)


def find_external(
    context: Context, region: str, wanted: VaultFilter, page: Page
) -> tuple[Sequence[Vault], int]:
    """A page of another project's vaults, where the caller has a role there, and how many match in all.

    Another region than this installation's has none that are known here. Raises ProjectNotFound.
    """
    with context.db.reading() as tx:
        mine = [project.id for project, _ in context.roles(tx)]
        if wanted.project_id not in mine:
            raise ProjectNotFound(wanted.project_id)
        if region != context.config.region:
            return (), 0
        return vaults.find(tx, wanted, page), vaults.count(tx, wanted)


def update_expiration(context: Context, vault_id: str, day: date, zone: timezone) -> tuple[Task, int]:
    """Ask for the vault's backups to expire on a day of a time zone; the task, and how many backups.

    Raises VaultNotFound, VaultBeingDeleted, VaultNotUpdatable, InvalidParameter for a day that is over, or
    VaultLocked where a backup would expire sooner than it does.
    """
    expires_at = last_moment(day, zone)
    if expires_at <= clock.now():
        raise InvalidParameter("expect_expiration_date", "is over")
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        vault.check_open()
        held = backups.of_vault(tx, vault.id)
        if vault.locked and any(backup.is_kept(expires_at) for backup in held):
            raise VaultLocked(vault.name)
        detail = UpdateExpirationDetail(day=day.isoformat(), expires_at=expires_at)
        task = vault_tasks.expiring(context, vault, detail)
        accept(tx, context, task)
    context.wake()
    return task, len(held)


def delete(context: Context, vault_id: str) -> Task:
    """Ask for the vault to be deleted with all it holds.

    Raises VaultNotFound, VaultBeingDeleted (asked before), VaultBeingBackedUp, VaultBusy (other work in it is
    unfinished), VaultBeingReplicated (out of it, or into it) or VaultLocked (it holds backups that have not
    expired).
    """
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        vault.check_stays()
        for task in work.unfinished(tx, context.project_id):
            if task.needs_vault(vault.id):
                raise _BUSY_WITH.get(task.operation, VaultBusy)(vault.name)
        if members.restored(tx, vault.project_id, vault.id):
            raise VaultBusy(f"{vault.name}: another project restores what is shared with it")
        if replications.touches_vault(tx, vault.id):
            raise VaultBeingReplicated(vault.name)
        if vault.locked and any(backup.is_kept(clock.now()) for backup in backups.of_vault(tx, vault.id)):
            raise VaultLocked(vault.name)
        task = vault_tasks.deleting(context, vault)
        accept(tx, context, task)
    context.wake()
    return task


_BUSY_WITH = {Operation.BACKUP: VaultBeingBackedUp}


def repository_env(db: Database, config: Config, named: str) -> dict[str, str]:
    """What stock restic needs to open a vault of any project, by the vault's id or name: for the operator.

    Raises VaultNotFound, InvalidParameter for a name that several vaults have, or ConfigError.
    """
    vault_id, password = repository_secret(db, named)
    repository = repositories.address(config.store_url, vault_id)
    return {"RESTIC_REPOSITORY": repository, "RESTIC_PASSWORD": password}


def repository_secret(db: Database, named: str) -> tuple[str, str]:
    """The id of a vault of any project and its repository's password.

    The vault is named by its id, its name, or the beginning of its id. Raises VaultNotFound, or
    InvalidParameter for what several vaults have.
    """
    with db.reading() as tx:
        known = [vault for project in projects.find(tx) for vault in _all(tx, project.id)]
        found = (
            [vault for vault in known if vault.id == named]
            or [vault for vault in known if vault.name == named]
            or [vault for vault in known if named and vault.id.startswith(named.lower())]
        )
        if not found:
            raise VaultNotFound(named)
        if len(found) > 1:
            listed = ", ".join(vault.id for vault in found[:4])
            raise InvalidParameter("vault", f"{named!r} fits {len(found)}; name one by its id: {listed}")
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
        cloud_type=asked.cloud_type,
        is_multi_az=asked.is_multi_az,
        size_gb=asked.size_gb,
        enterprise_project_id=asked.enterprise_project_id,
        auto_bind=asked.auto_bind,
        auto_expand=asked.auto_expand,
        bind_rules=asked.bind_rules,
        threshold=asked.threshold,
        smn_notify=asked.smn_notify,
        locked=asked.locked,
        demand_billing=asked.demand_billing,
        availability_zone=asked.availability_zone,
        backup_name_prefix=asked.backup_name_prefix,
        sys_lock_source_service=asked.sys_lock_source_service,
        subscription=dict(asked.subscription),
        windows=asked.windows,
        max_running=asked.max_running,
        created_at=clock.now(),
    )
