"""Scheduling: what vaults have come to by their policies is carried out, one vault after the other.

Every server does this, and each turn falls to one of them: see `service.firings`. A vault is late by what
those before it take, and otherwise by less than two seconds.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from holdfast.config import Config
from holdfast.db import schedules as turns
from holdfast.db.database import Database, is_transient
from holdfast.db.schedules import Turn
from holdfast.service import firings
from holdfast.service.context import House

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AT_ONCE = 20
FORGOTTEN_SECONDS = 60.0
PUT_OFF_SECONDS = 60.0


class Scheduler:
    """Looks whether vaults have come to something. `wake` is called when there are new tasks."""

    def __init__(self, db: Database, config: Config, wake: Callable[[], None]) -> None:
        self._house = House(db, config, wake)
        self._forgotten_at = 0.0

    def look(self) -> float:
        """Carry out what some vaults have come to; seconds until the next time."""
        with self._house.db.reading() as tx:
            now = turns.now(tx)
            coming = [*turns.coming(tx, AT_ONCE), *self._forgotten(tx)]
        here = [turn for turn in coming if turn.comes_at <= now]
        # Servers that look at the same time do not queue up for the same vault.
        for turn in random.sample(here, len(here)):
            self._fire(turn)
        if here:
            return 0.0
        return min([LOOK_SECONDS, *((turn.comes_at - now).total_seconds() for turn in coming)])

    def _forgotten(self, tx: Connection) -> Sequence[Turn]:
        """Some of those at whom nobody has looked: asked for seldom, for only older versions leave any."""
        if time.monotonic() < self._forgotten_at:
            return ()
        found = turns.unplanned(tx, AT_ONCE)
        if len(found) < AT_ONCE:
            self._forgotten_at = time.monotonic() + FORGOTTEN_SECONDS
        return found

    def _fire(self, turn: Turn) -> None:
        try:
            firings.fire(self._house, turn)
        except Exception as fault:
            if isinstance(fault, DBAPIError | PendingRollbackError) and is_transient(fault):
                raise
            log.exception("vault %s could not be brought to policy %s", turn.vault_id, turn.policy_id)
            firings.put_off(self._house, turn, PUT_OFF_SECONDS)
