"""Trying again what failed for a passing reason, with growing pauses, for a bounded time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import TypeVar

from .errors import StoreUnavailable

T = TypeVar("T")

# shares of the whole patience: with the default, pauses of up to 0.1 s at first and up to 15 s later
_FIRST_PAUSE = 1 / 3000
_LONGEST_PAUSE = 1 / 20
_REQUEST = 1 / 3
_DICE = SystemRandom()


@dataclass(frozen=True)
class Patience:
    """For how many seconds an operation is tried before it fails."""

    seconds: float = 300.0

    @property
    def request_seconds(self) -> float:
        """How long one request may take: a connection that is silent leaves time for another one."""
        return self.seconds * _REQUEST

    def of(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, tried again after StoreUnavailable; any other error flies at once.

        No attempt begins after `seconds`, so that this ends within `seconds` and one attempt's time. Pauses
        are drawn at random below a limit that doubles, so that many clients that were turned away together
        do not come back together.
        """
        until = time.monotonic() + self.seconds
        limit = self.seconds * _FIRST_PAUSE
        while True:
            try:
                return attempt()
            except StoreUnavailable:
                pause = _DICE.uniform(0, limit)
                if time.monotonic() + pause >= until:
                    raise
            time.sleep(pause)
            limit = min(2 * limit, self.seconds * _LONGEST_PAUSE)
