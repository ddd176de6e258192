"""Policies: kept and told as they were given."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.policy import PolicyKind, Retention
from holdfast.service import policies
from holdfast.service.context import Context
from holdfast.service.policies import Bound, NewPolicy

from .wording import Label, Name


class DefinitionBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyoODCreate, of which the ranges are the model's to check."""

    max_backups: int | None = None
    retention_duration_days: int | None = None
    day_backups: int | None = None
    week_backups: int | None = None
    month_backups: int | None = None
    year_backups: int | None = None
    timezone: Annotated[str, Meta(pattern=r"^UTC[+-][0-9]{2}:[0-9]{2}\Z")] | None = None
    full_backup_interval: int | None = None
    destination_project_id: Label | None = None
    destination_region: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9._\-]*\Z", max_length=255)] | None = None

    def retention(self) -> Retention:
        """What is to be kept."""
        return Retention(
            max_backups=_or(self.max_backups, -1),
            duration_days=_or(self.retention_duration_days, -1),
            day_backups=_or(self.day_backups, 0),
            week_backups=_or(self.week_backups, 0),
            month_backups=_or(self.month_backups, 0),
            year_backups=_or(self.year_backups, 0),
            timezone=self.timezone,
            full_backup_interval=_or(self.full_backup_interval, -1),
        )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


class PropertiesBody(msgspec.Struct, frozen=True):
    """PolicyTriggerPropertiesReq."""

    pattern: list[Label]
    start_window_minutes: Annotated[int, Meta(ge=60, le=480)] | None = None


class TriggerBody(msgspec.Struct, frozen=True):
    """PolicyTriggerReq."""

    properties: PropertiesBody


class PolicyBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyCreate."""

    name: Name
    operation_type: PolicyKind
    operation_definition: DefinitionBody
    trigger: TriggerBody
    enabled: bool | None = None

    def asked(self) -> NewPolicy:
        """What is asked of the service."""
        return NewPolicy(
            name=self.name,
            kind=self.operation_type,
            enabled=self.enabled is not False,
            patterns=tuple(self.trigger.properties.pattern),
            start_window_minutes=self.trigger.properties.start_window_minutes,
            retention=self.operation_definition.retention(),
            destination_project_id=self.operation_definition.destination_project_id,
            destination_region=self.operation_definition.destination_region,
        )


class CreateBody(msgspec.Struct, frozen=True):
    """PolicyCreateReq."""

    policy: PolicyBody


class DefinitionView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyoODCreate as it is told: what was not given is left out where CBR leaves it out."""

    max_backups: int
    retention_duration_days: int
    day_backups: int
    week_backups: int
    month_backups: int
    year_backups: int
    full_backup_interval: int
    timezone: str | UnsetType = UNSET
    destination_project_id: str | UnsetType = UNSET
    destination_region: str | UnsetType = UNSET

    @classmethod
    def of(cls, bound: Bound) -> "DefinitionView":
        """What a policy keeps, and where a replication goes."""
        retention = bound.policy.retention
        return cls(
            max_backups=retention.max_backups,
            retention_duration_days=retention.duration_days,
            day_backups=retention.day_backups,
            week_backups=retention.week_backups,
            month_backups=retention.month_backups,
            year_backups=retention.year_backups,
            full_backup_interval=retention.full_backup_interval,
            timezone=retention.timezone or UNSET,
            destination_project_id=bound.policy.destination_project_id or UNSET,
            destination_region=bound.policy.destination_region or UNSET,
        )


class PropertiesView(msgspec.Struct, frozen=True):
    """PolicyTriggerPropertiesResp."""

    pattern: list[str]
    start_time: str
    start_window_minutes: int | None


class TriggerView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyTriggerResp."""

    id: str
    properties: PropertiesView
    name: str = "default"
    type: str = "time"


class AssociatedView(msgspec.Struct, frozen=True):
    """PolicyAssociateVault."""

    vault_id: str
    destination_vault_id: str | None


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """Policy."""

    id: str
    name: str
    enabled: bool
    operation_type: str
    operation_definition: DefinitionView
    trigger: TriggerView
    associated_vaults: list[AssociatedView]
    policy_type: str = "custom_policy"

    @classmethod
    def of(cls, bound: Bound) -> "PolicyView":
        """The wire's view of a policy."""
        policy = bound.policy
        started = moments.of_schedule(policy.created_at)
        return cls(
            id=policy.id,
            name=policy.name,
            enabled=policy.enabled,
            operation_type=policy.kind,
            operation_definition=DefinitionView.of(bound),
            trigger=TriggerView(
                id=policy.trigger_id,
                properties=PropertiesView(list(policy.patterns), started, policy.start_window_minutes),
            ),
            associated_vaults=[AssociatedView(vault_id, None) for vault_id in bound.vault_ids],
        )


class PolicyReply(msgspec.Struct, frozen=True):
    """PolicyCreateResp."""

    policy: PolicyView


class PoliciesReply(msgspec.Struct, frozen=True):
    """PolicyListResp."""

    policies: Sequence[PolicyView]
    count: int
    limit: int
    offset: int


def create(context: Context, call: Call) -> Reply:
    """POST policies."""
    return Reply(PolicyReply(PolicyView.of(policies.create(context, call.read(CreateBody).policy.asked()))))


def find(context: Context, call: Call) -> Reply:
    """GET policies."""
    page = paging.page(call.query)
    kind = call.query.choice("operation_type", PolicyKind)
    found = [
        PolicyView.of(one) for one in policies.find(context, kind=kind, vault_id=call.query.text("vault_id"))
    ]
    return Reply(PoliciesReply(paging.cut(found, page), len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET policies/{policy_id}."""
    return Reply(PolicyReply(PolicyView.of(policies.show(context, call.path["policy_id"]))))


def delete(context: Context, call: Call) -> Reply:
    """DELETE policies/{policy_id}."""
    policies.delete(context, call.path["policy_id"])
    return Reply(status=204)


ROUTES = (
    Route("POST", "/policies", create),
    Route("GET", "/policies", find),
    Route("GET", "/policies/{policy_id}", show),
    Route("DELETE", "/policies/{policy_id}", delete),
)
