"""Firings: which moment of a policy a vault comes to next, and what is to be done when it comes.

Of the moments that passed while nobody looked only the latest is made up for, once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from .due import delay_of
from .policy import Policy, Terms

# A day, also where it has 23 hours, and one vault came early and the other time late.
FULL_APART = timedelta(hours=22)
_BEFORE = timedelta(microseconds=1)


class Firing(msgspec.Struct, frozen=True):
    """A moment at which a policy comes due, and when a vault that follows it comes to that."""

    due_at: datetime
    fires_at: datetime


def first_after(policy: Policy, vault_id: str, moment: datetime) -> Firing | None:
    """What a vault comes to first, of what is due later than a moment; None where nothing is."""
    due = policy.schedule.next_after(moment) if policy.terms.enabled else None
    return None if due is None else _of(policy, vault_id, due)


def planned_anew(policy: Policy, vault_id: str, pending: datetime | None, now: datetime) -> Firing | None:
    """What a vault comes to next when its policy has been changed.

    What was due already, and was only not begun, still comes, unless the policy is not enabled any more.
    """
    if not policy.terms.enabled:
        return None
    if pending is not None and pending <= now:
        return _of(policy, vault_id, pending)
    return first_after(policy, vault_id, now)


def ripe(policy: Policy, vault_id: str, pending: datetime, now: datetime) -> datetime:
    """Of what came due since `pending`, this included, the latest moment that the vault has come to."""
    due = policy.schedule.last_until(now)
    while due is not None and due > pending:
        if _of(policy, vault_id, due).fires_at <= now:
            return due
        due = policy.schedule.last_until(due - _BEFORE)
    return pending


def is_missed(terms: Terms, due_at: datetime, now: datetime) -> bool:
    """Whether it is too late for what was due, by the start window of the policy."""
    window = terms.start_window_minutes
    return window is not None and now - due_at > timedelta(minutes=window)


def is_as_due(terms: Terms, before: Terms) -> bool:
    """Whether a policy comes due with these terms when it did with those before."""
    return (
        terms.enabled == before.enabled
        and terms.patterns == before.patterns
        and terms.execution.timezone == before.execution.timezone
    )


def is_full_due(interval: int, newest: Sequence[bool], lately: Iterable[bool]) -> bool:
    """Whether the next backup of a resource is to be a full one: after `interval` incremental ones, and not
    within a day of a full one. -1 asks for none.

    `newest` says of the last `interval` good backups, `lately` of those of the last `FULL_APART`, whether
    they were incremental.
    """
    return 0 <= interval <= len(newest) and all(newest) and all(lately)


def _of(policy: Policy, vault_id: str, due: datetime) -> Firing:
    """A vault that comes late comes before the policy is due again: moments keep their order."""
    later = due + delay_of(vault_id, policy.id, due, policy.terms.execution.jitter_minutes)
    following = policy.schedule.next_after(due) if later > due else None
    return Firing(due, later if following is None else min(later, following))
