"""Which backups a policy keeps: by number, by age, and the last of each day, week, month or year."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, timedelta, timezone, tzinfo
from enum import StrEnum

import msgspec

from .errors import InvalidParameter
from .schedule import WEEKDAYS

OFF = -1
MOST_BACKUPS = 99999
MOST_LONG_TERM = 100
MOST_WEEKS, MOST_MONTHS, MOST_YEARS = 5200, 1200, 100
WEEKS = ("FIRST", "SECOND", "THIRD", "FOURTH", "LAST")
MONTHS = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
DAYS_OF_MONTH = (-1, *range(1, 29))
# No place on earth is farther from UTC.
_TIMEZONE = re.compile(r"UTC(?:\+(?:0\d|1[0-3]):[0-5]\d|\+14:00|-(?:0\d|1[01]):[0-5]\d|-12:00)", re.ASCII)


class Chosen(StrEnum):
    """How the days of a monthly or yearly rule are named: by week and weekday, or by day of the month."""

    WEEKLY = "Weekly"
    MONTHLY = "Monthly"


class Weekly(msgspec.Struct, frozen=True, kw_only=True):
    """Backups of these weekdays are kept for so many weeks; -1 is no such rule."""

    days_of_week: tuple[str, ...] = ()
    periods: int = OFF

    def check(self) -> None:
        """Raises InvalidParameter naming the wire field."""
        field = "weekly_retention_rules"
        _check_periods(field, self.periods, MOST_WEEKS)
        _check_words(f"{field}.days_of_week", self.days_of_week, WEEKDAYS)
        if self.periods != OFF:
            _check_given(field, "days_of_week", self.days_of_week)


class Monthly(msgspec.Struct, frozen=True, kw_only=True):
    """Backups of some days of every month are kept for so many months; -1 is no such rule."""

    chosen: Chosen | None = None
    weeks: tuple[str, ...] = ()
    days_of_week: tuple[str, ...] = ()
    days_of_month: tuple[int, ...] = ()
    periods: int = OFF

    def check(self) -> None:
        """Raises InvalidParameter naming the wire field."""
        _check_periods("monthly_retention_rules", self.periods, MOST_MONTHS)
        _check_days("monthly_retention_rules", self)


class Yearly(Monthly, frozen=True, kw_only=True):
    """Backups of some days of some months are kept for so many years; -1 is no such rule."""

    months: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises InvalidParameter naming the wire field."""
        field = "yearly_retention_rules"
        _check_periods(field, self.periods, MOST_YEARS)
        _check_words(f"{field}.retention_months", self.months, MONTHS)
        _check_days(field, self)
        if self.periods != OFF:
            _check_given(field, "retention_months", self.months)


class Advanced(msgspec.Struct, frozen=True, kw_only=True):
    """Rules that name days to be kept longer."""

    weekly: Weekly | None = None
    monthly: Monthly | None = None
    yearly: Yearly | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept. -1 means no limit, as does 0 of `max_backups`; the long-term counts are 0 when off and
    need a time zone. Rules that are on hold at once.

    `keep_first_of_month` is not among CBR's words: what was made first in this month stays until it is over.
    """

    max_backups: int = OFF
    duration_days: int = OFF
    day_backups: int = 0
    week_backups: int = 0
    month_backups: int = 0
    year_backups: int = 0
    timezone: str | None = None
    full_backup_interval: int = OFF
    advanced: Advanced | None = None
    keep_first_of_month: bool = False

    @property
    def zone(self) -> tzinfo:
        """Where a day begins: the time zone that is named, or UTC."""
        if self.timezone is None or not _TIMEZONE.fullmatch(self.timezone):
            return UTC
        hours, minutes = self.timezone[len("UTC+") :].split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-offset if "-" in self.timezone else offset)

    def check(self) -> None:
        """Refuse what the reference does not allow.

        Raises InvalidParameter naming the wire field.
        """
        if not OFF <= self.max_backups <= MOST_BACKUPS:
            raise InvalidParameter("max_backups", f"must be -1 or 0 to {MOST_BACKUPS}")
        if self.duration_days != OFF and not 1 <= self.duration_days <= MOST_BACKUPS:
            raise InvalidParameter("retention_duration_days", f"must be -1 or 1 to {MOST_BACKUPS}")
        if not OFF <= self.full_backup_interval <= MOST_LONG_TERM:
            raise InvalidParameter("full_backup_interval", f"must be -1 to {MOST_LONG_TERM}")
        self._check_long_term()
        if self.advanced is not None:
            for rule in (self.advanced.weekly, self.advanced.monthly, self.advanced.yearly):
                if rule is not None:
                    rule.check()

    def _check_long_term(self) -> None:
        counts = {
            "day_backups": self.day_backups,
            "week_backups": self.week_backups,
            "month_backups": self.month_backups,
            "year_backups": self.year_backups,
        }
        for field, value in counts.items():
            if not 0 <= value <= MOST_LONG_TERM:
                raise InvalidParameter(field, f"must be 0 to {MOST_LONG_TERM}")
        if self.timezone is not None and not _TIMEZONE.fullmatch(self.timezone):
            raise InvalidParameter("timezone", "must be UTC-12:00 to UTC+14:00, written so")
        if any(counts.values()) and self.timezone is None:
            raise InvalidParameter("timezone", "is needed with day, week, month or year backups")


def _check_periods(field: str, periods: int, most: int) -> None:
    if periods != OFF and not 1 <= periods <= most:
        raise InvalidParameter(f"{field}.retention_duration_periods", f"must be -1 or 1 to {most}")


def _check_days(field: str, rule: Monthly) -> None:
    _check_words(f"{field}.retention_weeks", rule.weeks, WEEKS)
    _check_words(f"{field}.days_of_week", rule.days_of_week, WEEKDAYS)
    _check_words(f"{field}.days_of_month", rule.days_of_month, DAYS_OF_MONTH)
    if rule.chosen is not Chosen.MONTHLY and rule.days_of_month:
        raise InvalidParameter(f"{field}.days_of_month", "is for the retention_type Monthly")
    if rule.chosen is not Chosen.WEEKLY and (rule.weeks or rule.days_of_week):
        raise InvalidParameter(
            f"{field}.retention_weeks", "and days_of_week are for the retention_type Weekly"
        )
    if rule.periods == OFF:
        return
    if rule.chosen is None:
        raise InvalidParameter(f"{field}.retention_type", "must be Weekly or Monthly")
    if rule.chosen is Chosen.MONTHLY:
        _check_given(field, "days_of_month", rule.days_of_month)
    else:
        _check_given(field, "retention_weeks", rule.weeks)
        _check_given(field, "days_of_week", rule.days_of_week)


def _check_words(field: str, given: Sequence[str | int], known: Collection[str | int]) -> None:
    if len(set(given)) != len(given) or not set(given) <= set(known):
        raise InvalidParameter(field, f"must be some of {', '.join(map(str, known))}, each once")


def _check_given(field: str, name: str, given: Sequence[str | int]) -> None:
    if not given:
        raise InvalidParameter(f"{field}.{name}", "is needed")
