"""What a policy does, as the wire spells it: the same for policies of a project and of an organization."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from holdfast.api import moments
from holdfast.model.policy import Execution, ExecutionChange, Policy, Terms
from holdfast.model.retention import Advanced, Chosen, Monthly, Retention, Weekly, Yearly

from .wording import Label

Number = Annotated[int, Meta(ge=-(1 << 31), lt=1 << 31)]
Words = Annotated[list[Label], Meta(max_length=31)]
Numbers = Annotated[list[Number], Meta(max_length=31)]
Region = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9._\-]*\Z", max_length=255)]
StartWindow = Annotated[int, Meta(ge=60, le=480)]


class WeeklyBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyWeeklyRetentionRules."""

    days_of_week: Words | None = None
    retention_duration_periods: Number | None = None

    def rule(self) -> Weekly:
        """The rule of the model."""
        return Weekly(
            days_of_week=tuple(self.days_of_week or ()), periods=_or(self.retention_duration_periods, -1)
        )


class MonthlyBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyMonthlyRetentionRules."""

    retention_type: Chosen | None = None
    retention_weeks: Words | None = None
    days_of_week: Words | None = None
    days_of_month: Numbers | None = None
    retention_duration_periods: Number | None = None

    def rule(self) -> Monthly:
        """The rule of the model."""
        return Monthly(
            chosen=self.retention_type,
            weeks=tuple(self.retention_weeks or ()),
            days_of_week=tuple(self.days_of_week or ()),
            days_of_month=tuple(self.days_of_month or ()),
            periods=_or(self.retention_duration_periods, -1),
        )


class YearlyBody(MonthlyBody, frozen=True, kw_only=True):
    """PolicyYearlyRetentionRules."""

    retention_months: Words | None = None

    def rule(self) -> Yearly:
        """The rule of the model."""
        return Yearly(
            chosen=self.retention_type,
            months=tuple(self.retention_months or ()),
            weeks=tuple(self.retention_weeks or ()),
            days_of_week=tuple(self.days_of_week or ()),
            days_of_month=tuple(self.days_of_month or ()),
            periods=_or(self.retention_duration_periods, -1),
        )


class AdvancedBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyAdvancedRetentionRules."""

    weekly_retention_rules: WeeklyBody | None = None
    monthly_retention_rules: MonthlyBody | None = None
    yearly_retention_rules: YearlyBody | None = None

    def rules(self) -> Advanced:
        """The rules of the model."""
        weekly, monthly = self.weekly_retention_rules, self.monthly_retention_rules
        yearly = self.yearly_retention_rules
        return Advanced(
            weekly=weekly.rule() if weekly else None,
            monthly=monthly.rule() if monthly else None,
            yearly=yearly.rule() if yearly else None,
        )


