"""Holes are written as blobs of zeros, few for large ones."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.repo.zeros import ZERO_LENGTHS, is_zeros, zero_id, zero_lengths


@pytest.mark.parametrize("length", [1, 4096, *ZERO_LENGTHS.values()])
def test_an_id_is_the_hash_of_the_zeros(length: int) -> None:
    assert zero_id(length) == hashlib.sha256(bytes(length)).digest()


@given(st.integers(0, 1 << 60))
def test_a_run_is_cut_without_loss(length: int) -> None:
    parts = zero_lengths(length)
    assert sum(size * count for size, count in parts) == length
    assert all(count > 0 for _, count in parts)


def test_ten_tebibytes_take_less_than_twelve_megabytes_of_listing() -> None:
    ids = sum(count for _, count in zero_lengths(10 << 40))
    assert ids * len(b'"",' + b"0" * 64) < 12_000_000


def test_one_byte_that_is_not_zero_is_seen_wherever_it_is() -> None:
    for length, place in ((1, 0), (9 << 20, 0), (9 << 20, 8 << 20), (9 << 20, (9 << 20) - 1), (70 << 20, 5)):
        content = bytearray(length)
        assert is_zeros(content)
        content[place] = 1
        assert not is_zeros(content)
    assert not is_zeros(b"")
