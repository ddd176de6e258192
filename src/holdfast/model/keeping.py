"""Which backups go and which stay, and why: the rules of a policy, weighed against what a vault holds.

Two rules take backups away: the number of them (`max_backups`, weighed anew each time) and their age, which
is the moment each has carried since it was made. Either is enough. All else keeps: the long-term counts and
the named days from both of these, a lock until the backup has expired. What was taken by hand, and the
newest backup of a resource, no rule touches.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from .backup import Backup, BackupState, BackupStatus
from .retention import MONTHS, WEEKS, Chosen, Monthly, Retention, Weekly, Yearly
from .schedule import WEEKDAYS

Because = dict[str, list["Keeping"]]


class Keeping(StrEnum):
    """Why a backup stays. Each reason is enough by itself."""

    MAX_BACKUPS = "max_backups"
    NOT_EXPIRED = "not_expired"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ADVANCED_WEEKLY = "advanced_weekly"
    ADVANCED_MONTHLY = "advanced_monthly"
    ADVANCED_YEARLY = "advanced_yearly"
    LOCKED = "locked"
    LAST_GOOD = "last_good_backup"
    MANUAL = "manual"


class Going(StrEnum):
    """Why a backup goes: it is one too many, or too old."""

    COUNT = "count"
    AGE = "age"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A backup, and why it stays or goes: one of both is empty."""

    backup: Backup
    kept_because: tuple[Keeping, ...] = ()
    goes_because: tuple[Going, ...] = ()

    @property
    def id(self) -> str:
        """The backup's id."""
        return self.backup.id

    @property
    def goes(self) -> bool:
        """Whether the rules let it go."""
        return not self.kept_because


def is_good(backup: Backup) -> bool:
    """Whether a backup is there to be kept: it was taken, and is not being deleted."""
    going = (BackupStatus.DELETING, BackupStatus.WAITING_DELETE)
    return backup.state is BackupState.AVAILABLE and backup.status not in going


def plan_vault(
    held: Iterable[Backup], retention: Retention, now: datetime, *, locked: bool
) -> tuple[Verdict, ...]:
    """What becomes of the good backups that a vault holds, resource by resource, the newest first.

    The others have no part in it. Raises nothing.
    """
    by_resource: dict[str, list[Backup]] = {}
    for backup in filter(is_good, held):
        by_resource.setdefault(backup.resource_id, []).append(backup)
    return tuple(
        verdict
        for _, backups in sorted(by_resource.items())
        for verdict in plan(backups, retention, now, locked=locked)
    )


def plan(
    backups: Collection[Backup], retention: Retention, now: datetime, *, locked: bool = False
) -> tuple[Verdict, ...]:
    """What becomes of all the good backups of one resource in one vault, the newest first; `locked` is the
    vault. What goes is gone for good, so that the same question asked afterwards lets nothing more go."""
    newest_first = sorted(backups, key=lambda backup: (backup.created_at, backup.id), reverse=True)
    automatic = [backup for backup in newest_first if backup.auto_trigger]
    too_many = {backup.id for backup in automatic[retention.max_backups :]} if _counts(retention) else set()
    kept: Because = {backup.id: [] for backup in newest_first}
    for backup in newest_first[:1]:
        kept[backup.id].append(Keeping.LAST_GOOD)
    for backup in newest_first:
        if not backup.auto_trigger:
            kept[backup.id].append(Keeping.MANUAL)
    for backup in automatic:
        if backup.id not in too_many and not _expired(backup, now):
            kept[backup.id].append(Keeping.MAX_BACKUPS if _counts(retention) else Keeping.NOT_EXPIRED)
    if locked:
        _keep_locked(kept, automatic, now)
    _keep_long_term(kept, automatic, retention)
    _keep_named_days(kept, automatic, retention, now)
    return tuple(_verdict(backup, kept[backup.id], too_many, now) for backup in newest_first)


def _counts(retention: Retention) -> bool:
    return retention.max_backups > 0


def _expired(backup: Backup, now: datetime) -> bool:
    return backup.expired_at is not None and backup.expired_at <= now


