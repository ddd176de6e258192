"""Dispatch: waiting tasks are put on the site's queue, as many as this worker has slots free.

A task is marked and queued in one transaction, so that it is queued exactly when it is marked.
"""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from holdfast.db import work
from holdfast.db.database import Database

from .workflows import Workflows

log = logging.getLogger(__name__)

BUSY_SECONDS = 0.5
IDLE_SECONDS = 1.5


class Dispatcher:
    """Looks for waiting tasks: when it is woken, and from time to time."""

    def __init__(self, db: Database, workflows: Workflows, site: str, free_slots: Callable[[], int]) -> None:
        self._db = db
        self._workflows = workflows
        self._site = site
        self._free_slots = free_slots
        self._awake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something now."""
        self._awake.set()

    def stop(self) -> None:
        """Dispatch nothing any more."""
        self._stopping = True
        self._awake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                found = self._dispatch()
            except SQLAlchemyError as error:
                log.warning("no tasks can be dispatched now: %s", error)
                found = False
            self._awake.wait(BUSY_SECONDS if found else IDLE_SECONDS)

    def _dispatch(self) -> bool:
        """Queue what may start now; whether there was anything, so that it is worth looking again soon."""
        free = self._free_slots()
        if free <= 0:
            return False
        # What was queued a moment ago, here or by another worker, will take some of the slots.
        free -= self._workflows.queued()
        if free <= 0:
            return True
        with self._db.transaction() as tx:
            chosen = work.dispatchable(tx, self._site, free)
            work.mark_dispatched(tx, chosen)
            self._workflows.enqueue(tx, chosen)
        return bool(chosen)
