"""Expiring: what the rules of policies let go is looked for again and again, in every vault in turn.

What a new backup makes superfluous goes at once, with that backup's task. Here goes the rest: what grows too
old, what a policy that was changed lets go, what could not be deleted before.
"""

import logging
from collections.abc import Callable

from holdfast.config import Config
from holdfast.db import vaults
from holdfast.db.database import Database
from holdfast.service import retentions

log = logging.getLogger(__name__)

PAUSE_SECONDS = 60.0
VAULTS_AT_ONCE = 50
TIMES_AT_ONCE = 10


class Expirer:
    """Looks after the vaults for one worker. Every worker does: no backup gets two tasks by that."""

    def __init__(
        self, db: Database, config: Config, wake: Callable[[], None], vaults_at_once: int = VAULTS_AT_ONCE
    ) -> None:
        """`wake` is called when there are new tasks."""
        self._db = db
        self._config = config
        self._wake = wake
        self._vaults_at_once = vaults_at_once
        self._seen = ""

    def look(self) -> float:
        """Look at the next few vaults; seconds until the next time."""
        with self._db.reading() as tx:
            some = vaults.with_automatic(tx, self._seen, self._vaults_at_once)
        for project_id, vault_id in some:
            self._seen = vault_id  # first: a vault that cannot be looked at must not keep us from the others
            self._look_at(project_id, vault_id)
        if len(some) < self._vaults_at_once:
            self._seen = ""
        return PAUSE_SECONDS

    def _look_at(self, project_id: str, vault_id: str) -> None:
        for _ in range(TIMES_AT_ONCE):
            count = retentions.carry_out(self._db, self._config, project_id, vault_id)
            if count:
                log.info("vault %s: %d backups go by the rules of its policies", vault_id, count)
                self._wake()
            if count < retentions.MOST_AT_ONCE:
                return
