"""Schedules: when a vault comes to the policies that it follows, planned together with what changes that."""

from collections.abc import Iterable

from sqlalchemy import Connection

from holdfast.db import schedules
from holdfast.model.firing import first_after, is_as_due, planned_anew
from holdfast.model.policy import Policy


def begin(tx: Connection, vault_id: str, followed: Iterable[Policy]) -> None:
    """The vault follows these policies; what it followed before goes on as it was planned."""
    for policy in followed:
        turn = schedules.get(tx, vault_id, policy.id)
        if turn is not None and turn.fires_at is None:
            schedules.plan(tx, turn, first_after(policy, vault_id, schedules.now(tx)))


def change(tx: Connection, before: Policy, after: Policy) -> None:
    """A policy is another one from now on: the vaults that follow it come when it says.

    What was due already, and was only not begun, still comes, unless the policy is not enabled any more.
    """
    now = schedules.now(tx)
    if not is_as_due(after.terms, before.terms):
        schedules.begin_anew(tx, after.id, now)
    elif after.terms.execution.jitter_minutes == before.terms.execution.jitter_minutes:
        return
    for turn in schedules.of_policy(tx, after.id):
        schedules.plan(tx, turn, planned_anew(after, turn.vault_id, turn.due_at, now))