class DefinitionBody(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyoODCreate, of which the ranges are the model's to check."""

    max_backups: Number | None = None
    retention_duration_days: Number | None = None
    day_backups: Number | None = None
    week_backups: Number | None = None
    month_backups: Number | None = None
    year_backups: Number | None = None
    timezone: Label | None = None
    full_backup_interval: Number | None = None
    advanced_retention_rules: AdvancedBody | None = None
    destination_project_id: Label | None = None
    destination_region: Region | None = None
    enable_acceleration: bool | None = None
    cross_account_urn: Label | None = None

    def retention(self) -> Retention:
        """What is to be kept."""
        advanced = self.advanced_retention_rules
        return Retention(
            max_backups=_or(self.max_backups, -1),
            duration_days=_or(self.retention_duration_days, -1),
            day_backups=_or(self.day_backups, 0),
            week_backups=_or(self.week_backups, 0),
            month_backups=_or(self.month_backups, 0),
            year_backups=_or(self.year_backups, 0),
            timezone=self.timezone or None,
            full_backup_interval=_or(self.full_backup_interval, -1),
            advanced=advanced.rules() if advanced else None,
        )


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


class PropertiesBody(msgspec.Struct, frozen=True):
    """PolicyTriggerPropertiesReq."""

    pattern: list[Label]
    start_window_minutes: StartWindow | None = None


class TriggerBody(msgspec.Struct, frozen=True):
    """PolicyTriggerReq."""

    properties: PropertiesBody


class PropertiesChangeBody(msgspec.Struct, frozen=True):
    """PolicyTriggerPropertiesUpdateReq. A null window is none; one that is not said stays."""

    pattern: list[Label] | None = None
    start_window_minutes: StartWindow | UnsetType | None = UNSET


class TriggerChangeBody(msgspec.Struct, frozen=True):
    """PolicyTriggerUpdateReq."""

    properties: PropertiesChangeBody | None = None

    @property
    def patterns(self) -> tuple[str, ...] | None:
        """The new rules, if there are any."""
        if self.properties is None or self.properties.pattern is None:
            return None
        return tuple(self.properties.pattern)

    @property
    def start_window_minutes(self) -> int | UnsetType | None:
        """The new window, none, or UNSET for no change."""
        return UNSET if self.properties is None else self.properties.start_window_minutes


class ExecutionBody(msgspec.Struct, frozen=True, kw_only=True):
    """How a schedule is carried out, and what is kept besides: ours, of which the ranges are the model's to
    check. No time-out is null; what is not said is as it is, or as the reference has it."""

    timezone: Label | None = None
    jitter_minutes: Number | None = None
    timeout_minutes: Number | UnsetType | None = UNSET
    keep_first_of_month: bool | None = None

    def change(self) -> ExecutionChange:
        """What shall be other than it is."""
        return ExecutionChange(
            timezone=self.timezone, jitter_minutes=self.jitter_minutes, timeout_minutes=self.timeout_minutes
        )

    def execution(self) -> Execution:
        """How a new policy is carried out."""
        return Execution().changed(self.change())

    def kept(self, definition: DefinitionBody) -> Retention:
        """What a new policy keeps, by the words of the reference and by ours."""
        return replace(definition.retention(), keep_first_of_month=self.keep_first_of_month is True)


class WeeklyView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyWeeklyRetentionRules."""

    days_of_week: list[str]
    retention_duration_periods: int


class MonthlyView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyMonthlyRetentionRules; what was not given is left out."""

    retention_type: Literal["Weekly", "Monthly"] | UnsetType = UNSET
    retention_weeks: list[str] | UnsetType = UNSET
    days_of_week: list[str] | UnsetType = UNSET
    days_of_month: list[int] | UnsetType = UNSET
    retention_duration_periods: int


class YearlyView(MonthlyView, frozen=True, kw_only=True):
    """PolicyYearlyRetentionRules; what was not given is left out."""

    retention_months: list[str] | UnsetType = UNSET


class AdvancedView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyAdvancedRetentionRules; what was not given is left out."""

    weekly_retention_rules: WeeklyView | UnsetType = UNSET
    monthly_retention_rules: MonthlyView | UnsetType = UNSET
    yearly_retention_rules: YearlyView | UnsetType = UNSET

    @classmethod
    def of(cls, advanced: Advanced) -> "AdvancedView":
        """The rules as they were given."""
        return cls(
            weekly_retention_rules=_weekly(advanced.weekly) if advanced.weekly else UNSET,
            monthly_retention_rules=_monthly(advanced.monthly) if advanced.monthly else UNSET,
            yearly_retention_rules=_yearly(advanced.yearly) if advanced.yearly else UNSET,
        )


def _weekly(rule: Weekly) -> WeeklyView:
    return WeeklyView(days_of_week=list(rule.days_of_week), retention_duration_periods=rule.periods)


def _monthly(rule: Monthly) -> MonthlyView:
    return MonthlyView(
        retention_type=rule.chosen.value if rule.chosen else UNSET,
        retention_weeks=list(rule.weeks) or UNSET,
        days_of_week=list(rule.days_of_week) or UNSET,
        days_of_month=list(rule.days_of_month) or UNSET,
        retention_duration_periods=rule.periods,
    )


def _yearly(rule: Yearly) -> YearlyView:
    return YearlyView(
        retention_type=rule.chosen.value if rule.chosen else UNSET,
        retention_months=list(rule.months) or UNSET,
        retention_weeks=list(rule.weeks) or UNSET,
        days_of_week=list(rule.days_of_week) or UNSET,
        days_of_month=list(rule.days_of_month) or UNSET,
        retention_duration_periods=rule.periods,
    )


class DefinitionView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyoODCreate as it is told: what was not given is left out where CBR leaves it out."""

    max_backups: int
    retention_duration_days: int
    day_backups: int
    week_backups: int
    month_backups: int
    year_backups: int
    full_backup_interval: int
    timezone: str | UnsetType = UNSET
    advanced_retention_rules: AdvancedView | UnsetType = UNSET
    destination_project_id: str | UnsetType = UNSET
    destination_region: str | UnsetType = UNSET
    enable_acceleration: bool | UnsetType = UNSET
    cross_account_urn: str | UnsetType = UNSET

    @classmethod
    def of(cls, terms: Terms) -> "DefinitionView":
        """What a policy keeps, and where a replication goes."""
        retention = terms.retention
        return cls(
            max_backups=retention.max_backups,
            retention_duration_days=retention.duration_days,
            day_backups=retention.day_backups,
            week_backups=retention.week_backups,
            month_backups=retention.month_backups,
            year_backups=retention.year_backups,
            full_backup_interval=retention.full_backup_interval,
            timezone=retention.timezone or UNSET,
            advanced_retention_rules=AdvancedView.of(retention.advanced) if retention.advanced else UNSET,
            destination_project_id=terms.destination_project_id or UNSET,
            destination_region=terms.destination_region or UNSET,
            enable_acceleration=UNSET if terms.accelerated is None else terms.accelerated,
            cross_account_urn=terms.cross_account_urn or UNSET,
        )


class ExecutionView(msgspec.Struct, frozen=True, kw_only=True):
    """How a schedule is carried out, and what is kept besides: ours."""

    timezone: str
    jitter_minutes: int
    timeout_minutes: int | None
    keep_first_of_month: bool

    @classmethod
    def of_terms(cls, terms: Terms) -> "ExecutionView":
        """How the schedule of these terms is carried out."""
        execution = terms.execution
        return ExecutionView(
            timezone=execution.timezone,
            jitter_minutes=execution.jitter_minutes,
            timeout_minutes=execution.timeout_minutes,
            keep_first_of_month=terms.retention.keep_first_of_month,
        )


class PropertiesView(msgspec.Struct, frozen=True):
    """PolicyTriggerPropertiesResp."""

    pattern: list[str]
    start_time: str
    start_window_minutes: int | None


class TriggerView(msgspec.Struct, frozen=True, kw_only=True):
    """PolicyTriggerResp."""

    id: str
    properties: PropertiesView
    name: str = "default"
    type: str = "time"

    @classmethod
    def of(cls, policy: Policy) -> "TriggerView":
        """When a policy comes due."""
        started = moments.of_schedule(policy.created_at)
        window = policy.terms.start_window_minutes
        return cls(
            id=policy.trigger_id, properties=PropertiesView(list(policy.terms.patterns), started, window)
        )
