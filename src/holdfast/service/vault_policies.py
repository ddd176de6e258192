"""Which policies a vault follows, as a caller may ask for it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from holdfast.db import policies, vaults
from holdfast.model.errors import InvalidParameter, PolicyNotApplied, VaultBeingDeleted
from holdfast.model.policy import Follower, Policy, PolicyKind
from holdfast.model.vault import Vault, VaultState

from . import destinations
from .context import Context


def bind(
    context: Context, vault_id: str, policy_ids: Sequence[str], destination_vault_id: str | None = None
) -> Follower:
    """The vault follows these policies, instead of any others of their kinds. Asked twice is asked once.

    A replication policy needs the vault that receives the replicas. Raises NotAllowed, VaultNotFound,
    VaultBeingDeleted, VaultNotUpdatable, PolicyNotFound, PolicyNotApplicable, VaultIsHybrid,
    InvalidParameter, or what is wrong with the destination.
    """
    with context.changing() as tx:
        vault = vaults.get(tx, context.project_id, vault_id)
        vault.check_open()
        named = [policies.get(tx, context.project_id, policy_id) for policy_id in policy_ids]
        if len({policy.kind for policy in named}) != len(named):
            raise InvalidParameter("add_policy_ids", "names two policies of a kind")
        bound = Follower(vault_id)
        for policy in named:
            follower = _follower(tx, context, vault, policy, destination_vault_id)
            policies.apply(tx, vault_id, policy.id, follower.destination_vault_id)
            bound = follower if follower.destination_vault_id else bound
        return bound


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


def _follower(
    tx: Connection, context: Context, vault: Vault, policy: Policy, destination_vault_id: str | None
) -> Follower:
    known = {one.vault_id: one for one in policies.followers(tx, policy.id)}.get(vault.id)
    if policy.given_up and known is not None:
        return known
    policy.check_applicable(vault)
    if policy.kind is not PolicyKind.REPLICATION:
        return Follower(vault.id)
    if destination_vault_id is None:
        raise InvalidParameter("destination_vault_id", "is needed with a replication policy")
    destinations.check_vault(tx, context, vault, policy.terms.destination, destination_vault_id)
    return Follower(vault.id, destination_vault_id)
