"""How a vault looks on the wire: sizes in GB, what is used in MB, a null where CBR sends a null."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import moments
from holdfast.model.resource import MIB, ObjectType
from holdfast.model.tag import Tag
from holdfast.model.task import TaskResource
from holdfast.model.vault import Attachment, ProtectType, Vault, VaultState

from .windows import HoldfastView

SPECIFICATIONS: Mapping[ObjectType, str] = MappingProxyType(
    {
        ObjectType.SERVER: "vault.backup.server.normal",
        ObjectType.DISK: "vault.backup.volume.normal",
        ObjectType.TURBO: "vault.backup.turbo.normal",
        ObjectType.FILE: "vault.backup.turbo.normal",
        ObjectType.WORKSPACE: "vault.backup.server.normal",
        ObjectType.VMWARE: "vault.hybrid.server.normal",
        ObjectType.RDS: "vault.backup.database.normal",
    }
)
REPLICATION_SPECIFICATION = "vault.replication.server.normal"


def megabytes(count: int) -> int:
    """Bytes in whole MB, rounded up: something is never nothing."""
    return -(-count // MIB)


class TagView(msgspec.Struct, frozen=True):
    """Tag: `value` is always there, clients fail without it."""

    key: str
    value: str

    @classmethod
    def of(cls, tag: Tag) -> "TagView":
        """A tag of a vault, of its bind rules or of a policy."""
        return cls(tag.key, tag.value)


class BindRulesView(msgspec.Struct, frozen=True):
    """VaultBindRules: always an object, clients fail on null."""

    tags: list[TagView]


class VolumeView(msgspec.Struct, frozen=True):
    """ResourceExtraInfoIncludeVolumes."""

    id: str
    os_version: str | None


class ResourceExtraView(msgspec.Struct, frozen=True, kw_only=True):
    """ResourceExtraInfo: an object that may be empty; what was given is given back."""

    exclude_volumes: list[str] | UnsetType = UNSET
    include_volumes: list[VolumeView] | UnsetType = UNSET

    @classmethod
    def of(cls, resource: Attachment | TaskResource) -> "ResourceExtraView":
        """Which volumes of a server are left out or named."""
        included = [VolumeView(volume.id, volume.os_version) for volume in resource.include_volumes]
        return cls(
            exclude_volumes=list(resource.exclude_volumes) or UNSET,
            include_volumes=included or UNSET,
        )


class AttachmentView(msgspec.Struct, frozen=True, kw_only=True):
    """ResourceResp."""

    id: str
    name: str
    type: str
    size: int
    backup_size: int
    backup_count: int
    protect_status: str | None
    auto_protect: bool
    extra_info: ResourceExtraView

    @classmethod
    def of(cls, attachment: Attachment) -> "AttachmentView":
        """A resource in its vault."""
        return cls(
            id=attachment.resource_id,
            name=attachment.name,
            type=attachment.type,
            size=attachment.size_gb,
            backup_size=megabytes(attachment.backup_bytes),
            backup_count=attachment.backup_count,
            protect_status=attachment.protect_status,
            auto_protect=attachment.auto_protect,
            extra_info=ResourceExtraView.of(attachment),
        )


class BillingView(msgspec.Struct, frozen=True, kw_only=True):
    """Billing: the size in GB, what is used of it in MB, and the state that clients poll."""

    allocated: int
    used: int
    size: int
    status: str
    object_type: str
    protect_type: str
    consistent_level: str
    charging_mode: str
    cloud_type: str
    spec_code: str
    is_multi_az: bool
    frozen_scene: str | None
    order_id: str | None
    product_id: str | None
    storage_unit: str | None = None

    @classmethod
    def of(cls, vault: Vault) -> "BillingView":
        """The commercial block of a vault."""
        return cls(
            allocated=vault.allocated_gb,
            used=megabytes(vault.used_bytes),
            size=vault.size_gb,
            status=vault.status,
            object_type=vault.object_type,
            protect_type=vault.protect_type,
            consistent_level=vault.consistent_level,
            charging_mode=vault.charging_mode,
            cloud_type=vault.cloud_type,
            spec_code=_specification(vault),
            is_multi_az=vault.is_multi_az,
            frozen_scene=vault.subscription.get("frozen_scene"),
            order_id=vault.subscription.get("order_id"),
            product_id=vault.subscription.get("product_id"),
        )


def _specification(vault: Vault) -> str:
    if vault.protect_type is ProtectType.REPLICATION:
        return REPLICATION_SPECIFICATION
    return SPECIFICATIONS[vault.object_type]


class VaultView(msgspec.Struct, frozen=True, kw_only=True):
    """Vault, VaultGet and VaultCreateResource: one shape for all three."""

    id: str
    name: str
    description: str | None
    project_id: str
    provider_id: str
    user_id: str
    enterprise_project_id: str
    created_at: str | None
    billing: BillingView
    resources: list[AttachmentView]
    tags: list[TagView]
    bind_rules: BindRulesView
    auto_bind: bool
    auto_expand: bool
    threshold: int
    smn_notify: bool
    locked: bool
    demand_billing: bool
    frozen: bool
    availability_zone: str
    backup_name_prefix: str
    sys_lock_source_service: str
    holdfast: HoldfastView
    cbc_delete_count: int = 0

    @classmethod
    def of(cls, vault: Vault) -> "VaultView":
        """The wire's view of a vault."""
        return cls(
            id=vault.id,
            name=vault.name,
            description=vault.description,
            project_id=vault.project_id,
            provider_id=vault.provider_id,
            user_id=vault.user_id,
            enterprise_project_id=vault.enterprise_project_id,
            created_at=moments.of_resource(vault.created_at),
            billing=BillingView.of(vault),
            resources=[AttachmentView.of(attachment) for attachment in vault.attachments],
            tags=[TagView.of(tag) for tag in vault.tags],
            bind_rules=BindRulesView([TagView.of(tag) for tag in vault.bind_rules]),
            auto_bind=vault.auto_bind,
            auto_expand=vault.auto_expand,
            threshold=vault.threshold,
            smn_notify=vault.smn_notify,
            locked=vault.locked,
            demand_billing=vault.demand_billing,
            frozen=vault.status is VaultState.FROZEN,
            availability_zone=vault.availability_zone,
            backup_name_prefix=vault.backup_name_prefix,
            sys_lock_source_service=vault.sys_lock_source_service,
            holdfast=HoldfastView.of(vault),
        )
