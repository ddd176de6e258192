"""Vaults: made, found, changed, summed up, deleted."""

from collections.abc import Sequence
from datetime import date, timedelta, timezone
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from holdfast.api import paging
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.model.order import PeriodType
from holdfast.model.resource import ObjectType
from holdfast.model.tag import Tag
from holdfast.model.vault import (
    ChargingMode,
    CloudType,
    ConsistentLevel,
    ProtectType,
    VaultChange,
    VaultState,
)
from holdfast.service import vaults
from holdfast.service.context import Context
from holdfast.service.vaults import NewVault, VaultFilter, VaultSort

from .jobs import JobsView, accepted
from .vault_resources import ResourceBody
from .vault_views import VaultView, megabytes
from .windows import LimitsBody
from .wording import Id, Label, Name, ShortDescription, TagKey, TagValue

Threshold = Annotated[int, Meta(ge=1, le=100)]


class TagBody(msgspec.Struct, frozen=True):
    """Tag, BindRulesTags."""

    key: TagKey
    value: TagValue | None = None


class BindRulesBody(msgspec.Struct, frozen=True):
    """VaultBindRules."""

    tags: Annotated[list[TagBody], Meta(max_length=5)] | None = None

    def asked(self) -> tuple[Tag, ...]:
        """The tags by which resources are bound; raises InvalidParameter naming the wire field."""
        return tuple(
            Tag.checked(f"vault.bind_rules.tags[{place}]", tag.key, tag.value or "")
            for place, tag in enumerate(self.tags or ())
        )


class BillingBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """BillingCreate; what only a bill would need is kept as it was said."""

    consistent_level: ConsistentLevel
    object_type: ObjectType
    protect_type: ProtectType
    size: int
    charging_mode: ChargingMode = ChargingMode.POST_PAID
    cloud_type: CloudType = CloudType.PUBLIC
    is_multi_az: bool = False
    period_type: PeriodType | None = None
    period_num: Annotated[int, Meta(ge=1, le=9)] | None = None
    is_auto_renew: bool | None = None
    is_auto_pay: bool | None = None
    console_url: Annotated[str, Meta(min_length=1, max_length=255)] | None = None

    def subscription(self) -> dict[str, Any]:
        """What is said of the bill; raises InvalidParameter for a subscription without its periods."""
        if self.charging_mode is ChargingMode.PRE_PAID:
            for name, value in (("period_type", self.period_type), ("period_num", self.period_num)):
                if value is None:
                    raise InvalidParameter(f"vault.billing.{name}", "is needed with pre_paid")
        said = msgspec.to_builtins(self)
        return {name: said[name] for name in _BILL if name in said}


_BILL = ("charging_mode", "period_type", "period_num", "is_auto_renew", "is_auto_pay", "console_url")


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
    threshold: Threshold | None = None
    smn_notify: bool | None = None
    locked: bool | None = None
    demand_billing: bool | None = None
    availability_zone: Annotated[str, Meta(max_length=32)] | None = None
    backup_name_prefix: Annotated[str, Meta(max_length=32)] | None = None
    sys_lock_source_service: Label | None = None
    holdfast: LimitsBody | None = None

    def asked(self) -> NewVault:
        """What is asked of the service."""
        billing, ours = self.billing, self.holdfast or LimitsBody()
        return NewVault(
            name=self.name,
            description=self.description,
            object_type=billing.object_type,
            protect_type=billing.protect_type,
            consistent_level=billing.consistent_level,
            cloud_type=billing.cloud_type,
            is_multi_az=billing.is_multi_az,
            size_gb=billing.size,
            enterprise_project_id=self.enterprise_project_id or "0",
            policy_id=self.backup_policy_id,
            attachments=tuple(resource.asked() for resource in self.resources or ()),
            tags=tuple(Tag(tag.key, tag.value or "") for tag in self.tags or ()),
            bind_rules=self.bind_rules.asked() if self.bind_rules else (),
            auto_bind=bool(self.auto_bind),
            auto_expand=bool(self.auto_expand),
            threshold=self.threshold or 80,
            smn_notify=self.smn_notify is not False,
            locked=bool(self.locked),
            demand_billing=bool(self.demand_billing),
            availability_zone=self.availability_zone or "",
            backup_name_prefix=self.backup_name_prefix or "",
            sys_lock_source_service=self.sys_lock_source_service or "",
            subscription=billing.subscription(),
            windows=ours.windows() or (),
            max_running=ours.max_running_tasks or None,
        )


class CreateBody(msgspec.Struct, frozen=True):
    """VaultCreateReq."""

    vault: VaultBody


class BillingChangeBody(msgspec.Struct, frozen=True):
    """BillingUpdate."""

    consistent_level: ConsistentLevel | None = None
    size: int | None = None


class VaultChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """VaultUpdate. What is null or not there stays as it is."""

    name: Name | None = None
    billing: BillingChangeBody | None = None
    auto_bind: bool | None = None
    bind_rules: BindRulesBody | None = None
    auto_expand: bool | None = None
    threshold: Threshold | None = None
    smn_notify: bool | None = None
    locked: bool | None = None
    holdfast: LimitsBody | None = None

    def asked(self) -> VaultChange:
        """What is asked of the service."""
        billing, ours = self.billing or BillingChangeBody(), self.holdfast or LimitsBody()
        return VaultChange(
            name=self.name,
            size_gb=billing.size,
            consistent_level=billing.consistent_level,
            auto_bind=self.auto_bind,
            bind_rules=None if self.bind_rules is None else self.bind_rules.asked(),
            auto_expand=self.auto_expand,
            threshold=self.threshold,
            smn_notify=self.smn_notify,
            locked=self.locked,
            windows=ours.windows(),
            max_running=ours.max_running_tasks,
        )


