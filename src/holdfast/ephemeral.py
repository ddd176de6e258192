"""A house for trying things out: in a temporary folder, full of made-up resources, and gone afterwards.

Its folder is locked while it is used. What a killed process left behind is removed by the next one that
starts: nobody holds its lock any more.
"""

import fcntl
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from holdfast import main
from holdfast.api.v3.simulated_projects import SimulatedProjectView
from holdfast.config import Config, Ephemeral
from holdfast.service import passwords, simulated_projects
from holdfast.service.simulated_projects import Account

PREFIX = "holdfast-ephemeral-"
_FRESH = "holdfast-fresh-"
# What of the environment counts here.
SETTINGS = ("HOLDFAST_REGION", "HOLDFAST_ENDPOINT", "HOLDFAST_WORKER_SLOTS", "HOLDFAST_TOKEN_HOURS")


def serve(wanted: Config, tell: Callable[[bytes], None], asked: threading.Event) -> None:
    """Serve a house until `asked` is set; `tell` is called once, with one line of JSON, when it answers."""
    with running(wanted) as project:
        tell(msgspec.json.encode(project))
        main.wait_for(asked)


@contextmanager
def running(wanted: Config) -> Iterator[SimulatedProjectView]:
    """A house that answers while the context is open: its first project, and what is in it.

    It is as wanted, but for the places where things are kept. Raises ConfigError where it cannot listen.
    """
    passwords.hash_quickly()
    remove_stale()
    with folder() as home:
        config = Ephemeral(
            data=home / "data",
            simulated=home / "simulated",
            listen=wanted.listen,
            endpoint=wanted.endpoint,
            region=wanted.region,
            worker_slots=wanted.worker_slots,
            token_hours=wanted.token_hours,
        )
        with main.running(config) as house:
            account = msgspec.json.decode((house.data / "credentials.json").read_bytes(), type=Account)
            yield SimulatedProjectView.of(simulated_projects.furnished(house.house, account))


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder among the temporary ones, locked while the context is open and removed then."""
    fresh = Path(tempfile.mkdtemp(prefix=_FRESH))
    # It gets its name when it is locked: what has the name and no lock has no owner any more.
    descriptor = os.open(fresh, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        home = fresh.rename(fresh.with_name(fresh.name.replace(_FRESH, PREFIX, 1)))
        try:
            yield home
        finally:
            shutil.rmtree(home, ignore_errors=True)
    finally:
        os.close(descriptor)


def remove_stale() -> None:
    """Remove what killed processes of this user left among the temporary folders."""
    for found in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_if_stale(found)


def _remove_if_stale(found: Path) -> None:
    """Raises BlockingIOError where the folder is in use, and OSError where it is not ours or not there."""
    descriptor = os.open(found, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(found, ignore_errors=True)
    finally:
        os.close(descriptor)


def end_with_input(asked: threading.Event) -> None:
    """Set `asked` when standard input ends: whoever started the process is gone then."""

    def watch() -> None:
        with suppress(OSError):  # closed: it has ended as well
            while os.read(sys.__stdin__.fileno() if sys.__stdin__ else -1, 4096):
                continue
        asked.set()

    threading.Thread(target=watch, name="standard input", daemon=True).start()
