"""A process that is a worker and nothing else. It works until it is killed, or ends in good order at SIGTERM.

It is forked from one that has loaded everything, which takes two seconds: a hundred tests would wait for it.
"""

import faulthandler
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from tests.engine import dying
from tests.engine.house import PATIENCE_SECONDS, House, wait_until

from holdfast.config import Config
from holdfast.db.database import open_database
from holdfast.engine.worker import Worker
from holdfast.main import ending, wait_for
from holdfast.model.region import RemoteRegion

DRAIN_SECONDS = 0.5
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


class Settings(msgspec.Struct):
    """What the process is told. `calls` is a file for the addresses that it calls or listens on.

    With `dies_at` it is killed at that moment (`tests.engine.dying`).
    """

    worker_id: str
    database: str
    key: str
    store: str
    lease_seconds: float
    slots: int
    ready: str
    calls: str
    regions: tuple[RemoteRegion, ...] = ()
    dies_at: str | None = None


class Process:
    """The process of a worker, with what the tests use of `subprocess.Popen`."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._forked = FORKS.Process(target=work, args=(settings, log, dict(os.environ)))
        self._forked.start()

    @property
    def returncode(self) -> int | None:
        return self._forked.exitcode

    def poll(self) -> int | None:
        return self._forked.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._forked.join(timeout)
        if self._forked.exitcode is None:
            raise subprocess.TimeoutExpired("worker", timeout or 0)
        return self._forked.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None and self._forked.pid is not None:
            os.kill(self._forked.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


@contextmanager
def process(house: House, worker_id: str, slots: int = 2, dies_at: str | None = None) -> Iterator[Process]:
    """A worker in a process of its own, at work; killed at the end if it is still there."""
    started = start(house, worker_id, slots, dies_at)
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()


def start(house: House, worker_id: str, slots: int = 2, dies_at: str | None = None) -> Process:
    """A worker in a process of its own, at work."""
    ready = house.folder / f"{worker_id}.ready"
    ready.unlink(missing_ok=True)
    settings = Settings(
        worker_id=worker_id,
        database=house.db.url,
        key=str(house.config.key_path),
        store=house.config.store_url,
        lease_seconds=house.config.lease_seconds,
        slots=slots,
        ready=str(ready),
        calls=str(calls_of(house, worker_id)),
        regions=house.config.remote_regions,
        dies_at=dies_at,
    )
    started = Process(settings, log_of(house, worker_id))
    wait_until(
        lambda: ready.exists() or started.poll() is not None,
        lambda: log_of(house, worker_id).read_text(),
        PATIENCE_SECONDS,
    )
    is_dead = dies_at is not None and started.poll() == -signal.SIGKILL  # sooner than it could say so
    assert ready.exists() or is_dead, log_of(house, worker_id).read_text()
    return started


def log_of(house: House, worker_id: str) -> Path:
    """What the worker of that name says."""
    return house.folder / f"{worker_id}.log"


def calls_of(house: House, worker_id: str) -> Path:
    """Whom the worker of that name called, and where it listened."""
    return house.folder / f"{worker_id}.calls"


def work(settings: Settings, log: Path, environment: Mapping[str, str]) -> None:
    """Work until killed, or told to end; what is said goes to the log."""
    with log.open("ab") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    calls = os.open(settings.calls, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.addaudithook(lambda event, arguments: listen(calls, event, arguments))
    if settings.dies_at is not None:
        dying.at(settings.dies_at)
    logging.basicConfig(level=logging.INFO)
    config = Config(
        database=settings.database,
        store=settings.store,
        lease_seconds=settings.lease_seconds,
        worker_slots=settings.slots,
        remote_regions=settings.regions,
    )
    faulthandler.enable()  # killed by SIGABRT, it says where each of its threads stood
    asked = ending()
    worker = Worker(
        open_database(settings.database, Path(settings.key).read_bytes()), config, settings.worker_id
    )
    worker.start()
    Path(settings.ready).touch()
    wait_for(asked)
    worker.stop(DRAIN_SECONDS)


def listen(calls: int, event: str, arguments: object) -> None:
    """Write down what has to do with the network."""
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request"):
        os.write(calls, f"{event} {arguments}\n".encode())
