"""What a Range asks for of a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.api.byte_range import wanted


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", range(10)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=9-9", range(9, 10)),
        ("bytes=4-100", range(4, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-30", range(10)),
        ("bytes=10-", None),
        ("bytes=10-12", None),
        ("bytes=-0", None),
    ],
)
def test_a_range_is_a_part_of_the_file(header: str, part: range | None) -> None:
    assert wanted(header, 10) == part


@pytest.mark.parametrize(
    "header", ["", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,4-5", "lines=1-2", "bytes=a-b", "bytes=²-"]
)
def test_what_is_no_range_asks_for_everything(header: str) -> None:
    assert wanted(header, 10) == range(10)


@given(st.integers(0, 1000), st.integers(0, 1200), st.integers(1, 1200))
def test_a_part_is_that_of_the_bytes(size: int, first: int, length: int) -> None:
    content = bytes(number % 251 for number in range(size))
    part = wanted(f"bytes={first}-{first + length - 1}", size)
    expected = content[first : first + length]
    assert (b"" if part is None else content[part.start : part.stop]) == expected
