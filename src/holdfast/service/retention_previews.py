"""What the rules of a policy would let go now, and what they keep: told, and nothing done.

The rules are those that it has, or those that it would have.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import policies, vaults
from holdfast.model import clock, ids
from holdfast.model.errors import InvalidParameter
from holdfast.model.keeping import Verdict
from holdfast.model.policy import Policy, PolicyKind, Terms, TermsChange

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
        policy = _of_backups(tx, context, policy_id, "policy_id")
        chosen = _chosen(tx, context, policy, vault_id)
        return retentions.weigh(tx, context.project_id, chosen, supposed=policy)


def suppose(
    context: Context, change: TermsChange, policy_id: str | None, vault_id: str | None
) -> list[Verdict]:
    """The same, if what a policy keeps were changed so; where none is named, by a policy that were made now,
    in a vault that is named and would follow it.

    Raises what `find` raises, and InvalidParameter for rules that could not be kept to.
    """
    with context.db.reading() as tx:
        if policy_id is not None:
            policy = _of_backups(tx, context, policy_id, "policy.id")
            terms = policy.terms.changed(change)
            terms.check(policy.created_at.date(), before=policy.terms)
            supposed = replace(policy, terms=terms)
        elif vault_id is None:
            raise InvalidParameter("vault_id", "is needed where no policy is named")
        else:
            supposed = _made(context, change)
        chosen = _chosen(tx, context, supposed, vault_id)
        return retentions.weigh(tx, context.project_id, chosen, supposed=supposed)


def _made(context: Context, change: TermsChange) -> Policy:
    """A policy with these rules, as if it had just been made."""
    terms = Terms(name="", kind=PolicyKind.BACKUP, patterns=()).changed(change)
    terms.retention.check()
    return Policy(
        id=ids.new(),
        project_id=context.project_id,
        terms=terms,
        trigger_id=ids.new(),
        created_at=clock.now(),
    )


def _of_backups(tx: Connection, context: Context, policy_id: str, field: str) -> Policy:
    policy = policies.get(tx, context.project_id, policy_id)
    if policy.kind is not PolicyKind.BACKUP:
        raise InvalidParameter(field, "must be of a policy that makes backups")
    return policy


def _chosen(tx: Connection, context: Context, policy: Policy, vault_id: str | None) -> list[str]:
    following = [follower.vault_id for follower in policies.followers(tx, policy.id)]
    if vault_id is None:
        return following
    vault = vaults.get(tx, context.project_id, vault_id)
    if vault_id not in following:
        policy.check_applicable(vault)
    return [vault_id]
