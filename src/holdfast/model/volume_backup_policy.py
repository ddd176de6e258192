"""What the Volume Backup Service changes of a backup policy, which may say more than that service knows."""

from datetime import datetime

import msgspec

from .policy import ExecutionChange, Terms, TermsChange
from .retention import OFF, Retention
from .timetable import Timetable, TimetableChange

_CLOCK = "UTC"


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a policy shall be other; None leaves it as it is.

    It keeps a number of backups, or all for a number of days: the one that is given takes the place of the
    other, the number that of the days. The same number as before leaves the days, for who keeps by both. The
    weekdays of its timetable are those of the `timezone`.
    """

    name: str | None = None
    enabled: bool | None = None
    timetable: TimetableChange = TimetableChange()
    max_backups: int | None = None
    duration_days: int | None = None
    keep_first_of_month: bool | None = None
    timezone: str | None = None

    def of(self, terms: Terms, now: datetime) -> TermsChange:
        """What that is for these terms.

        Patterns stay as they are, and so whatever a timetable cannot say, unless they would come due
        otherwise. Those that are made anew have hours of UTC.
        """
        retention = self._retention(terms.retention)
        patterns = self._patterns(terms, retention, now)
        return TermsChange(
            name=self.name,
            enabled=self.enabled,
            patterns=patterns,
            retention=retention,
            execution=ExecutionChange() if patterns is None else ExecutionChange(timezone=_CLOCK),
        )

    def _retention(self, before: Retention) -> Retention:
        given: dict[str, object] = {}
        if self.max_backups is not None:
            given = {} if self.max_backups == before.max_backups else {"duration_days": OFF}
            given["max_backups"] = self.max_backups
        elif self.duration_days is not None:
            given = {"max_backups": OFF, "duration_days": self.duration_days}
        if self.keep_first_of_month is not None:
            given["keep_first_of_month"] = self.keep_first_of_month
        if self.timezone is not None:
            given["timezone"] = self.timezone
        return msgspec.structs.replace(before, **given)

    def _patterns(self, terms: Terms, after: Retention, now: datetime) -> tuple[str, ...] | None:
        """The new patterns, None where the old ones do: clients repeat what they were told."""
        clock = terms.execution.timezone
        before = Timetable.of(terms.patterns, clock, terms.retention.zone, now)
        wanted = before.changed(self.timetable)
        if wanted.is_as(Timetable.of(terms.patterns, clock, after.zone, now)):
            return None
        return wanted.patterns(after.zone)
