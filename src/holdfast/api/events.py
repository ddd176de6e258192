"""Streams of events: a body that goes on, until the client is gone, its time is over or the server ends.

A client begins behind: what it does not know yet is read from the rows, piece by piece, until there is no
more. Then it listens to what the `hub` finds for everybody. One that takes nothing for long is cut off.
"""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from holdfast.model.errors import NotAllowed, NotAuthenticated, ProjectNotFound, Refusal
from holdfast.model.event import EventFilter, Start
from holdfast.model.event_errors import EventsUnavailable
from holdfast.service import events, health

from . import streams
from .hub import Channel, Hub, Listener, Writer

log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
# Whoever passes it on shall neither keep it nor wait for more of it.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
COMMENT = b": still here\n\n"
END_SECONDS = 1.0
LONGEST_SECONDS = 3600.0
NO_MORE = (NotAuthenticated, NotAllowed, ProjectNotFound)


@dataclass(frozen=True)
class Following:
    """A body that goes on: what happens in a project from a start on, for so many seconds."""

    project_id: str
    start: Start
    wanted: EventFilter
    writer: Writer
    seconds: float


class EventStream(Response):
    """What a client gets that follows events."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        following: Following,
        request_id: str,
        refuse: Callable[[Refusal], Response],
        ask: Callable[[], object],
    ) -> None:
        """`refuse` makes the answer where nobody more can follow; `ask` asks for the same once more, and
        raises what that is refused with."""
        super().__init__(headers={**HEADERS, "X-Request-Id": request_id})
        del self.headers["Content-Length"]
        self._following = following
        self._request_id = request_id
        self._refuse = refuse
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell what happens, to the end."""
        if scope["method"] == "HEAD":
            await super().__call__(scope, receive, send)
            return
        hub: Hub = scope["app"].state.events
        asked = self._following
        listener = Listener(asked.project_id, asked.wanted, asked.writer, asked.start.number)
        with anyio.move_on_after(asked.seconds) as allowed:
            try:
                hub.enter(listener, allowed)
            except EventsUnavailable as refusal:
                await self._refuse(refusal)(scope, receive, send)
                return
            try:
                await self._tell_while_there(hub, listener, receive, send)
            finally:
                hub.leave(listener)
        # A client that takes nothing holds up even the end.
        with anyio.move_on_after(END_SECONDS):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell_while_there(self, hub: Hub, listener: Listener, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with anyio.create_task_group() as group:

            async def watch() -> None:
                while (await receive())["type"] != "http.disconnect":
                    continue
                group.cancel_scope.cancel()

            async def check() -> None:
                may_listen = True
                while may_listen:
                    await anyio.sleep(hub.pace.check_seconds)
                    may_listen = await self._may_listen()
                group.cancel_scope.cancel()

            group.start_soon(watch)
            group.start_soon(check)
            await self._tell(hub, listener, send)
            group.cancel_scope.cancel()

    async def _may_listen(self) -> bool:
        """Whether the caller may still: a token is revoked while its stream is open, a role taken away."""
        try:
            await streams.in_thread(self._ask)
        except NO_MORE as refusal:
            log.info("%s: the client may hear no more events: %s", self._request_id, refusal)
            return False
        except Exception as fault:
            if isinstance(fault, Refusal) or health.is_outage(fault):
                log.warning("%s: who listens cannot be checked: %s", self._request_id, fault)
            else:
                log.exception("%s: who listens cannot be checked", self._request_id)
        return True  # a fault of ours says nothing of the client

    async def _tell(self, hub: Hub, listener: Listener, send: Send) -> None:
        try:
            async with aclosing(self._pieces(hub, listener)) as pieces:
                async for piece in pieces:
                    if piece:
                        with anyio.fail_after(hub.pace.silence_seconds):
                            await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            log.info("%s: the client takes no events, and is cut off", self._request_id)
        except Exception as fault:
            if health.is_outage(fault):
                log.warning("%s: the events break off: %s", self._request_id, fault)
            else:
                log.exception("%s: the events break off", self._request_id)

    async def _pieces(self, hub: Hub, listener: Listener) -> AsyncGenerator[bytes, None]:
        """From the rows and from the hub in turns, some of them empty; ends only by being cancelled."""
        yield listener.writer.opening(self._following.start)
        last = self._following.start.last
        while True:
            channel = hub.join(listener) if listener.number >= last else None
            if channel is None:
                piece, last = await streams.in_share(listener.project_id, partial(_read, hub, listener))
                yield piece
                continue
            while not listener.is_behind:
                yield await _next(hub, listener, channel)
            last = listener.number + 1


def _read(hub: Hub, listener: Listener) -> tuple[bytes, int]:
    """The next of what it does not know, from the rows; and the number of the newest event.

    Where some of it is gone it hears that instead, and goes on behind the newest.
    """
    read = events.replay(hub.db, listener.project_id, listener.number, hub.pace.most_events)
    if read.gap:
        listener.number = listener.said = read.last
        return listener.writer.opening(Start(number=read.last, last=read.last, gap=True)), read.last
    told = [event for event in read.events if listener.wanted.fits(event)]
    listener.number = read.end
    listener.said = told[-1].number if told else listener.said
    return b"".join(map(listener.writer.event, told)), read.last


async def _next(hub: Hub, listener: Listener, channel: Channel) -> bytes:
    """What was put into its queue, as soon as there is something; a sign of life where nothing comes.

    Nothing comes of a queue that it did not empty in time: then it is behind.
    """
    piece = listener.take()
    if piece:
        return piece
    listener.number = max(listener.number, channel.cursor)
    if await listener.wait(hub.pace.heartbeat_seconds):
        return listener.take()
    listener.number = max(listener.number, channel.cursor)
    return listener.pass_by() or COMMENT
