"""A worker: takes up the tasks of its sites, performs them, and looks after those whose worker died."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from holdfast.config import Config
from holdfast.db import work
from holdfast.db.database import Database

from .dispatch import Dispatcher
from .expiring import Expirer
from .halt import Halt
from .incoming_replications import Listener
from .leases import BEATS_PER_LEASE, Heart
from .mending import Mender
from .perform import Performer
from .pruning import Pruner
from .repositories import Repositories
from .rounds import Rounds
from .schedules import Scheduler
from .sealing import Sealer
from .sweep import Sweeper
from .tools import Tools
from .trimming import Trimmer
from .workflows import POLLING_SECONDS, Workflows

log = logging.getLogger(__name__)

EXIT_FENCED = 75  # EX_TEMPFAIL: whoever supervises the process may start it again
GRACE_SECONDS = 10.0
SETTLE_SECONDS = 2.0
LOOK_SECONDS = 0.2
# Of the time between two looks at the queue: to hand out more often would start nothing sooner.
REST_SHARE = 0.4


def leave() -> None:
    """End the process at once, without tidying up: what it holds belongs to others."""
    os._exit(EXIT_FENCED)


class Worker:
    """One worker of a process, in which there can be only one.

    `worker_id` is the name under which it holds leases: a worker that is started under the name of one that
    died goes on with its tasks at once. `fenced` is called when this worker has been declared dead. Its queue
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
        self._db = db
        self._slots = config.worker_slots
        self._polling_seconds = polling_seconds
        self._fenced = fenced
        self._stopped = False
        self._halt = Halt()
        repositories = Repositories(db, config.store_url, config.cache_path)
        tools = Tools(db, config, repositories, worker_id)
        self._workflows = Workflows(db.url, worker_id)
        self._performer = Performer(tools, self._halt, self._workflows.step, self.wake)
        self._heart = Heart(db, worker_id, config.sites, config.lease_seconds, self._die)
        sweeper = Sweeper(db, self._workflows, self._heart, lambda: self._performer.running)
        mender = Mender(db, self._workflows, config.lease_seconds / BEATS_PER_LEASE)
        dispatcher = Dispatcher(db, self._performer, mender, config.sites, self._slots)
        self._dispatching = Rounds("dispatch", dispatcher.dispatch, polling_seconds * REST_SHARE)
        self._beside = (
            Rounds("sweep", sweeper.sweep),
            Rounds("expire", Expirer(db, config, self.wake).look),
            Rounds("prune", Pruner(tools, self._halt).look),
            Rounds("schedule", Scheduler(db, config, self.wake).look),
            Rounds("seal", Sealer(db, self._halt).look),
            Rounds("trim", Trimmer(db, config, self._halt).look),
            Rounds("listen", Listener(db, config.region_silence_hours).look),
        )

    def start(self) -> None:
        """Begin to work."""
        self._heart.start()
        self._workflows.start(self._performer.perform, self._slots, self._polling_seconds)
        for rounds in (self._dispatching, *self._beside):
            rounds.start()

    def wake(self) -> None:
        """There may be new tasks: look now."""
        self._dispatching.wake()

    def hurry(self) -> None:
        """Do not wait for running tasks to end when stopping. A signal may call this at any moment."""
        self._halt.hurry()

    def stop(self, timeout: float) -> bool:
        """Let running tasks end within so many seconds, then put down the rest: others go on with it.

        What this worker has not begun, others take at once. Doing so again is fine. False where a task did
        not let itself be put down: what it does is worth nothing any more, but it does it.
        """
        if self._stopped:
            return not self._performer.running
        self._stopped = True
        self._halt.close()
        for rounds in (self._dispatching, *self._beside):
            rounds.stop()
        answers = self._give_back()
        if not self._wait(timeout):
            self._halt.stop()
            if not self._performer.wait(GRACE_SECONDS):
                log.warning("did not stop in time: %s", ", ".join(self._performer.running))
        elif answers:
            self._settle()
        self._retire()
        self._workflows.stop()
        self._heart.stop()
        return not self._performer.running

    def _wait(self, seconds: float) -> bool:
        """Wait for running tasks to end, at most so long and while nobody is in a hurry; whether they did."""
        deadline = time.monotonic() + seconds
        while not self._halt.hurried and time.monotonic() < deadline:
            if self._performer.wait(min(LOOK_SECONDS, max(0.0, deadline - time.monotonic()))):
                return True
        return not self._performer.running

    def _settle(self) -> None:
        """Wait until it is written down, too, that what was performed here has ended."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            in_hand = self._workflows.in_hand()
            mine = {
                task_id for task_id, worker_id in in_hand.items() if worker_id == self._workflows.worker_id
            }
            with self._db.reading() as tx:
                if mine <= work.unended(tx, mine):
                    return
            time.sleep(0.02)

    def _give_back(self) -> bool:
        """What is in this worker's hand and is not performed goes into the pool; whether the rows answer."""
        try:
            with self._db.transaction() as tx:
                work.give_back(tx, self._workflows.worker_id, self._performer.running)
        except SQLAlchemyError as fault:
            log.warning("what was not begun is free when this worker is gone: %s", fault)
            return False
        return True

    def _retire(self) -> None:
        """Nothing is in this worker's hand any more, and it has no queue."""
        with suppress(SQLAlchemyError):  # what cannot be written now, others do after a while
            with self._db.transaction() as tx:
                work.give_back(tx, self._workflows.worker_id)
            self._workflows.retire()

    def _die(self) -> None:
        self._halt.stop()
        self._fenced()
