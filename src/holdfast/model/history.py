"""For how long a project keeps its history: the tasks that have ended, and who asked for what."""

from datetime import datetime, timedelta

import msgspec

MOST_DAYS = 36_500  # a hundred years

# Of what happened to tasks, for whoever follows it: kept so long at least, and so many of the newest.
EVENTS_KEPT = timedelta(days=7)
EVENTS_LEFT = 1000


class History(msgspec.Struct, frozen=True):
    """The rule of a project: `days` of its own, or, where that is None, the `default_days` of the
    configuration, of which 0 is for ever."""

    days: int | None
    default_days: int

    def begins_at(self, now: datetime) -> datetime | None:
        """The moment before which nothing is kept; None where everything is."""
        days = self.default_days if self.days is None else self.days
        return now - timedelta(days=days) if days else None
