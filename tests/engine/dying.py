"""Dying at once, at a moment that a test names: at a file, or at a statement to the database."""

import os
import re
import signal
import sys
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, Pool

_DOOMED = "doomed"


def at(moment: str) -> None:
    """From now on this process is killed at that moment.

    "open /path" and "os.remove /path" are patterns of what is done to files; "before STATEMENT" is before a
    statement that has this pattern in it, "after STATEMENT" when its transaction is over.
    """
    word, _, pattern = moment.partition(" ")
    if word in ("before", "after"):
        _at_statement(re.compile(pattern), before=word == "before")
    else:
        _at_file(re.compile(moment))


def _at_file(pattern: re.Pattern[str]) -> None:
    def told(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.remove") and pattern.match(f"{event} {arguments[0]}"):
            _die()

    sys.addaudithook(told)


def _at_statement(pattern: re.Pattern[str], *, before: bool) -> None:
    def told(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if pattern.search(statement):
            if before:
                _die()
            connection.info[_DOOMED] = True

    def given_back(_connection: Any, record: Any) -> None:
        if record.info.get(_DOOMED):
            _die()

    sa.event.listen(Engine, "before_cursor_execute", told)
    sa.event.listen(Pool, "checkin", given_back)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
