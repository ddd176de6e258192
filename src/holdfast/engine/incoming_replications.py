"""Incoming replications whose source has fallen silent: their tasks would be running for ever."""

import logging
from datetime import datetime, timedelta

from holdfast.db import incoming_replications, projects, work
from holdfast.db.database import Database
from holdfast.model import clock
from holdfast.model.task import TaskError

from . import endings

log = logging.getLogger(__name__)

PAUSE_SECONDS = 60.0
SILENT = "Holdfast.0028"


class Listener:
    """Looks for them, for one worker. Every worker does: no task ends twice by that."""

    def __init__(self, db: Database, silence_hours: float) -> None:
        """A source may be silent for so long, by this machine's clock."""
        self._db = db
        self._hours = silence_hours

    def look(self) -> float:
        """End what nobody told of for too long; seconds until the next time."""
        before = clock.now() - timedelta(hours=self._hours)
        with self._db.reading() as tx:
            silent = incoming_replications.silent(tx, before)
        # One by one: they are of many projects, and who locks several does so in the order of their ids.
        for project_id, task_id in silent:
            self._end(project_id, task_id, before)
        return PAUSE_SECONDS

    def _end(self, project_id: str, task_id: str, before: datetime) -> None:
        reason = f"The source region was not heard of for {self._hours:g} hours."
        with self._db.transaction() as tx:
            projects.lock(tx, project_id)
            if (project_id, task_id) not in incoming_replications.silent(tx, before):
                return  # it was heard of in the last moment, or has ended
            work.close(tx, task_id, endings.failed(TaskError(SILENT, reason)))
        log.warning("task %s was closed as failed: %s", task_id, reason)
