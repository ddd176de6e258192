"""Leases: a worker shows that it is alive, and takes over the work of those that do not.

All by the database's clock. After an outage of the database, or when the whole machine slept, everybody looks
dead; so nobody judges others before its own heart has beaten without a break for a whole lease, and nobody
buries itself.
"""

import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from holdfast.db import workers
from holdfast.db.database import Database

from .rounds import Rounds

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 5


class Heart:
    """The heartbeat of one worker. `fenced` is called, once, when the worker finds itself declared dead."""

    def __init__(
        self,
        db: Database,
        worker_id: str,
        sites: Sequence[str],
        lease_seconds: float,
        fenced: Callable[[], None],
    ) -> None:
        self.lease_seconds = lease_seconds
        self.worker_id = worker_id
        self._db = db
        self._sites = sites
        self._fenced = fenced
        self._beating_since: float | None = None
        self._beaten_at = 0.0
        self._rounds = Rounds("heartbeat", self._beat)

    @property
    def may_judge(self) -> bool:
        """Whether the heart has beaten without a break for a whole lease."""
        since, now = self._beating_since, time.monotonic()
        if since is None or now - self._beaten_at >= self.lease_seconds:
            return False
        return now - since >= self.lease_seconds

    def start(self) -> None:
        """Enlist the worker, also under an id that was declared dead before, and begin to beat."""
        with self._db.transaction() as tx:
            workers.enlist(tx, self.worker_id, self._sites)
        self._beating_since = self._beaten_at = time.monotonic()
        self._rounds.start()

    def stop(self) -> None:
        """Take the worker off in good order: it holds nothing any more."""
        self._rounds.stop()
        try:
            with self._db.transaction() as tx:
                workers.retire(tx, self.worker_id)
        except SQLAlchemyError as error:
            log.warning("worker %s could not sign off: %s", self.worker_id, error)

    def _beat(self) -> float:
        """Show that the worker is alive; seconds until the next beat."""
        try:
            with self._db.transaction() as tx:
                alive = workers.beat(tx, self.worker_id, self._sites)
        except SQLAlchemyError:
            self._beating_since = None
            raise
        now = time.monotonic()
        if self._beating_since is None or now - self._beaten_at >= self.lease_seconds:
            self._beating_since = now
        self._beaten_at = now
        if not alive:
            log.error("worker %s was declared dead: its tasks are others' now", self.worker_id)
            self._rounds.stop()
            self._fenced()
        return self.lease_seconds / BEATS_PER_LEASE
