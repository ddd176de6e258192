"""Bars and lines of columns."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from holdfast.cli import pictures

Counts = some.lists(some.none() | some.integers(min_value=0, max_value=10**9), max_size=60)


@given(Counts, some.booleans())
def test_a_column_is_higher_where_there_is_more_and_lowest_only_where_there_is_nothing(
    values: list[float | None], in_ascii: bool
) -> None:
    drawn = pictures.sparkline(values, in_ascii=in_ascii)
    assert len(drawn) == len(values)
    levels = pictures.LEVELS if in_ascii else pictures.BLOCKS
    known = sorted(
        (value, levels.index(one)) for value, one in zip(values, drawn, strict=True) if value is not None
    )
    assert all(level <= higher for (_, level), (_, higher) in pairwise(known))
    assert all((level == 0) == (value == 0) for value, level in known)
    assert not known or known[-1][1] == (len(levels) - 1 if known[-1][0] else 0)
    assert [one == pictures.UNKNOWN for one in drawn] == [value is None for value in values]


@given(some.floats(min_value=0, max_value=1), some.integers(min_value=2, max_value=40))
def test_a_bar_is_full_only_when_it_is_all_and_empty_only_when_it_is_nothing(
    share: float, width: int
) -> None:
    filled = pictures.bar(share, in_ascii=True, width=width).count("#")
    assert (filled == width) == (share == 1)
    assert (filled == 0) == (share == 0)
    assert abs(filled - share * width) <= 1


@given(Counts, some.integers(min_value=1, max_value=30))
def test_neighbours_are_put_together_until_all_have_room(values: list[float | None], columns: int) -> None:
    folded = pictures.folded(values, columns, sum)
    assert len(folded) <= columns
    assert sum(one or 0 for one in folded) == sum(one or 0 for one in values)


def test_what_is_short_enough_stays_as_it_is() -> None:
    assert pictures.folded([3, None, 0], 3, max) == [3, None, 0]
    assert pictures.folded([3, None, 0, None, None], 3, max) == [3, 0, None]


@pytest.mark.parametrize(("in_ascii", "told"), [(True, "_.#"), (False, "▁▂▇")])
def test_a_terminal_without_blocks_gets_ascii(in_ascii: bool, told: str) -> None:
    assert pictures.sparkline([0, 1, 1000], in_ascii=in_ascii) == told
