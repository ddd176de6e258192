"""When a vault with something to free is pruned."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.litter import REST, Litter
from holdfast.model.window import Window

NOW = datetime(2025, 6, 18, 12, tzinfo=UTC)
EVERY = timedelta(hours=24)
HOUR = timedelta(hours=1)
HOURS = st.integers(0, 99).map(lambda hours: hours * HOUR)


def litter(left: timedelta, pruned: timedelta | None = None, *, is_quiet: bool = True) -> Litter:
    """What was left so long ago in a vault that was last pruned so long ago."""
    return Litter(
        project_id="p",
        vault_id="v",
        left_at=NOW - left,
        pruned_at=None if pruned is None else NOW - pruned,
        begins_at=NOW - 100 * HOUR,
        is_quiet=is_quiet,
    )


def test_it_is_once_in_a_while_when_deleting_has_come_to_rest() -> None:
    assert litter(REST, EVERY).is_due(NOW, EVERY)
    assert litter(REST, None).is_due(NOW, EVERY)
    assert not litter(REST, EVERY - HOUR).is_due(NOW, EVERY)
    assert not litter(REST / 2, EVERY).is_due(NOW, EVERY)
    assert not litter(REST, EVERY, is_quiet=False).is_due(NOW, EVERY)


def test_a_vault_that_never_rests_is_pruned_in_the_end() -> None:
    assert not litter(REST / 2, 2 * EVERY - HOUR, is_quiet=False).is_due(NOW, EVERY)
    assert litter(REST / 2, 2 * EVERY, is_quiet=False).is_due(NOW, EVERY)


@given(HOURS, st.none() | HOURS, st.booleans(), HOURS)
def test_what_is_due_stays_due_until_it_is_done_and_never_sooner_than_it_may(
    left: timedelta, pruned: timedelta | None, is_quiet: bool, later: timedelta
) -> None:
    one = litter(left, pruned, is_quiet=is_quiet)
    if one.is_due(NOW, EVERY):
        assert one.is_due(NOW + later, EVERY)
        assert pruned is None or pruned >= EVERY
    assert one.is_due(NOW + 2 * EVERY, EVERY)


def test_it_is_not_in_a_maintenance_window() -> None:
    shut = Litter(
        project_id="p",
        vault_id="v",
        windows=(Window(begin=11 * 60, end=13 * 60),),
        left_at=NOW - 9 * EVERY,
        begins_at=NOW - 9 * EVERY,
    )
    assert not shut.is_due(NOW, EVERY)
    assert shut.is_due(NOW + HOUR, EVERY)
