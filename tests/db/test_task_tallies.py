from collections import Counter, defaultdict
from datetime import timedelta
from math import ceil

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from holdfast.db.task_tallies import Lengths, Longest, Newest, Numbering, Spread, Sums, Weights
from holdfast.model.task_summary import NO_DURATIONS

groups = st.integers(0, 5)
whole = st.one_of(st.integers(0, 9), st.integers(-(1 << 63), (1 << 63) - 1))
# From a microsecond to 35 years.
spans = st.floats(0, 50, exclude_max=True).map(lambda exponent: int(2**exponent))


def column(values: list[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array(values, dtype=np.int64)


def batches(of: st.SearchStrategy[tuple[int, int]]) -> st.SearchStrategy[list[list[tuple[int, int]]]]:
    return st.lists(st.lists(of, min_size=1, max_size=20), max_size=5)


@given(batches(st.tuples(groups, whole)))
def test_sums_are_exact_whatever_is_added_up(rows: list[list[tuple[int, int]]]) -> None:
    sums, wanted = Sums(), Counter[int]()
    for batch in rows:
        sums.add(column([group for group, _ in batch]), Weights(column([value for _, value in batch])))
        for group, value in batch:
            wanted[group] += value
    assert sums.by(1) == [wanted[group] for group in range(max(wanted, default=-1) + 1)]
    assert sums.of(slice(1, 3)) == wanted[1] + wanted[2]


@given(batches(st.tuples(groups, spans)))
def test_percentiles_are_within_a_percent_or_half_a_millisecond(rows: list[list[tuple[int, int]]]) -> None:
    spread, wanted = Spread(6), defaultdict[int, list[int]](list)
    for batch in rows:
        lengths = Lengths(column([value for _, value in batch]))
        spread.add(column([group for group, _ in batch]), lengths)
        for group, value in batch:
            wanted[group].append(value)
    for group in range(6):
        check(spread, group, sorted(wanted[group]))


def check(spread: Spread, group: int, exact: list[int]) -> None:
    told = spread.told(group)
    if not exact:
        assert told == NO_DURATIONS
        return
    assert told.count == len(exact)
    assert told.longest == timedelta(microseconds=exact[-1])
    assert told.mean == timedelta(microseconds=sum(exact) // len(exact))
    for one, percent in ((told.median, 50), (told.p95, 95)):
        assert one is not None
        value = exact[ceil(len(exact) * percent / 100) - 1]
        assert abs(one // timedelta(microseconds=1) - value) <= max(0.01 * value, 512)


def test_one_duration_is_told_exactly() -> None:
    spread = Spread(1)
    spread.add(column([0]), Lengths(column([1_234_567])))
    assert spread.whole().median == spread.whole().p95 == timedelta(microseconds=1_234_567)


@given(st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=10), max_size=5))
def test_keys_are_numbered_once_and_for_all(rows: list[list[int]]) -> None:
    numbering = Numbering()
    for batch in rows:
        numbers = numbering.of(column(batch)).tolist()
        assert [numbering.keys[number] for number in numbers] == batch
    assert sorted(numbering.keys) == sorted({key for batch in rows for key in batch})


@given(batches(st.tuples(st.integers(0, 40), whole)))
def test_of_each_key_the_newest_is_known(rows: list[list[tuple[int, int]]]) -> None:
    newest, wanted = Newest(), defaultdict[int, list[int]](list)
    for batch in rows:
        newest.add(column([key for key, _ in batch]), column([seq for _, seq in batch]))
        for key, seq in batch:
            wanted[key].append(seq)
    assert {(one.key, one.count, one.seq) for one in newest.told()} == {
        (key, len(seqs), max(seqs)) for key, seqs in wanted.items()
    }


@given(st.lists(st.lists(st.integers(0, 6), max_size=9), max_size=5))
def test_the_longest_are_the_same_in_whatever_batches_they_come(rows: list[list[int]]) -> None:
    longest, seen = Longest(3), list[tuple[int, int]]()
    for batch in rows:
        seqs = [len(seen) + place for place in range(len(batch))]
        longest.add(column(batch), column(seqs))
        seen += zip(batch, seqs, strict=True)
    assert longest.seqs == [seq for _, seq in sorted(seen, reverse=True)[:3]]
