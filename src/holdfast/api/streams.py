"""Bodies that are too large to be held: pulled piece by piece by the thread that answers the request.

Threads of their own serve them, so that clients on slow lines keep nobody else waiting. A file that comes in
keeps its thread until it is there: a project has only some of the threads for that, whoever sends how slowly.
It has as many for what is read, a piece at a time, and for answers that take long to make.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from weakref import WeakValueDictionary

import anyio
from anyio import CapacityLimiter, from_thread, to_thread
from anyio.lowlevel import RunVar
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from holdfast.model.errors import InvalidParameter

from .request import MAX_BODY, Call, Pieces, Reply

log = logging.getLogger(__name__)

THREADS = 32
THREADS_OF_A_PROJECT = 8
SILENCE_SECONDS = 60.0
# A refusal reaches most clients only after they have sent all that they have to say.
MOST_DROPPED = 32 << 20
# So much is given to a receiver at a time: it has taken nothing only where that does not move.
GIVEN = 256 << 10

Result = TypeVar("Result")

# One for each event loop, as anyio has its own.
_LIMITER: RunVar[CapacityLimiter] = RunVar("threads for large bodies")
_SHARES: RunVar[WeakValueDictionary[str, CapacityLimiter]] = RunVar("shares of projects in them")


@dataclass(frozen=True)
class Streamed:
    """What answers the calls of a `StreamRoute`."""

    answer: Callable[[Call], Reply]

    def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        return self.answer(call)


@dataclass(frozen=True)
class Costly:
    """What answers calls that may take long: it has the threads for this, not those of all other calls."""

    answer: Callable[[Call], Reply]

    def __call__(self, call: Call) -> Reply:
        """Answer a call."""
        return self.answer(call)


class Upload:
    """The body of a request, piece by piece, for the one thread that answers it."""

    def __init__(self, request: Request) -> None:
        """Nothing is read before it is asked for."""
        self._pieces: AsyncGenerator[bytes, None] = request.stream()

    def __iter__(self) -> "Upload":
        return self

    def __next__(self) -> bytes:
        """The next piece; raises InvalidParameter where the sender is gone, or silent for too long."""
        piece = from_thread.run(self.next)
        if piece is None:
            raise StopIteration
        return piece

    async def drop(self) -> None:
        """Read on for nobody until the sender has said enough."""
        dropped = 0
        try:
            while dropped <= MOST_DROPPED and (piece := await self.next()) is not None:
                dropped += len(piece)
        except InvalidParameter:
            return

    async def next(self) -> bytes | None:
        """The same for the event loop; None at the end."""
        try:
            with anyio.fail_after(SILENCE_SECONDS):
                return await anext(self._pieces, None)
        except (ClientDisconnect, TimeoutError) as error:
            raise InvalidParameter("body", "broke off") from error


def is_large(request: Request) -> bool:
    """Whether a body comes that is too large to be held, or does not say how large it is."""
    length = request.headers.get("content-length", "")
    return int(length) > MAX_BODY if length.isdecimal() else "transfer-encoding" in request.headers


async def held(request: Request) -> bytes:
    """A body that is not large, which may come as slowly as it likes.

    Raises InvalidParameter where the sender is gone, or silent for too long.
    """
    upload, parts = Upload(request), bytearray()
    while (piece := await upload.next()) is not None:
        parts += piece
    return bytes(parts)


async def serve(request: Request, call: Call, respond: Callable[[Call], Response]) -> Response:
    """The answer to a call whose body is pulled while it is answered."""
    upload = Upload(request)
    streamed = replace(call, upload=upload, promised_hash=request.path_params.get("name", ""))
    async with _share(call.path["project_id"]):
        response = await in_thread(lambda: respond(streamed))
    await upload.drop()
    return response


async def in_thread(work: Callable[[], Result]) -> Result:
    """What `work` returns, from one of the threads for this."""
    return await to_thread.run_sync(work, limiter=_limiter())


async def in_share(project_id: str, work: Callable[[], Result]) -> Result:
    """The same, from those of the threads that a project has to read with."""
    async with _share(f"{project_id} reads"):
        return await in_thread(work)


class Pulled(StreamingResponse):
    """A body that is pulled piece by piece as the receiver takes it.

    A receiver that takes nothing for SILENCE_SECONDS is cut off: what is sent may hold a lock. Content that
    can be closed is closed in a thread, whatever comes: that may take a moment.
    """

    def __init__(self, project_id: str, body: Pieces, status: int, headers: Mapping[str, str]) -> None:
        """The threads that pull are those of the project."""
        super().__init__(_pulled(project_id, body.content), status, headers, body.media_type)
        self._close: Callable[[], object] | None = getattr(body.content, "close", None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, for as long as the receiver is there."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._close is not None:
                with anyio.CancelScope(shield=True):
                    await in_thread(self._close)

    async def stream_response(self, send: Send) -> None:
        """Send all of it; without an end where that is not taken, which breaks the connection."""
        try:
            await super().stream_response(partial(_in_time, send))
        except _NotTakenError:
            log.info("a receiver takes nothing, and is cut off")


class _NotTakenError(Exception):
    """What was sent lies about."""


async def _in_time(send: Send, message: Message) -> None:
    with anyio.move_on_after(SILENCE_SECONDS) as waiting:
        await send(message)
    if waiting.cancelled_caught:
        raise _NotTakenError


async def _pulled(project_id: str, content: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The content in parts that are small enough to be taken in a while."""
    while (piece := await in_share(project_id, lambda: next(content, None))) is not None:
        for start in range(0, len(piece), GIVEN):
            yield piece[start : start + GIVEN]


def _limiter() -> CapacityLimiter:
    try:
        return _LIMITER.get()
    except LookupError:
        limiter = CapacityLimiter(THREADS)
        _LIMITER.set(limiter)
        return limiter


def _share(whose: str) -> CapacityLimiter:
    """What a project has of the threads for one purpose; kept for as long as somebody has it."""
    try:
        shares = _SHARES.get()
    except LookupError:
        shares = WeakValueDictionary()
        _SHARES.set(shares)
    share = shares.get(whose)
    if share is None:
        share = shares[whose] = CapacityLimiter(THREADS_OF_A_PROJECT)
    return share
