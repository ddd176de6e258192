"""Trimming: what projects no longer keep of their history goes, little by little, while everybody works on.

Each step is a short transaction, and a pause follows it that is longer: neither readers nor writers notice.
Every worker does it; two that come to the same project wait for each other, and then longer.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from holdfast.config import Config
from holdfast.db import histories
from holdfast.db.database import Database
from holdfast.db.history import trimming
from holdfast.db.history.trimming import Old, OldEntries, OldEvents, OldTasks
from holdfast.model import clock
from holdfast.model.history import EVENTS_KEPT, EVENTS_LEFT, History

from .halt import Halt, Interrupted

log = logging.getLogger(__name__)

PAUSE_SECONDS = 600.0
GO_ON_SECONDS = 1.0
REST_SECONDS = 0.1
REST_SHARE = 4.0  # of how long a step took
STEPS_AT_ONCE = 100  # in one project, before others have their turn
PROJECTS_AT_ONCE = 50


class Trimmer:
    """Trims for one worker; there are `rest_seconds` at least between two steps."""

    def __init__(self, db: Database, config: Config, halt: Halt, rest_seconds: float = REST_SECONDS) -> None:
        self._db = db
        self._default_days = config.history_days
        self._halt = halt
        self._rest_seconds = rest_seconds

    def look(self) -> float:
        """Trim what is due in all projects; seconds until the next time."""
        is_done = True
        with suppress(Interrupted):  # it goes on with the next worker, or at the next start
            for old in self._all():
                is_done &= self._trim(old)
        return PAUSE_SECONDS if is_done else GO_ON_SECONDS

    def _all(self) -> Iterator[Old]:
        for project_id in self._projects():
            yield from self._old_of(project_id)
        for owner in self._owners():
            before = self._begins_at(owner)
            if before is not None:
                yield OldEntries(owner, before)

    def _projects(self) -> Iterator[str]:
        last: str | None = None
        while True:
            with self._db.reading() as tx:
                some = trimming.find(tx, last, PROJECTS_AT_ONCE)
            yield from some
            if len(some) < PROJECTS_AT_ONCE:
                return
            last = some[-1]

    def _owners(self) -> Iterator[str]:
        owner: str | None = None
        while True:
            with self._db.reading() as tx:
                owner = trimming.next_owner(tx, owner)
            if owner is None:
                return
            yield owner

    def _old_of(self, project_id: str) -> Iterator[Old]:
        """What a project does not keep."""
        before = self._begins_at(project_id)
        if before is not None:
            yield OldTasks(project_id, before)
        yield OldEvents(project_id, clock.now() - EVENTS_KEPT, EVENTS_LEFT)

    def _begins_at(self, project_id: str) -> datetime | None:
        with self._db.reading() as tx:
            days = histories.days(tx, project_id)
        return History(days, self._default_days).begins_at(clock.now())

    def _trim(self, old: Old) -> bool:
        """Delete it, or as much of it as others can wait for; whether nothing is left."""
        gone = 0
        try:
            for _ in range(STEPS_AT_ONCE):
                self._halt.check_open()
                with self._db.reading() as tx:
                    if not old.is_there(tx):
                        return True
                gone += self._step(old)
        except SQLAlchemyError as fault:
            log.warning("%s: not trimmed: %s", old, fault)
            return True  # until the next time: what is wrong with one must not keep us from the others
        finally:
            if gone:
                log.info("%d are gone: %s", gone, old)
        return False

    def _step(self, old: Old) -> int:
        began = time.monotonic()
        with self._db.transaction() as tx:
            gone = old.forget(tx)
        time.sleep(max(self._rest_seconds, REST_SHARE * (time.monotonic() - began)))
        return gone
