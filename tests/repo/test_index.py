from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.repo import index
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.errors import Damaged
from holdfast.repo.index import Index, Location
from holdfast.repo.pack import Pack

# few ids, that the same blob lies in several packs; all with the same beginning or end, that they collide
IDS = st.integers(0, 40).map(lambda number: (bytes(31) + bytes([number]))[:: 1 if number < 20 else -1])
NUMBERS = st.integers(0, (1 << 32) - 1)
BLOBS = st.builds(Blob, st.sampled_from(BlobKind), IDS, NUMBERS, NUMBERS, NUMBERS)
PACK_IDS = st.integers(0, 8).map(lambda number: f"{number:02x}" * 32)
PACKS = st.builds(Pack, PACK_IDS, st.lists(BLOBS, max_size=8).map(tuple))
PACK_ID, BLOB_ID = b"ab" * 32, b"cd" * 32


@dataclass
class Model:
    """What an index must know, as plain dictionaries."""

    packs: dict[str, list[Blob]] = field(default_factory=dict)

    def add(self, pack: Pack) -> None:
        known = self.packs.setdefault(pack.id, [])
        known += [blob for blob in dict.fromkeys(pack.blobs) if blob not in known]

    def blobs(self) -> dict[tuple[BlobKind, bytes], set[Location]]:
        found: dict[tuple[BlobKind, bytes], set[Location]] = {}
        for pack_id, blobs in self.packs.items():
            for one in blobs:
                place = Location(pack_id, one.offset, one.length, one.plain_length)
                found.setdefault((one.kind, one.id), set()).add(place)
        return found


def agree(known: Index, model: Model) -> None:
    blobs = model.blobs()
    assert len(known) == len(blobs)
    numbers = {}
    for (kind, blob_id), places in blobs.items():
        number = known.number(kind, blob_id)
        assert number is not None
        assert known.blob(number) == (kind, blob_id)
        assert known.location(number) in places
        assert known.find(kind, blob_id) == known.location(number)
        assert known.has(kind, blob_id)
        numbers[number] = blob_id
    assert len(numbers) == len(blobs)
    assert not numbers or max(numbers) < known.numbers()
    for kind in BlobKind:
        every = [bytes(31) + bytes([number]) for number in range(50)] + [blob_id for _, blob_id in blobs]
        missing = [one for one in every if (kind, one) not in blobs]
        assert known.unknown(kind, every) == missing
        for one in missing:
            assert not known.has(kind, one)
            assert known.find(kind, one) is None
            assert known.number(kind, one) is None
    assert sorted(known.pack_ids()) == sorted(model.packs)
    for pack_id, held in model.packs.items():
        assert known.has_pack(pack_id)
        assert known.end(pack_id) == max([one.offset + one.length for one in held], default=0)
        # an index file may say the same twice; nobody is misled by that
        assert list(dict.fromkeys(known.blobs_of(pack_id))) == held


@given(st.lists(st.tuples(st.sampled_from(["add", "learn", "share"]), st.lists(PACKS, max_size=3))))
def test_an_index_knows_what_it_was_told_however_it_was_told(steps: list[tuple[str, list[Pack]]]) -> None:
    known, model = Index(), Model()
    for step, packs in steps:
        if step == "share":
            known = Index(known.merged())
        elif step == "add":
            for pack in packs:
                known.add(pack)
        else:
            known.learn(index.encode(packs))
        if step != "share":
            for pack in packs:
                model.add(pack)
        agree(known, model)


@given(st.lists(PACKS), st.lists(PACKS, max_size=3))
def test_what_is_shared_does_not_change_when_an_index_learns(before: list[Pack], after: list[Pack]) -> None:
    first, model = Index(), Model()
    for pack in before:
        first.add(pack)
        model.add(pack)
    shared = first.merged()
    learning, resting = Index(shared), Index(shared)
    numbers = {one.id: learning.number(one.kind, one.id) for pack in before for one in pack.blobs}
    for pack in after:
        learning.add(pack)
    learning.merged()
    agree(resting, model)
    merged = Index(learning.merged())
    assert numbers == {one.id: merged.number(one.kind, one.id) for pack in before for one in pack.blobs}


