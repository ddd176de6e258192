"""When a policy comes due next, as a caller may ask for it."""

from datetime import UTC, datetime

import msgspec

from holdfast.db import policies
from holdfast.model import clock
from holdfast.model.due import Schedule
from holdfast.model.errors import InvalidParameter

from .context import Context

# The calendar ends with the year 9999; every policy comes due again long before, from here.
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


class Firings(msgspec.Struct, frozen=True):
    """The next moments at which a policy comes due, in its own time zone, an IANA name."""

    timezone: str
    moments: tuple[datetime, ...]


def find(context: Context, policy_id: str, count: int, after: datetime | None = None) -> Firings:
    """The first so many moments due later than this one, or than now; of a policy that is not enabled those
    that would be. Raises PolicyNotFound or InvalidParameter."""
    with context.db.reading() as tx:
        policy = policies.get(tx, context.project_id, policy_id)
    return upcoming(policy.schedule, policy.terms.execution.timezone, count, after)


def upcoming(schedule: Schedule, zone: str, count: int, after: datetime | None) -> Firings:
    """The first so many moments of a schedule later than this one, or than now; raises InvalidParameter."""
    if after is not None and after > LATEST:
        raise InvalidParameter("after", f"must be before the year {LATEST.year}")
    due = schedule.next_after(after or clock.now())
    found: list[datetime] = []
    while due is not None and len(found) < count:
        found.append(due)
        due = schedule.next_after(due)
    return Firings(zone, tuple(found))
