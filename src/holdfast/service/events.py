"""Events of projects, read from their rows: for one client that comes back, and for all that listen."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from holdfast.db import task_events, tasks
from holdfast.db.task_events import Change, Mark
from holdfast.model import event
from holdfast.model.event import Event, Start
from holdfast.model.task import Task

from .context import Context, Database

# So many projects are asked for in one statement, and so many tasks shown by one.
TOGETHER = 100
SHOWN = 500

Item = TypeVar("Item")


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A project's events behind one that is known, up to the number `end`; the newest of all is `last`.

    With a `gap` some of them are not kept any more.
    """

    events: tuple[Event, ...] = ()
    end: int
    last: int
    gap: bool = False


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What is new in some projects: the events of those that have any, and running tasks that got further.

    `marks` say by numbers of running tasks how far they got.
    """

    stretches: Mapping[str, Stretch]
    further: tuple[Task, ...]
    marks: Mapping[int, Mark]


def start(context: Context, known: int | None) -> Start:
    """Where a client of the project begins that knows all events up to `known`, or none."""
    with context.db.reading() as tx:
        found = task_events.last(tx, [context.project_id])
        first_kept = task_events.first_kept(tx, context.project_id)
    newest = max((last.number for last in found.values()), default=0)
    return event.start(known, first_kept, newest)


def replay(db: Database, project_id: str, seen: int, most: int) -> Stretch:
    """The project's events behind the one with the number `seen`, at most so many."""
    with db.reading() as tx:
        return _stretches(tx, {project_id: seen}, most).get(project_id, Stretch(end=seen, last=seen))


def look(
    db: Database, seen: Mapping[str, int], most: int, watched: Collection[str], marks: Mapping[int, Mark]
) -> News:
    """What is new in projects whose events are known up to these numbers: at most so many events of each.

    Of the projects that are `watched` also those of the running tasks that have another mark than this. All
    is seen at one moment: a task that got further had not ended after these events.
    """
    with db.reading() as tx:
        stretches = _stretches(tx, seen, most)
        found = task_events.marks(tx, watched) if watched else {}
        further = _shown(tx, [seq for seq, mark in found.items() if marks.get(seq) != mark])
    # Of events that are left for the next look, one may tell that the task runs at all.
    behind = {project_id for project_id, stretch in stretches.items() if stretch.end < stretch.last}
    told = {seq: task for seq, task in further.items() if task.project_id not in behind}
    kept = {seq: mark for seq, mark in found.items() if seq not in further or seq in told}
    return News(stretches=stretches, further=tuple(told.values()), marks=kept)


def _stretches(tx: Connection, seen: Mapping[str, int], most: int) -> dict[str, Stretch]:
    newest = task_events.last(tx, seen.keys())
    spans = {
        last.project_key: (seen[project_id], min(last.number, seen[project_id] + most))
        for project_id, last in newest.items()
        if last.number > seen[project_id]
    }
    changes: dict[int, list[Change]] = {}
    for some in _parts(spans.items(), TOGETHER):
        changes |= task_events.between(tx, dict(some))
    shown = _shown(tx, {change.seq for told in changes.values() for change in told})
    return {
        project_id: _stretch(changes[last.project_key], shown, spans[last.project_key], last.number)
        for project_id, last in newest.items()
        if last.project_key in spans
    }


def _stretch(
    changes: Iterable[Change], shown: Mapping[int, Task], span: tuple[int, int], last: int
) -> Stretch:
    seen, end = span
    told = tuple(_event(change, shown) for change in changes)
    return Stretch(events=told, end=end, last=last, gap=len(told) < end - seen)


def _event(change: Change, shown: Mapping[int, Task]) -> Event:
    return Event(
        number=change.number,
        at=change.at,
        task_id=change.task_id,
        request_id=change.request_id,
        status=change.status,
        task=shown.get(change.seq),
    )


def _shown(tx: Connection, seqs: Collection[int]) -> dict[int, Task]:
    shown: dict[int, Task] = {}
    for some in _parts(seqs, SHOWN):
        shown |= tasks.kept(tx, some)
    return shown


def _parts(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    left = iter(items)
    while part := list(islice(left, most)):
        yield part
