import random
from dataclasses import replace
from itertools import accumulate

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.repo.trees import file, lent, origin

from holdfast.repo import repository as repositories
from holdfast.repo import save, snapshot
from holdfast.repo.chunker import AVERAGE_CHUNK, MAX_CHUNK, MIN_CHUNK, Chunker
from holdfast.repo.crypto import Key
from holdfast.repo.ids import blob_id
from holdfast.store.objects import open_store

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


def ends_of(content: bytes, start: int, chunker: Chunker = CHUNKER) -> list[int]:
    """Where the chunks of the content from `start` on end, counted from its very beginning."""
    return list(accumulate([len(chunk) for chunk in chunker.cut(content[start:])], initial=start))[1:]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 4 << 20), st.integers(0, 4 << 20))
def test_two_that_begin_elsewhere_cut_alike_once_they_have_met(one: int, other: int) -> None:
    left, right = ends_of(NOISE, one), ends_of(NOISE, other)
    met = min(set(left) & set(right))
    assert [end for end in left if end >= met] == [end for end in right if end >= met]
    assert met < max(one, other) + 12 * AVERAGE_CHUNK


@settings(max_examples=15, deadline=None)
@given(st.integers(0, len(NOISE)), st.binary(max_size=100), st.integers(0, 100))
def test_a_change_moves_no_cut_before_it_and_few_after(position: int, added: bytes, removed: int) -> None:
    changed = NOISE[:position] + added + NOISE[position + removed :]
    before = [blob_id(chunk) for chunk in CHUNKER.cut(NOISE)]
    after = {blob_id(chunk) for chunk in CHUNKER.cut(changed)}
    untouched = sum(end <= position for end in ends_of(NOISE, 0))
    assert after.issuperset(before[: max(0, untouched - 1)])
    assert len(set(before) - after) <= 12


@settings(max_examples=20, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 20 << 20))
def test_even_what_repeats_itself_keeps_its_limits(part: bytes, length: int) -> None:
    content = (part * (length // len(part) + 1))[:length]
    chunks = CHUNKER.cut(content)
    assert b"".join(chunks) == content
    assert all(MIN_CHUNK <= len(chunk) <= MAX_CHUNK for chunk in chunks[:-1])


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_same_key_cuts_alike_and_another_one_elsewhere(one: bytes, other: bytes) -> None:
    ends = ends_of(NOISE, 0, Chunker(Key(one, bytes(16), bytes(16))))
    assert ends_of(NOISE, 0, Chunker(Key(one, bytes(16), bytes(16)))) == ends
    if one != other:
        assert len(set(ends[:-1]) & set(ends_of(NOISE, 0, Chunker(Key(other, bytes(16), bytes(16)))))) <= 2


@settings(max_examples=6, deadline=None)
@given(st.integers(100_000, 30 << 20))
def test_the_pieces_of_a_file_do_not_depend_on_how_it_is_read(step: int) -> None:
    store = open_store("memory://chunker")
    if not repositories.exists(store):
        repositories.init(store, "secret", cost=4)
    opened = repositories.open_repository(store, "secret")
    trees = set()
    for size in (len(NOISE), step):
        entry = replace(file(b"noise", NOISE), content=lent(NOISE, size))
        trees.add(snapshot.get(opened, save.save(opened, [entry], origin()).snapshot_id).tree)
    assert len(trees) == 1
