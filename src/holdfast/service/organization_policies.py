"""Policies of an organization as a caller may ask for them.

The organization is the caller's domain, and its administrators are those of any project in it. What they lay
down is a policy in every project that it covers, made, changed and taken back in the same transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import Connection

from holdfast.db import domains, organization_policies, policies, projects
from holdfast.model import clock, ids
from holdfast.model.errors import DestinationFixed, InvalidParameter, NotAllowed, PolicyLimitReached
from holdfast.model.organization_policy import OrganizationChange, OrganizationPolicy
from holdfast.model.policy import MAX_OF_A_KIND, Policy, PolicyKind, Terms
from holdfast.model.project import Project

from . import destinations, disk_vaults, schedules
from .context import Context


class NewOrganizationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller says of a policy of the organization to be made."""

    name: str
    description: str = ""
    effective_scope: str = ""
    terms: Terms


class OfDomain(msgspec.Struct, frozen=True, kw_only=True):
    """A policy of an organization, and what that is called."""

    policy: OrganizationPolicy
    domain_name: str

    @property
    def id(self) -> str:
        """The policy's id."""
        return self.policy.id


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What a project has of a policy of the organization."""

    policy: Policy
    project: Project
    domain_name: str

    @property
    def id(self) -> str:
        """The id of the project's policy."""
        return self.policy.id


def create(context: Context, asked: NewOrganizationPolicy) -> OfDomain:
    """Lay down a policy, which the projects that it covers have from now on.

    Raises NotAllowed, InvalidParameter, PolicyLimitReached, RegionNotReplicable or ProjectNotReplicable.
    """
    policy = OrganizationPolicy(
        id=ids.new(),
        project_id=context.project_id,
        domain_id=context.caller.domain_id,
        name=asked.name,
        description=asked.description,
        effective_scope=asked.effective_scope,
        terms=asked.terms,
        created_at=clock.now(),
    )
    with _changing(context) as tx:
        policy.terms.check(policy.created_at.date())
        known = organization_policies.find(tx, policy.domain_id)
        if sum(one.terms.kind is policy.terms.kind for one in known) >= MAX_OF_A_KIND:
            raise PolicyLimitReached(f"at most {MAX_OF_A_KIND}")
        destinations.check(tx, context, policy.terms.destination)
        organization_policies.add(tx, policy)
        _deliver(tx, policy)
        return _of_domain(tx, policy)


def find(context: Context, kind: PolicyKind) -> list[OfDomain]:
    """The organization's policies of a kind, newest first."""
    with context.db.reading() as tx:
        found = organization_policies.find(tx, context.caller.domain_id)
        domain_name = _domain_name(tx, context.caller.domain_id)
        return [OfDomain(policy=one, domain_name=domain_name) for one in found if one.terms.kind is kind]


def show(context: Context, policy_id: str) -> OfDomain:
    """One policy of the organization; raises PolicyNotFound."""
    with context.db.reading() as tx:
        return _of_domain(tx, organization_policies.get(tx, context.caller.domain_id, policy_id))


def details(context: Context, policy_id: str) -> list[Delivered]:
    """What each project has of a policy of the organization; raises PolicyNotFound.

    Whoever is no administrator is told of the projects that they may enter.
    """
    with context.db.reading() as tx:
        policy = organization_policies.get(tx, context.caller.domain_id, policy_id)
        domain_name = _domain_name(tx, policy.domain_id)
        mine = {project.id for project, _ in context.roles(tx)}
        covered = {project.id: project for project in projects.find(tx, domain_id=policy.domain_id)}
        return [
            Delivered(policy=one, project=covered[one.project_id], domain_name=domain_name)
            for one in policies.of_organization(tx, policy.id)
            if context.caller.is_admin or one.project_id in mine
        ]


