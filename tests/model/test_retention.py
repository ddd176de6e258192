"""Retention rules are refused where the reference does, and where they could not be carried out."""

import pytest

from holdfast.model.errors import InvalidParameter
from holdfast.model.retention import Advanced, Chosen, Monthly, Retention, Weekly, Yearly

WEEKLY, MONTHLY, YEARLY = (f"{word}_retention_rules" for word in ("weekly", "monthly", "yearly"))


@pytest.mark.parametrize(
    ("retention", "field"),
    [
        (Retention(max_backups=-2), "max_backups"),
        (Retention(max_backups=100000), "max_backups"),
        (Retention(duration_days=-5), "retention_duration_days"),
        (Retention(duration_days=0), "retention_duration_days"),
        (Retention(duration_days=100000), "retention_duration_days"),
        (Retention(week_backups=101, timezone="UTC+01:00"), "week_backups"),
        (Retention(year_backups=-1, timezone="UTC+01:00"), "year_backups"),
        (Retention(day_backups=3), "timezone"),
        (Retention(timezone="UTC+14:01"), "timezone"),
        (Retention(timezone="UTC-12:30"), "timezone"),
        (Retention(timezone="UTC+08:60"), "timezone"),
        (Retention(timezone="UTC+8"), "timezone"),
        (Retention(timezone="Europe/Berlin"), "timezone"),
        (Retention(full_backup_interval=101), "full_backup_interval"),
        (Retention(full_backup_interval=-2), "full_backup_interval"),
    ],
)
def test_a_rule_out_of_range_names_its_field(retention: Retention, field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        retention.check()
    assert caught.value.field == field


@pytest.mark.parametrize(
    "retention",
    [
        Retention(),
        Retention(max_backups=0),
        Retention(max_backups=99999, duration_days=99999),
        Retention(max_backups=7, duration_days=30, month_backups=12, timezone="UTC+08:00"),
        Retention(year_backups=100, timezone="UTC-12:00", full_backup_interval=0),
        Retention(timezone="UTC+14:00", full_backup_interval=100),
    ],
)
def test_a_rule_in_range_is_accepted(retention: Retention) -> None:
    retention.check()


@pytest.mark.parametrize(
    "advanced",
    [
        Advanced(),
        Advanced(weekly=Weekly()),
        Advanced(weekly=Weekly(days_of_week=("MO", "SU"), periods=5200)),
        Advanced(monthly=Monthly(chosen=Chosen.MONTHLY, days_of_month=(1, 28, -1), periods=1200)),
        Advanced(
            monthly=Monthly(chosen=Chosen.WEEKLY, weeks=("FIRST", "LAST"), days_of_week=("FR",), periods=1)
        ),
        Advanced(yearly=Yearly(chosen=Chosen.MONTHLY, months=("JANUARY",), days_of_month=(-1,), periods=100)),
        Advanced(
            yearly=Yearly(
                chosen=Chosen.WEEKLY, months=("MAY",), weeks=("THIRD",), days_of_week=("SA",), periods=3
            )
        ),
    ],
)
def test_an_advanced_rule_that_names_its_days_is_accepted(advanced: Advanced) -> None:
    Retention(advanced=advanced).check()


@pytest.mark.parametrize(
    ("advanced", "field"),
    [
        (Advanced(weekly=Weekly(periods=0)), f"{WEEKLY}.retention_duration_periods"),
        (Advanced(weekly=Weekly(periods=5201)), f"{WEEKLY}.retention_duration_periods"),
        (Advanced(weekly=Weekly(periods=4)), f"{WEEKLY}.days_of_week"),
        (Advanced(weekly=Weekly(days_of_week=("MONDAY",))), f"{WEEKLY}.days_of_week"),
        (Advanced(weekly=Weekly(days_of_week=("MO", "MO"))), f"{WEEKLY}.days_of_week"),
        (Advanced(monthly=Monthly(periods=1201)), f"{MONTHLY}.retention_duration_periods"),
        (Advanced(monthly=Monthly(periods=1)), f"{MONTHLY}.retention_type"),
        (Advanced(monthly=Monthly(chosen=Chosen.MONTHLY, periods=1)), f"{MONTHLY}.days_of_month"),
        (
            Advanced(monthly=Monthly(chosen=Chosen.MONTHLY, days_of_month=(29,), periods=1)),
            f"{MONTHLY}.days_of_month",
        ),
        (
            Advanced(monthly=Monthly(chosen=Chosen.MONTHLY, days_of_month=(0,))),
            f"{MONTHLY}.days_of_month",
        ),
        (
            Advanced(monthly=Monthly(chosen=Chosen.WEEKLY, days_of_month=(1,))),
            f"{MONTHLY}.days_of_month",
        ),
        (
            Advanced(monthly=Monthly(chosen=Chosen.MONTHLY, weeks=("FIRST",))),
            f"{MONTHLY}.retention_weeks",
        ),
        (
            Advanced(monthly=Monthly(chosen=Chosen.WEEKLY, weeks=("FIFTH",))),
            f"{MONTHLY}.retention_weeks",
        ),
        (
            Advanced(monthly=Monthly(chosen=Chosen.WEEKLY, weeks=("FIRST",), periods=1)),
            f"{MONTHLY}.days_of_week",
        ),
        (Advanced(yearly=Yearly(periods=101)), f"{YEARLY}.retention_duration_periods"),
        (Advanced(yearly=Yearly(months=("MAI",))), f"{YEARLY}.retention_months"),
        (
            Advanced(yearly=Yearly(chosen=Chosen.MONTHLY, days_of_month=(1,), periods=1)),
            f"{YEARLY}.retention_months",
        ),
    ],
)
def test_an_advanced_rule_that_names_no_days_is_refused_by_name(advanced: Advanced, field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        Retention(advanced=advanced).check()
    assert caught.value.field == field
