"""Runs a program and measures what it took, with all processes that it starts: wall time, CPU and memory.

Memory is the peak of the sum of the tree's PSS (each page that several processes share is counted once), read
every few hundredths of a second. CPU seconds come from the system when a process is reaped. A process that
its parent leaves behind is adopted and reaped here (`PR_SET_CHILD_SUBREAPER`), so that none is missed.

    python -m bench.measure PROGRAM ARGUMENTS…        # prints the figures of one run
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

INTERVAL_SECONDS = 0.03
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, run in `folder`; `environment` is added to the present one."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may take before it is stopped."""

    seconds: float = 2 * 3600
    memory: int = 6 << 30


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a run took.

    `wall` and `cpu` are seconds; `memory` is the peak of all processes' PSS together, in bytes; `resident` is
    the largest resident size of any one process. `failure` says what went wrong, "" if nothing did.
    """

    wall: float
    cpu: float
    memory: int
    resident: int
    failure: str = ""


def adopt_orphans() -> None:
    """Become the parent of every process whose own parent ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "processes that are left behind cannot be counted")


def run(command: Command, log: Path, limits: Limits) -> Figures:
    """Run a program to its end and measure it. Its output goes to `log`.

    This process must have no other children meanwhile, and must have adopted orphans.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command.arguments,
            cwd=command.folder,
            env={**os.environ, **command.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    with _Watch(started, limits) as watch:
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    _reap()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Figures(
        wall=wall,
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        memory=max(watch.peak, 0),
        resident=used.ru_maxrss << 10,
        failure=watch.failure or _told(process.returncode, log),
    )


class _Watch:
    """Looks at all processes below this one, again and again, and ends them when they take too much."""

    def __init__(self, started: float, limits: Limits) -> None:
        self.peak = 0
        self.failure = ""
        self._started = started
        self._limits = limits
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch")

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if kind is not None:  # the bench is being ended, and ends what it started
            self._stop(kind.__name__)
            _reap()

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, sum(map(pss_of, _descendants(os.getpid()))))
            if self.peak > self._limits.memory:
                self._stop(f"stopped when it took {self.peak >> 20} MiB of memory")
            elif time.perf_counter() - self._started > self._limits.seconds:
                self._stop(f"stopped after {self._limits.seconds:.0f} s")
            if self._ended.wait(INTERVAL_SECONDS):
                return

    def _stop(self, reason: str) -> None:
        self.failure = self.failure or reason
        for pid in list(_descendants(os.getpid())):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _told(code: int, log: Path) -> str:
    if code == 0:
        return ""
    lines = log.read_text(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"exit status {code}: {last[:160]}"


def _reap() -> None:
    """Wait for what the program left behind; end what does not end by itself."""
    deadline = time.monotonic() + _GRACE_SECONDS
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        if time.monotonic() > deadline:
            for child in list(_descendants(os.getpid())):
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def _descendants(pid: int) -> Iterator[int]:
    """All processes below one, as the system tells them thread by thread."""
    waiting = [pid]
    while waiting:
        above = waiting.pop()
        for child in _children(above):
            yield child
            waiting.append(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as told:
                found += map(int, told.read().split())
    except OSError:  # it ended while it was looked at
        return found
    return found


def pss_of(pid: int) -> int:
    """The memory of a process in bytes, shared pages in parts; 0 where there is no such process."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as told:
            for line in told:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) << 10
    except OSError:  # it ended while it was looked at
        return 0
    return 0


def main(arguments: Sequence[str]) -> None:
    """Measure one program and print its figures as JSON."""
    adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Command(tuple(arguments), Path.cwd()), Path(folder) / "log", Limits())
    print(msgspec.json.encode(figures).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
