import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.repo import index
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.errors import Damaged
from holdfast.repo.index import Index
from holdfast.repo.pack import Pack

IDS = st.binary(min_size=32, max_size=32)
BLOBS = st.builds(
    Blob,
    st.sampled_from(BlobKind),
    IDS,
    st.integers(0, 1 << 32),
    st.integers(32, 1 << 32),
    st.integers(0, 1 << 32),
)
PACKS = st.builds(Pack, IDS.map(bytes.hex), st.lists(BLOBS).map(tuple))


@given(st.lists(PACKS))
def test_an_index_file_tells_what_was_written(packs: list[Pack]) -> None:
    assert list(index.decode(index.encode(packs))) == packs


@given(st.lists(PACKS, max_size=3, unique_by=lambda pack: pack.id))
def test_every_blob_of_every_pack_is_found(packs: list[Pack]) -> None:
    known = Index()
    for pack in packs:
        known.add(pack)
        known.add(pack)
    for pack in packs:
        assert known.has_pack(pack.id)
        for blob in pack.blobs:
            assert known.has(blob.kind, blob.id)
            assert known.find(blob.kind, blob.id) is not None
            assert known.end(pack.id) >= blob.offset + blob.length
    assert len(known) == len({(blob.kind, blob.id) for pack in packs for blob in pack.blobs})


def test_a_listing_is_not_taken_for_data_of_the_same_bytes() -> None:
    known = Index()
    known.add(Pack("ab" * 32, (Blob(BlobKind.TREE, b"i" * 32, 0, 100, 0),)))
    assert known.find(BlobKind.TREE, b"i" * 32) == index.Location("ab" * 32, 0, 100, 0)
    assert known.find(BlobKind.DATA, b"i" * 32) is None
    assert not known.has(BlobKind.DATA, b"i" * 32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"packs":[{"id":"../../etc/passwd","blobs":[]}]}',
        b'{"packs":[{"id":"%s","blobs":[{"id":"ab","type":"data","offset":0,"length":40}]}]}' % (b"ab" * 32),
        b'{"packs":[{"id":"%s","blobs":[{"id":"%s","type":"odd","offset":0,"length":40}]}]}'
        % (b"ab" * 32, b"cd" * 32),
    ],
)
def test_an_index_file_that_is_none_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        list(index.decode(content))
