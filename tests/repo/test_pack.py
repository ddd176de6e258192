import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.repo.packs import build

from holdfast.repo import blob, pack
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.crypto import Key
from holdfast.repo.errors import Damaged
from holdfast.repo.ids import blob_id

KEY = Key.random()
LENGTHS = st.integers(32, (1 << 32) - 1)
BLOBS = st.lists(
    st.tuples(st.sampled_from(BlobKind), st.binary(min_size=32, max_size=32), LENGTHS, st.just(0) | LENGTHS)
)


@given(BLOBS)
def test_a_header_tells_what_was_written(parts: list[tuple[BlobKind, bytes, int, int]]) -> None:
    blobs = []
    offset = 0
    for kind, content_id, length, plain_length in parts:
        blobs.append(Blob(kind, content_id, offset, length, plain_length))
        offset += length
    assert pack.decode_header(pack.encode_header(blobs)) == tuple(blobs)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_header_fall_over(header: bytes) -> None:
    try:
        blobs = pack.decode_header(header)
    except Damaged:
        return
    assert pack.encode_header(blobs) == header


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=8), st.booleans())
def test_a_pack_gives_its_blobs_back(contents: list[bytes], compressing: bool) -> None:
    sealed = [blob.seal(KEY, BlobKind.DATA, one, blob_id(one), compressing=compressing) for one in contents]
    made, content = build(KEY, sealed)
    assert pack.parse(KEY, made.id, content) == made
    assert made.size == len(content)
    assert [
        blob.unseal(KEY, content[one.offset : one.offset + one.length], one.id, one.plain_length)
        for one in made.blobs
    ] == contents


def test_compression_is_kept_only_where_it_helps() -> None:
    text, noise = b"again and again " * 1000, os.urandom(1000)
    assert blob.seal(KEY, BlobKind.DATA, text, blob_id(text), compressing=True).plain_length == len(text)
    assert blob.seal(KEY, BlobKind.DATA, noise, blob_id(noise), compressing=True).plain_length == 0
    assert blob.seal(KEY, BlobKind.DATA, text, blob_id(text), compressing=False).plain_length == 0


def test_large_noise_is_not_compressed_and_large_text_is() -> None:
    noise = os.urandom(1 << 20)
    mixed = noise[: 1 << 19] + bytes(1 << 19)
    assert blob.seal(KEY, BlobKind.DATA, noise, blob_id(noise), compressing=True).plain_length == 0
    sealed = blob.seal(KEY, BlobKind.DATA, mixed, blob_id(mixed), compressing=True)
    assert len(sealed.content) < (1 << 19) + 10_000


def test_a_damaged_pack_is_noticed() -> None:
    sealed = [blob.seal(KEY, BlobKind.DATA, b"content", blob_id(b"content"), compressing=False)]
    made, content = build(KEY, sealed)
    for position in (0, len(content) - 1):
        bent = bytearray(content)
        bent[position] ^= 1
        with pytest.raises(Damaged, match=made.id):
            pack.parse(KEY, made.id, bytes(bent))


@given(st.binary(max_size=200))
def test_a_file_that_is_no_pack_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        pack.parse(KEY, blob_id(content).hex(), content)
