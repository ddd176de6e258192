import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.repo.trees import METADATA, Files, file, folder, origin, save_files

from holdfast.model.entry import Entry, Kind, Metadata
from holdfast.repo import diff, pack, save, snapshot, tree
from holdfast.repo import repository as repositories
from holdfast.repo.blob import BlobKind
from holdfast.repo.blobs import Blobs
from holdfast.repo.diff import Action, Change, State
from holdfast.repo.errors import Damaged, SnapshotMissing
from holdfast.repo.repository import Repository
from holdfast.store.objects import open_store

NOISE = random.Random(6).randbytes(6 << 20)


def changes(repository: Repository, older: str, newer: str, *paths: bytes) -> dict[bytes, str]:
    return {one.path: str(one.action) for one in diff.diff(repository, older, newer, paths)}


def save_entries(repository: Repository, entries: Iterable[Entry]) -> str:
    return save.save(repository, entries, origin()).snapshot_id


def special(path: bytes, kind: Kind, known: Metadata) -> Entry:
    return Entry(path, kind, known)


def test_everything_that_can_become_of_an_entry_is_told(repository: Repository) -> None:
    link = replace(METADATA, link_target=b"here")
    older = [
        folder(b"srv"),
        file(b"srv/content", b"old"),
        special(b"srv/device", Kind.BLOCK_DEVICE, replace(METADATA, device=1)),
        file(b"srv/gone", b"gone"),
        special(b"srv/link", Kind.SYMLINK, link),
        file(b"srv/mode", b"same"),
        special(b"srv/retyped", Kind.FIFO, METADATA),
        file(b"srv/same", b"same"),
        file(b"srv/touched", b"same"),
        file(b"srv/xattr", b"same"),
    ]
    newer = [
        folder(b"srv"),
        file(b"srv/content", b"newer"),
        special(b"srv/device", Kind.BLOCK_DEVICE, replace(METADATA, device=2)),
        special(b"srv/link", Kind.SYMLINK, replace(link, link_target=b"there")),
        replace(file(b"srv/mode", b"same"), metadata=replace(METADATA, mode=0o600, size=4)),
        file(b"srv/new", b"new"),
        file(b"srv/retyped", b"a file now"),
        file(b"srv/same", b"same", inode=99),
        file(b"srv/touched", b"same", mtime_ns=METADATA.mtime_ns + 1),
        replace(file(b"srv/xattr", b"same"), metadata=replace(METADATA, size=4, xattrs=(("user.a", b"1"),))),
    ]
    found = diff.diff(repository, save_entries(repository, older), save_entries(repository, newer))
    assert list(found) == [
        Change(b"srv/content", Action.MODIFIED, State(Kind.FILE, 3), State(Kind.FILE, 5)),
        Change(b"srv/device", Action.MODIFIED, State(Kind.BLOCK_DEVICE, 0), State(Kind.BLOCK_DEVICE, 0)),
        Change(b"srv/gone", Action.REMOVED, State(Kind.FILE, 4), None),
        Change(b"srv/link", Action.MODIFIED, State(Kind.SYMLINK, 0), State(Kind.SYMLINK, 0)),
        Change(b"srv/mode", Action.METADATA, State(Kind.FILE, 4), State(Kind.FILE, 4)),
        Change(b"srv/new", Action.ADDED, None, State(Kind.FILE, 3)),
        Change(b"srv/retyped", Action.RETYPED, State(Kind.FIFO, 0), State(Kind.FILE, 10)),
        Change(b"srv/touched", Action.METADATA, State(Kind.FILE, 4), State(Kind.FILE, 4)),
        Change(b"srv/xattr", Action.METADATA, State(Kind.FILE, 4), State(Kind.FILE, 4)),
    ]
    totals = found.totals()
    assert (totals.added.files, totals.removed.files) == (1, 1)
    assert (totals.modified, totals.touched, totals.retyped) == (3, 3, 1)


