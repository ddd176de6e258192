"""Events as the wire tells them: what happens to the project's tasks, as it happens; ours."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from holdfast.api import lines, moments
from holdfast.api.events import LONGEST_SECONDS, Following
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model import clock
from holdfast.model.errors import InvalidParameter
from holdfast.model.event import Event, EventFilter, Start
from holdfast.model.project import Caller
from holdfast.model.task import Operation, Status, Task
from holdfast.service import events
from holdfast.service.context import Context

from . import operation_log_queries as queries
from .operation_log_views import FiguresView, Shown, shown

RETRY = b"retry: 2000\n"
MOST_NUMBER = (1 << 63) - 1
HEADER = "Last-Event-ID"


class PlaceView(msgspec.Struct, frozen=True):
    """hello, reset: where the client is, and the newest event that there is."""

    number: int
    last: int


class PositionView(msgspec.Struct, frozen=True):
    """position: where the client is."""

    number: int


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """task: a task came into a status."""

    number: int
    at: str | None
    task_id: str
    request_id: str
    status: str
    operation_log: Shown | None


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """progress: how far a running task got."""

    task_id: str
    request_id: str
    status: str
    progress: int
    phase: str
    figures: FiguresView
    updated_at: str | None

    @classmethod
    def of(cls, task: Task) -> "ProgressView":
        """The progress of a task."""
        return cls(
            task_id=task.id,
            request_id=task.request_id,
            status=task.status,
            progress=task.progress,
            phase=task.phase,
            figures=FiguresView.of(task.figures),
            updated_at=moments.of_task(task.updated_at),
        )


@dataclass(frozen=True)
class Spelling:
    """How events are written for a client: with these members of the operation log, or all."""

    fields: tuple[str, ...] = ()

    def opening(self, start: Start) -> bytes:
        """Where it begins; after a gap it is to list anew."""
        name = "reset" if start.gap else "hello"
        return RETRY + _written(name, PlaceView(start.number, start.last), start.number)

    def event(self, event: Event) -> bytes:
        """A change of a task's status."""
        view = EventView(
            number=event.number,
            at=moments.of_task(event.at),
            task_id=event.task_id,
            request_id=event.request_id,
            status=event.status,
            operation_log=None if event.task is None else shown(event.task, self.fields),
        )
        return _written("task", view, event.number)

    def progress(self, task: Task) -> bytes:
        """How far a running task got: nothing to come back to."""
        return _written("progress", ProgressView.of(task), None)

    def position(self, number: int) -> bytes:
        """Where the client is, though nothing came."""
        return _written("position", PositionView(number), number)


def follow(context: Context, call: Call) -> Reply:
    """GET events."""
    wanted, fields = _wanted(call.query), queries.fields(call.query)
    start = events.start(context, _known(call))
    seconds = _seconds(context.caller)
    return Reply(Following(context.project_id, start, wanted, Spelling(fields), seconds))


def _wanted(query: Query) -> EventFilter:
    return EventFilter(
        operations=query.few_choices("operation_type", Operation),
        statuses=query.few_choices("status", Status),
        resource_ids=query.few("resource_id"),
        vault_ids=query.few("vault_id"),
        task_ids=query.few("task_id"),
        request_ids=query.few("request_id"),
        progress=query.truth("progress") is not False,
    )


def _known(call: Call) -> int | None:
    """The last event that the client knows; what it says in the header is newer than its address."""
    asked = call.query.text("last_event_id")
    told = call.headers.get(HEADER.lower(), "").strip()
    for name, text in ((HEADER, told), ("last_event_id", asked)):
        if text:
            return _number(name, text)
    return None


def _number(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,19}", text) or int(text) > MOST_NUMBER:
        raise InvalidParameter(name, f"must be a whole number from 0 to {MOST_NUMBER}")
    return int(text)


def _seconds(caller: Caller) -> float:
    """For how long the caller may follow: for an hour, or until their token ends."""
    if caller.expires_at is None:
        return LONGEST_SECONDS
    return min(LONGEST_SECONDS, (caller.expires_at - clock.now()).total_seconds())


def _written(name: str, view: Any, number: int | None) -> bytes:
    """One event, with its data in one line."""
    named = b"" if number is None else b"id: %d\n" % number
    data = lines.kept_whole(msgspec.json.encode(view))
    return named + b"event: %s\ndata: %s\n\n" % (name.encode(), data)


ROUTES = (Route("GET", "/events", follow),)
