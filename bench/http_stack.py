"""How fast each HTTP stack carries the task list, beside a constant body of the same size.

    .venv/bin/python bench/http_stack.py
    uv run --with granian python bench/http_stack.py        # Granian too

One process serves, one asks over loopback; neither has a database. `built` translates tasks into wire
structs and encodes them for every request, `constant` sends the same bytes ready-made: their difference is
what translation costs, `constant` alone is what the stack costs. The whole run takes about two minutes.
"""

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, cast

import msgspec
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from holdfast.model import ids
from holdfast.model.resource import TURBO_PROVIDER, ResourceType
from holdfast.model.task import BackupDetail, Operation, Status, Task, TaskResource

ROWS = {"show": 1, "list 10": 10, "list 100": 100, "list 1000": 1000}
CONNECTIONS = (1, 16, 64)
SECONDS = 1.0
WARM_UP = 0.2


# ── what is served: the wire's operation log, in small ──────────────────────────────────────────────────


class ErrorInfo(msgspec.Struct):
    """error_info."""

    code: str
    message: str


class ResourceInfo(msgspec.Struct):
    """extra_info.resource."""

    id: str
    name: str
    type: str


class BackupInfo(msgspec.Struct):
    """extra_info.backup."""

    backup_id: str
    backup_name: str
    incremental: str
    app_consistency_error_code: str
    app_consistency_error_message: str
    app_consistency_status: str


class CommonInfo(msgspec.Struct):
    """extra_info.common."""

    progress: int
    request_id: str
    task_id: str


class ExtraInfo(msgspec.Struct):
    """extra_info of a backup task."""

    backup: BackupInfo
    common: CommonInfo
    resource: ResourceInfo


class OperationLog(msgspec.Struct):
    """A task as the wire writes it."""

    checkpoint_id: str | None
    created_at: str
    ended_at: str | None
    error_info: ErrorInfo
    extra_info: ExtraInfo
    id: str
    operation_type: str
    policy_id: str | None
    project_id: str
    provider_id: str
    started_at: str | None
    status: str
    updated_at: str
    vault_id: str | None
    vault_name: str | None


class OperationLogs(msgspec.Struct):
    """A page of tasks."""

    operation_logs: list[OperationLog]
    count: int
    limit: int
    offset: int


def _moment(time_: datetime | None) -> str | None:
    return time_.isoformat(timespec="milliseconds") if time_ else None


def view(task: Task) -> OperationLog:
    """One task as the wire writes it."""
    assert isinstance(task.detail, BackupDetail)
    backup = BackupInfo(
        backup_id=task.detail.backup_id,
        backup_name=task.detail.backup_name,
        incremental="true" if task.detail.incremental else "false",
        app_consistency_error_code=task.detail.app_consistency_error_code,
        app_consistency_error_message=task.detail.app_consistency_error_message,
        app_consistency_status="1" if task.detail.app_consistent else "0",
    )
    resource = ResourceInfo(task.resource.id, task.resource.name, task.resource.type)
    return OperationLog(
        checkpoint_id=task.checkpoint_id,
        created_at=_moment(task.created_at) or "",
        ended_at=_moment(task.ended_at),
        error_info=ErrorInfo(task.error.code, task.error.message),
        extra_info=ExtraInfo(backup, CommonInfo(task.progress, task.request_id, task.id), resource),
        id=task.id,
        operation_type=task.operation,
        policy_id=task.policy_id,
        project_id=task.project_id,
        provider_id=task.provider_id,
        started_at=_moment(task.started_at),
        status=task.status,
        updated_at=_moment(task.updated_at) or "",
        vault_id=task.vault_id,
        vault_name=task.vault_name,
    )


def _task(number: int) -> Task:
    at = datetime(2025, 3, 25, 6, 32, 7, 951164, tzinfo=UTC) + timedelta(seconds=number)
    return Task(
        id=ids.new(),
        project_id=ids.new_project(),
        operation=Operation.BACKUP,
        status=Status.SUCCESS,
        provider_id=TURBO_PROVIDER,
        resource=TaskResource(id=ids.new(), name=f"share-{number:04}", type=ResourceType.FILE_SHARE),
        vault_id=ids.new(),
        vault_name="vault-0001",
        checkpoint_id=ids.new(),
        backup_id=ids.new(),
        request_id=ids.new_request(),
        created_at=at,
        started_at=at,
        ended_at=at + timedelta(minutes=4),
        updated_at=at + timedelta(minutes=4),
        progress=100,
        detail=BackupDetail(backup_id=ids.new(), backup_name="manualbk_1234"),
    )


TASKS = [_task(number) for number in range(1000)]
ENCODE = msgspec.json.Encoder().encode


def built(rows: int) -> bytes:
    """The body of a list of so many tasks, translated and encoded anew."""
    return ENCODE(OperationLogs([view(task) for task in TASKS[:rows]], 1000, rows, 0))