class UpdateBody(msgspec.Struct, frozen=True):
    """VaultUpdateReq."""

    vault: VaultChangeBody


class NoticeBody(msgspec.Struct, frozen=True):
    """VaultBatchUpdate."""

    threshold: Threshold | None = None
    smn_notify: bool | None = None

    def asked(self) -> VaultChange:
        """What is asked of the service; raises InvalidParameter when it is nothing."""
        if self.threshold is None and self.smn_notify is None:
            raise InvalidParameter("vault", "names neither threshold nor smn_notify")
        return VaultChange(threshold=self.threshold, smn_notify=self.smn_notify)


class UpdateAllBody(msgspec.Struct, frozen=True):
    """BatchUpdateVaultReq."""

    vault: NoticeBody


class ExpirationBody(msgspec.Struct, frozen=True):
    """UpdateExpirationTimeReq."""

    expect_expiration_date: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
    time_zone: Annotated[str, Meta(pattern=r"^UTC[+-](0[0-9]|1[0-4]):[0-5][0-9]\Z")]

    @property
    def day(self) -> date:
        """The day; raises InvalidParameter for one that is in no calendar."""
        try:
            return date.fromisoformat(self.expect_expiration_date)
        except ValueError as error:
            raise InvalidParameter("expect_expiration_date", "is no day") from error

    @property
    def zone(self) -> timezone:
        """The time zone."""
        hours, minutes = int(self.time_zone[4:6]), int(self.time_zone[7:9])
        offset = timedelta(hours=hours, minutes=minutes)
        return timezone(-offset if self.time_zone[3] == "-" else offset)


class VaultReply(msgspec.Struct, frozen=True):
    """VaultGetResp, VaultCreateResp, VaultUpdateResp."""

    vault: VaultView


class VaultsReply(msgspec.Struct, frozen=True):
    """VaultListResp."""

    vaults: Sequence[VaultView]
    count: int
    limit: int
    offset: int


class OrderedReply(msgspec.Struct, frozen=True, rename={"ret_code": "retCode", "err_text": "errText"}):
    """VaultCreateResp where a subscription was asked for: the vault is there, and no order waits."""

    vault: VaultView
    orders: tuple[()] = ()
    ret_code: int = 0
    err_text: str = ""
    error_code: str = ""


class UpdatedReply(msgspec.Struct, frozen=True):
    """BatchUpdateVaultResp."""

    updated_vaults_id: list[str]


class SummaryReply(msgspec.Struct, frozen=True):
    """ShowSummaryResp: GB, and MB."""

    size: int
    used_size: int


class ExpirationReply(JobsView, frozen=True, kw_only=True):
    """UpdateExpirationTimeResp: the task, how many backups it is about, and the day."""

    affected_backups_count: int
    new_expiration_day: str


def create(context: Context, call: Call) -> Reply:
    """POST vaults."""
    asked = call.read(CreateBody).vault
    vault = VaultView.of(vaults.create(context, asked.asked()))
    reply = OrderedReply if asked.billing.charging_mode is ChargingMode.PRE_PAID else VaultReply
    return Reply(reply(vault))


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


def update(context: Context, call: Call) -> Reply:
    """PUT vaults/{vault_id}."""
    change = call.read(UpdateBody).vault.asked()
    return Reply(VaultReply(VaultView.of(vaults.update(context, call.path["vault_id"], change))))


def update_all(context: Context, call: Call) -> Reply:
    """PUT vaults/batch-update."""
    changed = vaults.update_all(context, call.read(UpdateAllBody).vault.asked())
    return Reply(UpdatedReply([vault.id for vault in changed]))


def summary(context: Context, call: Call) -> Reply:  # noqa: ARG001 - every endpoint's signature
    """GET vaults/summary."""
    size_gb, used_bytes = vaults.summary(context)
    return Reply(SummaryReply(size_gb, megabytes(used_bytes)))


def find_external(context: Context, call: Call) -> Reply:
    """GET vaults/external."""
    page = paging.page(call.query)
    asked = wanted_external(call.query)
    found, count = vaults.find_external(context, call.query.needed("region_id"), asked, page)
    return Reply(VaultsReply([VaultView.of(vault) for vault in found], count, page.limit, page.offset))


def update_expiration(context: Context, call: Call) -> Reply:
    """PUT vaults/{vault_id}/update-backup-expiration-time."""
    asked = call.read(ExpirationBody)
    task, count = vaults.update_expiration(context, call.path["vault_id"], asked.day, asked.zone)
    return Reply(
        ExpirationReply(
            affected_backups_count=count,
            new_expiration_day=asked.day.isoformat(),
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
        sort=query.order("sort", VaultSort),
    )


def wanted_external(query: Query) -> VaultFilter:
    """The filter over another project's vaults; the misspelling is the wire's.

    Raises InvalidParameter naming the parameter.
    """
    vault_id = query.text("vault_id")
    return VaultFilter(
        project_id=query.needed("external_project_id"),
        ids=None if vault_id is None else (vault_id,),
        object_type=query.choice("objcet_type", ObjectType),
        protect_type=query.choice("protect_type", ProtectType),
        cloud_type=query.choice("cloud_type", CloudType),
    )


ROUTES = (
    Route("POST", "/vaults", create),
    Route("GET", "/vaults", find),
    Route("PUT", "/vaults/batch-update", update_all),
    Route("GET", "/vaults/summary", summary),
    Route("GET", "/vaults/external", find_external),
    Route("GET", "/vaults/{vault_id}", show),
    Route("PUT", "/vaults/{vault_id}", update),
    Route("DELETE", "/vaults/{vault_id}", delete),
    Route("PUT", "/vaults/{vault_id}/update-backup-expiration-time", update_expiration),
)
