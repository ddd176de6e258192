"""Replies that wait for the end of a task.

However many clients wait, they take no thread, and one small look at the database every quarter of a second
serves them all.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection

import anyio
from anyio import to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from holdfast.service import health

from .request import Later
from .turns import in_turn

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25


class Waits:
    """Who waits for the end of which task, in one event loop.

    `unended` says which of these tasks have not ended. It is asked in a thread, and only while somebody
    waits. Where it fails nobody waits any longer: each reply tells then what there is to tell.
    """

    def __init__(self, unended: Callable[[Collection[str]], Collection[str]]) -> None:
        """Nobody waits yet."""
        self._unended = unended
        self._waiting: dict[anyio.Event, str] = {}
        self._looking: asyncio.Task[None] | None = None
        self._stopped = threading.Event()

    @property
    def number(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def stop(self) -> None:
        """From now on nobody waits; whoever does is told so within a quarter of a second. For any thread."""
        self._stopped.set()

    async def until_ended(self, task_id: str) -> None:
        """Come back when the task has ended, or when there is no more waiting."""
        event = anyio.Event()
        self._waiting[event] = task_id
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            await event.wait()
        finally:
            self._waiting.pop(event, None)

    async def _look(self) -> None:
        try:
            while self._waiting and not self._stopped.is_set():
                asked = frozenset(self._waiting.values())
                self._wake(asked.difference(await to_thread.run_sync(self._unended, asked)))
                await anyio.sleep(LOOK_SECONDS)
        except Exception as fault:
            if health.is_outage(fault):
                log.warning("nobody waits for tasks any longer: %s", fault)
            else:
                log.exception("nobody waits for tasks any longer")
        finally:
            self._looking = None
            self._wake(frozenset(self._waiting.values()))

    def _wake(self, task_ids: Collection[str]) -> None:
        for event, task_id in self._waiting.items():
            if task_id in task_ids:
                event.set()


class Waiting(Response):
    """An answer that is made when the wait is over; none is made for a client that has gone."""

    def __init__(self, later: Later, respond: Callable[[], Response]) -> None:
        """`respond` makes the answer, in a thread."""
        super().__init__()
        self._later = later
        self._respond = respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer."""
        waits: Waits = scope["app"].state.waits
        if await self._is_there_still(waits, receive):
            response = await in_turn(self._respond)
            await response(scope, receive, send)

    async def _is_there_still(self, waits: Waits, receive: Receive) -> bool:
        """Wait; whether there is still a client when that is over."""
        gone = False
        async with anyio.create_task_group() as group:

            async def watch() -> None:
                nonlocal gone
                while (await receive())["type"] != "http.disconnect":
                    continue
                gone = True
                group.cancel_scope.cancel()

            group.start_soon(watch)
            with anyio.move_on_after(self._later.seconds):
                await waits.until_ended(self._later.task_id)
            group.cancel_scope.cancel()
        return not gone
