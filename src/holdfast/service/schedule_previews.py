"""When a policy would come due if its schedule were another: told, and nothing done."""

from datetime import datetime

from holdfast.db import policies
from holdfast.model import clock
from holdfast.model.due import Schedule
from holdfast.model.policy import Execution, PolicyKind, Terms, TermsChange

from . import policy_firings
from .context import Context
from .policy_firings import Firings


def find(
    context: Context,
    change: TermsChange,
    policy_id: str | None,
    count: int,
    after: datetime | None = None,
) -> Firings:
    """The first so many moments due later than this one, or than now, after this change of the schedule of a
    policy; where none is named, of one that were made now.

    Raises PolicyNotFound or InvalidParameter.
    """
    if policy_id is None:
        execution = Execution().changed(change.execution)
        terms = Terms(name="", kind=PolicyKind.BACKUP, patterns=change.patterns or (), execution=execution)
        first = clock.now().date()
        terms.check(first)
    else:
        with context.db.reading() as tx:
            policy = policies.get(tx, context.project_id, policy_id)
        terms, first = policy.terms.changed(change), policy.created_at.date()
        terms.check(first, before=policy.terms)
    zone = terms.execution.timezone
    return policy_firings.upcoming(Schedule(terms.patterns, first, zone), zone, count, after)