def update(context: Context, policy_id: str, change: OrganizationChange) -> OfDomain:
    """Change a policy, and with it what the projects have of it.

    Raises NotAllowed, PolicyNotFound, InvalidParameter, RegionNotReplicable, ProjectNotReplicable, or
    DestinationFixed where it would replicate to another place and vaults follow it.
    """
    with _changing(context) as tx:
        known = organization_policies.get(tx, context.caller.domain_id, policy_id)
        policy = known.changed(change)
        policy.terms.check(policy.created_at.date())
        if policy.terms.destination != known.terms.destination:
            _check_unused(tx, known)
            destinations.check(tx, context, policy.terms.destination)
        organization_policies.replace(tx, policy)
        _deliver(tx, policy)
        return _of_domain(tx, policy)


def delete(context: Context, policy_id: str) -> None:
    """Take a policy back. Where no vault follows it, it is gone from the projects; where one does, it stays
    with the project, but no further vault may follow it. Raises NotAllowed or PolicyNotFound."""
    with _changing(context) as tx:
        policy = organization_policies.get(tx, context.caller.domain_id, policy_id)
        for delivered in policies.of_organization(tx, policy.id):
            _take_back(tx, delivered)
        organization_policies.remove(tx, policy.id)


def deliver_to(tx: Connection, project: Project) -> None:
    """A new project gets the policies of its organization that cover it."""
    projects.lock(tx, project.domain_id)
    domain_name = _domain_name(tx, project.domain_id)
    for policy in organization_policies.find(tx, project.domain_id):
        if policy.covers(project, domain_name):
            policies.add(tx, _made_of(policy, project))


@contextmanager
def _changing(context: Context) -> Iterator[Connection]:
    """The transaction of a change in all projects of the domain, which are locked in the order of their ids.

    Raises NotAllowed for anybody but an administrator.
    """
    if not context.caller.is_admin:
        raise NotAllowed("policies of the organization are for its administrators")
    domain_id = context.caller.domain_id
    with context.db.transaction() as tx:
        projects.lock(tx, domain_id)
        for project_id in sorted(project.id for project in projects.find(tx, domain_id=domain_id)):
            projects.lock(tx, project_id)
        yield tx
        context.record(tx)


def _deliver(tx: Connection, policy: OrganizationPolicy) -> None:
    """Make the projects' policies what this one says; raises InvalidParameter where it covers none."""
    domain_name = _domain_name(tx, policy.domain_id)
    covered = {
        project.id: project
        for project in projects.find(tx, domain_id=policy.domain_id)
        if policy.covers(project, domain_name)
    }
    if not covered:
        raise InvalidParameter("effective_scope", "names no project of the domain")
    known = {one.project_id: one for one in policies.of_organization(tx, policy.id)}
    for project_id, project in covered.items():
        if project_id in known:
            changed = msgspec.structs.replace(known[project_id], terms=policy.terms)
            policies.replace(tx, changed)
            schedules.change(tx, known[project_id], changed)
            disk_vaults.rename(tx, known[project_id], policy.terms.name)
        else:
            policies.add(tx, _made_of(policy, project))
    for project_id in known.keys() - covered.keys():
        _take_back(tx, known[project_id])


def _made_of(policy: OrganizationPolicy, project: Project) -> Policy:
    """What a project has of it. Intervals are counted from the same day everywhere."""
    return Policy(
        id=ids.new(),
        project_id=project.id,
        terms=policy.terms,
        trigger_id=ids.new(),
        organization_policy_id=policy.id,
        created_at=policy.created_at,
    )


def _take_back(tx: Connection, delivered: Policy) -> None:
    if policies.followers(tx, delivered.id):
        policies.give_up(tx, delivered.id)
    else:
        policies.remove(tx, delivered.project_id, delivered.id)


def _check_unused(tx: Connection, policy: OrganizationPolicy) -> None:
    for delivered in policies.of_organization(tx, policy.id):
        if policies.followers(tx, delivered.id):
            raise DestinationFixed(policy.name)


def _of_domain(tx: Connection, policy: OrganizationPolicy) -> OfDomain:
    return OfDomain(policy=policy, domain_name=_domain_name(tx, policy.domain_id))


def _domain_name(tx: Connection, domain_id: str) -> str:
    """What a domain is called; its id, where only somebody else's directory knows it."""
    known = domains.find(tx, domain_id=domain_id)
    return known[0].name if known else domain_id
