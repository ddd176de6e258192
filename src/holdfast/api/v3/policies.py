"""Policies: kept and told as they were given, with what comes of them."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.policy import Follower, PolicyKind, Terms, TermsChange
from holdfast.service import policies
from holdfast.service.context import Context
from holdfast.service.policies import Bound

from .overdue import OverdueView
from .policy_terms import (
    DefinitionBody,
    DefinitionView,
    ExecutionBody,
    ExecutionView,
    TriggerBody,
    TriggerChangeBody,
    TriggerView,
)
from .wording import Name


class PolicyBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyCreate."""

    name: Name
    operation_type: PolicyKind
    operation_definition: DefinitionBody
    trigger: TriggerBody
    enabled: bool | None = None
    holdfast: ExecutionBody | None = None

    def asked(self) -> Terms:
        """What is asked of the service."""
        definition, holdfast = self.operation_definition, self.holdfast or ExecutionBody()
        return Terms(
            name=self.name,
            kind=self.operation_type,
            enabled=self.enabled is not False,
            patterns=tuple(self.trigger.properties.pattern),
            start_window_minutes=self.trigger.properties.start_window_minutes,
            retention=holdfast.kept(definition),
            destination_project_id=definition.destination_project_id or None,
            destination_region=definition.destination_region or None,
            accelerated=definition.enable_acceleration,
            cross_account_urn=definition.cross_account_urn or None,
            execution=holdfast.execution(),
        )


class CreateBody(msgspec.Struct, frozen=True):
    """PolicyCreateReq."""

    policy: PolicyBody


class PolicyChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyUpdate; what is not said stays."""

    name: Name | None = None
    operation_definition: DefinitionBody | None = None
    trigger: TriggerChangeBody | None = None
    enabled: bool | None = None
    holdfast: ExecutionBody | None = None

    def asked(self) -> TermsChange:
        """What is asked of the service."""
        definition = self.operation_definition or DefinitionBody()
        trigger, holdfast = self.trigger or TriggerChangeBody(), self.holdfast or ExecutionBody()
        return TermsChange(
            name=self.name,
            enabled=self.enabled,
            patterns=trigger.patterns,
            start_window_minutes=trigger.start_window_minutes,
            retention=definition.retention() if self.operation_definition else None,
            keep_first_of_month=holdfast.keep_first_of_month,
            destination_project_id=definition.destination_project_id or None,
            destination_region=definition.destination_region or None,
            accelerated=definition.enable_acceleration,
            cross_account_urn=definition.cross_account_urn or None,
            execution=holdfast.change(),
        )


class UpdateBody(msgspec.Struct, frozen=True):
    """PolicyUpdateReq."""

    policy: PolicyChangeBody


class AssociatedView(msgspec.Struct, frozen=True):
    """PolicyAssociateVault."""

    vault_id: str
    destination_vault_id: str | None


class FollowingView(msgspec.Struct, frozen=True, kw_only=True):
    """A vault that follows the policy, and when it comes due next: at `starts_at` it begins, not before."""

    vault_id: str
    since: str | None
    next_due_at: str | None
    starts_at: str | None

    @classmethod
    def of(cls, follower: Follower) -> "FollowingView":
        """The wire's view of a vault's place in the schedule."""
        return cls(
            vault_id=follower.vault_id,
            since=moments.of_resource(follower.since),
            next_due_at=moments.of_resource(follower.due_at),
            starts_at=moments.of_resource(follower.fires_at) if follower.due_at else None,
        )


class HoldfastView(ExecutionView, frozen=True, kw_only=True):
    """Ours, beyond the reference. `overdue` is told of one policy, and left out of lists."""

    vaults: list[FollowingView]
    overdue: list[OverdueView] | UnsetType

    @classmethod
    def of(cls, bound: Bound) -> "HoldfastView":
        """How a policy is carried out, and what came of it."""
        terms = bound.policy.terms
        return cls(
            timezone=terms.execution.timezone,
            jitter_minutes=terms.execution.jitter_minutes,
            timeout_minutes=terms.execution.timeout_minutes,
            keep_first_of_month=terms.retention.keep_first_of_month,
            vaults=[FollowingView.of(one) for one in bound.followers],
            overdue=UNSET if bound.overdue is None else [OverdueView.of(one) for one in bound.overdue],
        )


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """Policy."""

    id: str
    name: str
    enabled: bool
    operation_type: str
    operation_definition: DefinitionView
    trigger: TriggerView
    associated_vaults: list[AssociatedView]
    policy_type: str
    holdfast: HoldfastView

    @classmethod
    def of(cls, bound: Bound) -> "PolicyView":
        """The wire's view of a policy."""
        policy = bound.policy
        return cls(
            id=policy.id,
            name=policy.terms.name,
            enabled=policy.terms.enabled,
            operation_type=policy.kind,
            operation_definition=DefinitionView.of(policy.terms),
            trigger=TriggerView.of(policy),
            associated_vaults=[
                AssociatedView(one.vault_id, one.destination_vault_id) for one in bound.followers
            ],
            policy_type=policy.origin,
            holdfast=HoldfastView.of(bound),
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
    found = policies.find(context, kind=kind, vault_id=call.query.text("vault_id"))
    views = [PolicyView.of(one) for one in paging.cut(found, page)]
    return Reply(PoliciesReply(views, len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET policies/{policy_id}."""
    return Reply(PolicyReply(PolicyView.of(policies.show(context, call.path["policy_id"]))))


def update(context: Context, call: Call) -> Reply:
    """PUT policies/{policy_id}."""
    change = call.read(UpdateBody).policy.asked()
    return Reply(PolicyReply(PolicyView.of(policies.update(context, call.path["policy_id"], change))))


def delete(context: Context, call: Call) -> Reply:
    """DELETE policies/{policy_id}."""
    policies.delete(context, call.path["policy_id"])
    return Reply(status=204)


ROUTES = (
    Route("POST", "/policies", create),
    Route("GET", "/policies", find),
    Route("GET", "/policies/{policy_id}", show),
    Route("PUT", "/policies/{policy_id}", update),
    Route("DELETE", "/policies/{policy_id}", delete),
)
