"""Vaults and the resources attached to them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import paging
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.tag import Tag
from holdfast.model.vault import (
    ChargingMode,
    CloudType,
    ConsistentLevel,
    IncludedVolume,
    ProtectType,
    VaultState,
)
from holdfast.service import vaults
from holdfast.service.context import Context
from holdfast.service.vaults import NewAttachment, NewVault, VaultFilter

from .jobs import JobsView, accepted
from .vault_views import VaultView
from .wording import Id, Label, Name, ShortDescription, TagKey, TagValue


class TagBody(msgspec.Struct, frozen=True):
    """Tag, BindRulesTags."""

    key: TagKey
    value: TagValue | None = None


class VolumeBody(msgspec.Struct, frozen=True):
    """ResourceExtraInfoIncludeVolumes."""

    id: Id
    os_version: Label | None = None


class ExtraInfoBody(msgspec.Struct, frozen=True):
    """ResourceExtraInfo."""

    exclude_volumes: list[Id] | None = None
    include_volumes: list[VolumeBody | None] | None = None


class ResourceBody(msgspec.Struct, frozen=True, kw_only=True):
    """ResourceCreate. `name` is accepted and not used: a resource is shown by the name it has."""

    id: Id
    type: ResourceType
    name: Label | None = None
    extra_info: ExtraInfoBody | None = None

    def asked(self) -> NewAttachment:
        """What is asked of the service."""
        extra = self.extra_info or ExtraInfoBody()
        included = [volume for volume in extra.include_volumes or [] if volume is not None]
        return NewAttachment(
            resource_id=self.id,
            exclude_volumes=tuple(extra.exclude_volumes or ()),
            include_volumes=tuple(IncludedVolume(volume.id, volume.os_version) for volume in included),
        )


class BindRulesBody(msgspec.Struct, frozen=True):
    """VaultBindRules."""

    tags: Annotated[list[TagBody], Meta(max_length=5)] | None = None


class BillingBody(msgspec.Struct, frozen=True, kw_only=True):
    """BillingCreate; what only a bill would need is ignored."""

    consistent_level: ConsistentLevel
    object_type: ObjectType
    protect_type: ProtectType
    size: int
    charging_mode: ChargingMode = ChargingMode.POST_PAID
    cloud_type: CloudType = CloudType.PUBLIC
    is_multi_az: bool = False


class VaultBody(msgspec.Struct, frozen=True, kw_only=True):
    """VaultCreate."""

    name: Name
    billing: BillingBody
    resources: list[ResourceBody] | None = None
    description: ShortDescription | None = None
    backup_policy_id: Id | None = None
    enterprise_project_id: Label | None = None
    tags: Annotated[list[TagBody], Meta(max_length=20)] | None = None
    bind_rules: BindRulesBody | None = None
    auto_bind: bool | None = None
    auto_expand: bool | None = None
    threshold: Annotated[int, Meta(ge=1, le=100)] | None = None
    smn_notify: bool | None = None
    locked: bool | None = None
    demand_billing: bool | None = None
    availability_zone: Annotated[str, Meta(max_length=32)] | None = None
    backup_name_prefix: Annotated[str, Meta(max_length=32)] | None = None
    sys_lock_source_service: Label | None = None

    def asked(self) -> NewVault:
        """What is asked of the service."""
        billing = self.billing
        return NewVault(
            name=self.name,
            description=self.description,
            object_type=billing.object_type,
            protect_type=billing.protect_type,
            consistent_level=billing.consistent_level,
            charging_mode=billing.charging_mode,
            cloud_type=billing.cloud_type,
            is_multi_az=billing.is_multi_az,
            size_gb=billing.size,
            enterprise_project_id=self.enterprise_project_id or "0",
            policy_id=self.backup_policy_id,
            attachments=tuple(resource.asked() for resource in self.resources or ()),
            tags=_tags(self.tags),
            bind_rules=_tags(self.bind_rules.tags if self.bind_rules else None),
            auto_bind=bool(self.auto_bind),
            auto_expand=bool(self.auto_expand),
            threshold=self.threshold or 80,
            smn_notify=self.smn_notify is not False,
            locked=bool(self.locked),
            demand_billing=bool(self.demand_billing),
            availability_zone=self.availability_zone or "",
            backup_name_prefix=self.backup_name_prefix or "",
            sys_lock_source_service=self.sys_lock_source_service or "",
        )


def _tags(tags: Sequence[TagBody] | None) -> tuple[Tag, ...]:
    return tuple(Tag(tag.key, tag.value or "") for tag in tags or ())


class CreateBody(msgspec.Struct, frozen=True):
    """VaultCreateReq."""

    vault: VaultBody


class AddResourcesBody(msgspec.Struct, frozen=True):
    """VaultAddResourceReq."""

    resources: Annotated[list[ResourceBody], Meta(min_length=1)]


class RemoveResourcesBody(msgspec.Struct, frozen=True):
    """VaultRemoveResourceReq."""

    resource_ids: Annotated[list[Id], Meta(min_length=1, max_length=256)]


class VaultReply(msgspec.Struct, frozen=True):
    """VaultGetResp, VaultCreateResp."""

    vault: VaultView


class VaultsReply(msgspec.Struct, frozen=True):
    """VaultListResp."""

    vaults: Sequence[VaultView]
    count: int
    limit: int
    offset: int


class AddedReply(msgspec.Struct, frozen=True):
    """VaultAddResourceResp. Attaching is done when the reply comes: there is no task to name."""

    add_resource_ids: list[str]


class RemovedReply(JobsView, frozen=True, kw_only=True):
    """VaultRemoveResourceResp, and the task that removes."""

    remove_resource_ids: list[str]


def create(context: Context, call: Call) -> Reply:
    """POST vaults."""
    return Reply(VaultReply(VaultView.of(vaults.create(context, call.read(CreateBody).vault.asked()))))


def find(context: Context, call: Call) -> Reply:
    """GET vaults."""
    page = paging.page(call.query)
    found, count = vaults.find(context, wanted(context.project_id, call.query), page)
    return Reply(VaultsReply([VaultView.of(vault) for vault in found], count, page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET vaults/{vault_id}."""
    return Reply(VaultReply(VaultView.of(vaults.show(context, call.path["vault_id"]))))


