"""When a backup is suspiciously small: against what is usual, never against nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.model.suspicion import LEAST_BYTES, LEAST_FILES, Size, suspicion

SIZES = st.builds(Size, st.integers(0, 1 << 50), st.integers(0, 1 << 30))
FULL = Size(50 * LEAST_BYTES, 2000)


@given(size=SIZES)
def test_the_first_backup_is_never_suspicious(size: Size) -> None:
    assert suspicion(size, []) is None


@given(size=SIZES, times=st.integers(1, 5))
def test_what_is_as_ever_is_not_suspicious(size: Size, times: int) -> None:
    assert suspicion(size, [size] * times) is None


@given(size=SIZES, before=st.lists(SIZES, max_size=6), more=SIZES)
def test_more_is_never_more_suspicious_than_less(size: Size, before: list[Size], more: Size) -> None:
    larger = Size(size.read_bytes + more.read_bytes, size.file_count + more.file_count)
    assert suspicion(size, before) is not None or suspicion(larger, before) is None


@given(size=SIZES, before=st.lists(SIZES, min_size=3, max_size=3), older=st.lists(SIZES, max_size=4))
def test_what_was_longer_ago_than_three_backups_says_nothing(
    size: Size, before: list[Size], older: list[Size]
) -> None:
    assert suspicion(size, before) == suspicion(size, [*before, *older])


@given(odd=SIZES, size=st.builds(Size, st.integers(1 << 30, 1 << 40), st.integers(100, 1 << 20)))
def test_one_odd_backup_among_three_changes_nothing(odd: Size, size: Size) -> None:
    assert suspicion(size, [odd, size, size]) is None
    assert suspicion(Size(0, 0), [odd, size, size]) is not None


@pytest.mark.parametrize(
    ("size", "before"),
    [
        (Size(0, 0), FULL),
        (Size(FULL.read_bytes // 2 - 1, FULL.file_count), FULL),
        (Size(FULL.read_bytes, FULL.file_count // 2 - 1), FULL),
        (Size(0, 5), Size(LEAST_BYTES, 5)),
        (Size(0, 0), Size(100, LEAST_FILES)),
    ],
)
def test_far_fewer_bytes_or_files_are(size: Size, before: Size) -> None:
    told = suspicion(size, [before])
    assert told is not None
    assert told.startswith("suspiciously small")
    assert f"{before.read_bytes} bytes in {before.file_count} files are usual" in told


@pytest.mark.parametrize(
    ("size", "before"),
    [
        (Size(FULL.read_bytes // 2, FULL.file_count // 2), FULL),
        (Size(0, 1), Size(LEAST_BYTES - 1, LEAST_FILES)),
        (Size(0, 0), Size(LEAST_BYTES - 1, LEAST_FILES - 1)),
        (Size(FULL.read_bytes * 9, FULL.file_count * 9), FULL),
    ],
)
def test_half_of_it_and_little_things_are_not(size: Size, before: Size) -> None:
    assert suspicion(size, [before]) is None