def test_many_blobs_are_found_among_many() -> None:
    ids = [sha256(b"%d" % number).digest() for number in range(30_000)]
    known = Index()
    for start in range(0, len(ids), 1000):
        blobs = [Blob(BlobKind.DATA, one, start, 40, 0) for one in ids[start : start + 1000]]
        known.add(Pack(f"{start:064x}", tuple(blobs)))
    assert len(known) == len(ids)
    assert known.find(BlobKind.DATA, ids[1001]) == Location(f"{1000:064x}", 1000, 40, 0)
    strangers = [sha256(b"stranger %d" % number).digest() for number in range(30_000)]
    mixed = list(chain.from_iterable(zip(ids, strangers, strict=True)))
    assert known.unknown(BlobKind.DATA, mixed) == strangers
    assert known.unknown(BlobKind.TREE, ids) == ids


@given(st.lists(PACKS))
def test_an_index_file_tells_what_was_written(packs: list[Pack]) -> None:
    assert list(index.decode(index.encode(packs))) == packs


def test_a_listing_is_not_taken_for_data_of_the_same_bytes() -> None:
    known = Index()
    known.add(Pack("ab" * 32, (Blob(BlobKind.TREE, b"i" * 32, 0, 100, 0),)))
    assert known.find(BlobKind.TREE, b"i" * 32) == Location("ab" * 32, 0, 100, 0)
    assert known.find(BlobKind.DATA, b"i" * 32) is None
    assert not known.has(BlobKind.DATA, b"i" * 32)


def test_an_index_file_of_a_version_1_repository_has_no_plain_lengths() -> None:
    known = Index()
    known.learn(
        b'{"supersedes":["%s"],"packs":[{"id":"%s","blobs":'
        b'[{"id":"%s","type":"tree","offset":0,"length":40}]}]}' % (BLOB_ID, PACK_ID, BLOB_ID)
    )
    assert known.find(BlobKind.TREE, bytes.fromhex(BLOB_ID.decode())) == Location(PACK_ID.decode(), 0, 40, 0)


def test_a_pack_that_is_not_known_has_no_end_and_no_blobs() -> None:
    assert not Index().has_pack("ab" * 32)
    assert Index().blobs_of("ab" * 32) == []
    with pytest.raises(KeyError):
        Index().end("ab" * 32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"packs":[{"id":"../../etc/passwd","blobs":[]}]}',
        *(
            b'{"packs":[{"id":"%s","blobs":[%s]}]}' % (PACK_ID, blob)
            for blob in (
                b'{"id":"ab","type":"data","offset":0,"length":40}',
                b'{"id":"%s","type":"odd","offset":0,"length":40}' % BLOB_ID,
                b'{"id":"%s","type":"data","offset":0,"length":40}' % (b" " + BLOB_ID[1:]),
                b'{"id":"%s","type":"data","offset":0,"length":40}' % ("é".encode() + BLOB_ID[1:]),
                b'{"id":"%s","type":"data","offset":4294967296,"length":40}' % BLOB_ID,
                b'{"id":"%s","type":"data","offset":0,"length":-1}' % BLOB_ID,
                b'{"id":"%s","type":"data","offset":0,"length":40},'
                b'{"id":"%s","type":"data","offset":0,"length":40}' % (BLOB_ID[2:], BLOB_ID + b"ee"),
            )
        ),
    ],
)
def test_an_index_file_that_is_none_is_damaged(content: bytes) -> None:
    known = Index()
    with pytest.raises(Damaged):
        list(index.decode(content))
    with pytest.raises(Damaged):
        known.learn(content)
    assert len(known) == known.numbers() == 0
    assert list(known.pack_ids()) == []
