"""Which policies a vault follows, as a caller may ask for it."""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from holdfast.db import policies, vaults
from holdfast.model.errors import InvalidParameter, PolicyNotApplied, TooManyPolicies, VaultBeingDeleted
from holdfast.model.policy import MAX_OF_A_VAULT, Follower, Policy, PolicyKind
from holdfast.model.vault import Vault, VaultState

from . import destinations, schedules
from .context import Context
from .destinations import Seen


def bind(
    context: Context, vault_id: str, policy_ids: Sequence[str], destination_vault_id: str | None = None
) -> Follower:
    """The vault follows these policies, instead of any others of their kinds. Asked twice is asked once.

    A replication policy needs the vault that receives the replicas. Raises NotAllowed, VaultNotFound,
    VaultBeingDeleted, VaultNotUpdatable, PolicyNotFound, PolicyNotApplicable, VaultIsHybrid,
    InvalidParameter, or what is wrong with the destination.
    """
    aim = _looked(context, policy_ids, destination_vault_id)
    with context.changing() as tx:
        vault, named = _named(tx, context, vault_id, policy_ids)
        if len({policy.kind for policy in named}) != len(named):
            raise InvalidParameter("add_policy_ids", "names two policies of a kind")
        bound = _followers(tx, context, vault, named, aim)
        for policy, follower in zip(named, bound, strict=True):
            policies.apply(tx, vault_id, policy.id, follower.destination_vault_id)
        schedules.begin(tx, vault_id, named)
        return _told(bound)


def bind_besides(
    context: Context, vault_id: str, policy_ids: Sequence[str], destination_vault_id: str | None = None
) -> Follower:
    """The vault follows these policies besides those that it follows already. Asked twice is asked once.

    Raises what `bind` does, or TooManyPolicies; several of a kind are no reason.
    """
    aim = _looked(context, policy_ids, destination_vault_id)
    with context.changing() as tx:
        vault, named = _named(tx, context, vault_id, policy_ids)
        bound = _followers(tx, context, vault, named, aim)
        for policy, follower in zip(named, bound, strict=True):
            policies.apply_besides(tx, vault_id, policy.id, follower.destination_vault_id)
        schedules.begin(tx, vault_id, named)
        if policies.count_followed(tx, vault_id) > MAX_OF_A_VAULT:
            raise TooManyPolicies(f"at most {MAX_OF_A_VAULT}")
        return _told(bound)


def unbind(context: Context, vault_id: str, policy_id: str) -> Follower:
    """The vault follows the policy no longer; what was, is answered.

    Raises NotAllowed, VaultNotFound, VaultBeingDeleted, PolicyNotFound or PolicyNotApplied.
    """
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        if vault.status is VaultState.DELETING:
            raise VaultBeingDeleted(vault.name)
        policies.get(tx, context.project_id, policy_id)
        for follower in policies.followers(tx, policy_id):
            if follower.vault_id == vault_id:
                policies.unapply(tx, vault_id, policy_id)
                return follower
        raise PolicyNotApplied(policy_id)


class _Aim(msgspec.Struct, frozen=True, kw_only=True):
    """The vault that receives replicas, and what other regions told of it, by the policies that go there."""

    vault_id: str | None
    seen: Mapping[str, Seen] = {}


def _looked(context: Context, policy_ids: Sequence[str], vault_id: str | None) -> _Aim:
    """Ask the other regions that these policies send replicas to; raises what `destinations.look` does."""
    if vault_id is None:
        return _Aim(vault_id=None)
    with context.db.reading() as tx:
        named = [policies.get(tx, context.project_id, policy_id) for policy_id in policy_ids]
    looks = {one.id: destinations.look(context, one.terms.destination, vault_id) for one in named}
    return _Aim(vault_id=vault_id, seen={one: seen for one, seen in looks.items() if seen is not None})


def _named(
    tx: Connection, context: Context, vault_id: str, policy_ids: Sequence[str]
) -> tuple[Vault, list[Policy]]:
    """A vault that takes orders, and these policies."""
    vault = vaults.get(tx, context.project_id, vault_id)
    vault.check_open()
    return vault, [policies.get(tx, context.project_id, policy_id) for policy_id in policy_ids]


def _followers(
    tx: Connection,
    context: Context,
    vault: Vault,
    named: Sequence[Policy],
    aim: "_Aim",
) -> list[Follower]:
    """How the vault would follow each of these."""
    return [_follower(tx, context, vault, policy, aim) for policy in named]


def _told(bound: Sequence[Follower]) -> Follower:
    """What is answered of several: the one that says where its replicas go."""
    return next((one for one in reversed(bound) if one.destination_vault_id), bound[0])


def _follower(tx: Connection, context: Context, vault: Vault, policy: Policy, aim: "_Aim") -> Follower:
    known = {one.vault_id: one for one in policies.followers(tx, policy.id)}.get(vault.id)
    if policy.given_up and known is not None:
        return known
    policy.check_applicable(vault)
    if policy.kind is not PolicyKind.REPLICATION:
        return Follower(vault.id)
    if aim.vault_id is None:
        raise InvalidParameter("destination_vault_id", "is needed with a replication policy")
    seen = aim.seen.get(policy.id, aim.vault_id)
    destinations.check_vault(tx, context, vault, policy.terms.destination, seen)
    return Follower(vault.id, aim.vault_id)
