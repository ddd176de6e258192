"""A worker: takes up the tasks of its site, performs them, and looks after those whose worker died."""

import logging
import os
from collections.abc import Callable

from holdfast.config import Config
from holdfast.db.database import Database

from .dispatch import Dispatcher
from .halt import Halt
from .leases import Heart
from .perform import Performer
from .repositories import Repositories
from .rounds import Rounds
from .sweep import Sweeper
from .tools import Tools
from .workflows import POLLING_SECONDS, Workflows

log = logging.getLogger(__name__)

EXIT_FENCED = 75  # EX_TEMPFAIL: whoever supervises the process may start it again
GRACE_SECONDS = 10.0
SETTLE_SECONDS = 2.0


def leave() -> None:
    """End the process at once, without tidying up: what it holds belongs to others."""
    os._exit(EXIT_FENCED)


class Worker:
    """One worker of a process, in which there can be only one.

    `worker_id` is the name under which it holds leases: a worker that is started under the name of one that
    died goes on with its tasks at once. `fenced` is called when this worker has been declared dead. The queue
    is looked at every `polling_seconds`.
    """

    def __init__(
        self,
        db: Database,
        config: Config,
        worker_id: str,
        fenced: Callable[[], None] = leave,
        polling_seconds: float = POLLING_SECONDS,
    ) -> None:
        self._slots = config.worker_slots
        self._polling_seconds = polling_seconds
        self._fenced = fenced
        self._stopped = False
        self._halt = Halt()
        repositories = Repositories(db, config.store_url, config.cache_path)
        tools = Tools(db, config, repositories, worker_id)
        self._workflows = Workflows(db.url, config.site, worker_id)
        self._performer = Performer(tools, self._halt, self._workflows.step, self.wake)
        self._heart = Heart(db, worker_id, config.site, config.lease_seconds, self._die)
        sweeper = Sweeper(db, self._workflows, self._heart, lambda: self._performer.running)
        dispatcher = Dispatcher(db, self._workflows, config.site, self._free_slots)
        self._sweeping = Rounds("sweep", sweeper.sweep)
        self._dispatching = Rounds("dispatch", dispatcher.dispatch)

    def start(self) -> None:
        """Begin to work."""
        self._heart.start()
        self._workflows.start(self._performer.perform, self._slots, self._polling_seconds)
        self._sweeping.start()
        self._dispatching.start()

    def wake(self) -> None:
        """There may be new tasks: look now."""
        self._dispatching.wake()

    def stop(self, timeout: float) -> None:
        """Let running tasks end within so many seconds, then put down the rest for another execution.

        Doing so again is fine.
        """
        if self._stopped:
            return
        self._stopped = True
        self._halt.close()
        self._dispatching.stop()
        self._sweeping.stop()
        if not self._performer.wait(timeout):
            self._halt.stop()
            if not self._performer.wait(GRACE_SECONDS):
                log.warning("did not stop in time: %s", ", ".join(self._performer.running))
        else:
            self._workflows.settle(SETTLE_SECONDS)
        self._workflows.stop()
        self._heart.stop()

    def _free_slots(self) -> int:
        return self._slots - len(self._performer.running)

    def _die(self) -> None:
        self._halt.stop()
        self._fenced()
