"""Retention rules are refused where the reference does."""

import pytest

from holdfast.model.errors import InvalidParameter
from holdfast.model.policy import Retention


@pytest.mark.parametrize(
    ("retention", "field"),
    [
        (Retention(max_backups=-2), "max_backups"),
        (Retention(max_backups=100000), "max_backups"),
        (Retention(duration_days=-5), "retention_duration_days"),
        (Retention(week_backups=101, timezone="UTC+01:00"), "week_backups"),
        (Retention(day_backups=3), "timezone"),
        (Retention(full_backup_interval=101), "full_backup_interval"),
    ],
)
def test_a_rule_out_of_range_names_its_field(retention: Retention, field: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        retention.check()
    assert caught.value.field == field


def test_a_rule_in_range_is_accepted() -> None:
    Retention(max_backups=7, duration_days=30, month_backups=12, timezone="UTC+08:00").check()
