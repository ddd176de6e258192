"""Dispatch: a worker takes from the pool what may start now, as much as it has slots free."""

from collections.abc import Sequence

from sqlalchemy import Connection

from holdfast.db import dispatch, work
from holdfast.db.database import Database

from .mending import Mender
from .perform import Performer

BUSY_SECONDS = 0.5
IDLE_SECONDS = 1.0


class Dispatcher:
    """Takes tasks for one worker, which serves some `sites` and performs so many tasks at once."""

    def __init__(
        self, db: Database, performer: Performer, mender: Mender, sites: Sequence[str], slots: int
    ) -> None:
        self._db = db
        self._performer = performer
        self._mender = mender
        self._sites = sites
        self._slots = slots
        self._served: dict[str, int] = {}
        self._turn = 0

    def dispatch(self) -> float:
        """Take what may start now; seconds after which it is worth looking again."""
        running = self._performer.running  # before the rows: what is put down meanwhile is in no hand there
        with self._db.reading() as tx:
            stopped, mine, some_wait = self._look(tx)
        for task_id in stopped:  # no slot is needed for that, and no site
            self._performer.withdraw(task_id)
        free = self._slots - len(running.union(mine))
        taken = self._take(free) if some_wait and free > 0 else []
        self._mender.mend(mine, taken, running)
        return BUSY_SECONDS if taken else IDLE_SECONDS

    def _look(self, tx: Connection) -> tuple[list[str], list[str], bool]:
        """What was stopped and nobody is at, what is in this worker's hand, and whether anything waits."""
        if not work.is_any(tx):  # as mostly: a look costs one statement then
            return [], [], False
        stopped, mine = work.cancelled_in_waiting(tx), work.held_by(tx, self._performer.worker_id)
        return stopped, mine, dispatch.some_wait(tx, self._sites)

    def _take(self, limit: int) -> list[str]:
        with self._db.transaction() as tx:
            chosen = dispatch.dispatch(tx, self._performer.worker_id, self._sites, limit, self._served)
        for one in chosen:
            self._turn += 1
            self._served[one.project_id] = self._turn
        return [one.task_id for one in chosen]
