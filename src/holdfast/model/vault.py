"""Vaults: a size, a kind of resource, and the resources attached. One vault is one restic repository."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from . import window
from .errors import (
    DuplicateResources,
    InvalidCapacity,
    InvalidParameter,
    ResourceAlreadyProtected,
    ResourceNotInVault,
    ResourceTypeNotSupported,
    TooManyResources,
    VaultBeingDeleted,
    VaultNotRestorable,
    VaultNotUpdatable,
    VaultTakesNoResources,
)
from .resource import GIB, OBJECT_OF_RESOURCE, PROVIDER_OF_OBJECT, ObjectType, Resource
from .tag import Tag
from .window import Window

MAX_RESOURCES = 256
LEAST_SIZE_GB = 1
MOST_SIZE_GB = 10_485_760
MOST_RUNNING = 10_000


class ConsistentLevel(StrEnum):
    """How a vault's backups are taken."""

    APP = "app_consistent"
    CRASH = "crash_consistent"


class ProtectType(StrEnum):
    """Whether a vault receives backups or replicas."""

    BACKUP = "backup"
    REPLICATION = "replication"


class ChargingMode(StrEnum):
    """How a public cloud bills a vault. Here none is paid for, let alone in advance."""

    POST_PAID = "post_paid"
    PRE_PAID = "pre_paid"


class CloudType(StrEnum):
    """Where a vault stands; kept and told, without effect here."""

    PUBLIC = "public"
    HYBRID = "hybrid"


class VaultState(StrEnum):
    """billing.status. `deleting` follows from an unfinished vault_delete task, it is never stored."""

    AVAILABLE = "available"
    LOCK = "lock"
    FROZEN = "frozen"
    DELETING = "deleting"
    ERROR = "error"


class ProtectStatus(StrEnum):
    """What is going on with an attached resource; follows from its unfinished tasks and its last backup."""

    AVAILABLE = "available"
    ERROR = "error"
    PROTECTING = "protecting"
    RESTORING = "restoring"
    REMOVING = "removing"


class IncludedVolume(msgspec.Struct, frozen=True):
    """A volume of a server named for backup, with the label of its operating system."""

    id: str
    os_version: str | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in a vault, by the name and type it had when it was attached.

    `backup_count` and `backup_bytes` are sums over the resource's backups in this vault.
    """

    resource_id: str
    name: str
    type: str
    size_gb: int = 1
    exclude_volumes: tuple[str, ...] = ()
    include_volumes: tuple[IncludedVolume, ...] = ()
    auto_protect: bool = True
    protect_status: ProtectStatus | None = None
    backup_count: int = 0
    backup_bytes: int = 0


class VaultChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a vault shall be another; None, or UNSET where None says something, leaves it as it is."""

    name: str | None = None
    size_gb: int | None = None
    consistent_level: ConsistentLevel | None = None
    auto_bind: bool | None = None
    bind_rules: tuple[Tag, ...] | None = None
    auto_expand: bool | None = None
    threshold: int | None = None
    smn_notify: bool | None = None
    locked: bool | None = None
    windows: tuple[Window, ...] | None = None
    max_running: int | UnsetType | None = UNSET


