"""Sweeping: dead workers are buried, their work goes back into the pool, and rows and engine come to agree.

Every worker sweeps. Each step is right whoever does it, and however often.
"""

import logging
import time
from collections.abc import Callable, Mapping, Set
from datetime import timedelta
from types import MappingProxyType

from holdfast.db import work, workers
from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.task import TaskError
from holdfast.service import log_lines

from . import endings
from .leases import BEATS_PER_LEASE, Heart
from .perform import fail
from .workflows import Workflows

log = logging.getLogger(__name__)

KEPT_DAYS = 7
TRIM_SECONDS = 3600.0

# Why a task whose workflow has ended, and whose row does not know it, ends as failed.
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "The task was given up: its worker died too often while it ran.",
        "CANCELLED": "The task was cancelled in the engine.",
    }
)


class Sweeper:
    """Sweeps for one worker."""

    def __init__(
        self,
        db: Database,
        workflows: Workflows,
        heart: Heart,
        running: Callable[[], Set[str]],
        trim_seconds: float = TRIM_SECONDS,
    ) -> None:
        """`running` tells which tasks this worker is performing."""
        self._running = running
        self._idle: set[str] = set()
        self._trim_seconds = trim_seconds
        self._db = db
        self._workflows = workflows
        self._heart = heart
        self._trimmed_at = time.monotonic()

    def sweep(self) -> float:
        """Bury, take back, reconcile, and once an hour forget what is old; seconds until the next time."""
        if self._heart.may_judge:
            self._bury()
        self._take_back()
        self._settle()
        self._reconcile()
        if time.monotonic() - self._trimmed_at > self._trim_seconds:
            self._trimmed_at = time.monotonic()
            self._trim()
        return self._heart.lease_seconds / BEATS_PER_LEASE

    def _bury(self) -> None:
        with self._db.transaction() as tx:
            dead = workers.bury(tx, self._heart.lease_seconds, self._heart.worker_id)
        if dead:
            log.warning("workers that were not seen for a lease: %s", ", ".join(dead))

    def _take_back(self) -> None:
        """What is in the hands of those who are not alive goes back into the pool.

        So does what an older holdfast put on a site's queue, and nobody has begun.
        """
        with self._db.reading() as tx:
            some_lost = work.some_lost(tx)
        if some_lost:
            with self._db.transaction() as tx:
                taken = work.take_back(tx)
            if taken:  # and no other worker was faster
                log.warning("back into the pool, whose workers are gone: %s", ", ".join(taken))

    def _settle(self) -> None:
        """Tasks that have ended, and whose workers died before they had cleared away behind them, are taken
        over; so are those that this worker has not begun to settle since the sweep before."""
        running, in_hand = self._running(), self._workflows.in_hand()
        with self._db.reading() as tx:
            alive = set(workers.alive(tx))
            over = in_hand.keys() - running - work.unended(tx, in_hand)
        mine = {task_id for task_id in over if in_hand[task_id] == self._heart.worker_id}
        left = {task_id for task_id in over if in_hand[task_id] not in alive} | (mine & self._idle)
        self._idle = mine - left
        if left:
            log.warning("clearing up behind tasks that have ended: %s", ", ".join(sorted(left)))
            self._workflows.take_over(left)

    def _reconcile(self) -> None:
        """End tasks whose workflow has ended without them."""
        with self._db.reading() as tx:
            dispatched = work.dispatched(tx)
        for task_id, workflow in self._workflows.known(dispatched).items():
            if workflow.has_ended:
                self._close(task_id, workflow.state)

    def _close(self, task_id: str, state: str) -> None:
        reason = _REASONS.get(state, f"The engine ended the task without its result ({state}).")
        with self._db.transaction() as tx:
            claim = work.claim(tx, task_id, self._heart.worker_id)
            if claim is not None:
                fail(claim, endings.failed(TaskError(endings.UNKNOWN, reason)), tx)
        if claim is not None:
            with log_lines.about(task=task_id, request=claim.task.request_id):
                log.error("task %s was closed as failed: %s", task_id, reason)

    def _trim(self) -> None:
        """Forget work that ended long ago, or was left behind by tasks that did, and queues of nobody."""
        before = clock.now() - timedelta(days=KEPT_DAYS)
        self._workflows.trim(before)
        abandoned = set(self._workflows.abandoned(before))
        queues = self._workflows.queues()  # before the workers: whoever has a queue was enlisted before it
        with self._db.reading() as tx:
            abandoned -= work.unended(tx, abandoned)
            known = workers.known(tx)
        self._workflows.forget(abandoned)
        # A site's queue belongs to the workers of an older holdfast, which may still be at work there.
        used = {*known, *(site for sites in known.values() for site in sites)}
        for owner in queues.keys() - used:
            self._workflows.remove_queue(queues[owner])
