"""The foreman's process: builds what answers the calls, forks the members, waits for them.

It is started as `python -c "from holdfast.crew.foreman import main; main()" ORDER LINE…`, where all are open
descriptors: the order brings the owner's module path and what to build; each line is one member's.
"""

import gc
import os
import pickle
import sys
import traceback
from multiprocessing.connection import Connection
from typing import NoReturn

from . import collector
from .crew import CrewFailed


def main() -> None:
    """Be the foreman until the last member has ended."""
    order, *lines = map(int, sys.argv[1:])
    with os.fdopen(order, "rb") as pipe:  # both come from the owner's own memory
        sys.path[:] = pickle.load(pipe)  # noqa: S301
        made = pickle.load(pipe)()  # noqa: S301
    collector.relax()
    gc.collect()
    gc.freeze()  # a collector that goes over what was there before the fork would copy it
    members = [_fork(made, line, lines) for line in lines]
    for line in lines:
        os.close(line)
    for member in members:
        os.waitpid(member, 0)


def _fork(made: object, line: int, lines: list[int]) -> int:
    member = os.fork()
    if member:
        return member
    try:
        for other in lines:
            if other != line:
                os.close(other)
        _answer(made, Connection(line))
    finally:
        _leave()


def _answer(made: object, line: Connection) -> None:
    """Answer calls until the owner hangs up."""
    while True:
        try:
            method, arguments = line.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, getattr(made, method)(*arguments))
        except Exception as error:  # noqa: BLE001 - it is raised again in the owner
            answer = (False, _passable(error))
        try:
            line.send(answer)
        except OSError:  # the owner has gone meanwhile
            return


def _passable(error: Exception) -> Exception:
    """The error, or a description of it where it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever a foreign exception does
        return CrewFailed("".join(traceback.format_exception(error)))
    return error


def _leave() -> NoReturn:
    """End without what a Python process does at its end: that belongs to the foreman."""
    sys.stderr.flush()
    os._exit(0)
