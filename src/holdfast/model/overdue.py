"""What is overdue: backups and replicas that a schedule lets one expect, and that did not come.

This follows from what there is and from the time, not from what a scheduler did: it is told also where none
runs.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from .policy import Policy

# How late a vault may come without being overdue, where its policy has no start window.
PATIENCE = timedelta(minutes=15)
# The clocks of two servers may differ by so much; moments due are an hour apart.
SLACK = timedelta(minutes=5)
_BEFORE = timedelta(microseconds=1)


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in a vault of which nothing good came since some moment.

    Something is expected of it `since` then; the last good came at `last_good_at`; what is under way was
    begun at `under_way_at`.
    """

    vault_id: str
    vault_name: str
    resource_id: str
    name: str
    since: datetime
    last_good_at: datetime | None = None
    under_way_at: datetime | None = None


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """A resource for which a policy came due, and nothing good came of it.

    The first of the moments that it missed in a row is `since`, the last of them `due_at`; `running` tells
    that what is to come is under way.
    """

    policy_id: str
    policy_name: str
    vault_id: str
    vault_name: str
    resource_id: str
    name: str
    since: datetime
    due_at: datetime
    last_good_at: datetime | None
    running: bool


def expected(policy: Policy, now: datetime) -> datetime | None:
    """The last moment due of which something should be there by now; None where there is none.

    Some time is given for being late, at most until the policy comes due again: what did not come of a moment
    is overdue within one period.
    """
    latest = policy.schedule.last_until(now) if policy.terms.enabled else None
    if latest is None or now - latest >= _patience(policy):
        return latest
    return policy.schedule.last_until(latest - _BEFORE)


def enough_from(due_at: datetime) -> datetime:
    """What came at this moment or later may be what was due."""
    return due_at - SLACK


def judge(policy: Policy, due_at: datetime, lacking: Iterable[Lacking]) -> Iterator[Overdue]:
    """What is overdue of these, of which nothing good came `enough_from` the moment due."""
    schedule = policy.schedule
    for one in lacking:
        if one.since > due_at:
            continue
        known = one.since - _BEFORE
        if one.last_good_at is not None:
            known = max(known, one.last_good_at + SLACK)
        running = one.under_way_at is not None and one.under_way_at >= enough_from(due_at)
        yield Overdue(
            policy_id=policy.id,
            policy_name=policy.terms.name,
            vault_id=one.vault_id,
            vault_name=one.vault_name,
            resource_id=one.resource_id,
            name=one.name,
            since=schedule.next_after(known) or due_at,
            due_at=due_at,
            last_good_at=one.last_good_at,
            running=running,
        )


def _patience(policy: Policy) -> timedelta:
    window = timedelta(minutes=policy.terms.start_window_minutes or 0)
    return max(PATIENCE, window) + timedelta(minutes=policy.terms.execution.jitter_minutes)
