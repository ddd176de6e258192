"""Sweeping: dead workers are buried, their work is put back, and rows and engine are brought to agree.

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

from . import endings
from .leases import BEATS_PER_LEASE, Heart
from .perform import fail
from .workflows import FINISHED, Workflows

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
        """Bury, take over, reconcile, and once an hour forget what is old; seconds until the next time."""
        if self._heart.may_judge:
            self._bury()
        self._take_over()
        self._reconcile()
        if time.monotonic() - self._trimmed_at > self._trim_seconds:
            self._trimmed_at = time.monotonic()
            self._workflows.trim(clock.now() - timedelta(days=KEPT_DAYS))
        return self._heart.lease_seconds / BEATS_PER_LEASE

    def _bury(self) -> None:
        with self._db.transaction() as tx:
            dead = workers.bury(tx, self._heart.lease_seconds, self._heart.worker_id)
        if dead:
            log.warning("workers that were not seen for a lease: %s", ", ".join(dead))

    def _take_over(self) -> None:
        """Put back the work of those who are not alive: the just buried, and any whose undertaker died."""
        with self._db.reading() as tx:
            alive = set(workers.alive(tx))
        in_hand = self._workflows.in_hand()
        lost = set(in_hand.values()) - alive
        if lost:
            log.warning("taking over the work of %s", ", ".join(sorted(lost)))
            self._workflows.recover(sorted(lost))
        self._pick_up({task_id for task_id, holder in in_hand.items() if holder == self._heart.worker_id})

    def _pick_up(self, mine: set[str]) -> None:
        """Put back what this worker took off the queue and has not begun since the sweep before.

        The engine takes work in one transaction and reads it in another. When the database goes away between
        the two it drops the work, and nobody would ever come for it: its worker is alive.
        """
        idle = mine - self._running()
        dropped = idle & self._idle
        self._idle = idle - dropped
        if dropped:
            log.warning("queueing again what was taken and not begun: %s", ", ".join(sorted(dropped)))
            self._workflows.put_back(dropped)

    def _reconcile(self) -> None:
        """End tasks whose workflow has ended without them; queue again those that have no workflow."""
        with self._db.reading() as tx:
            dispatched = work.dispatched(tx)
        states = self._workflows.states(dispatched)
        for task_id in dispatched:
            state = states.get(task_id)
            if state in FINISHED:
                self._close(task_id, state)
        missing = [task_id for task_id in dispatched if task_id not in states]
        if missing:
            log.warning("queueing again what the engine does not know: %s", ", ".join(missing))
            with self._db.transaction() as tx:
                self._workflows.enqueue(tx, missing)

    def _close(self, task_id: str, state: str) -> None:
        reason = _REASONS.get(state, f"The engine ended the task without its result ({state}).")
        with self._db.transaction() as tx:
            claim = work.claim(tx, task_id, self._heart.worker_id)
            if claim is not None:
                fail(claim, endings.failed(TaskError(endings.UNKNOWN, reason)), tx)
        if claim is not None:
            log.error("task %s was closed as failed: %s", task_id, reason)
