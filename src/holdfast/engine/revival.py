"""A worker that is declared dead lives on under the same roof: an API beside it need not end with it."""

import logging
import threading
from collections.abc import Callable

from .worker import Worker, leave

log = logging.getLogger(__name__)

Make = Callable[[Callable[[], None]], Worker]


class Revived:
    """A worker, and after its death another one under the same name.

    What the dead one had in hand is others' by then, or the new one's, and its own threads are fenced. `make`
    makes a worker that calls what it is given when it has been declared dead. Where a task cannot be made to
    let go, `leave` ends the process.
    """

    def __init__(self, make: Make, leave: Callable[[], None] = leave) -> None:
        self._make = make
        self._leave = leave
        self._change = threading.Lock()
        self._stopping = False
        self._worker = make(self._died)

    def start(self) -> None:
        """Begin to work."""
        self._worker.start()

    def wake(self) -> None:
        """There may be new tasks: look now."""
        self._worker.wake()

    def hurry(self) -> None:
        """Do not wait for running tasks to end when stopping. A signal may call this at any moment."""
        self._worker.hurry()

    def stop(self, timeout: float) -> None:
        """As `Worker.stop`."""
        self._stopping = True
        with self._change:
            self._worker.stop(timeout)

    def _died(self) -> None:
        """Called by the worker's own heart, which must not be made to wait for itself."""
        threading.Thread(target=self._revive, name="revival", daemon=True).start()

    def _revive(self) -> None:
        with self._change:
            if self._stopping:
                return
            if not self._worker.stop(0):
                log.error("a task does not let go: this process ends, so that nothing is done twice")
                self._leave()
                return
            self._worker = self._make(self._died)
            self._worker.start()
            log.warning("the worker that was declared dead works again")
