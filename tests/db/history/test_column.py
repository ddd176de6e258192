import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from holdfast.db.history import bitmaps
from holdfast.db.history.column import MOST_ROWS, NEVER, Column, between, read_plain, write_plain

values = st.lists(
    st.one_of(st.integers(-3, 3), st.integers(-(1 << 62), 1 << 62), st.just(NEVER)), max_size=60
)
rows = st.lists(st.integers(0, MOST_ROWS - 1), unique=True, max_size=60)


@given(values)
def test_a_column_comes_back_as_it_was_written(by_row: list[int]) -> None:
    column = Column.read(Column.of(np.array(by_row, dtype=np.int64)).write())
    assert column.by_row().tolist() == by_row
    assert column.values.tolist() == sorted(set(by_row))


@given(values, st.integers(-4, 4), st.lists(st.integers(-4, 4), min_size=1, unique=True))
def test_rows_are_found_by_their_values(by_row: list[int], key: int, keys: list[int]) -> None:
    column = Column.of(np.array(by_row, dtype=np.int64))
    assert column.rows_of(key).tolist() == [row for row, value in enumerate(by_row) if value == key]
    having = column.has_any(np.array(sorted(keys), dtype=np.int64))
    assert having.tolist() == [value in keys for value in by_row]


@given(values)
def test_a_plain_column_comes_back_as_it_was_written(by_row: list[int]) -> None:
    assert read_plain(write_plain(np.array(by_row, dtype=np.int64))).tolist() == by_row


@given(values, st.none() | st.integers(-4, 4), st.none() | st.integers(-4, 4))
def test_rows_are_found_between_moments_but_never_those_without_one(
    by_row: list[int], first: int | None, end: int | None
) -> None:
    assert between(np.array(by_row, dtype=np.int64), first, end).tolist() == [
        value != NEVER and (first is None or value >= first) and (end is None or value < end)
        for value in by_row
    ]


@given(st.dictionaries(st.integers(0, 65_535), rows, max_size=5))
def test_a_bitmap_of_rows_holds_just_these(by_segment: dict[int, list[int]]) -> None:
    pieces = [(segment, np.array(by_segment[segment], dtype=np.uint16)) for segment in sorted(by_segment)]
    bitmap = bitmaps.of_rows(pieces)
    assert bitmap == BitMap(
        [segment * MOST_ROWS + row for segment, found in by_segment.items() for row in found]
    )
    assert bitmaps.segments_of(bitmap) == sorted(segment for segment, found in by_segment.items() if found)
    for segment, found in by_segment.items():
        assert bitmaps.rows_in(bitmap, segment).tolist() == sorted(found)


@given(st.sampled_from((0, 1, 4095, 4096, 4097, 60_000, 65_536)), st.integers(0, 3))
def test_a_bitmap_of_many_rows_is_as_good(count: int, segment: int) -> None:
    chosen = np.random.default_rng(count).permutation(MOST_ROWS)[:count].astype(np.uint16)
    mask = np.zeros(MOST_ROWS, dtype=bool)
    mask[chosen] = True
    wanted = BitMap((chosen.astype(np.int64) + segment * MOST_ROWS).tolist())
    assert bitmaps.of_rows([(segment, chosen)]) == bitmaps.of_masks([(segment, mask)]) == wanted
    wanted.add(1 << 30)
    assert wanted.max() == 1 << 30  # what was read can be changed like any other
