"""Policies that come due when a test wants them to: rows are set back, for nobody sets the clock."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from holdfast.db import policies, schedules
from holdfast.db.database import Database
from holdfast.db.schedules import Turn
from holdfast.db.tables import policy as policy_table
from holdfast.db.tables import vault_policy
from holdfast.model import clock
from holdfast.model.policy import Policy, PolicyKind, Terms
from holdfast.model.vault import Vault
from holdfast.service import policies as offered
from holdfast.service import vault_policies
from holdfast.service.context import Context

OLD = timedelta(days=60)


def nightly() -> str:
    """A rule whose last moment was about twelve hours ago, and whose next one is as far ahead."""
    return f"FREQ=DAILY;BYHOUR={(clock.now().hour + 12) % 24};BYMINUTE=0"


def made(context: Context, **given: Any) -> Policy:
    """A policy that was made long ago; of backups, unless something else is said."""
    terms: dict[str, Any] = {"name": "nightly", "kind": PolicyKind.BACKUP, "patterns": (nightly(),)}
    policy = offered.create(context, Terms(**terms | given)).policy
    old = replace(policy, created_at=policy.created_at - OLD)
    with context.db.transaction() as tx:
        tx.execute(
            sa.update(policy_table).where(policy_table.c.id == policy.id).values(created_at=old.created_at)
        )
    return old


def follow(context: Context, vault: Vault, policy: Policy, into: Vault | None = None) -> None:
    """The vault follows the policy from now on, besides others."""
    vault_policies.bind_besides(context, vault.id, [policy.id], None if into is None else into.id)


def turn_of(db: Database, vault: Vault, policy: Policy) -> Turn:
    """When the vault comes to the policy."""
    with db.reading() as tx:
        turn = schedules.get(tx, vault.id, policy.id)
    assert turn is not None
    return turn


def last_due(policy: Policy, days: int = 0) -> datetime:
    """When the policy came due last, or the last time before so many days ago."""
    due = policy.schedule.last_until(clock.now() - timedelta(days=days))
    assert due is not None
    return due


def come(db: Database, vault: Vault, policy: Policy, days: int = 0) -> Turn:
    """The vault has come to what was due last (so many days ago, at least), and nobody has looked since."""
    due = last_due(policy, days)
    with db.transaction() as tx:
        known = policies.get(tx, policy.project_id, policy.id)
        assert known.terms.enabled
        set_back = sa.update(vault_policy).where(
            vault_policy.c.vault_id == vault.id, vault_policy.c.policy_id == policy.id
        )
        assert tx.execute(set_back.values(due_at=due, fires_at=due, since=due - OLD)).rowcount == 1
    return turn_of(db, vault, policy)
