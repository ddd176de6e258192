import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.repo.crypto import OVERHEAD, Key
from holdfast.repo.errors import Damaged

KEY = Key.random()


@given(st.binary(max_size=5000))
def test_what_was_sealed_opens_to_the_same_bytes(plain: bytes) -> None:
    sealed = KEY.seal(plain)
    assert len(sealed) == len(plain) + OVERHEAD
    assert KEY.open(sealed) == plain


@given(st.binary(max_size=200), st.data())
def test_a_single_changed_bit_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal(plain))
    position = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(Damaged):
        KEY.open(sealed)


@pytest.mark.parametrize("length", [0, 1, OVERHEAD - 1])
def test_what_is_too_short_is_damaged(length: int) -> None:
    with pytest.raises(Damaged, match="short"):
        KEY.open(bytes(length))


def test_another_key_does_not_open() -> None:
    with pytest.raises(Damaged):
        Key.random().open(KEY.seal(b"secret"))


def test_a_nonce_is_never_used_twice() -> None:
    nonces = {bytes(KEY.seal(b"")[:16]) for _ in range(2000)}
    assert len(nonces) == 2000


def test_threads_share_a_key() -> None:
    pieces = [os.urandom(100_000) for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda piece: KEY.open(KEY.seal(piece)), pieces)) == pieces


def test_the_published_test_vector_of_poly1305_aes_holds() -> None:
    """Bernstein's paper, appendix B: an empty message under this key and nonce."""
    key = Key(
        bytes(32),
        bytes.fromhex("75deaa25c09f208e1dc4ce6b5cad3fbf"),
        bytes.fromhex("a0f3080000f46400d0c7e9076c834403"),
    )
    nonce = bytes.fromhex("61ee09218d29b0aaed7e154a2c5509cc")
    tag = bytes.fromhex("dd3fab2251f11ac759f0887129cc2ee7")
    assert key.open(nonce + tag) == b""
