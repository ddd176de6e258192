"""Dispatch: waiting tasks are put on the site's queue, as many as this worker has slots free.

A task is marked and queued in one transaction, so that it is queued exactly when it is marked.
"""

from collections.abc import Callable

from holdfast.db import work
from holdfast.db.database import Database

from . import perform
from .workflows import Workflows

BUSY_SECONDS = 0.5
IDLE_SECONDS = 1.5


class Dispatcher:
    """Looks for waiting tasks."""

    def __init__(self, db: Database, workflows: Workflows, site: str, free_slots: Callable[[], int]) -> None:
        self._db = db
        self._workflows = workflows
        self._site = site
        self._free_slots = free_slots

    def dispatch(self) -> float:
        """Queue what may start now; seconds after which it is worth looking again."""
        self._withdraw()
        free = self._free_slots()
        if free <= 0:
            return IDLE_SECONDS
        # What was queued a moment ago, here or by another worker, will take some of the slots.
        free -= self._workflows.queued()
        if free <= 0:
            return BUSY_SECONDS
        with self._db.transaction() as tx:
            chosen = work.dispatchable(tx, self._site, free)
            work.mark_dispatched(tx, chosen)
            self._workflows.enqueue(tx, chosen)
        return BUSY_SECONDS if chosen else IDLE_SECONDS

    def _withdraw(self) -> None:
        """End what somebody stopped while it waited: no slot is needed for that, and no site."""
        with self._db.reading() as tx:
            stopped = work.cancelled_in_waiting(tx)
        for task_id in stopped:
            with self._db.transaction() as tx:
                perform.withdraw(task_id, tx)