CONSTANT = {rows: built(rows) for rows in ROWS.values()}
BODIES: dict[str, Callable[[int], bytes]] = {"built": built, "constant": CONSTANT.__getitem__}


def _reply(request: Request) -> Response:
    body = BODIES[request.path_params["kind"]](int(request.path_params["rows"]))
    return Response(body, media_type="application/json")


def in_a_thread(request: Request) -> Response:
    """A plain function: Starlette calls it in its thread pool."""
    return _reply(request)


async def on_the_loop(request: Request) -> Response:
    """A coroutine function: it runs on the event loop itself."""
    return _reply(request)


app = Starlette(
    routes=[Route("/thread/{kind}/{rows:int}", in_a_thread), Route("/loop/{kind}/{rows:int}", on_the_loop)]
)

# ── the stacks ──────────────────────────────────────────────────────────────────────────────────────────


class Stack(NamedTuple):
    """A server, and the path whose endpoints run where the name says."""

    name: str
    server: str
    path: str


STACKS = (
    Stack("uvicorn, thread pool", "uvicorn", "thread"),
    Stack("uvicorn, event loop", "uvicorn", "loop"),
    Stack("Granian, thread pool", "granian", "thread"),
    Stack("Granian, event loop", "granian", "loop"),
)


def serve(server: str, port: int) -> None:
    """Serve until stopped."""
    if server == "uvicorn":
        uvicorn.run(
            app,
            host="127.0.0.1",
            port=port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            lifespan="off",
            log_level="error",
        )
        return
    command = ["granian", "--interface", "asgi", "--port", str(port), "--no-log", "http_stack:app"]
    os.chdir(Path(__file__).parent)
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - no shell is wanted


@contextlib.contextmanager
def serving(server: str) -> Iterator[int]:
    """A server in a process of its own; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, "serve", server, str(port)], start_new_session=True)
    try:
        _await(port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _await(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("the server did not come up")


# ── the load ────────────────────────────────────────────────────────────────────────────────────────────


class Asker(asyncio.Protocol):
    """One connection that asks, reads the whole answer, and asks again.

    The first answer tells how long they all are, so that later ones are only counted.
    """

    def __init__(self, path: str, headers: str = "") -> None:
        """`headers` are further lines of the request, each with its end."""
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()
        self.length = 0
        self.seen = b""
        self.received = 0
        self.asked = 0.0
        self.waits: list[float] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        if not self.length:
            self._learn(data)
        if self.length and self.received >= self.length:
            self.waits.append(time.perf_counter() - self.asked)
            self._ask()

    def _ask(self) -> None:
        self.received = 0
        self.asked = time.perf_counter()
        self.transport.write(self.request)

    def _learn(self, data: bytes) -> None:
        self.seen += data
        head, end, _ = self.seen.partition(b"\r\n\r\n")
        if end:
            assert head.startswith(b"HTTP/1.1 200"), head
            told = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.length = len(head) + len(end) + int(told.split(b":")[1])


class Figures(NamedTuple):
    """Requests per second, and how long half and all but one in a hundred waited at most."""

    per_second: float
    p50_ms: float
    p99_ms: float


async def load(
    port: int, path: str, connections: int, seconds: float = SECONDS, headers: str = ""
) -> Figures:
    """Ask for this path over so many connections, for so long."""
    loop = asyncio.get_running_loop()
    askers = []
    for _ in range(connections):
        _, asker = await loop.create_connection(lambda: Asker(path, headers), "127.0.0.1", port)
        askers.append(asker)
    await asyncio.sleep(WARM_UP)
    for asker in askers:
        asker.waits.clear()
    begun = time.perf_counter()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - begun
    waits = sorted(wait for asker in askers for wait in asker.waits)
    for asker in askers:
        asker.transport.abort()
    assert waits, f"no answer to {path}"
    return Figures(len(waits) / took, statistics.median(waits) * 1e3, waits[int(len(waits) * 0.99)] * 1e3)


def measure(port: int, stack: Stack) -> None:
    """Print one row of the table for each body and number of connections."""
    for name, rows in ROWS.items():
        for connections in CONNECTIONS:
            cells = [f"{stack.name}", f"{name} ({len(CONSTANT[rows]) / 1024:.1f} KiB)", str(connections)]
            for kind in BODIES:
                told = uvloop.run(load(port, f"/{stack.path}/{kind}/{rows}", connections))
                cells += [f"{told.per_second:,.0f}", f"{told.p50_ms:.2f}", f"{told.p99_ms:.2f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Measure every stack that is installed."""
    print("| Stack | Body | Connections | built /s | p50 ms | p99 ms | constant /s | p50 ms | p99 ms |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for stack in STACKS:
        if importlib.util.find_spec(stack.server):
            with serving(stack.server) as port:
                measure(port, stack)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2], int(sys.argv[3]))
    else:
        main()
