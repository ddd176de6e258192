"""Policies that an organization lays down for its projects."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api import paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import InvalidParameter
from holdfast.model.organization_policy import OrganizationChange
from holdfast.model.policy import PolicyKind, Terms, TermsChange
from holdfast.service import organization_policies
from holdfast.service.context import Context
from holdfast.service.organization_policies import Delivered, NewOrganizationPolicy, OfDomain

from .policy_terms import (
    DefinitionBody,
    DefinitionView,
    ExecutionBody,
    ExecutionView,
    TriggerBody,
    TriggerChangeBody,
)
from .wording import Description, Label, Name

DELIVERED = "available"

Title = Annotated[str, Meta(min_length=1, max_length=64)]


class OrganizationPolicyBody(msgspec.Struct, frozen=True, kw_only=True):
    """OrganizationPolicyCreate."""

    name: Title
    description: Description | None = None
    operation_type: PolicyKind
    policy_name: Name
    policy_enabled: bool
    policy_operation_definition: DefinitionBody
    policy_trigger: TriggerBody
    effective_scope: Label | None = None
    holdfast: ExecutionBody | None = None

    def asked(self) -> NewOrganizationPolicy:
        """What is asked of the service."""
        definition, trigger = self.policy_operation_definition, self.policy_trigger.properties
        holdfast = self.holdfast or ExecutionBody()
        terms = Terms(
            name=self.policy_name,
            kind=self.operation_type,
            enabled=self.policy_enabled,
            patterns=tuple(trigger.pattern),
            start_window_minutes=trigger.start_window_minutes,
            retention=holdfast.kept(definition),
            destination_project_id=definition.destination_project_id or None,
            destination_region=definition.destination_region or None,
            accelerated=definition.enable_acceleration,
            cross_account_urn=definition.cross_account_urn or None,
            execution=holdfast.execution(),
        )
        return NewOrganizationPolicy(
            name=self.name,
            description=self.description or "",
            effective_scope=self.effective_scope or "",
            terms=terms,
        )


class CreateBody(msgspec.Struct, frozen=True):
    """OrganizationPolicyCreateReq."""

    policy: OrganizationPolicyBody


class OrganizationChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """OrganizationPolicyUpdate; what is not said stays."""

    name: Title | None = None
    description: Description | None = None
    policy_name: Name | None = None
    policy_enabled: bool | None = None
    policy_operation_definition: DefinitionBody | None = None
    policy_trigger: TriggerChangeBody | None = None
    effective_scope: Label | None = None
    holdfast: ExecutionBody | None = None

    def asked(self) -> OrganizationChange:
        """What is asked of the service."""
        definition = self.policy_operation_definition or DefinitionBody()
        trigger, holdfast = self.policy_trigger or TriggerChangeBody(), self.holdfast or ExecutionBody()
        terms = TermsChange(
            name=self.policy_name,
            enabled=self.policy_enabled,
            patterns=trigger.patterns,
            start_window_minutes=trigger.start_window_minutes,
            retention=definition.retention() if self.policy_operation_definition else None,
            keep_first_of_month=holdfast.keep_first_of_month,
            destination_project_id=definition.destination_project_id or None,
            destination_region=definition.destination_region or None,
            accelerated=definition.enable_acceleration,
            cross_account_urn=definition.cross_account_urn or None,
            execution=holdfast.change(),
        )
        return OrganizationChange(
            name=self.name,
            description=self.description,
            effective_scope=self.effective_scope,
            terms=terms,
        )


class UpdateBody(msgspec.Struct, frozen=True):
    """OrganizationPolicyUpdateReq."""

    policy: OrganizationChangeBody


class PropertiesView(msgspec.Struct, frozen=True):
    """PolicyTriggerPropertiesReq, told back."""

    pattern: list[str]
    start_window_minutes: int | None


class TriggerView(msgspec.Struct, frozen=True):
    """PolicyTriggerReq, told back."""

    properties: PropertiesView


class OrganizationPolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """OrganizationPolicy. Its projects have it as soon as it is answered, so there is one status."""

    id: str
    name: str
    description: str
    operation_type: str
    domain_id: str
    domain_name: str
    policy_name: str
    policy_enabled: bool
    policy_operation_definition: DefinitionView
    policy_trigger: TriggerView
    effective_scope: str
    status: str = DELIVERED
    holdfast: ExecutionView

    @classmethod
    def of(cls, shown: OfDomain) -> "OrganizationPolicyView":
        """The wire's view of a policy of the organization."""
        policy, terms = shown.policy, shown.policy.terms
        return cls(
            id=policy.id,
            name=policy.name,
            description=policy.description,
            operation_type=terms.kind,
            domain_id=policy.domain_id,
            domain_name=shown.domain_name,
            policy_name=terms.name,
            policy_enabled=terms.enabled,
            policy_operation_definition=DefinitionView.of(terms),
            policy_trigger=TriggerView(PropertiesView(list(terms.patterns), terms.start_window_minutes)),
            effective_scope=policy.effective_scope,
            holdfast=ExecutionView.of_terms(terms),
        )


