"""Which backups go and which stay: what holds for all rules and all histories."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.model.weighing import DAY, NOW, gone, kept_for, plan, taken

from holdfast.model.backup import Backup
from holdfast.model.keeping import Keeping, Rules, weigh
from holdfast.model.retention import MONTHS, WEEKS, Advanced, Chosen, Monthly, Retention, Weekly, Yearly
from holdfast.model.schedule import WEEKDAYS

COUNTS = {
    Keeping.DAY: ("day_backups", "%Y-%m-%d"),
    Keeping.WEEK: ("week_backups", "%G-%V"),
    Keeping.MONTH: ("month_backups", "%Y-%m"),
    Keeping.YEAR: ("year_backups", "%Y"),
}


# ── what always holds ───────────────────────────────────────────────────────────────────────────────────

ZONES = st.builds(
    "UTC{}{:02}:{:02}".format, st.sampled_from("+-"), st.integers(0, 11), st.sampled_from([0, 30, 59])
)
SOME = st.integers(0, 4)
PERIODS = st.sampled_from([-1, 1, 2, 3])


def some_of(words: Sequence[str | int]) -> st.SearchStrategy[tuple[str | int, ...]]:
    return st.lists(st.sampled_from(words), unique=True).map(tuple)


ON_DAYS = {
    "chosen": st.sampled_from(Chosen),
    "weeks": some_of(WEEKS),
    "days_of_week": some_of(WEEKDAYS),
    "days_of_month": some_of((-1, *range(1, 29))),
    "periods": PERIODS,
}
ADVANCED = st.builds(
    Advanced,
    weekly=st.none() | st.builds(Weekly, days_of_week=some_of(WEEKDAYS), periods=PERIODS),
    monthly=st.none() | st.builds(Monthly, **ON_DAYS),
    yearly=st.none() | st.builds(Yearly, months=some_of(MONTHS), **ON_DAYS),
)
RETENTIONS = st.builds(
    Retention,
    max_backups=st.integers(-1, 5),
    day_backups=SOME,
    week_backups=SOME,
    month_backups=SOME,
    year_backups=SOME,
    timezone=ZONES,
    advanced=st.none() | ADVANCED,
    keep_first_of_month=st.booleans(),
)
# Close together, so that days and weeks are shared, and far apart.
AGES = st.one_of(st.integers(0, 24 * 20), st.integers(0, 24 * 1500))


@st.composite
def histories(draw: st.DrawFn) -> list[Backup]:
    ages = draw(st.lists(AGES, max_size=14))
    return [
        taken(
            f"b{place:02}",
            NOW - timedelta(hours=hours),
            auto=draw(st.sampled_from([True, True, True, False])),
            expires=draw(st.none() | st.integers(-3, 3).map(lambda days: NOW + days * DAY)),
        )
        for place, hours in enumerate(ages)
    ]


HISTORIES = histories()


def zone_of(rules: Retention) -> timezone:
    assert rules.timezone is not None
    offset = datetime.strptime(rules.timezone, "UTC%z").utcoffset()
    assert offset is not None
    return timezone(offset)


def is_named(rule: Monthly, made: datetime) -> bool:
    last = monthrange(made.year, made.month)[1]
    if rule.chosen is Chosen.MONTHLY:
        named = [last if day == -1 else day for day in rule.days_of_month]
        return made.day in named
    same = [day for day in range(1, last + 1) if date(made.year, made.month, day).weekday() == made.weekday()]
    named = [same[-1] if word == "LAST" else same[WEEKS.index(word)] for word in rule.weeks]
    return WEEKDAYS[made.weekday()] in rule.days_of_week and made.day in named


def in_months(made: datetime, now: datetime, months: int) -> bool:
    """Whether less than so many months have passed; the day is cut to the length of the month."""
    since = 12 * (now.year - made.year) + now.month - made.month
    day = min(made.day, monthrange(now.year, now.month)[1])
    return since < months or (since == months and (now.day, now.time()) < (day, made.time()))


def reference(held: Sequence[Backup], rules: Retention, locked: bool) -> dict[str, set[Keeping]]:
    """The same, one backup at a time, by looking at every other one."""
    zone = zone_of(rules)
    newer = {
        one.id: [two for two in held if (two.created_at, two.id) > (one.created_at, one.id)] for one in held
    }
    told: dict[str, set[Keeping]] = {}
    for one in held:
        reasons = told[one.id] = {Keeping.LAST_GOOD} if not newer[one.id] else set()
        if not one.auto_trigger:
            reasons.add(Keeping.MANUAL)
            continue
        before = [two for two in newer[one.id] if two.auto_trigger]
        unexpired = one.expired_at is None or one.expired_at > NOW
        if unexpired and rules.max_backups <= 0:
            reasons.add(Keeping.NOT_EXPIRED)
        if unexpired and len(before) < rules.max_backups:
            reasons.add(Keeping.MAX_BACKUPS)
        if unexpired and locked:
            reasons.add(Keeping.LOCKED)
        for reason, (field, spelling) in COUNTS.items():
            mine = one.created_at.astimezone(zone).strftime(spelling)
            periods = {two.created_at.astimezone(zone).strftime(spelling) for two in before}
            if mine not in periods and len(periods) < getattr(rules, field):
                reasons.add(reason)
        reasons |= named_days(one, rules, zone)
        reasons |= {Keeping.FIRST_OF_MONTH} if one == first_of_month(held, rules) else set()
    return told


def first_of_month(held: Sequence[Backup], rules: Retention) -> Backup | None:
    made = [one for one in held if one.auto_trigger and is_of_month_of(NOW, one, zone_of(rules))]
    first = min(made, key=lambda one: (one.created_at, one.id), default=None)
    return first if rules.keep_first_of_month else None


def is_of_month_of(now: datetime, one: Backup, zone: timezone) -> bool:
    return f"{one.created_at.astimezone(zone):%Y-%m}" == f"{now.astimezone(zone):%Y-%m}"


def named_days(one: Backup, rules: Retention, zone: timezone) -> set[Keeping]:
    made, now = one.created_at.astimezone(zone), NOW.astimezone(zone)
    asked = rules.advanced or Advanced()
    told = set()
    if (week := asked.weekly) and WEEKDAYS[made.weekday()] in week.days_of_week:
        told |= {Keeping.ADVANCED_WEEKLY} if (now - made) / DAY < 7 * week.periods else set()
    if (month := asked.monthly) and is_named(month, made) and in_months(made, now, month.periods):
        told |= {Keeping.ADVANCED_MONTHLY}
    if (year := asked.yearly) and MONTHS[made.month - 1] in year.months and is_named(year, made):
        told |= {Keeping.ADVANCED_YEARLY} if in_months(made, now, 12 * year.periods) else set()
    return told


@settings(max_examples=300, deadline=None)
@given(HISTORIES, RETENTIONS, st.booleans())
def test_it_is_what_looking_at_each_pair_of_backups_tells(
    held: list[Backup], rules: Retention, locked: bool
) -> None:
    verdicts = plan(held, rules, NOW, locked=locked)
    assert {one.id: set(one.kept_because) for one in verdicts} == reference(held, rules, locked)


@settings(deadline=None)
@given(HISTORIES, RETENTIONS, st.booleans())
def test_every_backup_is_judged_once_with_a_reason(
    held: list[Backup], rules: Retention, locked: bool
) -> None:
    verdicts = plan(held, rules, NOW, locked=locked)
    assert sorted(one.id for one in verdicts) == sorted(one.id for one in held)
    for one in verdicts:
        assert bool(one.kept_because) is not bool(one.goes_because)
        assert one.goes is bool(one.goes_because)
        assert len(set(one.kept_because)) == len(one.kept_because)


@settings(deadline=None)
@given(HISTORIES, RETENTIONS)
def test_the_newest_stays_and_what_was_taken_by_hand(held: list[Backup], rules: Retention) -> None:
    verdicts = plan(held, rules, NOW)
    assert not any(one.goes for one in verdicts[:1])
    assert not gone(verdicts) & {one.id for one in held if not one.auto_trigger}


@settings(deadline=None)
@given(HISTORIES.flatmap(lambda held: st.tuples(st.just(held), st.permutations(held))), RETENTIONS)
def test_the_order_in_which_they_are_told_does_not_matter(
    orders: tuple[list[Backup], list[Backup]], rules: Retention
) -> None:
    held, shuffled = orders
    assert plan(held, rules, NOW) == plan(shuffled, rules, NOW)


@settings(deadline=None)
@given(HISTORIES, RETENTIONS, st.booleans())
def test_once_it_is_done_nothing_more_goes(held: list[Backup], rules: Retention, locked: bool) -> None:
    going = gone(plan(held, rules, NOW, locked=locked))
    left = [one for one in held if one.id not in going]
    assert gone(plan(left, rules, NOW, locked=locked)) == set()


@settings(deadline=None)
@given(HISTORIES, RETENTIONS, st.sampled_from(["max_backups", *(field for field, _ in COUNTS.values())]))
def test_a_greater_number_lets_no_more_go(held: list[Backup], rules: Retention, field: str) -> None:
    fewer = replace(rules, **{field: max(getattr(rules, field), 1)})
    more = replace(fewer, **{field: getattr(fewer, field) + 1})
    assert gone(plan(held, more, NOW)) <= gone(plan(held, fewer, NOW))


@settings(deadline=None)
@given(HISTORIES, RETENTIONS)
def test_each_rule_keeps_at_most_its_number_and_no_two_of_a_period(
    held: list[Backup], rules: Retention
) -> None:
    verdicts = plan(held, rules, NOW)
    for reason, (field, spelling) in COUNTS.items():
        kept = [one.backup.created_at for one in verdicts if reason in one.kept_because]
        periods = {moment.astimezone(zone_of(rules)).strftime(spelling) for moment in kept}
        assert len(periods) == len(kept) <= getattr(rules, field)
    assert len(kept_for(verdicts, Keeping.MAX_BACKUPS)) <= max(rules.max_backups, 0)


@settings(deadline=None)
@given(HISTORIES, RETENTIONS, st.integers(0, 5000).map(lambda hours: timedelta(hours=hours)))
def test_time_that_passes_brings_nothing_back(held: list[Backup], rules: Retention, later: timedelta) -> None:
    assert gone(plan(held, rules, NOW)) <= gone(plan(held, rules, NOW + later))


@settings(deadline=None)
@given(HISTORIES, RETENTIONS, st.booleans())
def test_the_first_of_this_month_never_goes_and_keeping_it_lets_nothing_else_go(
    held: list[Backup], rules: Retention, locked: bool
) -> None:
    without, with_it = (
        gone(plan(held, replace(rules, keep_first_of_month=is_on), NOW, locked=locked))
        for is_on in (False, True)
    )
    first = first_of_month(held, replace(rules, keep_first_of_month=True))
    assert without - with_it == ({first.id} & without if first else set())
    assert with_it <= without


@settings(deadline=None)
@given(HISTORIES, RETENTIONS)
def test_a_lock_only_keeps(held: list[Backup], rules: Retention) -> None:
    assert gone(plan(held, rules, NOW, locked=True)) <= gone(plan(held, rules, NOW))


# ── several policies, and time that passes ──────────────────────────────────────────────────────────────

FOLLOWED = st.lists(st.sampled_from("abc"), unique=True).flatmap(
    lambda names: st.tuples(*(st.builds(Rules, st.just(name), st.none() | RETENTIONS) for name in names))
)
TAKEN_BY = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=14, max_size=14)


@settings(deadline=None)
@given(HISTORIES, TAKEN_BY, FOLLOWED, st.booleans())
def test_the_backups_of_one_policy_do_not_concern_the_others(
    held: list[Backup], by: list[str | None], rules: tuple[Rules, ...], locked: bool
) -> None:
    held = [replace(one, policy_id=policy_id) for one, policy_id in zip(held, by, strict=False)]
    told = {one.id: one for one in weigh(held, rules, NOW, locked=locked)}
    newest = max(held, key=lambda one: (one.created_at, one.id), default=None)
    for policy_id in "abc":
        is_only = [one.policy_id for one in rules] == [policy_id]
        names = (policy_id, None) if is_only else (policy_id,)
        mine = [one for one in held if one.policy_id in names]
        for one in weigh(mine, rules, NOW, locked=locked):
            alone = {reason for reason in one.kept_because if reason is not Keeping.LAST_GOOD}
            together = {reason for reason in told[one.id].kept_because if reason is not Keeping.LAST_GOOD}
            assert alone == together
    assert newest is None or Keeping.LAST_GOOD in told[newest.id].kept_because


@settings(deadline=None)
@given(HISTORIES, TAKEN_BY, FOLLOWED, st.integers(0, 13), st.booleans())
def test_what_is_to_go_is_judged_alike_when_the_rest_is_going_already(
    held: list[Backup], by: list[str | None], rules: tuple[Rules, ...], place: int, locked: bool
) -> None:
    held = [replace(one, policy_id=policy_id) for one, policy_id in zip(held, by, strict=False)]
    going = sorted(gone(weigh(held, rules, NOW, locked=locked)))
    if going:
        this = going[place % len(going)]
        left = [one for one in held if one.id == this or one.id not in going]
        assert gone(weigh(left, rules, NOW, locked=locked)) == {this}
