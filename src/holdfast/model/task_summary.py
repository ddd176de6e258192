"""What became of many tasks: how many ended how, what they moved, how long they took, by day and by what.

A day is one of clocks in a zone: it lasts from the first moment at which they show its date to the first one
at which they show the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from . import zone
from .task import Operation, Status, Task
from .task_filter import Span, TaskFilter

USUAL_DAYS = 30  # are looked at where nobody says which
MOST_DAYS = 3660
LONGEST_RUNNING = 5  # tasks are named

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
# Midnight of the calendar's first day is no moment in every zone.
_FIRST_DAY = date(2, 1, 1)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks have which status, and the bytes that they moved and that their vaults grew by."""

    counts: Mapping[Status, int] = {}
    bytes_done: int = 0
    bytes_stored: int = 0

    @property
    def count(self) -> int:
        """How many there are in all."""
        return sum(self.counts.values())

    @property
    def success_rate(self) -> float | None:
        """The share of good ends, 0 to 1, among good and bad ones; None where there is neither.

        A task that was skipped did nothing, and does not count; one that was cancelled failed.
        """
        good = self.counts.get(Status.SUCCESS, 0)
        ended = good + self.counts.get(Status.FAILED, 0) + self.counts.get(Status.TIMEOUT, 0)
        return good / ended if ended else None


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """How long tasks ran, from their start to their end, those of them that have both; None without any.

    `median` and `p95` are times that half and 95 % of them did not exceed, told within one percent; the
    others are exact.
    """

    count: int = 0
    mean: timedelta | None = None
    median: timedelta | None = None
    p95: timedelta | None = None
    longest: timedelta | None = None


NO_DURATIONS = Durations()


class OfStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that have a status."""

    status: Status
    count: int
    bytes_done: int
    bytes_stored: int


class OfOperation(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks of an operation."""

    operation: Operation
    tally: Tally
    durations: Durations


class OfDay(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that were made on a day."""

    day: date
    tally: Tally
    durations: Durations


class OfOne(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks of one vault, or of one policy; of none where `id` is None. A name that nobody knows any
    more is None."""

    id: str | None
    name: str | None
    tally: Tally


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """Those with the most tasks, the most first, and in one those that follow: how many, and their tasks."""

    first: tuple[OfOne, ...] = ()
    others: int = 0
    rest: Tally = Tally()


class OfError(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks that have an error's code, and the newest of them."""

    code: str
    count: int
    newest: Task


class ErrorRanking(msgspec.Struct, frozen=True, kw_only=True):
    """The codes that most tasks have, the most first; how many codes follow, and how many tasks have them."""

    first: tuple[OfError, ...] = ()
    others: int = 0
    rest: int = 0


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What is summed up, and when: the filter as it was applied, its span of creation times, and whether
    nobody asked for a span."""

    at: datetime
    wanted: TaskFilter
    created: Span
    is_usual: bool


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `longest` are the tasks that ran for the longest time, those that still run among them."""

    view: View
    total: Tally
    durations: Durations
    statuses: tuple[OfStatus, ...]
    operations: tuple[OfOperation, ...]
    days: tuple[OfDay, ...]
    vaults: Ranking
    policies: Ranking
    errors: ErrorRanking
    longest: tuple[Task, ...]


class Day(msgspec.Struct, frozen=True):
    """A day and the moment, in UTC, at which it begins."""

    day: date
    begins: datetime


def view_of(wanted: TaskFilter, now: datetime, timezone: ZoneInfo) -> View:
    """The filter; one that leaves the creation time open looks at the last 30 days there, today included."""
    created = _created(wanted)
    if not created.is_all:
        return View(at=now, wanted=wanted, created=created, is_usual=False)
    first = now.astimezone(timezone).date() - (USUAL_DAYS - 1) * _DAY
    usual = Span(after=_beginning(first, timezone))
    return View(at=now, wanted=replace(wanted, created=usual), created=usual, is_usual=True)


def days_of(view: View, made: tuple[datetime, datetime] | None, timezone: ZoneInfo) -> list[Day]:
    """The days of a view's span in order; `made` are the creation times of its oldest and its newest task.

    They reach from the span's beginning to its end, but not beyond today and the newest task. A span that has
    no beginning, or is longer than `MOST_DAYS`, begins with the oldest task; there are never more days than
    that.
    """
    created = view.created
    last = max(view.at, made[1]) if made else view.at
    if created.before is not None:
        last = min(last, created.before - _MICROSECOND)
    oldest = made[0] if made else last
    first = oldest if created.after is None or last - created.after > MOST_DAYS * _DAY else created.after
    if first > last:
        return []
    last_day = last.astimezone(timezone).date()
    first_day = max(first.astimezone(timezone).date(), _FIRST_DAY)
    number = min((last_day - first_day).days + 1, MOST_DAYS)
    days = (last_day - before * _DAY for before in range(number - 1, -1, -1))
    return [Day(day, _beginning(day, timezone)) for day in days]


def total(tallies: Iterable[Tally]) -> Tally:
    """All of them as one."""
    added = tuple(tallies)
    return Tally(
        counts={status: sum(one.counts.get(status, 0) for one in added) for status in Status},
        bytes_done=sum(one.bytes_done for one in added),
        bytes_stored=sum(one.bytes_stored for one in added),
    )


def rank(lines: Sequence[OfOne], top: int) -> Ranking:
    """The `top` lines with the most tasks; of equals first the one whose id sorts first."""
    ordered = sorted(lines, key=lambda line: (-line.tally.count, line.id or ""))
    rest = ordered[top:]
    return Ranking(first=tuple(ordered[:top]), others=len(rest), rest=total(one.tally for one in rest))


def _created(wanted: TaskFilter) -> Span:
    """Both spans of a filter that bound the creation time, as one."""
    end = None if wanted.end is None else wanted.end + min(_SECOND, _LAST - wanted.end)
    afters = [one for one in (wanted.begin, wanted.created.after) if one is not None]
    befores = [one for one in (end, wanted.created.before) if one is not None]
    return Span(after=max(afters, default=None), before=min(befores, default=None))


def _beginning(day: date, timezone: ZoneInfo) -> datetime:
    return zone.first_moment(datetime.combine(day, time()), timezone)