def test_a_folder_that_became_a_file_loses_what_was_in_it_and_back(repository: Repository) -> None:
    with_folder = save_files(repository, {b"srv/x/a": b"1", b"srv/x/b/c": b"2"}).snapshot_id
    with_file = save_files(repository, {b"srv/x": b"3"}).snapshot_id
    below = {b"srv/x/a", b"srv/x/b", b"srv/x/b/c"}
    assert changes(repository, with_folder, with_file) == {b"srv/x": "T", **dict.fromkeys(below, "-")}
    assert changes(repository, with_file, with_folder) == {b"srv/x": "T", **dict.fromkeys(below, "+")}


def test_changes_come_in_the_order_of_the_trees(repository: Repository) -> None:
    names = (b"b", b"a/z", b"a/b/c", b"a.b", b"a!", b"\xff", b"B")
    empty = save_files(repository, {}).snapshot_id
    full = save_files(repository, {b"srv/" + name: name for name in names}).snapshot_id
    paths = [one.path for one in diff.diff(repository, empty, full)]
    assert paths == sorted(paths, key=lambda path: path.split(b"/"))
    assert len(paths) == 10


def test_equal_snapshots_have_no_difference(repository: Repository) -> None:
    one, two = (save_files(repository, {b"srv/a": b"1", b"srv/b": NOISE}).snapshot_id for _ in range(2))
    found = diff.diff(repository, one, two)
    assert list(found) == []
    assert found.totals() == diff.DiffTotals()


def test_paths_limit_what_is_compared(repository: Repository) -> None:
    older = save_files(repository, {b"srv/a/x": b"1", b"srv/ab": b"1", b"srv/b": b"1"}).snapshot_id
    newer = save_files(repository, {b"srv/a/y": b"1", b"srv/ab": b"2", b"srv/b": b"22"}).snapshot_id
    assert changes(repository, older, newer, b"srv/a") == {b"srv/a/x": "-", b"srv/a/y": "+"}
    assert changes(repository, older, newer, b"/srv/b/") == {b"srv/b": "M"}
    assert changes(repository, older, newer, b"srv/a/y", b"srv/ab") == {b"srv/a/y": "+", b"srv/ab": "M"}
    assert changes(repository, older, newer, b"srv") == changes(repository, older, newer)
    assert changes(repository, older, newer, b"elsewhere", b"srv/b/below") == {}
    totals = diff.diff(repository, older, newer, [b"srv/b"]).totals()
    assert (totals.added.pieces, totals.added.piece_bytes) == (1, 2)
    assert (totals.removed.pieces, totals.removed.piece_bytes) == (1, 1)
    assert (totals.added.listings, totals.modified) == (0, 1)


def test_bytes_that_are_elsewhere_in_the_other_snapshot_are_not_counted(repository: Repository) -> None:
    older = save_files(repository, {b"srv/same/noise": NOISE, b"srv/x/gone": b"gone"}).snapshot_id
    files = {b"srv/same/noise": NOISE, b"srv/x/again": NOISE, b"srv/x/new": b"new"}
    newer = save_files(repository, files).snapshot_id
    found = diff.diff(repository, older, newer)
    totals = found.totals()
    assert (totals.added.files, totals.added.pieces, totals.added.piece_bytes) == (2, 1, 3)
    assert (totals.removed.files, totals.removed.pieces, totals.removed.piece_bytes) == (1, 1, 4)
    assert totals.added.listings == totals.removed.listings == 3
    assert totals == found.totals()
    within = diff.diff(repository, older, newer, [b"srv/same/noise", b"srv/x/again"]).totals()
    assert (within.added.files, within.added.pieces) == (1, 0)


def test_a_folder_that_is_the_same_is_not_read(repository: Repository) -> None:
    files = {b"srv/same/%d" % number: b"%d" % number for number in range(20)}
    older = save_files(repository, files).snapshot_id
    newer = save_files(repository, {**files, b"srv/new": b"1"}).snapshot_id
    spoil_listing(repository, older, b"srv", b"same")
    found = diff.diff(repository, older, newer)
    assert {one.path for one in found} == {b"srv/new"}
    with pytest.raises(Damaged, match="the listing of /srv/same"):
        found.totals()


