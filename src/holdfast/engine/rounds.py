"""Rounds: what a worker does again and again beside its tasks, each in a thread of its own.

Whatever happens in a round, there is a next one: a worker that no longer dispatches, or no longer shows that
it is alive, would be worse than any fault.
"""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

AFTER_FAULT_SECONDS = 1.0


class Rounds:
    """Calls `go` until it is stopped; `go` returns how many seconds later it wants to be called again.

    However often somebody wakes it, so many seconds of `rest` are between two rounds.
    """

    def __init__(self, name: str, go: Callable[[], float], rest: float = 0.0) -> None:
        self._name = name
        self._go = go
        self._rest = rest
        self._awake = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin with the first round."""
        self._thread.start()

    def wake(self) -> None:
        """Do not wait for the next round."""
        self._awake.set()

    def stop(self) -> None:
        """Finish the round that is under way, and do no more. May be called in a round."""
        self._ended.set()
        self._awake.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._awake.clear()
            pause = self._round()
            if not self._ended.wait(self._rest):
                self._awake.wait(pause - self._rest)

    def _round(self) -> float:
        try:
            return self._go()
        except SQLAlchemyError as fault:
            log.warning("%s: broken off: %s", self._name, fault)
        except Exception:
            log.exception("%s: broken off", self._name)
        return AFTER_FAULT_SECONDS
