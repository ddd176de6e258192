import random

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.repo.chunker import MAX_CHUNK, MIN_CHUNK, Chunker
from holdfast.repo.crypto import Key
from holdfast.repo.ids import blob_id

CHUNKER = Chunker(Key(bytes(32), bytes(16), bytes(16)))
NOISE = random.Random(3).randbytes(24 << 20)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 8 << 20), st.integers(0, 12 << 20))
def test_chunks_join_to_the_content_and_keep_their_limits(start: int, length: int) -> None:
    content = NOISE[start : start + length]
    chunks = CHUNKER.cut(content)
    assert b"".join(chunks) == content
    assert all(MIN_CHUNK <= len(chunk) <= MAX_CHUNK for chunk in chunks[:-1])


def test_most_cuts_survive_an_insertion() -> None:
    before = {blob_id(chunk) for chunk in CHUNKER.cut(NOISE)}
    after = {blob_id(chunk) for chunk in CHUNKER.cut(NOISE[:5_000_000] + b"inserted" + NOISE[5_000_000:])}
    assert len(before) > 10
    assert len(before - after) <= 3


def test_every_repository_cuts_elsewhere() -> None:
    other = Chunker(Key.random())
    assert [len(chunk) for chunk in other.cut(NOISE)] != [len(chunk) for chunk in CHUNKER.cut(NOISE)]


def test_a_small_file_is_one_chunk_and_an_empty_one_none() -> None:
    assert [len(chunk) for chunk in CHUNKER.cut(NOISE[:MIN_CHUNK])] == [MIN_CHUNK]
    assert CHUNKER.cut(b"") == []
