"""Sealing in rounds: ended tasks go from their rows into segments, a few thousand at a time."""

import logging
from contextlib import suppress

from sqlalchemy.exc import SQLAlchemyError

from holdfast.db.database import Database
from holdfast.db.history import sealing

from .halt import Halt, Interrupted

log = logging.getLogger(__name__)

REST_SECONDS = 10.0
BETWEEN_SECONDS = 0.2  # others write, too


class Sealer:
    """Looks which projects have many recent tasks, and seals some of them."""

    def __init__(self, db: Database, halt: Halt) -> None:
        self._db = db
        self._halt = halt

    def look(self) -> float:
        """Seal once in each project where there is enough; how many seconds later to look again."""
        with self._db.reading() as tx:
            due = sealing.due(tx)
        sealed = 0
        with suppress(Interrupted):  # it goes on with the next worker, or at the next start
            for project_id in due:
                self._halt.check_open()
                sealed += self._seal(project_id)
        return BETWEEN_SECONDS if sealed else REST_SECONDS

    def _seal(self, project_id: str) -> int:
        try:
            return sealing.seal(self._db, project_id)
        # What is wrong with one project must not keep us from the others.
        except SQLAlchemyError as fault:
            log.warning("%s: nothing is sealed for now: %s", project_id, fault)
        except Exception:
            log.exception("%s: nothing is sealed for now", project_id)
        return 0
