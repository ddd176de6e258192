"""What is overdue, as a caller may ask for it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from holdfast.db import overdue, policies
from holdfast.model import clock
from holdfast.model.overdue import Overdue, expected, judge
from holdfast.model.policy import Policy, PolicyKind

from .context import Context

_LACKING = {PolicyKind.BACKUP: overdue.backups, PolicyKind.REPLICATION: overdue.replicas}


def find(context: Context) -> list[Overdue]:
    """What is overdue in the project now: the longest first."""
    with context.db.reading() as tx:
        return of_policies(tx, policies.find(tx, context.project_id), clock.now())


def of_policies(tx: Connection, followed: Iterable[Policy], now: datetime) -> list[Overdue]:
    """What is overdue of these policies: the longest first."""
    found = [one for policy in followed for one in of_policy(tx, policy, now)]
    return sorted(found, key=lambda one: one.since)


def of_policy(tx: Connection, policy: Policy, now: datetime) -> list[Overdue]:
    """What is overdue of a policy: by vault."""
    due_at = expected(policy, now)
    if due_at is None:
        return []
    return list(judge(policy, due_at, _LACKING[policy.kind](tx, policy.id, due_at)))
