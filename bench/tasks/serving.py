"""Lists over HTTP: requests a second beside a constant body of the same size from the same process, and the
memory of long answers."""

import asyncio
import hashlib
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache

import httpx
import msgspec
import uvicorn
import uvloop
from starlette.types import ASGIApp

from bench import http_stack
from bench.measure import pss_of
from holdfast.api import app
from holdfast.api.request import Call, Reply, Route
from holdfast.config import Config
from holdfast.crew import collector
from holdfast.db import accounts, tokens
from holdfast.db.tokens import StoredToken
from holdfast.model import clock, ids
from holdfast.model.project import Role, User
from holdfast.service.context import Context

from . import cases, fresh
from .figures import Http, Load, Streaming
from .fresh import Bell
from .places import Place

CONNECTIONS = (1, 8, 64)
QUESTIONS = {"ended": "limit=10&status=success,failed", "unfinished": "limit=10"}
CLIENTS = 200
_ROUNDS = 3
_SECONDS = 2.0
_EXPORTED = 300_000
_LISTEN_SECONDS = 5.0
_LOOK_SECONDS = 0.1


def measure(place: Place) -> Http:
    """All of it, with a server over this database."""
    project_id = cases.of(place.columns, place.rows).largest
    token = admit(place, project_id, scope=project_id)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    with fresh.beside(serve, place, port) as server:
        client = _Client(port, f"/v3/{project_id}", token, server.pid)
        loads = [
            client.load(name, query, connections)
            for name, query in QUESTIONS.items()
            for connections in CONNECTIONS
        ]
        return Http(loads, client.export(), client.listen())


def serve(bell: Bell, place: Place, port: int) -> None:
    """Answer with one route more."""
    app.ROUTES = (*app.ROUTES, Route("GET", "/constant", _constant))
    answer(bell, place, port)


def answer(
    bell: Bell, place: Place, port: int, before: Callable[[ASGIApp], ASGIApp] = lambda api: api
) -> None:
    """Answer as `holdfast serve` does, without a worker; `before` is what stands before the API."""
    collector.relax()
    folder = place.folder / "house"
    db = place.open()
    config = Config(data=folder, database=place.url, listen=f"127.0.0.1:{port}")
    built = app.build(db, config, lambda: None)
    web = uvicorn.Server(
        uvicorn.Config(before(built), port=port, log_level="warning", access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    while not web.started:
        time.sleep(0.01)
    bell.ready.set()
    bell.stop.wait()
    app.stop(built)
    web.should_exit = True
    thread.join(10)
    db.close()


def admit(place: Place, project_id: str, *, scope: str | None) -> str:
    """Somebody who may read the project; their token, which is for the project `scope` or for none."""
    now, token = clock.now(), ids.new()
    user = User(id=ids.new_project(), name=f"bench-{token}", created_at=now)
    stored = StoredToken(
        digest=hashlib.sha256(token.encode()).hexdigest(),
        user_id=user.id,
        project_id=scope,
        issued_at=now,
        expires_at=now + timedelta(days=1),
    )
    db = place.open()
    with db.transaction() as tx:
        accounts.add_user(tx, user, "no password")
        accounts.grant(tx, user.id, project_id, Role.READER)
        tokens.add(tx, stored)
    db.close()
    return token


def _constant(_context: Context, call: Call) -> Reply:
    return Reply(_body(int(call.query.texts("bytes")[0])))


@lru_cache
def _body(size: int) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode("x" * (size - 2)))


class _Client:
    """Whoever asks; `pid` is the server's."""

    def __init__(self, port: int, path: str, token: str, pid: int) -> None:
        self._port, self._path, self._token, self._pid = port, path, token, pid

    def load(self, name: str, query: str, connections: int) -> Load:
        """The list and the constant body, turn by turn."""
        path = f"{self._path}/operation-logs?{query}"
        size = len(self._get(path).content)
        constant = f"{self._path}/constant?bytes={size}"
        listed, plain = [], []
        for _ in range(_ROUNDS):
            listed.append(self._per_second(path, connections))
            plain.append(self._per_second(constant, connections))
        return Load(name, connections, statistics.median(listed), statistics.median(plain), size)

    def export(self) -> Streaming | None:
        """An export of very many tasks, read as fast as it comes."""
        lines, before, begun = 0, pss_of(self._pid), time.monotonic()
        path = f"http://127.0.0.1:{self._port}{self._path}/operation-logs/export?format=ndjson"
        with (
            self._watching() as seen,
            httpx.stream("GET", path, headers=self._headers, timeout=60, trust_env=False) as answer,
        ):
            if answer.status_code != 200:
                return None
            for piece in answer.iter_bytes():
                lines += piece.count(b"\n")
                if lines >= _EXPORTED:
                    break
        return Streaming(lines, time.monotonic() - begun, before, max(seen))

    def listen(self) -> Streaming | None:
        """Very many clients that listen to what happens."""
        before, begun = pss_of(self._pid), time.monotonic()
        with self._watching() as seen:
            greeted = uvloop.run(self._listen_all())
        return Streaming(greeted, time.monotonic() - begun, before, max(seen)) if greeted else None

    def _get(self, path: str) -> httpx.Response:
        address = f"http://127.0.0.1:{self._port}{path}"
        return httpx.get(address, headers=self._headers, timeout=60, trust_env=False).raise_for_status()

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Auth-Token": self._token}

    def _per_second(self, path: str, connections: int) -> float:
        header = f"X-Auth-Token: {self._token}\r\n"
        told = uvloop.run(http_stack.load(self._port, path, connections, _SECONDS, header))
        return told.per_second

    async def _listen_all(self) -> int:
        greeted = await asyncio.gather(*(self._listen() for _ in range(CLIENTS)))
        return sum(greeted)

    async def _listen(self) -> bool:
        """Whether the stream began; it is left after a few seconds."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        asked = f"GET {self._path}/events HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {self._token}\r\n\r\n"
        writer.write(asked.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(_LISTEN_SECONDS)
        writer.close()
        return b" 200 " in head.partition(b"\r\n")[0]

    @contextmanager
    def _watching(self) -> Iterator[Sequence[int]]:
        seen, over = [pss_of(self._pid)], threading.Event()
        thread = threading.Thread(target=_watch, args=(self._pid, seen.append, over))
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()


def _watch(pid: int, note: Callable[[int], None], over: threading.Event) -> None:
    while not over.wait(_LOOK_SECONDS):
        note(pss_of(pid))