class DeliveredView(msgspec.Struct, frozen=True, kw_only=True):
    """OrganizationPolicyStatus."""

    policy_id: str
    domain_id: str
    domain_name: str
    project_id: str
    project_name: str
    status: str = DELIVERED
    error_msg: str | None = None

    @classmethod
    def of(cls, delivered: Delivered) -> "DeliveredView":
        """What a project has of a policy of the organization."""
        return cls(
            policy_id=delivered.policy.id,
            domain_id=delivered.project.domain_id,
            domain_name=delivered.domain_name,
            project_id=delivered.project.id,
            project_name=delivered.project.name,
        )


class OrganizationPolicyReply(msgspec.Struct, frozen=True):
    """OrganizationPolicyResp."""

    policy: OrganizationPolicyView


class OrganizationPoliciesReply(msgspec.Struct, frozen=True):
    """OrganizationPoliciesListResp."""

    policies: Sequence[OrganizationPolicyView]
    count: int
    limit: int
    offset: int


class DetailsReply(msgspec.Struct, frozen=True):
    """OrganizationPolicyStatusListResp."""

    policies: Sequence[DeliveredView]
    count: int
    limit: int
    offset: int


def create(context: Context, call: Call) -> Reply:
    """POST organization-policies."""
    return _told(organization_policies.create(context, call.read(CreateBody).policy.asked()))


def find(context: Context, call: Call) -> Reply:
    """GET organization-policies."""
    page = paging.page(call.query)
    kind = call.query.choice("operation_type", PolicyKind)
    if kind is None:
        raise InvalidParameter("operation_type", "is missing")
    found = organization_policies.find(context, kind)
    views = [OrganizationPolicyView.of(one) for one in paging.cut(found, page)]
    return Reply(OrganizationPoliciesReply(views, len(found), page.limit, page.offset))


def show(context: Context, call: Call) -> Reply:
    """GET organization-policies/{organization_policy_id}."""
    return _told(organization_policies.show(context, call.path["organization_policy_id"]))


def details(context: Context, call: Call) -> Reply:
    """GET organization-policies/{organization_policy_id}/policy-detail."""
    page = paging.page(call.query)
    found = organization_policies.details(context, call.path["organization_policy_id"])
    views = [DeliveredView.of(one) for one in paging.cut(found, page)]
    return Reply(DetailsReply(views, len(found), page.limit, page.offset))


def update(context: Context, call: Call) -> Reply:
    """PUT organization-policies/{organization_policy_id}."""
    change = call.read(UpdateBody).policy.asked()
    return _told(organization_policies.update(context, call.path["organization_policy_id"], change))


def delete(context: Context, call: Call) -> Reply:
    """DELETE organization-policies/{organization_policy_id}."""
    organization_policies.delete(context, call.path["organization_policy_id"])
    return Reply(status=204)


def _told(shown: OfDomain) -> Reply:
    return Reply(OrganizationPolicyReply(OrganizationPolicyView.of(shown)))


ROUTES = (
    Route("POST", "/organization-policies", create),
    Route("GET", "/organization-policies", find),
    Route("GET", "/organization-policies/{organization_policy_id}", show),
    Route("PUT", "/organization-policies/{organization_policy_id}", update),
    Route("DELETE", "/organization-policies/{organization_policy_id}", delete),
    Route("GET", "/organization-policies/{organization_policy_id}/policy-detail", details),
)
