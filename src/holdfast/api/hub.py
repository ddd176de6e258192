"""One look at the database twice a second for all clients that follow events, of whatever projects.

What it finds is spelled once for all who want it alike, and put into their queues. Who does not empty theirs
falls behind: it gets nothing more until it has read from the rows what it missed, at its own pace.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import anyio
from anyio import CancelScope, CapacityLimiter, to_thread

from holdfast.model.event import Event, EventFilter, Start
from holdfast.model.event_errors import EventsUnavailable
from holdfast.model.task import Task
from holdfast.service import events, health
from holdfast.service.context import Database
from holdfast.service.events import News, Stretch

log = logging.getLogger(__name__)

# While the database does not answer, the looks come this much slower.
OUTAGE_FACTOR = 6
# Pieces of a queue that are sent as one.
TOGETHER = 100


@dataclass(frozen=True)
class Pace:
    """How often there is a look, one at progress, and one at whether a client may listen still; and what
    clients are given: seconds, events of a look, pieces of a queue, clients of a project and of all projects.
    """

    look_seconds: float = 0.5
    progress_seconds: float = 1.0
    heartbeat_seconds: float = 15.0
    silence_seconds: float = 60.0
    check_seconds: float = 60.0
    most_events: int = 250
    most_queued: int = 1000
    most_of_project: int = 500
    most_clients: int = 2000


class Writer(Protocol):
    """Spells what is told as a client asked for it; equal ones spell it alike."""

    def opening(self, start: Start) -> bytes:
        """The first event of a stream, or the first behind a gap."""

    def event(self, event: Event) -> bytes:
        """What happened to a task."""

    def progress(self, task: Task) -> bytes:
        """How far a running task got."""

    def position(self, number: int) -> bytes:
        """Up to here there was nothing that the client asked for."""


class Told:
    """What is told to many. Progress has no number."""

    def __init__(
        self, number: int | None, fits: Callable[[EventFilter], bool], write: Callable[[Writer], bytes]
    ) -> None:
        """`fits` says who wants it, `write` spells it."""
        self.number = number
        self.fits = fits
        self._write = write
        self._written: dict[Writer, bytes] = {}

    @classmethod
    def of_event(cls, event: Event) -> "Told":
        """What happened to a task."""
        return cls(event.number, lambda wanted: wanted.fits(event), lambda writer: writer.event(event))

    @classmethod
    def of_progress(cls, task: Task) -> "Told":
        """How far a running task got."""
        return cls(None, lambda wanted: wanted.fits_running(task), lambda writer: writer.progress(task))

    def written(self, writer: Writer) -> bytes:
        """As this writer spells it."""
        if writer not in self._written:
            self._written[writer] = self._write(writer)
        return self._written[writer]


class Listener:
    """A client: which events of which project it wants, up to which `number` it got them, and what waits."""

    def __init__(self, project_id: str, wanted: EventFilter, writer: Writer, number: int) -> None:
        """It knows all events up to this number."""
        self.project_id = project_id
        self.wanted = wanted
        self.writer = writer
        self.number = number
        self.said = number  # what the client was told last of where it is
        self.is_behind = True
        self._queue: deque[Told] = deque()
        self._something = asyncio.Event()

    def tell(self, told: Told, most_queued: int) -> None:
        """Put it into the queue if it is wanted and new; with too much there, fall behind."""
        is_known = told.number is not None and told.number <= self.number
        if self.is_behind or is_known or not told.fits(self.wanted):
            return
        if len(self._queue) >= most_queued:
            self.fall_behind()
            return
        self._queue.append(told)
        self._something.set()

    def fall_behind(self) -> None:
        """Forget what waits: it is to be read from the rows."""
        self.is_behind = True
        self._queue.clear()
        self._something.set()

    def take(self) -> bytes:
        """The next of what waits, at most a hundred pieces; nothing where nothing waits."""
        taken = [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]
        numbers = [told.number for told in taken if told.number is not None]
        if numbers:
            self.number = self.said = numbers[-1]
        return b"".join(told.written(self.writer) for told in taken)

    def pass_by(self) -> bytes:
        """Where it is by now, if what was not wanted has taken it on; otherwise nothing."""
        if self.said == self.number:
            return b""
        self.said = self.number
        return self.writer.position(self.number)

    async def wait(self, seconds: float) -> bool:
        """Come back when something waits, or after so many seconds; whether something came."""
        self._something.clear()
        with anyio.move_on_after(seconds):
            await self._something.wait()
        return self._something.is_set()


@dataclass(eq=False)
class Channel:
    """A project that somebody listens to: who does, and up to which event they were told."""

    cursor: int
    listeners: set[Listener] = field(default_factory=set)

    def tell(self, stretch: Stretch, most_queued: int) -> None:
        """Tell everybody what is new."""
        for told in map(Told.of_event, stretch.events):
            for listener in self.listeners:
                listener.tell(told, most_queued)
        self.cursor = stretch.end
        if stretch.gap:
            for listener in self.listeners:
                listener.fall_behind()
        self._part_with_those_behind()

    def tell_progress(self, told: Told, most_queued: int) -> None:
        """Tell everybody how far a task got. Who knows later events may know of its end."""
        for listener in self.listeners:
            if listener.number <= self.cursor:
                listener.tell(told, most_queued)
        self._part_with_those_behind()

    def _part_with_those_behind(self) -> None:
        self.listeners = {listener for listener in self.listeners if not listener.is_behind}


class Hub:
    """The clients of a server process, in its one event loop, and the look for them all."""

    def __init__(self, db: Database, pace: Pace | None = None) -> None:
        """Nobody listens yet, and until then nothing is looked at."""
        self.db = db
        self.pace = pace or Pace()
        self._scopes: dict[Listener, CancelScope] = {}
        self._channels: dict[str, Channel] = {}
        self._marks: Mapping[int, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looking: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def clients(self) -> int:
        """How many there are."""
        return len(self._scopes)

    @property
    def listening(self) -> int:
        """How many of them are not behind."""
        return sum(not listener.is_behind for listener in self._scopes)

    def stop(self) -> None:
        """End all streams at once, and open no other. For any thread."""
        self._stopped = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and all streams with it
                self._loop.call_soon_threadsafe(self._end)

    def enter(self, listener: Listener, scope: CancelScope) -> None:
        """It is there until it leaves, or its scope is cancelled. Raises EventsUnavailable."""
        if self._stopped:
            raise EventsUnavailable("the server ends")
        of_project = Counter(one.project_id for one in self._scopes)[listener.project_id]
        if len(self._scopes) >= self.pace.most_clients or of_project >= self.pace.most_of_project:
            raise EventsUnavailable("it has as many clients as it takes")
        self._loop = asyncio.get_running_loop()
        self._scopes[listener] = scope

    def leave(self, listener: Listener) -> None:
        """It is gone."""
        self._scopes.pop(listener, None)
        channel = self._channels.get(listener.project_id)
        if channel is not None:
            channel.listeners.discard(listener)
            self._close_if_empty(listener.project_id)

    def join(self, listener: Listener) -> Channel | None:
        """The channel of its project, which tells it all from now on; None where that is ahead of it."""
        channel = self._channels.setdefault(listener.project_id, Channel(listener.number))
        if channel.cursor > listener.number:
            return None
        listener.is_behind = False
        channel.listeners.add(listener)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on())
        return channel

    def _end(self) -> None:
        for scope in self._scopes.values():
            scope.cancel()

    def _close_if_empty(self, project_id: str) -> None:
        if not self._channels[project_id].listeners:
            del self._channels[project_id]

    async def _look_on(self) -> None:
        """Look, tell and rest, for as long as anybody listens."""
        limiter, watch_at = CapacityLimiter(1), anyio.current_time()
        try:
            while self._channels and not self._stopped:
                seen = {project_id: channel.cursor for project_id, channel in self._channels.items()}
                watches = anyio.current_time() >= watch_at
                pause = await self._look(seen, self._watched() if watches else (), limiter)
                if watches:
                    watch_at = anyio.current_time() + self.pace.progress_seconds
                await anyio.sleep(pause)
        finally:
            self._looking, self._marks = None, {}

    async def _look(
        self, seen: Mapping[str, int], watched: Collection[str], limiter: CapacityLimiter
    ) -> float:
        """Tell what is new; how long to rest. What cannot be known now is not lost by that, only late."""
        look = partial(events.look, self.db, seen, self.pace.most_events, watched, self._marks)
        try:
            news = await to_thread.run_sync(look, limiter=limiter)
            self._tell(seen, news)
        except Exception as fault:
            if health.is_outage(fault):
                log.warning("nobody is told of events for now: %s", fault)
            else:
                log.exception("nobody is told of events for now")
            return self.pace.look_seconds * OUTAGE_FACTOR
        self._marks = news.marks if watched else self._marks
        is_all = all(stretch.end == stretch.last for stretch in news.stretches.values())
        return self.pace.look_seconds if is_all else 0

    def _watched(self) -> Collection[str]:
        """The projects whose running tasks somebody wants to hear of."""
        return [
            project_id
            for project_id, channel in self._channels.items()
            if any(listener.wanted.progress for listener in channel.listeners)
        ]

    def _tell(self, seen: Mapping[str, int], news: News) -> None:
        """To the channels that are still where they were when this was looked up."""
        most = self.pace.most_queued
        for project_id, cursor in seen.items():
            channel = self._channels.get(project_id)
            if channel is None or channel.cursor != cursor:
                continue
            if project_id in news.stretches:
                channel.tell(news.stretches[project_id], most)
            for task in news.further:
                if task.project_id == project_id:
                    channel.tell_progress(Told.of_progress(task), most)
            self._close_if_empty(project_id)
