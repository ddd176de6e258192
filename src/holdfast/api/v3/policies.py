"""Policies: kept and told as they were given."""

from collections.abc import Sequence

import msgspec

from holdfast.api import paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.policy import PolicyKind, Terms, TermsChange
from holdfast.service import policies
from holdfast.service.context import Context
from holdfast.service.policies import Bound

from .policy_terms import DefinitionBody, DefinitionView, TriggerBody, TriggerChangeBody, TriggerView
from .wording import Name


class PolicyBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyCreate."""

    name: Name
    operation_type: PolicyKind
    operation_definition: DefinitionBody
    trigger: TriggerBody
    enabled: bool | None = None

    def asked(self) -> Terms:
        """What is asked of the service."""
        definition = self.operation_definition
        return Terms(
            name=self.name,
            kind=self.operation_type,
            enabled=self.enabled is not False,
            patterns=tuple(self.trigger.properties.pattern),
            start_window_minutes=self.trigger.properties.start_window_minutes,
            retention=definition.retention(),
            destination_project_id=definition.destination_project_id or None,
            destination_region=definition.destination_region or None,
            accelerated=definition.enable_acceleration,
            cross_account_urn=definition.cross_account_urn or None,
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

    def asked(self) -> TermsChange:
        """What is asked of the service."""
        definition = self.operation_definition or DefinitionBody()
        trigger = self.trigger or TriggerChangeBody()
        return TermsChange(
            name=self.name,
            enabled=self.enabled,
            patterns=trigger.patterns,
            start_window_minutes=trigger.start_window_minutes,
            retention=definition.retention() if self.operation_definition else None,
            destination_project_id=definition.destination_project_id or None,
            destination_region=definition.destination_region or None,
            accelerated=definition.enable_acceleration,
            cross_account_urn=definition.cross_account_urn or None,
        )


class UpdateBody(msgspec.Struct, frozen=True):
    """PolicyUpdateReq."""

    policy: PolicyChangeBody


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
    policy_type: str

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