def test_a_damaged_listing_is_told(repository: Repository) -> None:
    older = save_files(repository, {b"srv/a": b"1"}).snapshot_id
    newer = save_files(repository, {b"srv/a": b"2"}).snapshot_id
    spoil_listing(repository, newer, b"srv")
    with pytest.raises(Damaged, match="the listing of /srv: pack"):
        list(diff.diff(repository, older, newer))
    with pytest.raises(SnapshotMissing):
        diff.diff(repository, older, "ab" * 32)


def spoil_listing(repository: Repository, snapshot_id: str, *names: bytes) -> None:
    known = repositories.load_index(repository)
    blobs = Blobs(repository, known)
    found = snapshot.get(repository, snapshot_id).tree
    for name in names:
        nodes = tree.decode(blobs.get(BlobKind.TREE, found))
        found = next(node.subtree_id for node in nodes if node.file_name == name)
    place = known.find(BlobKind.TREE, found)
    assert place is not None
    content = bytearray(repository.store.get(pack.name(place.pack_id)))
    content[place.offset + 20] ^= 1
    repository.store.delete(pack.name(place.pack_id))
    repository.store.put(pack.name(place.pack_id), content)


PIECES = [b"", b"x", b"y", NOISE, NOISE[: 3 << 20]]
TREES = st.dictionaries(
    st.lists(st.sampled_from([b"a", b"b", b"a.b", b"\xff"]), min_size=1, max_size=3).map(b"/".join),
    st.sampled_from(PIECES),
    max_size=8,
).map(
    lambda files: {b"srv/" + path: content for path, content in files.items() if not _is_above(path, files)}
)


def _is_above(path: bytes, others: Iterable[bytes]) -> bool:
    return any(other.startswith(path + b"/") for other in others)


def entries_of(files: Files) -> dict[bytes, bytes | None]:
    """Every file with its content, every folder with None."""
    found: dict[bytes, bytes | None] = dict(files)
    for path in files:
        found |= dict.fromkeys(_folders_above(path))
    return found


def _folders_above(path: bytes) -> Iterator[bytes]:
    parts = path.split(b"/")
    for end in range(1, len(parts)):
        yield b"/".join(parts[:end])


def modelled(older: dict[bytes, bytes | None], newer: dict[bytes, bytes | None]) -> dict[bytes, str]:
    gone, come = older.keys() - newer.keys(), newer.keys() - older.keys()
    said = {**dict.fromkeys(gone, "-"), **dict.fromkeys(come, "+")}
    for path in older.keys() & newer.keys():
        before, after = older[path], newer[path]
        if (before is None) != (after is None):
            said[path] = "T"
        elif before != after:
            said[path] = "M"
    return said


@settings(max_examples=25, deadline=None)
@given(TREES, TREES)
def test_a_diff_says_what_a_comparison_of_the_files_says(older: Files, newer: Files) -> None:
    repository = made()
    first, second = (save_files(repository, files).snapshot_id for files in (older, newer))
    found = diff.diff(repository, first, second)
    said = [(one.path, str(one.action)) for one in found]
    assert dict(said) == modelled(entries_of(older), entries_of(newer))
    assert [path for path, _ in said] == sorted(dict(said), key=lambda path: path.split(b"/"))
    totals = found.totals()
    new_sizes = {content for content in newer.values() if content} - set(older.values())
    if NOISE not in new_sizes and NOISE[: 3 << 20] not in new_sizes:  # else the two share some pieces
        assert totals.added.piece_bytes == sum(len(one) for one in new_sizes)
    back = diff.diff(repository, second, first).totals()
    assert (back.added, back.removed) == (totals.removed, totals.added)


def made() -> Repository:
    store = open_store("memory://diff")
    if repositories.exists(store):
        return repositories.open_repository(store, "secret")
    return repositories.init(store, "secret", cost=4)
