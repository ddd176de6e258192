"""Policies: when a vault is backed up, and what is kept. Stored here; their execution is the engine's."""

from datetime import datetime
from enum import StrEnum

import msgspec

from .errors import InvalidParameter

MAX_PATTERNS = 24


class PolicyKind(StrEnum):
    """What a policy makes (operation_type on the wire)."""

    BACKUP = "backup"
    REPLICATION = "replication"


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept. -1 means no limit; the long-term counts are 0 when off and need a time zone."""

    max_backups: int = -1
    duration_days: int = -1
    day_backups: int = 0
    week_backups: int = 0
    month_backups: int = 0
    year_backups: int = 0
    timezone: str | None = None
    full_backup_interval: int = -1

    def check(self) -> None:
        """Refuse what the reference does not allow.

        Raises InvalidParameter naming the wire field.
        """
        for field, value in (
            ("max_backups", self.max_backups),
            ("retention_duration_days", self.duration_days),
        ):
            if not -1 <= value <= 99999:
                raise InvalidParameter(field, "must be -1 or 1 to 99999")
        long_term = {
            "day_backups": self.day_backups,
            "week_backups": self.week_backups,
            "month_backups": self.month_backups,
            "year_backups": self.year_backups,
        }
        for field, value in long_term.items():
            if not 0 <= value <= 100:
                raise InvalidParameter(field, "must be 0 to 100")
        if any(long_term.values()) and self.timezone is None:
            raise InvalidParameter("timezone", "is needed with day, week, month or year backups")
        if not -1 <= self.full_backup_interval <= 100:
            raise InvalidParameter("full_backup_interval", "must be -1 to 100")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule with its retention. `patterns` are iCalendar rules, kept as the caller wrote them."""

    id: str
    project_id: str
    name: str
    kind: PolicyKind
    enabled: bool = True
    patterns: tuple[str, ...]
    start_window_minutes: int | None = None
    retention: Retention = Retention()
    destination_project_id: str | None = None
    destination_region: str | None = None
    trigger_id: str
    created_at: datetime
