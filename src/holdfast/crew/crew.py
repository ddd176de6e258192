"""A crew: processes that answer calls, one at a time each, started when the first call needs them.

A process that has threads must not fork: the child would start with the locks that other threads hold. So a
fresh interpreter, the foreman, is started; it builds what answers the calls, and forks the members while it
is still alone. Members share what was imported, and end by themselves when their owner is gone, because
their pipe closes.
"""

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

_FOREMAN = "from holdfast.crew.foreman import main; main()"
_PATIENCE_SECONDS = 30


class CrewLost(Exception):  # noqa: N818 - named by what happened
    """A helper process died, or could not be started: what it was doing is not done."""


class CrewFailed(Exception):  # noqa: N818 - named by what happened
    """A helper raised something that cannot be passed on; the message is its traceback."""


def size() -> int:
    """How many members this machine has use for: one for each core that this process may use."""
    return len(os.sched_getaffinity(0))


class Crew:
    """Members that each hold an object of their own, and call its methods when told to.

    `make` is called once, in the foreman; it must be picklable, and its result must not start threads before
    it is first called, because the members are copies of the foreman. The threads of one process may use
    several members at once, and one member each at a time.
    """

    def __init__(self, make: Callable[[], object], count: int | None = None) -> None:
        """`count` is how many members there are, by default one for each core."""
        self.members = tuple(Member(self) for _ in range(count or size()))
        self._make = make
        self._lock = threading.Lock()
        self._foreman: subprocess.Popen[bytes] | None = None
        self._closed = False

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the members go, and wait until all have ended; what they are doing is finished first."""
        with self._lock:
            self._closed = True
        for member in self.members:
            member.hang_up()
        if self._foreman is None:
            return
        try:
            self._foreman.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._foreman.kill()
            self._foreman.wait()

    def start(self) -> None:
        """Start the members, if they are not yet: the first call does it too. Does not wait for them."""
        with self._lock:
            if self._closed:
                raise CrewLost("the crew has been let go")
            if self._foreman is None:
                self._foreman = self._hire()

    def _hire(self) -> subprocess.Popen[bytes]:
        pairs = [socket.socketpair() for _ in self.members]
        theirs = [there.fileno() for _, there in pairs]
        order, orders = os.pipe()
        try:
            foreman = subprocess.Popen(
                [sys.executable, "-c", _FOREMAN, str(order), *map(str, theirs)],
                pass_fds=(order, *theirs),
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the owner, who then lets the crew go
            )
        finally:
            os.close(order)
            for _, there in pairs:
                there.close()
        with os.fdopen(orders, "wb") as pipe:
            pickle.dump(sys.path, pipe)
            pickle.dump(self._make, pipe)
        for member, (here, _) in zip(self.members, pairs, strict=True):
            member.pick_up(Connection(here.detach()))
        return foreman


class Member:
    """One process of a crew."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._line: Connection | None = None

    def call(self, method: str, *arguments: object) -> Any:
        """Call a method of the member's object, and wait for what it returns.

        Raises what the method raised; CrewFailed where that cannot be passed on; CrewLost when the process
        has died.
        """
        self._crew.start()
        if self._line is None:
            raise CrewLost("the crew has been let go")
        try:
            self._line.send((method, arguments))
            worked, answer = self._line.recv()
        except (EOFError, OSError) as error:
            raise CrewLost("a helper process has died") from error
        if not worked:
            raise answer
        return answer

    def pick_up(self, line: Connection) -> None:
        """The member is there, at the other end of this line."""
        self._line = line

    def hang_up(self) -> None:
        """The member is not called any more."""
        if self._line is not None:
            self._line.close()
            self._line = None
