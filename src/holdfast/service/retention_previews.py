"""What the rules of a policy would let go now, and what they keep: told, and nothing done."""

from sqlalchemy import Connection

from holdfast.db import backups, policies, vaults
from holdfast.db.backups import BackupFilter
from holdfast.model import clock, keeping
from holdfast.model.backup import Backup
from holdfast.model.errors import InvalidParameter
from holdfast.model.keeping import Verdict
from holdfast.model.policy import Policy, PolicyKind
from holdfast.model.task import Page
from holdfast.model.vault import Vault

from .context import Context

ALL = Page(limit=(1 << 31) - 1)


def find(context: Context, policy_id: str, vault_id: str | None = None) -> list[Verdict]:
    """Of every good backup in the vaults that follow the policy whether it would go now, and why; by vault
    and resource, the newest first. A named vault need not follow the policy, only be able to.

    Raises PolicyNotFound, InvalidParameter where the policy replicates, VaultNotFound, PolicyNotApplicable
    or VaultIsHybrid.
    """
    with context.db.reading() as tx:
        policy = policies.get(tx, context.project_id, policy_id)
        if policy.kind is not PolicyKind.BACKUP:
            raise InvalidParameter("policy_id", "must be of a policy that makes backups")
        weighed = _weighed(tx, context, policy, vault_id)
        held = [(vault, _held(tx, vault)) for vault in weighed]
    now, rules = clock.now(), policy.terms.retention
    return [
        verdict
        for vault, found in held
        for verdict in keeping.plan_vault(found, rules, now, locked=vault.locked)
    ]


def _held(tx: Connection, vault: Vault) -> list[Backup]:
    """The backups in a vault, those of servers without their disks."""
    return backups.find(tx, BackupFilter(project_id=vault.project_id, vault_id=vault.id), ALL)


def _weighed(tx: Connection, context: Context, policy: Policy, vault_id: str | None) -> list[Vault]:
    following = [follower.vault_id for follower in policies.followers(tx, policy.id)]
    if vault_id is None:
        return [vaults.get(tx, context.project_id, one) for one in following]
    vault = vaults.get(tx, context.project_id, vault_id)
    if vault_id not in following:
        policy.check_applicable(vault)
    return [vault]