def delete(context: Context, call: Call) -> Reply:
    """DELETE vaults/{vault_id}."""
    return accepted(vaults.delete(context, call.path["vault_id"]))


def add_resources(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/addresources."""
    asked = [resource.asked() for resource in call.read(AddResourcesBody).resources]
    vaults.add_resources(context, call.path["vault_id"], asked)
    return Reply(AddedReply([attachment.resource_id for attachment in asked]))


def remove_resources(context: Context, call: Call) -> Reply:
    """POST vaults/{vault_id}/removeresources."""
    resource_ids = call.read(RemoveResourcesBody).resource_ids
    task = vaults.remove_resources(context, call.path["vault_id"], resource_ids)
    return Reply(
        RemovedReply(
            remove_resource_ids=resource_ids,
            job_id=task.id,
            operation_log_id=task.id,
            operation_log_ids=[task.id],
        )
    )


def wanted(project_id: str, query: Query) -> VaultFilter:
    """The filter that the query asks for; raises InvalidParameter naming the parameter."""
    return VaultFilter(
        project_id=project_id,
        ids=query.listed("id"),
        name=query.text("name"),
        object_type=query.choice("object_type", ObjectType),
        protect_type=query.choice("protect_type", ProtectType),
        cloud_type=query.choice("cloud_type", CloudType),
        status=query.choice("status", VaultState),
        policy_id=query.text("policy_id"),
        resource_ids=query.listed("resource_ids"),
        enterprise_project_id=query.enterprise_project(),
    )


ROUTES = (
    Route("POST", "/vaults", create),
    Route("GET", "/vaults", find),
    Route("GET", "/vaults/{vault_id}", show),
    Route("DELETE", "/vaults/{vault_id}", delete),
    Route("POST", "/vaults/{vault_id}/addresources", add_resources),
    Route("POST", "/vaults/{vault_id}/removeresources", remove_resources),
)
