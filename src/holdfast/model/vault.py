"""Vaults: a size, a kind of resource, and the resources attached. One vault is one restic repository."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from .errors import (
    DuplicateResources,
    ResourceAlreadyProtected,
    ResourceNotInVault,
    ResourceTypeNotSupported,
    TooManyResources,
)
from .resource import OBJECT_OF_RESOURCE, PROVIDER_OF_OBJECT, ObjectType, Resource
from .tag import Tag

MAX_RESOURCES = 256


class ConsistentLevel(StrEnum):
    """How a vault's backups are taken."""

    APP = "app_consistent"
    CRASH = "crash_consistent"


class ProtectType(StrEnum):
    """Whether a vault receives backups or replicas."""

    BACKUP = "backup"
    REPLICATION = "replication"


class ChargingMode(StrEnum):
    """How a public cloud would bill the vault; kept and told, without effect here."""

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


class Vault(msgspec.Struct, frozen=True, kw_only=True):
    """Where backups of some resources live, and how much room they have.

    `size_gb` is the quota in GB, `used_bytes` what the repository takes, `subscription` what a public cloud
    would need for a bill, in the wire's words: kept and told. `status` and the attachments'
    `protect_status` are read from unfinished tasks, not stored.
    """

    id: str
    project_id: str
    user_id: str
    name: str
    description: str | None = None
    object_type: ObjectType
    protect_type: ProtectType = ProtectType.BACKUP
    consistent_level: ConsistentLevel = ConsistentLevel.CRASH
    charging_mode: ChargingMode = ChargingMode.POST_PAID
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
    attachments: tuple[Attachment, ...] = ()
    created_at: datetime

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
        """Whether what is used reached the size."""
        return self.used_bytes >= self.size_gb << 30

    def attachment(self, resource_id: str) -> Attachment:
        """The attachment of a resource; raises ResourceNotInVault."""
        for attachment in self.attachments:
            if attachment.resource_id == resource_id:
                return attachment
        raise ResourceNotInVault(resource_id)

    def check_new(self, resources: Sequence[Resource], taken: Iterable[str]) -> None:
        """Refuse resources that this vault may not take; `taken` are ids that are in some vault already.

        Raises DuplicateResources, TooManyResources, ResourceTypeNotSupported or ResourceAlreadyProtected.
        """
        wanted = [resource.id for resource in resources]
        if len(set(wanted)) != len(wanted):
            raise DuplicateResources(", ".join(sorted({one for one in wanted if wanted.count(one) > 1})))
        if len(self.attachments) + len(wanted) > MAX_RESOURCES:
            raise TooManyResources(f"at most {MAX_RESOURCES}")
        for resource in resources:
            if PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[resource.type]] != self.provider_id:
                raise ResourceTypeNotSupported(f"{resource.type} in a vault for {self.object_type}")
        already = set(wanted) & set(taken)
        if already:
            raise ResourceAlreadyProtected(", ".join(sorted(already)))
