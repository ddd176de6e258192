"""Which backups go and which stay, and why: the rules of policies, weighed against what a vault holds.

Each policy weighs what its own schedule made. Two rules take backups away: the number of them
(`max_backups`, weighed anew each time) and their age, which is the moment each has carried since it was made,
whatever became of its policy. Either is enough. All else keeps: the long-term counts, the named days and the
first of the month from both of these, a lock until the backup has expired. What was taken by hand, and the
newest good backup of a resource, no rule touches.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

from .backup import Backup, BackupState, BackupStatus
from .policy import Policy
from .retention import MONTHS, WEEKS, Chosen, Monthly, Retention, Weekly, Yearly
from .schedule import WEEKDAYS

# What failed tells how things went, for a while.
FAILURES_KEPT = 10
FAILURES_KEPT_FOR = timedelta(days=30)


class Keeping(StrEnum):
    """Why a backup stays. Each reason is enough by itself."""

    MAX_BACKUPS = "max_backups"
    NOT_EXPIRED = "not_expired"
    NO_POLICY = "no_policy"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ADVANCED_WEEKLY = "advanced_weekly"
    ADVANCED_MONTHLY = "advanced_monthly"
    ADVANCED_YEARLY = "advanced_yearly"
    FIRST_OF_MONTH = "first_of_month"
    LOCKED = "locked"
    LAST_GOOD = "last_good_backup"
    MANUAL = "manual"
    FAILURE = "recent_failure"


class Going(StrEnum):
    """Why a backup goes: it is one too many, or too old, or failed long ago."""

    COUNT = "count"
    AGE = "age"
    FAILURE = "old_failure"


Because = dict[str, list[Keeping]]
Reason = TypeVar("Reason", Keeping, Going)


class Rules(msgspec.Struct, frozen=True):
    """What a policy keeps of the backups that it made; None where it is not enabled, and takes nothing."""

    policy_id: str
    retention: Retention | None

    @classmethod
    def of(cls, policy: Policy) -> "Rules":
        """The rules of a policy as it is."""
        return cls(policy.id, policy.terms.retention if policy.terms.enabled else None)


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


def is_failure(backup: Backup) -> bool:
    """Whether a schedule asked for the backup and nothing came of it."""
    return backup.auto_trigger and backup.status is BackupStatus.ERROR


def weigh(
    held: Iterable[Backup], rules: Sequence[Rules], now: datetime, *, locked: bool
) -> tuple[Verdict, ...]:
    """What becomes of the backups that a vault holds, resource by resource, the newest first.

    `rules` are those of the policies that the vault follows, `locked` is the vault. What is under way, or
    failed when taken by hand, has no part in it. What goes is gone for good, so that the same question asked
    afterwards lets nothing more go. Raises nothing.
    """
    by_resource: dict[str, list[Backup]] = {}
    for backup in held:
        if is_good(backup) or is_failure(backup):
            by_resource.setdefault(backup.resource_id, []).append(backup)
    return tuple(
        verdict
        for _, backups in sorted(by_resource.items())
        for verdict in _Weighing(backups, rules, now, locked).verdicts()
    )


class _Weighing:
    """What is found out about the backups of one resource in one vault."""

    def __init__(
        self, backups: Iterable[Backup], rules: Sequence[Rules], now: datetime, locked: bool
    ) -> None:
        self._newest_first = sorted(backups, key=lambda one: (one.created_at, one.id), reverse=True)
        self._rules = rules
        self._now = now
        self._locked = locked
        self._kept: Because = {backup.id: [] for backup in self._newest_first}
        self._going: dict[str, list[Going]] = {backup.id: [] for backup in self._newest_first}

    def verdicts(self) -> list[Verdict]:
        """The verdicts, the newest first."""
        good = [backup for backup in self._newest_first if is_good(backup)]
        self._weigh_failures([backup for backup in self._newest_first if not is_good(backup)])
        for backup in good[:1]:
            self._kept[backup.id].append(Keeping.LAST_GOOD)
        for backup in good:
            if not backup.auto_trigger:
                self._kept[backup.id].append(Keeping.MANUAL)
        automatic = [backup for backup in good if backup.auto_trigger]
        self._weigh_ages(automatic)
        for retention, backups in self._shared_out(automatic):
            if retention is None:
                self._leave(backups)
            else:
                self._weigh_by(retention, backups)
        return [self._verdict(backup) for backup in self._newest_first]

    def _shared_out(self, automatic: Iterable[Backup]) -> Iterator[tuple[Retention | None, list[Backup]]]:
        """The backups by the rules that weigh them, with None where none do.

        What does not say which policy made it was the only one's, where there is only one.
        """
        known: dict[str | None, Rules] = {one.policy_id: one for one in self._rules}
        if len(self._rules) == 1:
            known[None] = self._rules[0]
        shared: dict[str | None, list[Backup]] = {}
        for backup in automatic:
            rules = known.get(backup.policy_id)
            shared.setdefault(None if rules is None else rules.policy_id, []).append(backup)
        for policy_id, backups in shared.items():
            yield (None if policy_id is None else known[policy_id].retention), backups

    def _weigh_failures(self, failures: Sequence[Backup]) -> None:
        for place, backup in enumerate(failures):
            if place < FAILURES_KEPT and self._now < backup.created_at + FAILURES_KEPT_FOR:
                self._kept[backup.id].append(Keeping.FAILURE)
            else:
                self._going[backup.id].append(Going.FAILURE)

    def _weigh_ages(self, automatic: Iterable[Backup]) -> None:
        for backup in automatic:
            if self._has_expired(backup):
                self._going[backup.id].append(Going.AGE)
            elif self._locked:
                self._kept[backup.id].append(Keeping.LOCKED)

    def _leave(self, automatic: Iterable[Backup]) -> None:
        """No policy weighs these: what has no moment to expire stays for ever."""
        for backup in automatic:
            if backup.expired_at is None:
                self._kept[backup.id].append(Keeping.NO_POLICY)
            elif not self._has_expired(backup):
                self._kept[backup.id].append(Keeping.NOT_EXPIRED)

    def _weigh_by(self, retention: Retention, automatic: Sequence[Backup]) -> None:
        is_limited = retention.max_backups > 0
        allowed = automatic[: retention.max_backups] if is_limited else automatic
        for backup in allowed:
            if not self._has_expired(backup):
                self._kept[backup.id].append(Keeping.MAX_BACKUPS if is_limited else Keeping.NOT_EXPIRED)
        for backup in automatic[len(allowed) :]:
            self._going[backup.id].append(Going.COUNT)
        _keep_long_term(self._kept, automatic, retention)
        _keep_named_days(self._kept, automatic, retention, self._now)
        _keep_first_of_month(self._kept, automatic, retention, self._now)

    def _has_expired(self, backup: Backup) -> bool:
        return backup.expired_at is not None and backup.expired_at <= self._now

    def _verdict(self, backup: Backup) -> Verdict:
        if self._kept[backup.id]:
            return Verdict(backup=backup, kept_because=_ordered(Keeping, self._kept[backup.id]))
        return Verdict(backup=backup, goes_because=_ordered(Going, self._going[backup.id]))


def _ordered(reasons: type[Reason], found: Collection[Reason]) -> tuple[Reason, ...]:
    return tuple(one for one in reasons if one in found)


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


def _keep_first_of_month(
    kept: Because, newest_first: Iterable[Backup], retention: Retention, now: datetime
) -> None:
    """Of the month that has begun, and beside the number: when it is over, what was first is one of many."""
    if not retention.keep_first_of_month:
        return
    this = _month(now.astimezone(retention.zone).date())
    made = [one for one in newest_first if _month(one.created_at.astimezone(retention.zone).date()) == this]
    for first in made[-1:]:
        kept[first.id].append(Keeping.FIRST_OF_MONTH)


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