class Vault(msgspec.Struct, frozen=True, kw_only=True):
    """Where backups of some resources live, and how much room they have.

    `size_gb` is the quota in GB, `used_bytes` what the repository takes, `subscription` what was said of a
    bill, in the wire's words: kept, without effect. In its `windows` nothing is done in the vault; at other
    times at most `max_running` tasks at once, None being no limit. `backup_count` is of all good backups in
    it, those of resources that left it included. It, `status` and the attachments' `protect_status` are read
    from backups and unfinished tasks, not stored.
    """

    id: str
    project_id: str
    user_id: str
    name: str
    description: str | None = None
    object_type: ObjectType
    protect_type: ProtectType = ProtectType.BACKUP
    consistent_level: ConsistentLevel = ConsistentLevel.CRASH
    cloud_type: CloudType = CloudType.PUBLIC
    is_multi_az: bool = False
    size_gb: int
    used_bytes: int = 0
    status: VaultState = VaultState.AVAILABLE
    enterprise_project_id: str = "0"
    auto_bind: bool = False
    auto_expand: bool = False
    bind_rules: tuple[Tag, ...] = ()
    tags: tuple[Tag, ...] = ()
    threshold: int = 80
    smn_notify: bool = True
    locked: bool = False
    demand_billing: bool = False
    availability_zone: str = ""
    backup_name_prefix: str = ""
    sys_lock_source_service: str = ""
    subscription: dict[str, Any] = {}
    windows: tuple[Window, ...] = ()
    max_running: int | None = None
    attachments: tuple[Attachment, ...] = ()
    backup_count: int = 0
    created_at: datetime

    @property
    def charging_mode(self) -> ChargingMode:
        """How the vault is billed, whatever was asked for."""
        return ChargingMode.POST_PAID

    @property
    def provider_id(self) -> str:
        """The CBR provider id of what the vault holds."""
        return PROVIDER_OF_OBJECT[self.object_type]

    @property
    def allocated_gb(self) -> int:
        """Sum of the attached resources' sizes in GB."""
        return sum(attachment.size_gb for attachment in self.attachments)

    @property
    def is_full(self) -> bool:
        """Whether what is used reached the size, and the vault neither grows nor may hold more."""
        return not self.has_room(self.used_bytes)

    @property
    def is_open(self) -> bool:
        """Whether the vault is at work: not being deleted, not in error, not frozen."""
        return self.status in (VaultState.AVAILABLE, VaultState.LOCK)

    def has_room(self, used_bytes: int) -> bool:
        """Whether a vault that holds so many bytes takes more: by growing, or, on demand, beyond its size."""
        return self.demand_billing or used_bytes < self.size_for(used_bytes) * GIB

    def size_for(self, used_bytes: int) -> int:
        """The size in GB that the vault has once it holds so many bytes.

        One that grows has a tenth more than it holds, and at least 1 GB; at most what any vault may have.
        """
        if not self.auto_expand or used_bytes < self.size_gb * GIB:
            return self.size_gb
        held_gb = used_bytes // GIB
        return min(MOST_SIZE_GB, held_gb + max(1, held_gb // 10))

    def is_used_beyond_threshold(self, used_bytes: int) -> bool:
        """Whether so many bytes are worth telling somebody: `threshold` is per cent of the size."""
        return used_bytes * 100 >= self.size_gb * GIB * self.threshold

    def check_stays(self) -> None:
        """Raises VaultBeingDeleted for a vault on its way out."""
        if self.status is VaultState.DELETING:
            raise VaultBeingDeleted(self.name)

    def check_open(self) -> None:
        """Raises VaultBeingDeleted, or VaultNotUpdatable for a vault in error or frozen."""
        self.check_stays()
        if not self.is_open:
            raise VaultNotUpdatable(self.status)

    def check_restorable(self) -> None:
        """Raises VaultNotRestorable unless backups can be restored from the vault now."""
        if not self.is_open:
            raise VaultNotRestorable(self.status)

    def changed(self, change: VaultChange) -> "Vault":
        """The vault after a change.

        Raises VaultBeingDeleted, VaultNotUpdatable (in error or frozen; unlocking; another size while one is
        being made), InvalidParameter (windows, max_running) or InvalidCapacity (out of range; below what is
        used; smaller, and below what is allocated).
        """
        self.check_open()
        if self.locked and change.locked is False:
            raise VaultNotUpdatable("a vault that was locked stays locked")
        if change.size_gb is not None and change.size_gb != self.size_gb:
            self._check_new_size(change.size_gb)
        given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
        given["max_running"] = self.max_running if change.max_running is UNSET else change.max_running
        changed = msgspec.structs.replace(self, **given)
        changed.check_limits()
        return changed

    def check_limits(self) -> None:
        """Raises InvalidParameter for windows, or a number of tasks at once, that no vault may have."""
        window.check("vault.holdfast.maintenance_windows", self.windows)
        if self.max_running is not None and not 1 <= self.max_running <= MOST_RUNNING:
            raise InvalidParameter("vault.holdfast.max_running_tasks", f"must be 1 to {MOST_RUNNING}")

    def _check_new_size(self, size_gb: int) -> None:
        check_size(size_gb)
        if self.status is VaultState.LOCK:
            raise VaultNotUpdatable(self.status)
        if size_gb * GIB < self.used_bytes:
            raise InvalidCapacity(f"{size_gb} GB is less than what is used")
        if size_gb < min(self.size_gb, self.allocated_gb):
            raise InvalidCapacity(f"{size_gb} GB is less than the {self.allocated_gb} GB allocated")

    def attachment(self, resource_id: str) -> Attachment:
        """The attachment of a resource; raises ResourceNotInVault."""
        for attachment in self.attachments:
            if attachment.resource_id == resource_id:
                return attachment
        raise ResourceNotInVault(resource_id)

    def check_new(self, resources: Sequence[Resource], taken: Iterable[str]) -> None:
        """Refuse resources that this vault may not take; `taken` are ids that are in some vault already.

        Raises VaultBeingDeleted, VaultTakesNoResources, DuplicateResources, TooManyResources,
        ResourceTypeNotSupported or ResourceAlreadyProtected.
        """
        wanted = [resource.id for resource in resources]
        self.check_takes(wanted)
        for resource in resources:
            if PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[resource.type]] != self.provider_id:
                raise ResourceTypeNotSupported(f"{resource.type} in a vault for {self.object_type}")
        already = set(wanted) & set(taken)
        if already:
            raise ResourceAlreadyProtected(", ".join(sorted(already)))

    def check_takes(self, resource_ids: Sequence[str]) -> None:
        """Refuse resources for what the vault is, and for how many they are.

        Raises VaultBeingDeleted, VaultTakesNoResources, DuplicateResources or TooManyResources.
        """
        self.check_stays()
        if resource_ids and (not self.is_open or self.protect_type is ProtectType.REPLICATION):
            raise VaultTakesNoResources(self.name)
        check_named_once(resource_ids)
        if len(self.attachments) + len(resource_ids) > MAX_RESOURCES:
            raise TooManyResources(f"at most {MAX_RESOURCES}")

    def check_holds(self, resource_ids: Sequence[str]) -> Sequence[Attachment]:
        """The attachments of these resources; raises DuplicateResources or ResourceNotInVault."""
        check_named_once(resource_ids)
        return [self.attachment(resource_id) for resource_id in resource_ids]


def check_size(size_gb: int) -> None:
    """Raises InvalidCapacity for a size that no vault has."""
    if not LEAST_SIZE_GB <= size_gb <= MOST_SIZE_GB:
        raise InvalidCapacity(f"{size_gb} GB")


def check_named_once(resource_ids: Iterable[str]) -> None:
    """Raises DuplicateResources naming what is there more than once."""
    twice = sorted(one for one, times in Counter(resource_ids).items() if times > 1)
    if twice:
        raise DuplicateResources(", ".join(twice))
