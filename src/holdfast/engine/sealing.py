"""Sealing in rounds: ended tasks go from their rows into segments, a few thousand at a time."""

from holdfast.db.database import Database
from holdfast.db.history import sealing

REST_SECONDS = 10.0
BETWEEN_SECONDS = 0.2  # others write, too


class Sealer:
    """Looks which projects have many recent tasks, and seals some of them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def look(self) -> float:
        """Seal once in each project where there is enough; how many seconds later to look again."""
        with self._db.reading() as tx:
            due = sealing.due(tx)
        sealed = [sealing.seal(self._db, project_id) for project_id in due]
        return BETWEEN_SECONDS if any(sealed) else REST_SECONDS