def _keep_locked(kept: Because, automatic: Collection[Backup], now: datetime) -> None:
    for backup in automatic:
        if backup.is_kept(now):
            kept[backup.id].append(Keeping.LOCKED)


def _verdict(backup: Backup, kept: Collection[Keeping], too_many: Collection[str], now: datetime) -> Verdict:
    if kept:
        return Verdict(backup=backup, kept_because=tuple(one for one in Keeping if one in kept))
    counted = (Going.COUNT,) if backup.id in too_many else ()
    aged = (Going.AGE,) if _expired(backup, now) else ()
    return Verdict(backup=backup, goes_because=counted + aged)


# ── the newest of each of the last days, weeks, months and years ────────────────────────────────────────


def _day(day: date) -> tuple[int, ...]:
    return day.year, day.month, day.day


def _week(day: date) -> tuple[int, ...]:
    return day.isocalendar()[:2]  # a week begins on Monday


def _month(day: date) -> tuple[int, ...]:
    return day.year, day.month


def _year(day: date) -> tuple[int, ...]:
    return (day.year,)


def _keep_long_term(kept: Because, newest_first: Collection[Backup], retention: Retention) -> None:
    """Only days, weeks, months and years in which there is a backup are counted: a quiet time takes none."""
    rules: tuple[tuple[Keeping, int, Callable[[date], tuple[int, ...]]], ...] = (
        (Keeping.DAY, retention.day_backups, _day),
        (Keeping.WEEK, retention.week_backups, _week),
        (Keeping.MONTH, retention.month_backups, _month),
        (Keeping.YEAR, retention.year_backups, _year),
    )
    for reason, most, period in rules:
        newest: dict[tuple[int, ...], str] = {}
        for backup in newest_first:
            newest.setdefault(period(backup.created_at.astimezone(retention.zone).date()), backup.id)
        for backup_id in list(newest.values())[: max(most, 0)]:
            kept[backup_id].append(reason)


# ── all of the days that are named ──────────────────────────────────────────────────────────────────────


def _keep_named_days(
    kept: Because, automatic: Collection[Backup], retention: Retention, now: datetime
) -> None:
    for backup in automatic:
        made = backup.created_at.astimezone(retention.zone)
        for reason, until in _named(made, retention).items():
            if now < until:
                kept[backup.id].append(reason)


def _named(made: datetime, retention: Retention) -> Mapping[Keeping, datetime]:
    """Until when each rule that names the day keeps what was made then."""
    rules = retention.advanced
    until: dict[Keeping, datetime] = {}
    if rules is None:
        return until
    if rules.weekly is not None and _is_of_week(rules.weekly, made):
        until[Keeping.ADVANCED_WEEKLY] = made + timedelta(weeks=rules.weekly.periods)
    if rules.monthly is not None and _is_of_month(rules.monthly, made):
        until[Keeping.ADVANCED_MONTHLY] = _later(made, rules.monthly.periods)
    if rules.yearly is not None and _is_of_year(rules.yearly, made):
        until[Keeping.ADVANCED_YEARLY] = _later(made, 12 * rules.yearly.periods)
    return until


def _is_of_week(rule: Weekly, day: date) -> bool:
    return rule.periods > 0 and WEEKDAYS[day.weekday()] in rule.days_of_week


def _is_of_month(rule: Monthly, day: date) -> bool:
    """By day, -1 being the last one; or by weekday, of which a month has a first to fourth, and a last."""
    if rule.periods <= 0:
        return False
    last = monthrange(day.year, day.month)[1]
    if rule.chosen is Chosen.MONTHLY:
        return day.day in rule.days_of_month or (day.day == last and -1 in rule.days_of_month)
    if WEEKDAYS[day.weekday()] not in rule.days_of_week:
        return False
    is_last = day.day + 7 > last and "LAST" in rule.weeks
    return is_last or (day.day <= 28 and WEEKS[(day.day - 1) // 7] in rule.weeks)


def _is_of_year(rule: Yearly, day: date) -> bool:
    return MONTHS[day.month - 1] in rule.months and _is_of_month(rule, day)


def _later(moment: datetime, months: int) -> datetime:
    """The same time so many months later, on the last day of a month that is too short."""
    year, month = divmod(12 * moment.year + moment.month - 1 + months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))
