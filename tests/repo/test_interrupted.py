import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.repo.trees import (
    METADATA,
    file,
    folder,
    loaded,
    loaded_files,
    origin,
    save_files,
    tree_of,
)

from holdfast.model.entry import Data, Entry, Kind, Range, Unreadable
from holdfast.repo import repository as repositories
from holdfast.repo import save, snapshot
from holdfast.repo.check import check
from holdfast.repo.errors import RepositoryLockLost
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects, StoreFull, open_store

MIB = 1 << 20
NOISE = random.Random(1).randbytes(20 * MIB)


def failing(content: bytes) -> Iterator[Range]:
    yield Data(0, content)
    raise Unreadable(b"srv/bad", "input/output error")


def test_what_cannot_be_read_is_counted_and_left_out(repository: Repository) -> None:
    entries: list[Entry | Unreadable] = [
        folder(b"srv"),
        Entry(b"srv/bad", Kind.FILE, METADATA, failing(NOISE)),
        file(b"srv/good", b"good"),
        Unreadable(b"srv/locked", "permission denied"),
    ]
    saved = save.save(repository, entries, origin())
    assert saved.warning_count == 2
    assert saved.warnings == ("srv/bad: input/output error", "srv/locked: permission denied")
    assert loaded_files(repository, saved.snapshot_id) == {b"srv/good": b"good"}
    assert saved.file_count == 1


def test_only_the_first_hundred_warnings_are_kept(repository: Repository) -> None:
    entries = [Unreadable(b"x%d" % number, "gone") for number in range(150)]
    saved = save.save(repository, entries, origin())
    assert (saved.warning_count, len(saved.warnings)) == (150, 100)


class CancelledError(Exception):
    pass


def test_a_cancelled_save_shows_nothing_and_its_packs_are_used_by_the_next(
    repository: Repository, store: Objects
) -> None:
    files = {b"a%02d" % number: os.urandom(4 * MIB) for number in range(30)}

    def cancelled() -> Iterator[Entry]:
        yield from tree_of(files)
        raise CancelledError

    with pytest.raises(CancelledError):
        save.save(repository, cancelled(), origin())
    assert snapshot.find(repository) == []
    assert len(list(store.names("index"))) == 1
    sent = sum(size for _, size in store.names("data"))
    assert sent > 32 * MIB
    saved = save_files(repository, files)
    assert saved.stored_bytes < 121 * MIB - sent
    assert loaded_files(repository, saved.snapshot_id) == files


def test_packs_that_no_index_tells_of_are_used_again(repository: Repository, store: Objects) -> None:
    files = {b"a": NOISE}
    first = save_files(repository, files)
    for folder_name in ("index", "snapshots"):
        for name, _ in list(store.names(folder_name)):
            store.delete(name)
    second = save_files(repository, files)
    assert second.stored_bytes < MIB < first.stored_bytes
    assert loaded_files(repository, second.snapshot_id) == files
    assert check(repository, read_data=True) == []


def test_a_long_save_writes_index_files_on_its_way(
    repository: Repository, store: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.repo.packer._INDEX_PACKS", 1)
    files = {b"a%02d" % number: os.urandom(4 * MIB) for number in range(30)}
    seen = []

    def watched() -> Iterator[Entry]:
        for entry in tree_of(files):
            yield entry
            seen.append(len(list(store.names("index"))))

    saved = save.save(repository, watched(), origin())
    assert seen[-1] > 0
    assert loaded_files(repository, saved.snapshot_id) == files
    assert check(repository, read_data=True) == []


def test_nothing_at_all_can_be_saved(repository: Repository) -> None:
    saved = save.save(repository, [], origin())
    assert loaded(repository, saved.snapshot_id) == []
    assert check(repository, read_data=True) == []


def test_a_full_disk_shows_nothing_and_the_next_save_is_whole(small_disk: Path) -> None:
    opened = repositories.init(open_store(small_disk.as_uri()), "secret", cost=4)
    first = save_files(opened, {b"srv/a": b"small"})
    with pytest.raises(StoreFull):
        save_files(opened, {b"srv/a": b"small", b"srv/b": os.urandom(40 * MIB)}, first.snapshot_id)
    assert [one.id for one in snapshot.find(opened)] == [first.snapshot_id]
    assert check(opened, read_data=True) == []
    files = {b"srv/a": b"small", b"srv/c": b"fits"}
    second = save_files(opened, files, first.snapshot_id)
    assert loaded_files(opened, second.snapshot_id) == files


def test_a_damaged_pack_that_no_index_tells_of_is_not_used(repository: Repository, store: Objects) -> None:
    files = {b"a": NOISE[:MIB]}
    save_files(repository, files)
    for name, _ in [*store.names("index"), *store.names("snapshots")]:
        store.delete(name)
    for name, _ in list(store.names("data")):
        content = bytearray(store.get(name))
        content[100] ^= 1
        store.delete(name)
        store.put(name, content)
    store.put("data/ab/" + "ab" * 32, b"not a pack")
    second = save_files(repository, files)
    assert loaded_files(repository, second.snapshot_id) == files


def test_a_save_whose_lock_was_lost_promises_nothing(repository: Repository, store: Objects) -> None:
    with locked(repository) as held:
        for name, _ in list(store.names("locks")):
            store.delete(name)
        with pytest.raises(RepositoryLockLost):
            save.save(repository, tree_of({b"srv/a": b"a"}), origin(), held.check)
    assert snapshot.find(repository) == []
