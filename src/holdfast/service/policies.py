"""Policies as a caller may ask for them."""

import msgspec
from sqlalchemy import Connection

from holdfast.db import policies
from holdfast.model import clock, ids
from holdfast.model.errors import DestinationFixed, NotAllowed, PolicyLimitReached, PolicyNotFound
from holdfast.model.overdue import Overdue
from holdfast.model.policy import (
    MAX_OF_A_KIND,
    Follower,
    Policy,
    PolicyKind,
    PolicyOrigin,
    Terms,
    TermsChange,
)

from . import destinations, disk_vaults, overdue, schedules
from .context import Context


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with the vaults that follow it, and what is overdue of it; None where nobody has looked."""

    policy: Policy
    followers: tuple[Follower, ...] = ()
    overdue: tuple[Overdue, ...] | None = None

    @property
    def id(self) -> str:
        """The policy's id."""
        return self.policy.id


def create(context: Context, terms: Terms) -> Bound:
    """Keep a policy.

    Raises NotAllowed, InvalidParameter, PolicyLimitReached, RegionNotReplicable or ProjectNotReplicable.
    """
    with context.changing() as tx:
        return Bound(policy=make(tx, context, terms), overdue=())


def make(tx: Connection, context: Context, terms: Terms) -> Policy:
    """Keep a policy as a part of a change; raises what `create` raises."""
    now = clock.now()
    terms.check(now.date())
    policy = Policy(
        id=ids.new(), project_id=context.project_id, terms=terms, trigger_id=ids.new(), created_at=now
    )
    if policies.count_own(tx, context.project_id, terms.kind) >= MAX_OF_A_KIND:
        raise PolicyLimitReached(f"at most {MAX_OF_A_KIND}")
    destinations.check(tx, context, terms.destination)
    policies.add(tx, policy)
    return policy


def find(context: Context, *, kind: PolicyKind | None = None, vault_id: str | None = None) -> list[Bound]:
    """The project's policies, or those of a kind, or those that a vault follows; newest first."""
    with context.db.reading() as tx:
        found = policies.find(tx, context.project_id, kind=kind, vault_id=vault_id)
        followers = policies.followers_of_all(tx, [policy.id for policy in found])
        return [Bound(policy=policy, followers=tuple(followers.get(policy.id, ()))) for policy in found]


def show(context: Context, policy_id: str) -> Bound:
    """One policy; raises PolicyNotFound."""
    with context.db.reading() as tx:
        return _seen(tx, policies.get(tx, context.project_id, policy_id))


def update(context: Context, policy_id: str, change: TermsChange) -> Bound:
    """Change a policy of the project's own.

    Raises NotAllowed (also where it is one of the organization), PolicyNotFound, InvalidParameter,
    RegionNotReplicable, ProjectNotReplicable, or DestinationFixed where it would replicate to another place
    and vaults follow it.
    """
    with context.changing() as tx:
        return _seen(tx, alter(tx, context, own(tx, context, policy_id), change))


def alter(tx: Connection, context: Context, policy: Policy, change: TermsChange) -> Policy:
    """Change a policy of the project's own as a part of a change; what it is then.

    The vault that was made for it is called after it. Raises what `update` raises.
    """
    terms = policy.terms.changed(change)
    terms.check(policy.created_at.date(), before=policy.terms)
    if terms.destination != policy.terms.destination:
        if policies.followers(tx, policy.id):
            raise DestinationFixed(policy.terms.name)
        destinations.check(tx, context, terms.destination)
    changed = msgspec.structs.replace(policy, terms=terms)
    policies.replace(tx, changed)
    schedules.change(tx, policy, changed)
    disk_vaults.rename(tx, policy, terms.name)
    return changed


def delete(context: Context, policy_id: str) -> None:
    """Forget a policy. Vaults that followed it, and their backups, stay.

    Raises NotAllowed (also where it is one of the organization) or PolicyNotFound.
    """
    with context.changing() as tx:
        remove(tx, context, policy_id)


def remove(tx: Connection, context: Context, policy_id: str) -> None:
    """Forget a policy as a part of a change; raises PolicyNotFound or NotAllowed."""
    policies.remove(tx, context.project_id, own(tx, context, policy_id).id)


def of_backups(tx: Connection, context: Context, policy_id: str) -> Policy:
    """A policy that makes backups; raises PolicyNotFound, for any other too."""
    policy = policies.get(tx, context.project_id, policy_id)
    if policy.kind is not PolicyKind.BACKUP:
        raise PolicyNotFound(policy_id)
    return policy


def own(tx: Connection, context: Context, policy_id: str) -> Policy:
    """A policy that the project may change; raises PolicyNotFound or NotAllowed."""
    policy = policies.get(tx, context.project_id, policy_id)
    if policy.origin is PolicyOrigin.ORGANIZATION:
        raise NotAllowed("the policy belongs to the organization")
    return policy


def _seen(tx: Connection, policy: Policy) -> Bound:
    late = overdue.of_policy(tx, policy, clock.now())
    return msgspec.structs.replace(_bound(tx, policy), overdue=tuple(late))


def _bound(tx: Connection, policy: Policy) -> Bound:
    return Bound(policy=policy, followers=tuple(policies.followers(tx, policy.id)))
