"""Asking a server again that does not answer now: it may be starting anew."""

import time
from collections.abc import Callable
from typing import TypeVar

from .failures import Exit, Failure

SECONDS = 60.0
PAUSE_SECONDS = 0.5
Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer]) -> Answer:
    """What `ask` returns, as soon as the server answers; raises Failure when it did not for a minute."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return ask()
        except Failure as failure:
            if failure.code is not Exit.UNREACHABLE or time.monotonic() > deadline:
                raise
        time.sleep(PAUSE_SECONDS)
