"""A process that works on a repository and dies at a step of its plan.

It is `python -m tests.repo.safety.victim ORDER`, and the order is JSON. What the work returned is printed,
which is the promise that it is done.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
from tests.interop.restic import PASSWORD, save_folder
from tests.repo.safety.calendar import Calendar
from tests.repo.safety.scene import Scene
from tests.repo.safety.steps import Plan, SteppingStore

from holdfast.model import clock
from holdfast.repo import lock, prune, repository
from holdfast.repo.errors import RepositoryError
from holdfast.repo.plan import Limits
from holdfast.repo.repository import Repository

THRIFTY = Limits(max_unused=0)  # whatever is not needed goes
_MARK = "HOLDFAST_TEST_MARK"
_ROOT = Path(__file__).parents[3]


class Order(msgspec.Struct, kw_only=True):
    """`work` is a key of `WORK`.

    Whoever writes a file of more than `largest_file` bytes is killed by the system; 0 is no limit. The clock
    is so many `days` ahead. Of a step that a helper reaches the owner dies, or else the helper.
    """

    work: str
    url: str
    journal: str
    fatal: str = ""
    source: str = ""
    parent: str | None = None
    largest_file: int = 0
    days: float = 0.0
    owner_dies: bool = True


def order_of(work: str, scene: Scene, plan: Plan, *, largest_file: int = 0, days: float = 0) -> Order:
    """The order to do that to a scene."""
    return Order(
        work=work,
        url=scene.restic.folder.as_uri(),
        journal=str(plan.journal),
        fatal=plan.fatal,
        source=str(scene.source),
        parent=scene.newest,
        largest_file=largest_file,
        days=days,
        owner_dies=plan.owner_dies,
    )


class Victim:
    """The process, from outside."""

    def __init__(self, order: Order) -> None:
        self._mark = uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.repo.safety.victim", msgspec.json.encode(order)],
            cwd=_ROOT,
            env={**os.environ, _MARK: self._mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> str:
        """Wait for the end, which must be SIGKILL or success; what was promised, or nothing."""
        promised, complaint = self.process.communicate()
        assert self.process.returncode in (0, -signal.SIGKILL, -signal.SIGXFSZ), complaint
        return promised if self.process.returncode == 0 else ""

    def refusal(self) -> str:
        """Wait for the end, which must be a refusal; what it says."""
        _, complaint = self.process.communicate()
        assert self.process.returncode == 1
        return complaint

    def kin(self) -> list[int]:
        """Every living process that it started, itself included."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._is_kin(pid)]

    def _is_kin(self, pid: int) -> bool:
        try:
            return f"{_MARK}={self._mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False


@contextmanager
def at_work(order: Order) -> Iterator[Victim]:
    """A victim; it is dead afterwards."""
    victim = Victim(order)
    try:
        yield victim
    finally:
        victim.process.kill()
        victim.process.communicate()


def _save(opened: Repository, order: Order) -> str:
    return save_folder(opened, Path(order.source), order.parent).snapshot_id


def _prune(opened: Repository, _: Order) -> str:
    return f"{prune.prune(opened, limits=THRIFTY).removed_packs} packs removed"


WORK = {"save": _save, "prune": _prune}


def main() -> None:
    """Do what the order says."""
    order = msgspec.json.decode(sys.argv[1], type=Order)
    if order.largest_file:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest_file, order.largest_file))
    calendar = Calendar(order.days)
    clock.now, clock.now_ns = calendar.now, calendar.now_ns
    lock._SETTLE_SECONDS = 0.0  # nobody else is at work
    plan = Plan(Path(order.journal), order.fatal, owner_dies=order.owner_dies)
    store = SteppingStore(order.url, plan)
    opened = repository.open_repository(store, PASSWORD)
    try:
        promised = WORK[order.work](opened, order)
    except RepositoryError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    sys.stdout.write(promised)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
