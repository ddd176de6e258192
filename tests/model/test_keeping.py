"""Which backups go and which stay: sentences about single rules."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.model.weighing import DAY, NOW, gone, kept_for, plan, taken

from holdfast.model.backup import Backup, BackupState, BackupStatus
from holdfast.model.keeping import FAILURES_KEPT, Going, Keeping, Rules, weigh
from holdfast.model.retention import Advanced, Chosen, Monthly, Retention, Weekly, Yearly
from holdfast.model.schedule import WEEKDAYS

ALL = tuple(WEEKDAYS)


def ago(*days: float) -> list[Backup]:
    """Automatic backups of so many days ago, named by their place: `0` is the first that is said."""
    return [taken(str(place), NOW - day * DAY) for place, day in enumerate(days)]


def on(*moments: str) -> list[Backup]:
    """Automatic backups of these moments, in UTC, named by them."""
    return [taken(moment, datetime.fromisoformat(moment).replace(tzinfo=UTC)) for moment in moments]


# ── one rule at a time ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("limit", [-1, 0])
def test_without_a_limit_everything_stays_for_ever(limit: int) -> None:
    verdicts = plan(ago(1, 1000, 9000), Retention(max_backups=limit), NOW)
    assert kept_for(verdicts, Keeping.NOT_EXPIRED) == {"0", "1", "2"}


def test_the_newest_of_a_number_stay_and_the_others_go() -> None:
    verdicts = plan(ago(1, 2, 3, 4), Retention(max_backups=2), NOW)
    assert [verdict.id for verdict in verdicts] == ["0", "1", "2", "3"]
    assert [verdict.kept_because for verdict in verdicts] == [
        (Keeping.MAX_BACKUPS, Keeping.LAST_GOOD),
        (Keeping.MAX_BACKUPS,),
        (),
        (),
    ]
    assert [verdict.goes_because for verdict in verdicts] == [(), (), (Going.COUNT,), (Going.COUNT,)]


def test_what_has_expired_goes_however_few_there_are() -> None:
    held = [*ago(1), taken("old", NOW - 9 * DAY, expires=NOW), taken("late", NOW - DAY, expires=NOW + DAY)]
    for rules in (Retention(), Retention(max_backups=99)):
        verdicts = plan(held, rules, NOW)
        assert gone(verdicts) == {"old"}
        assert verdicts[-1].goes_because == (Going.AGE,)


def test_number_and_age_both_act_and_are_both_told() -> None:
    held = [*ago(1, 2), taken("old", NOW - 9 * DAY, expires=NOW - DAY)]
    verdicts = plan(held, Retention(max_backups=1), NOW)
    assert gone(verdicts) == {"1", "old"}
    assert verdicts[-1].goes_because == (Going.COUNT, Going.AGE)


def test_a_rule_of_days_leaves_what_was_made_before_it_alone() -> None:
    assert gone(plan(ago(1, 500), Retention(duration_days=7), NOW)) == set()


def test_the_last_good_backup_stays_even_when_it_has_expired() -> None:
    held = [taken("last", NOW - 9 * DAY, expires=NOW - DAY), taken("old", NOW - 10 * DAY, expires=NOW - DAY)]
    verdicts = plan(held, Retention(), NOW)
    assert gone(verdicts) == {"old"}
    assert verdicts[0].kept_because == (Keeping.LAST_GOOD,)


def test_what_was_taken_by_hand_stays_and_is_not_counted() -> None:
    held = [taken("hand", NOW, auto=False, expires=NOW), *ago(1, 2)]
    verdicts = plan(held, Retention(max_backups=1, day_backups=1, timezone="UTC+00:00"), NOW)
    assert gone(verdicts) == {"1"}
    assert verdicts[0].kept_because == (Keeping.LAST_GOOD, Keeping.MANUAL)
    assert verdicts[1].kept_because == (Keeping.MAX_BACKUPS, Keeping.DAY)


def test_a_locked_vault_keeps_until_it_expires() -> None:
    held = [
        *ago(1, 2),
        taken("late", NOW - 3 * DAY, expires=NOW + DAY),
        taken("old", NOW - 4 * DAY, expires=NOW),
    ]
    verdicts = plan(held, Retention(max_backups=1), NOW, locked=True)
    assert gone(verdicts) == {"old"}
    assert kept_for(verdicts, Keeping.LOCKED) == {"0", "1", "late"}


def test_nothing_of_nothing() -> None:
    assert plan([], Retention(max_backups=1), NOW) == ()


# ── the last of each ────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_of_each_day_outlives_the_number() -> None:
    held = on("2025-06-18T09", "2025-06-17T20", "2025-06-17T10", "2025-06-15T10", "2025-06-14T10")
    rules = Retention(max_backups=1, day_backups=3, timezone="UTC+00:00")
    verdicts = plan(held, rules, NOW)
    assert kept_for(verdicts, Keeping.DAY) == {"2025-06-18T09", "2025-06-17T20", "2025-06-15T10"}
    assert gone(verdicts) == {"2025-06-17T10", "2025-06-14T10"}


def test_the_newest_of_a_month_outlives_its_age() -> None:
    held = [*ago(1), taken("may", NOW - 30 * DAY, expires=NOW), taken("older", NOW - 31 * DAY, expires=NOW)]
    verdicts = plan(held, Retention(month_backups=2, timezone="UTC+00:00"), NOW)
    assert gone(verdicts) == {"older"}
    assert verdicts[1].kept_because == (Keeping.MONTH,)


def test_long_term_counts_alone_let_nothing_go() -> None:
    rules = Retention(day_backups=1, week_backups=1, timezone="UTC+00:00")
    assert gone(plan(ago(1, 2, 3, 400), rules, NOW)) == set()


def test_a_day_begins_in_the_time_zone_of_the_policy() -> None:
    held = on("2025-06-17T15:59", "2025-06-17T16:00")
    for zone, days in (("UTC+00:00", 1), ("UTC+08:00", 2), ("UTC-12:00", 1), ("UTC+14:00", 1)):
        rules = Retention(max_backups=1, day_backups=9, timezone=zone)
        assert len(kept_for(plan(held, rules, NOW), Keeping.DAY)) == days, zone


@pytest.mark.parametrize("zone", [None, "somewhere"])
def test_where_no_time_zone_is_known_a_day_begins_as_in_utc(zone: str | None) -> None:
    held = on("2025-06-17T23:59", "2025-06-18T00:00")
    rules = Retention(max_backups=1, day_backups=9, timezone=zone)
    assert len(kept_for(plan(held, rules, NOW), Keeping.DAY)) == 2


def test_a_week_begins_on_monday_and_belongs_to_one_year() -> None:
    sunday, monday, new_year = "2024-12-29T10", "2024-12-30T10", "2025-01-05T10"
    rules = Retention(max_backups=1, week_backups=9, year_backups=9, timezone="UTC+00:00")
    verdicts = plan(on(sunday, monday, new_year), rules, NOW)
    assert kept_for(verdicts, Keeping.WEEK) == {sunday, new_year}
    assert kept_for(verdicts, Keeping.YEAR) == {monday, new_year}


# ── named days ──────────────────────────────────────────────────────────────────────────────────────────


def test_named_weekdays_are_kept_for_their_weeks_all_of_them() -> None:
    mondays = ("2025-06-16T10", "2025-06-16T08", "2025-06-09T08", "2025-06-02T08")
    rules = Retention(max_backups=1, advanced=Advanced(weekly=Weekly(days_of_week=("MO",), periods=2)))
    verdicts = plan(on("2025-06-18T01", "2025-06-17T01", *mondays), rules, NOW)
    assert kept_for(verdicts, Keeping.ADVANCED_WEEKLY) == set(mondays[:3])
    assert gone(verdicts) == {"2025-06-17T01", mondays[3]}


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Monthly(chosen=Chosen.MONTHLY, days_of_month=(1,), periods=12), {"01"}),
        (Monthly(chosen=Chosen.MONTHLY, days_of_month=(-1, 28), periods=12), {"28", "31"}),
        (Monthly(chosen=Chosen.WEEKLY, weeks=("FIRST",), days_of_week=("TH",), periods=12), {"01"}),
        (Monthly(chosen=Chosen.WEEKLY, weeks=("FOURTH",), days_of_week=ALL, periods=12), {"24", "28"}),
        (Monthly(chosen=Chosen.WEEKLY, weeks=("LAST",), days_of_week=ALL, periods=12), {"28", "31"}),
        (Monthly(chosen=Chosen.MONTHLY, days_of_month=(1,)), set()),
        (Monthly(days_of_month=(1,), periods=12), set()),
    ],
)
def test_named_days_of_a_month(rule: Monthly, kept: set[str]) -> None:
    held = on(*(f"2025-05-{day}" for day in ("01", "24", "28", "31")))
    verdicts = plan(held, Retention(max_backups=1, advanced=Advanced(monthly=rule)), NOW)
    assert {one[-2:] for one in kept_for(verdicts, Keeping.ADVANCED_MONTHLY)} == kept


def test_a_month_later_is_the_last_day_of_a_shorter_month() -> None:
    rule = Monthly(chosen=Chosen.MONTHLY, days_of_month=(-1,), periods=1)
    rules = Retention(max_backups=1, advanced=Advanced(monthly=rule))
    held = on("2024-01-31T10", "2024-02-01T10")
    for day, goes in (
        (datetime(2024, 2, 29, 9, tzinfo=UTC), False),
        (datetime(2024, 2, 29, 10, tzinfo=UTC), True),
    ):
        assert ("2024-01-31T10" in gone(plan(held, rules, day))) is goes


def test_named_days_of_named_months_are_kept_for_years() -> None:
    rule = Yearly(months=("FEBRUARY",), chosen=Chosen.MONTHLY, days_of_month=(-1,), periods=1)
    rules = Retention(max_backups=1, advanced=Advanced(yearly=rule))
    held = on("2025-03-31T10", "2025-02-28T10", "2024-02-29T10")
    verdicts = plan(held, rules, NOW)
    assert kept_for(verdicts, Keeping.ADVANCED_YEARLY) == {"2025-02-28T10"}


# ── the first of the month ──────────────────────────────────────────────────────────────────────────────

FIRST = Retention(max_backups=1, keep_first_of_month=True)


def test_the_first_of_this_month_stays_beside_the_number_and_other_firsts_go() -> None:
    held = on("2025-06-17T10", "2025-06-12T10", "2025-06-02T10", "2025-05-31T10", "2025-05-01T10")
    verdicts = plan(held, FIRST, NOW)
    assert kept_for(verdicts, Keeping.FIRST_OF_MONTH) == {"2025-06-02T10"}
    assert kept_for(verdicts, Keeping.MAX_BACKUPS) == {"2025-06-17T10"}
    assert gone(verdicts) == {"2025-06-12T10", "2025-05-31T10", "2025-05-01T10"}
    assert gone(plan(held, replace(FIRST, keep_first_of_month=False), NOW)) == {one.id for one in held[1:]}


def test_the_first_of_this_month_outlives_its_age_and_goes_when_the_month_is_over() -> None:
    held = [*ago(1), taken("first", NOW - 16 * DAY, expires=NOW - 9 * DAY)]
    rules = Retention(duration_days=7, keep_first_of_month=True)
    assert plan(held, rules, NOW)[-1].kept_because == (Keeping.FIRST_OF_MONTH,)
    july = datetime(2025, 7, 1, tzinfo=UTC)
    assert gone(plan(held, rules, july - timedelta(microseconds=1))) == set()
    assert gone(plan(held, rules, july)) == {"first"}


def test_a_month_begins_in_the_time_zone_of_the_policy() -> None:
    held = on("2025-06-17T10", "2025-06-02T10", "2025-05-31T17")
    for zone, first in (
        ("UTC+00:00", "2025-06-02T10"),
        ("UTC+08:00", "2025-05-31T17"),
        (None, "2025-06-02T10"),
    ):
        verdicts = plan(held, replace(FIRST, timezone=zone), NOW)
        assert kept_for(verdicts, Keeping.FIRST_OF_MONTH) == {first}


def test_the_first_is_of_those_that_are_good_and_came_by_the_schedule() -> None:
    hand, first = on("2025-06-01T01", "2025-06-01T03")
    lost, leaving = on("2025-06-01T00", "2025-06-01T02")
    held = [
        replace(hand, auto_trigger=False),
        first,
        failed(lost),
        replace(leaving, status=BackupStatus.WAITING_DELETE),
        *on("2025-06-18T01", "2025-06-17T01"),
    ]
    verdicts = plan(held, FIRST, NOW)
    assert kept_for(verdicts, Keeping.FIRST_OF_MONTH) == {first.id}
    assert gone(verdicts) == {"2025-06-17T01"}


def test_each_resource_and_each_policy_has_its_own_first() -> None:
    held = [*of("hourly", 0, 0.1, 0.2), *of("nightly", 1, 2, 3)]
    held += [replace(one, id=f"b{one.id}", resource_id="b") for one in held]
    rules = [Rules("hourly", FIRST), Rules("nightly", replace(FIRST, keep_first_of_month=False))]
    verdicts = weigh(held, rules, NOW, locked=False)
    assert kept_for(verdicts, Keeping.FIRST_OF_MONTH) == {"hourly2", "bhourly2"}
    off = weigh(held, [Rules("hourly", None), rules[1]], NOW, locked=False)
    assert kept_for(off, Keeping.FIRST_OF_MONTH) == set()


# ── a vault ─────────────────────────────────────────────────────────────────────────────────────────────


def test_each_resource_of_a_vault_has_its_own_count() -> None:
    held = [*ago(1, 2), *(replace(one, id=f"b{one.id}", resource_id="b") for one in ago(1, 2))]
    verdicts = plan(held, Retention(max_backups=1), NOW)
    assert gone(verdicts) == {"1", "b1"}


def failed(backup: Backup) -> Backup:
    return replace(backup, state=BackupState.ERROR, status=BackupStatus.ERROR)


def test_what_failed_and_what_is_being_deleted_is_neither_counted_nor_the_last() -> None:
    first, second, third = ago(1, 2, 3)
    leaving = replace(second, status=BackupStatus.WAITING_DELETE)
    verdicts = plan([failed(first), leaving, third], Retention(max_backups=1), NOW)
    assert [(one.id, one.kept_because) for one in verdicts] == [
        (first.id, (Keeping.FAILURE,)),
        (third.id, (Keeping.MAX_BACKUPS, Keeping.LAST_GOOD)),
    ]


def test_the_last_few_that_failed_stay_for_a_month() -> None:
    held = [failed(one) for one in ago(*range(FAILURES_KEPT + 2), 40)]
    assert gone(plan(held, Retention(), NOW, locked=True)) == {"10", "11", "12"}
    assert gone(plan(held[:9] + held[12:], Retention(), NOW)) == {"12"}
    assert weigh([replace(held[0], auto_trigger=False)], [], NOW, locked=False) == ()


# ── several policies ────────────────────────────────────────────────────────────────────────────────────


def of(policy_id: str | None, *days: float) -> list[Backup]:
    """Backups that a policy took so many days ago, named by it and their place."""
    return [replace(one, id=f"{policy_id}{one.id}", policy_id=policy_id) for one in ago(*days)]


def test_each_policy_weighs_only_what_it_took() -> None:
    held = [*of("hourly", 0, 0.1, 0.2), *of("nightly", 1, 2, 3)]
    rules = [Rules("hourly", Retention(max_backups=2)), Rules("nightly", Retention(max_backups=1))]
    verdicts = weigh(held, rules, NOW, locked=False)
    assert gone(verdicts) == {"hourly2", "nightly1", "nightly2"}
    assert kept_for(verdicts, Keeping.LAST_GOOD) == {"hourly0"}


def test_what_no_policy_weighs_stays_unless_it_expires() -> None:
    left, off = of("left", 1, 2, 3), of("off", 4, 5)
    held = [*left[:2], replace(left[2], expired_at=NOW), *off[:1], replace(off[1], expired_at=NOW + DAY)]
    rules = [Rules("nightly", Retention(max_backups=1)), Rules("off", None)]
    verdicts = weigh(held, rules, NOW, locked=False)
    assert kept_for(verdicts, Keeping.NO_POLICY) == {"left0", "left1", "off0"}
    assert kept_for(verdicts, Keeping.NOT_EXPIRED) == {"off1"}
    assert [one.goes_because for one in verdicts if one.goes] == [(Going.AGE,)]


def test_what_does_not_say_who_took_it_was_the_only_policys() -> None:
    held, one = of(None, 1, 2), Rules("nightly", Retention(max_backups=1))
    assert gone(weigh(held, [one], NOW, locked=False)) == {"None1"}
    for rules in ([], [one, Rules("off", None)], [Rules("off", None)]):
        assert gone(weigh(held, rules, NOW, locked=False)) == set()
