"""How often somebody may guess: sign-ins that failed are counted for each user, in this process only."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

from holdfast.model.errors import TooManyAttempts

MOST = 10
SPAN = timedelta(minutes=1)
MOST_NAMES = 10_000  # whoever tries more names than this in a minute is not slowed by counting them


class Attempts:
    """The failed sign-ins of the last minute, for each name that somebody tried."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def check(self, name: str, now: datetime) -> None:
        """Raises TooManyAttempts while ten of the last minute have failed."""
        with self._lock:
            failed = self._failed.get(name)
            if failed is not None and len(failed) == MOST and failed[0] + SPAN > now:
                raise TooManyAttempts((failed[0] + SPAN - now).total_seconds())

    def failed(self, name: str, now: datetime) -> None:
        """Count one that failed."""
        with self._lock:
            self._failed.setdefault(name, deque(maxlen=MOST)).append(now)
            self._failed.move_to_end(name)
            while len(self._failed) > MOST_NAMES:
                self._failed.popitem(last=False)
