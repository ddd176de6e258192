import random

import pytest
from tests.repo.trees import (
    load_all,
    loaded_files,
    save_files,
)

from holdfast.repo import load, pack, snapshot, tree
from holdfast.repo import repository as repositories
from holdfast.repo.blob import BlobKind
from holdfast.repo.blobs import Blobs
from holdfast.repo.check import check
from holdfast.repo.errors import Damaged
from holdfast.repo.ids import blob_id
from holdfast.repo.index import Location
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects

MIB = 1 << 20
NOISE = random.Random(1).randbytes(20 * MIB)


def place_of(repository: Repository, kind: BlobKind, content_id: bytes) -> Location:
    found = repositories.load_index(repository).find(kind, content_id)
    assert found is not None
    return found


def spoil(repository: Repository, place: Location) -> None:
    """Turn one byte of a blob where it lies."""
    name = pack.name(place.pack_id)
    content = bytearray(repository.store.get(name))
    content[place.offset + place.length // 2] ^= 0xFF
    repository.store.delete(name)
    repository.store.put(name, content)


def listing_of(repository: Repository, snapshot_id: str, *names: bytes) -> bytes:
    """The id of the listing of a folder."""
    blobs = Blobs(repository, repositories.load_index(repository))
    found = snapshot.get(repository, snapshot_id).tree
    for name in names:
        nodes = tree.decode(blobs.get(BlobKind.TREE, found))
        found = next(node.subtree_id for node in nodes if node.file_name == name)
    return found


def test_a_damaged_piece_costs_only_the_files_that_need_it(repository: Repository) -> None:
    files = {b"srv/a": b"a" * 50, b"srv/big": NOISE, b"srv/c": NOISE[:1000]}
    saved = save_files(repository, files)
    place = place_of(repository, BlobKind.DATA, blob_id(files[b"srv/c"]))
    spoil(repository, place)
    assert check(repository, read_data=False) == []
    assert any(place.pack_id in problem for problem in check(repository, read_data=True))
    loadable, problems = load_all(repository, saved.snapshot_id)
    assert loadable == {path: files[path] for path in (b"srv/a", b"srv/big")}
    assert [problem.path for problem in problems] == [b"srv/c"]
    assert f"pack {place.pack_id} is damaged" in problems[0].reason


def test_a_missing_pack_costs_only_the_files_in_it(repository: Repository) -> None:
    first = save_files(repository, {b"srv/a": b"old"})
    saved = save_files(repository, {b"srv/a": b"old", b"srv/b": b"new"}, first.snapshot_id)
    place = place_of(repository, BlobKind.DATA, blob_id(b"old"))
    repository.store.delete(pack.name(place.pack_id))
    assert check(repository, read_data=False) == [f"pack {place.pack_id} is missing"]
    loadable, problems = load_all(repository, saved.snapshot_id)
    assert loadable == {b"srv/b": b"new"}
    assert [(one.path, one.reason) for one in problems] == [(b"srv/a", f"pack {place.pack_id} is missing")]


def test_a_pack_that_was_cut_off_is_told(repository: Repository) -> None:
    saved = save_files(repository, {b"a": NOISE})
    place = place_of(repository, BlobKind.TREE, listing_of(repository, saved.snapshot_id))
    name = pack.name(place.pack_id)
    content = repository.store.get(name)
    repository.store.delete(name)
    repository.store.put(name, content[:-1])
    (problem,) = check(repository, read_data=False)
    assert f"{len(content) - 1} bytes, not {len(content)}" in problem


def test_a_blob_that_no_index_knows_is_told(repository: Repository, store: Objects) -> None:
    first = save_files(repository, {b"a": b"1"})
    indexes = [name for name, _ in store.names("index")]
    saved = save_files(repository, {b"a": b"1", b"b": b"2"}, first.snapshot_id)
    for name in indexes:
        store.delete(name)
    (problem,) = check(repository, read_data=False)[:1]
    assert blob_id(b"1").hex() in " ".join(check(repository, read_data=False)), problem
    loadable, problems = load_all(repository, saved.snapshot_id)
    assert loadable == {b"b": b"2"}
    assert [one.path for one in problems] == [b"a"]


def test_a_damaged_listing_costs_only_its_folder(repository: Repository) -> None:
    files = {b"a/x": b"1", b"b/deep/y": b"2", b"c/z": b"3"}
    saved = save_files(repository, files)
    place = place_of(repository, BlobKind.TREE, listing_of(repository, saved.snapshot_id, b"b"))
    spoil(repository, place)
    loadable, problems = load_all(repository, saved.snapshot_id)
    assert loadable == {b"a/x": b"1", b"c/z": b"3"}
    assert [one.path for one in problems] == [b"b"]
    assert place.pack_id in problems[0].reason
    assert any(place.pack_id in problem for problem in check(repository, read_data=False))


def test_a_damaged_parent_only_costs_reading_again(repository: Repository) -> None:
    files = {b"a/x": b"1", b"b/y": b"2"}
    first = save_files(repository, files)
    spoil(repository, place_of(repository, BlobKind.TREE, listing_of(repository, first.snapshot_id, b"b")))
    second = save_files(repository, {**files, b"b/new": b"3"}, first.snapshot_id)
    assert loaded_files(repository, second.snapshot_id) == {**files, b"b/new": b"3"}


def test_a_damaged_root_is_an_error(repository: Repository) -> None:
    saved = save_files(repository, {b"a": b"1"})
    spoil(repository, place_of(repository, BlobKind.TREE, snapshot.get(repository, saved.snapshot_id).tree))
    with pytest.raises(Damaged):
        list(load.load(repository, saved.snapshot_id))
