"""The total order of the tasks: a number made from the creation time, unique over all servers.

A number is the creation time in microseconds times 1024, plus a place among the tasks of that microsecond.
So tasks sort by time, tasks of one microsecond in the order in which one transaction adds them, and a range
of times is a range of numbers. Where a microsecond is full (history that was kept in whole seconds), a task
goes anywhere in the rest of its second: times are asked for in whole seconds. Signed 64 bits reach from
before 1970 to the year 2255.
"""

import random
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from .columns import microseconds_of
from .task_tables import task

PLACES = 1024
# Two servers seldom begin at the same place, and a request that makes 256 tasks at once has room behind it.
_FIRST_PLACES = 256


def first_of(moment: datetime) -> int:
    """The lowest number of the tasks of this microsecond."""
    return _fit(microseconds_of(moment) * PLACES)


def candidate(tx: Connection, created_at: datetime) -> int:
    """A number that is free as far as this transaction sees; another one may take it first."""
    first = first_of(created_at)
    last = tx.scalar(sa.select(sa.func.max(task.c.seq)).where(task.c.seq.between(first, first + PLACES - 1)))
    if last is None:
        return first + random.randrange(_FIRST_PLACES)  # noqa: S311 - spreads numbers, guards nothing
    if last < first + PLACES - 1:
        return int(last) + 1
    microseconds_left = 1_000_000 - created_at.microsecond
    return first + random.randrange(PLACES * microseconds_left)  # noqa: S311 - spreads numbers, guards nothing


def _fit(number: int) -> int:
    """The nearest number that a column holds: people ask for the year 9999."""
    return max(-(1 << 63), min(number, (1 << 63) - 1))
