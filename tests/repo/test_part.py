"""Any range of a file is what the file has there, and costs only the blobs that cover it."""

import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.repo.trees import file, folder, image, lent, origin

from holdfast.model.entry import Data, Entry, Hole, Kind, Metadata, Range
from holdfast.repo import repository as repositories
from holdfast.repo.blob import BlobKind
from holdfast.repo.errors import Damaged, NotAFile, PathMissing, SnapshotMissing
from holdfast.repo.ids import blob_id
from holdfast.repo.pack import name
from holdfast.repo.part import OpenFile, open_file, read_part
from holdfast.repo.repository import Repository
from holdfast.repo.save import save
from holdfast.store.objects import open_store

MIB = 1 << 20
NOISE = random.Random(4).randbytes(13 * MIB + 12_345)
TERABYTES = 10 << 40
IMAGE: list[Range] = [
    Data(0, NOISE[:MIB]),
    Hole(MIB, 3 * MIB),
    Data(4 * MIB, NOISE[MIB : 3 * MIB] + bytes(2 * MIB) + NOISE[:MIB]),
    Hole(9 * MIB, 5000),
]
IMAGE_BYTES = NOISE[:MIB] + bytes(3 * MIB) + NOISE[MIB : 3 * MIB] + bytes(2 * MIB) + NOISE[:MIB] + bytes(5000)
REPEATED = NOISE[:MIB] * 5 + b"end"


class House(NamedTuple):
    """A repository with one snapshot of files whose bytes are known."""

    repository: Repository
    snapshot_id: str
    files: dict[bytes, bytes]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    store = open_store("memory://parts", "repo")
    repository = repositories.init(store, "password", cost=4)
    vast: list[Range] = [Hole(0, TERABYTES - MIB), Data(TERABYTES - MIB, NOISE[:MIB])]
    entries = [
        folder(b"srv"),
        folder(b"srv/deep"),
        file(b"srv/deep/chunked", NOISE),
        image(b"srv/disk.img", IMAGE, len(IMAGE_BYTES)),
        file(b"srv/empty", b""),
        Entry(b"srv/link", Kind.SYMLINK, Metadata(0o777, 0, 0, "", "", 1, 1, 1, link_target=b"disk.img")),
        image(b"srv/repeated", lent(REPEATED), len(REPEATED)),
        file(b"srv/small", b"dear all"),
        image(b"srv/vast.img", vast, TERABYTES),
    ]
    saved = save(repository, entries, origin())
    files = {
        b"srv/deep/chunked": NOISE,
        b"srv/disk.img": IMAGE_BYTES,
        b"srv/repeated": REPEATED,
        b"srv/small": b"dear all",
        b"srv/empty": b"",
    }
    yield House(repository, saved.snapshot_id, files)
    for one, _ in list(store.names()):
        store.delete(one)


@pytest.fixture(scope="module")
def opened(house: House) -> dict[bytes, OpenFile]:
    return {path: open_file(house.repository, house.snapshot_id, path) for path in house.files}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_range_is_what_the_file_has_there(
    house: House, opened: dict[bytes, OpenFile], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(house.files)))
    content = house.files[path]
    offset = data.draw(st.integers(0, len(content) + 2))
    length = data.draw(st.one_of(st.integers(0, 200_000), st.integers(0, len(content) + 2)))
    assert opened[path].read(offset, length) == content[offset : offset + length]


def test_a_whole_file_comes_in_pieces(house: House) -> None:
    for path, content in house.files.items():
        pieces = list(read_part(house.repository, house.snapshot_id, b"/" + path, 0, len(content) + 100))
        assert b"".join(pieces) == content
        assert all(pieces)


def test_the_end_of_a_disk_of_terabytes_is_near(house: House) -> None:
    disk = open_file(house.repository, house.snapshot_id, b"srv/vast.img")
    assert disk.size == TERABYTES
    assert disk.read(TERABYTES - MIB - 3, 10) == bytes(3) + NOISE[:7]
    assert disk.read(TERABYTES - 3, 10) == NOISE[MIB - 3 : MIB]
    assert disk.read(TERABYTES // 2, 3 * MIB) == bytes(3 * MIB)


def test_only_the_blobs_that_cover_a_range_are_needed(repository: Repository) -> None:
    store = repository.store
    saved = save(repository, [image(b"disk", lent(NOISE[: 4 * MIB]), 4 * MIB)], origin())
    place = repositories.load_index(repository).find(BlobKind.DATA, blob_id(NOISE[2 * MIB : 3 * MIB]))
    assert place is not None
    content = bytearray(store.get(name(place.pack_id)))
    content[place.offset + 100] ^= 1
    store.delete(name(place.pack_id))
    store.put(name(place.pack_id), content)
    disk = open_file(repository, saved.snapshot_id, b"disk")
    assert disk.read(0, 2 * MIB) == NOISE[: 2 * MIB]
    assert disk.read(3 * MIB, MIB) == NOISE[3 * MIB : 4 * MIB]
    with pytest.raises(Damaged, match=f"pack {place.pack_id} is damaged"):
        disk.read(2 * MIB - 1, 2)
    with pytest.raises(Damaged, match=f"pack {place.pack_id} is damaged"):
        list(disk.pieces(0, 4 * MIB))


@pytest.mark.parametrize("path", [b"srv/nothing", b"nothing/deep", b"srv/small/below", b"srv/deep/"])
def test_what_is_not_there_or_no_file_is_refused(house: House, path: bytes) -> None:
    with pytest.raises((PathMissing, NotAFile), match=r"srv|nothing"):
        open_file(house.repository, house.snapshot_id, path)


@pytest.mark.parametrize(("path", "kind"), [(b"srv", "dir"), (b"srv/link", "symlink"), (b"", "dir")])
def test_only_files_have_parts(house: House, path: bytes, kind: str) -> None:
    with pytest.raises(NotAFile, match=f"is a {kind}, not a file"):
        open_file(house.repository, house.snapshot_id, path)


def test_a_snapshot_that_is_not_there_is_told(house: House) -> None:
    with pytest.raises(SnapshotMissing):
        open_file(house.repository, "0" * 64, b"srv/small")


def test_a_range_that_cannot_be_is_refused(opened: dict[bytes, OpenFile]) -> None:
    for offset, length in ((-1, 5), (0, -1)):
        with pytest.raises(ValueError, match="no range"):
            opened[b"srv/small"].read(offset, length)
