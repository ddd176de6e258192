"""Mending: the engine is made to follow the rows, which say who has which task in hand."""

import logging
import time
from collections.abc import Collection, Set

from holdfast.db.database import Database

from .workflows import Workflow, Workflows

log = logging.getLogger(__name__)


class Mender:
    """Sees that what is in a worker's hand is on the worker's queue, or taken off it by this worker.

    The engine takes work in one transaction and reads it in another. When the database goes away between the
    two it drops the work, and nobody would ever come for it: what was taken and not begun for so many seconds
    of `patience` is put on the queue again.
    """

    def __init__(self, db: Database, workflows: Workflows, patience: float) -> None:
        self._db = db
        self._workflows = workflows
        self._patience = patience
        self._fresh: set[str] = set()
        self._idle_since: dict[str, float] = {}

    def mend(self, mine: Collection[str], fresh: Collection[str], running: Set[str]) -> None:
        """Look at what is in this worker's hand, was put there a moment ago, and is performed."""
        self._fresh = (self._fresh & set(mine)) | set(fresh)
        idle = {*mine, *fresh} - running
        self._idle_since = {one: since for one, since in self._idle_since.items() if one in idle}
        if not idle:
            return
        known = self._workflows.known(idle)
        self._enqueue(idle - known.keys())
        astray = {one for one, workflow in known.items() if self._is_astray(one, workflow)}
        self._workflows.take_over(astray)
        for one in astray:
            self._idle_since.pop(one, None)
        self._fresh -= idle

    def _enqueue(self, new: Set[str]) -> None:
        if new:
            with self._db.transaction() as tx:
                self._workflows.enqueue(tx, sorted(new))

    def _is_astray(self, task_id: str, workflow: Workflow) -> bool:
        """Whether nobody would come for a task that this worker does not perform."""
        if workflow.has_ended:
            return False  # a sweep closes it
        if workflow.queue != self._workflows.queue:
            return True
        if workflow.waits:
            self._idle_since.pop(task_id, None)
            return False
        if workflow.worker != self._workflows.worker_id or task_id in self._fresh:
            return True
        since = self._idle_since.setdefault(task_id, time.monotonic())
        dropped = time.monotonic() - since >= self._patience
        if dropped:
            log.warning("queueing again what was taken and not begun: %s", task_id)
        return dropped
