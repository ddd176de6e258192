"""What the rules of a policy would let go now, and what they keep: told, and nothing done."""

from sqlalchemy import Connection

from holdfast.db import policies, vaults
from holdfast.model.errors import InvalidParameter
from holdfast.model.keeping import Verdict
from holdfast.model.policy import Policy, PolicyKind

from . import retentions
from .context import Context


def find(context: Context, policy_id: str, vault_id: str | None = None) -> list[Verdict]:
    """Of every backup that is weighed in the vaults that follow the policy whether it would go now if the
    policy is enabled, and why; by vault and resource, the newest first. A named vault need not follow the
    policy, only be able to.

    Raises PolicyNotFound, InvalidParameter where the policy replicates, VaultNotFound, PolicyNotApplicable
    or VaultIsHybrid.
    """
    with context.db.reading() as tx:
        policy = policies.get(tx, context.project_id, policy_id)
        if policy.kind is not PolicyKind.BACKUP:
            raise InvalidParameter("policy_id", "must be of a policy that makes backups")
        chosen = _chosen(tx, context, policy, vault_id)
        return retentions.weigh(tx, context.project_id, chosen, supposed=policy)


def _chosen(tx: Connection, context: Context, policy: Policy, vault_id: str | None) -> list[str]:
    following = [follower.vault_id for follower in policies.followers(tx, policy.id)]
    if vault_id is None:
        return following
    vault = vaults.get(tx, context.project_id, vault_id)
    if vault_id not in following:
        policy.check_applicable(vault)
    return [vault_id]
