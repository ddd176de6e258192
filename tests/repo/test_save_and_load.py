import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.repo.trees import (
    METADATA,
    file,
    lent,
    loaded,
    loaded_files,
    origin,
    save_files,
    tree_of,
)

from holdfast.model.entry import Entry, Kind, Unreadable
from holdfast.repo import load, save, snapshot
from holdfast.repo import repository as repositories
from holdfast.repo.check import check
from holdfast.repo.errors import RepositoryError
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects

MIB = 1 << 20
NOISE = random.Random(1).randbytes(20 * MIB)
PARTS = st.binary(min_size=1, max_size=6).filter(
    lambda part: part not in (b".", b"..") and not set(part) & {0, 47}
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map(b"/".join)
FILES = st.dictionaries(PATHS, st.binary(max_size=2000), max_size=12).filter(
    lambda files: not any(other.startswith(path + b"/") for path in files for other in files)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILES)
def test_any_tree_comes_back_as_it_was(repository: Repository, files: dict[bytes, bytes]) -> None:
    saved = save_files(repository, files)
    assert loaded_files(repository, saved.snapshot_id) == files
    wanted = [(entry.path, entry.kind, entry.metadata) for entry in tree_of(files)]
    assert [(e.path, e.kind, e.metadata) for e in loaded(repository, saved.snapshot_id)] == wanted
    assert (saved.file_count, saved.read_bytes) == (len(files), sum(map(len, files.values())))
    assert check(repository, read_data=True) == []


def test_large_files_come_back_as_they_were(repository: Repository) -> None:
    files = {
        b"srv/noise": NOISE,
        b"srv/text": b"all work and no play\n" * 200_000,
        b"srv/zeros": bytes(17 * MIB + 5),
        b"srv/edge": NOISE[: 512 << 10],
        b"srv/over": NOISE[: (512 << 10) + 1],
        b"srv/mixed": NOISE[:MIB] + bytes(20 * MIB) + NOISE[:MIB],
    }
    saved = save_files(repository, files)
    assert loaded_files(repository, saved.snapshot_id) == files
    assert saved.stored_bytes < 25 * MIB
    assert check(repository, read_data=True) == []


def test_a_repository_of_version_1_is_written_and_read(repository: Repository, store: Objects) -> None:
    config = repository.key.seal(
        b'{"version":1,"id":"%s","chunker_polynomial":"3da3358b4dc173"}' % (b"ab" * 32)
    )
    store.delete("config")
    store.put("config", config)
    old = repositories.open_repository(store, "correct horse")
    files = {b"srv/text": b"compresses well " * 10_000}
    saved = save_files(old, files)
    assert saved.stored_bytes > 160_000
    assert loaded_files(old, saved.snapshot_id) == files
    assert check(old, read_data=True) == []


def test_every_kind_of_entry_comes_back(repository: Repository) -> None:
    known = replace(METADATA, links=2, xattrs=(("user.colour", b"\x00\xff"), ("user.empty", b"")))
    entries = [
        Entry(b"d", Kind.DIRECTORY, replace(METADATA, mode=0o1777, xattrs=(("user.d", b"1"),))),
        Entry(b"d/block", Kind.BLOCK_DEVICE, replace(METADATA, device=0x0801)),
        Entry(b"d/char", Kind.CHARACTER_DEVICE, replace(METADATA, device=0x0103)),
        Entry(b"d/fifo", Kind.FIFO, replace(METADATA, mode=0o600)),
        Entry(b"d/hard-1", Kind.FILE, replace(known, size=4), lent(b"same")),
        Entry(b"d/hard-2", Kind.FILE, replace(known, size=4), lent(b"same")),
        Entry(b"d/link", Kind.SYMLINK, replace(METADATA, mode=0o777, link_target=b"../\xff/odd\n")),
        Entry(b"d/setuid", Kind.FILE, replace(METADATA, mode=0o6755)),
        Entry(b"d/socket", Kind.SOCKET, METADATA),
    ]
    saved = save.save(repository, entries, origin())
    found = loaded(repository, saved.snapshot_id)
    assert [(e.path, e.kind, e.metadata) for e in found] == [(e.path, e.kind, e.metadata) for e in entries]


def test_folders_that_nobody_told_of_are_made_up_always_the_same(repository: Repository) -> None:
    first = save.save(repository, [file(b"srv/data/letter", b"x")], origin())
    second = save.save(repository, [file(b"srv/data/letter", b"x")], origin())
    assert [entry.path for entry in loaded(repository, first.snapshot_id)] == [
        b"srv",
        b"srv/data",
        b"srv/data/letter",
    ]
    trees = [snapshot.get(repository, one.snapshot_id).tree for one in (first, second)]
    assert trees[0] == trees[1]


@pytest.mark.parametrize(
    "paths", [(b"/srv",), (b"",), (b"a//b",), (b"a/../b",), (b"a", b"a"), (b"a/b", b"c", b"a/d"), (b"a\0b",)]
)
def test_a_stream_that_makes_no_tree_is_refused(repository: Repository, paths: tuple[bytes, ...]) -> None:
    with pytest.raises(RepositoryError):
        save.save(repository, [file(path, b"x") for path in paths], origin())
    assert snapshot.find(repository) == []


def test_a_load_of_some_paths_brings_them_and_the_folders_above(repository: Repository) -> None:
    files = {b"a/b/c": b"1", b"a/b/d": b"2", b"a/bb": b"3", b"e/f/g": b"4", b"e/h": b"5"}
    saved = save_files(repository, files)
    found = [entry.path for entry in loaded(repository, saved.snapshot_id, b"a/b/d", b"/e/f/")]
    assert found == [b"a", b"a/b", b"a/b/d", b"e", b"e/f", b"e/f/g"]
    measured = load.measure(repository, saved.snapshot_id, [b"a/b"])
    assert (measured.bytes, measured.files) == (2, 2)
    assert load.measure(repository, saved.snapshot_id).files == 5


def test_a_path_that_is_not_there_is_told(repository: Repository) -> None:
    saved = save_files(repository, {b"a/b": b"1"})
    found = list(load.load(repository, saved.snapshot_id, [b"a/x", b"a/b"]))
    assert [item.path for item in found] == [b"a", b"a/b", b"a/x"]
    assert isinstance(found[2], Unreadable)
