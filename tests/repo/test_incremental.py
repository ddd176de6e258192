import random
from collections.abc import Iterator
from dataclasses import replace

from tests.repo.trees import (
    METADATA,
    content_of,
    file,
    folder,
    lent,
    loaded,
    loaded_files,
    origin,
    save_files,
)

from holdfast.model.entry import Entry, Kind, Range
from holdfast.repo import save, snapshot
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects

MIB = 1 << 20
NOISE = random.Random(1).randbytes(20 * MIB)


class Untouchable:
    """Content that must not be pulled."""

    def __iter__(self) -> Iterator[Range]:
        raise AssertionError("an unchanged file was read")


def untouched(path: bytes, size: int) -> Entry:
    return Entry(path, Kind.FILE, replace(METADATA, size=size), Untouchable())


def test_an_unchanged_file_is_not_read(repository: Repository) -> None:
    first = save_files(repository, {b"srv/a": NOISE[: 3 * MIB], b"srv/b": b"b"})
    entries = [folder(b"srv"), untouched(b"srv/a", 3 * MIB), file(b"srv/b", b"B", mtime_ns=5)]
    second = save.save(repository, entries, origin(first.snapshot_id))
    assert loaded_files(repository, second.snapshot_id) == {b"srv/a": NOISE[: 3 * MIB], b"srv/b": b"B"}
    assert second.stored_bytes < 3000
    assert snapshot.get(repository, second.snapshot_id).parent == first.snapshot_id


def test_without_a_parent_nothing_is_stored_twice_all_the_same(repository: Repository) -> None:
    save_files(repository, {b"srv/a": NOISE})
    moved = save_files(repository, {b"other/place": b"prefix" + NOISE})
    assert moved.stored_bytes < 6 * MIB


def test_an_unchanged_file_whose_blobs_are_gone_is_read_again(repository: Repository, store: Objects) -> None:
    files = {b"srv/a": b"precious"}
    first = save_files(repository, files)
    for name, _ in [*store.names("index"), *store.names("data")]:
        store.delete(name)
    second = save_files(repository, files, first.snapshot_id)
    assert loaded_files(repository, second.snapshot_id) == files


def test_a_parent_that_was_forgotten_is_no_hindrance(repository: Repository) -> None:
    files = {b"srv/a": b"precious"}
    first = save_files(repository, files)
    snapshot.forget(repository, first.snapshot_id)
    second = save_files(repository, files, first.snapshot_id)
    assert loaded_files(repository, second.snapshot_id) == files


def test_a_file_that_became_a_folder_is_no_hindrance(repository: Repository) -> None:
    first = save_files(repository, {b"srv/a": b"file", b"srv/b/c": b"in folder"})
    changed = {b"srv/a/new": b"in folder", b"srv/b": b"file"}
    second = save_files(repository, changed, first.snapshot_id)
    assert loaded_files(repository, second.snapshot_id) == changed


def test_a_file_that_grew_while_it_was_read_has_the_size_that_was_read(repository: Repository) -> None:
    entry = Entry(b"log", Kind.FILE, replace(METADATA, size=3), lent(b"longer than told"))
    saved = save.save(repository, [entry], origin())
    (found,) = loaded(repository, saved.snapshot_id)
    assert (found.metadata.size, content_of(found)) == (16, b"longer than told")
    assert saved.read_bytes == 16
