import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.interop.restic import Restic
from tests.repo.trees import METADATA, file, folder, origin, save_files

from holdfast.model.entry import Entry, Kind
from holdfast.repo import listing, moment, save, snapshot
from holdfast.repo import repository as repositories
from holdfast.repo.errors import PathMissing, SnapshotMissing
from holdfast.repo.listed import Listed
from holdfast.repo.pack import name as pack_name
from holdfast.repo.repository import Repository, load_index
from holdfast.store.objects import Objects, open_store

ODD_NAMES = [
    b"plain.txt",
    b"two\nlines",
    b"caf\xc3\xa9",
    b"no utf-8 \xff\xfe\xc3",
    b'quote"d \\ back',
    b"[a]*?",
    b"-rf ~",
    b" ",
    b"\x01\x7f\t",
    "\u2028\u200b\U0001f600".encode(),
]
NAMES = st.binary(min_size=1, max_size=3).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")
)
_NUMBERS = count()
FILES = {
    b"srv/data/letter.txt": b"dear all",
    b"srv/data/letters/old.txt": b"",
    b"srv/data.txt": b"1",
    b"srv/image": b"22",
}


@pytest.fixture(params=["with a cache", "without"])
def opened(request: pytest.FixtureRequest, store: Objects, tmp_path: Path) -> Repository:
    cache = tmp_path / "cache" if request.param == "with a cache" else None
    return repositories.init(store, "secret", cost=4, cache=cache)


@pytest.fixture
def restic(tmp_path: Path) -> Restic:
    made = Restic(tmp_path / "repository")
    made.run("init")
    return made


def twice(found: Iterator[Listed], again: Iterator[Listed]) -> list[Listed]:
    """What is found by the trees, and from what was kept of them, which is the same."""
    first = list(found)
    assert list(again) == first
    return first


def every(opened: Repository, snapshot_id: str) -> list[Listed]:
    return twice(listing.all_entries(opened, snapshot_id), listing.all_entries(opened, snapshot_id))


def found(opened: Repository, snapshot_id: str, pattern: bytes) -> list[bytes]:
    both = (listing.find(opened, snapshot_id, pattern) for _ in range(2))
    return [one.path for one in twice(*both)]


def shown_by_json(path: bytes) -> str:
    """What Go's JSON makes of a name."""
    text = path.decode(errors="surrogateescape")
    return "".join("\ufffd" if "\udc80" <= character <= "\udcff" else character for character in text)


def as_restic_shows(one: Listed) -> tuple[Any, ...]:
    return (f"/{shown_by_json(one.path)}", one.kind, one.size, one.mtime_ns, one.mode, one.uid, one.gid)


def as_restic_lists(line: dict[str, Any]) -> tuple[Any, ...]:
    special = sum(unix for unix, go in ((0o4000, 23), (0o2000, 22), (0o1000, 20)) if line["mode"] >> go & 1)
    mode = line["mode"] & 0o777 | special
    written = moment.nanoseconds(line["mtime"])
    return (line["path"], line["type"], line.get("size", 0), written, mode, line["uid"], line["gid"])


def test_a_listing_is_what_stock_restic_lists(restic: Restic, tmp_path: Path) -> None:
    top = tmp_path / "top"
    for below in (b"", b"a/b/c/d", *(odd + b".d" for odd in ODD_NAMES)):
        at = os.path.join(os.fsencode(top), below)
        os.makedirs(at, exist_ok=True)
        for number, odd in enumerate(ODD_NAMES):
            Path(os.fsdecode(os.path.join(at, odd))).write_bytes(b"x" * number)
    (top / "empty").mkdir(mode=0o700)
    (top / "sticky").mkdir()
    (top / "sticky").chmod(0o1777)
    (top / "link").symlink_to("nowhere")
    os.mkfifo(top / "fifo")
    os.utime(top / "plain.txt", ns=(0, -1_500_000_000))
    restic.run("backup", top)
    (snapshot_id,) = restic.snapshot_ids()
    expected = [as_restic_lists(line) for line in restic.lines("ls", snapshot_id)[1:]]
    for cache in (None, tmp_path / "cache"):
        opened = repositories.open_repository(restic.open().store, "correct horse", cache)
        entries = every(opened, snapshot_id)
        assert Counter(map(as_restic_shows, entries)) == Counter(expected)
        assert [one.link_target for one in entries if one.kind is Kind.SYMLINK] == [b"nowhere"]


def test_a_folder_shows_what_is_right_in_it(opened: Repository) -> None:
    snapshot_id = save_files(opened, FILES).snapshot_id
    for _ in range(2):
        entries = listing.entries(opened, snapshot_id, b"/srv/data/")
        assert [(one.path, one.name, one.kind, one.size) for one in entries] == [
            (b"srv/data/letter.txt", b"letter.txt", Kind.FILE, 8),
            (b"srv/data/letters", b"letters", Kind.DIRECTORY, 0),
        ]
        assert (entries[0].mode, entries[0].uid, entries[0].mtime_ns) == (0o640, 1000, METADATA.mtime_ns)
        assert [one.path for one in listing.entries(opened, snapshot_id)] == [b"srv"]
        every(opened, snapshot_id)


@pytest.mark.parametrize("path", [b"srv/odd", b"srv/data/letter.txt", b"srv/dat", b"srv//data", b"\n"])
def test_a_folder_that_is_not_there_is_refused(opened: Repository, path: bytes) -> None:
    snapshot_id = save_files(opened, FILES).snapshot_id
    for _ in range(2):
        with pytest.raises(PathMissing):
            listing.entries(opened, snapshot_id, path)
        every(opened, snapshot_id)


def test_names_and_paths_are_found_by_patterns(opened: Repository) -> None:
    snapshot_id = save_files(opened, FILES).snapshot_id
    texts = [b"srv/data/letter.txt", b"srv/data/letters/old.txt", b"srv/data.txt"]
    assert sorted(found(opened, snapshot_id, b"*.txt")) == sorted(texts)
    assert found(opened, snapshot_id, b"/srv/data/*.txt") == texts[:1]
    assert sorted(found(opened, snapshot_id, b"srv/**/old.*")) == texts[1:2]
    assert found(opened, snapshot_id, b"letters") == [b"srv/data/letters"]
    assert found(opened, snapshot_id, b"nothing*") == []


def test_an_empty_snapshot_has_nothing(opened: Repository) -> None:
    snapshot_id = save_files(opened, {}).snapshot_id
    assert every(opened, snapshot_id) == []
    assert found(opened, snapshot_id, b"*") == []
    assert listing.entries(opened, snapshot_id) == []
    with pytest.raises(PathMissing):
        listing.entries(opened, snapshot_id, b"srv")


def test_a_forgotten_snapshot_is_not_listed(opened: Repository) -> None:
    snapshot_id = save_files(opened, FILES).snapshot_id
    every(opened, snapshot_id)
    snapshot.forget(opened, snapshot_id)
    for ask in (listing.entries, listing.all_entries):
        with pytest.raises(SnapshotMissing):
            ask(opened, snapshot_id)
    with pytest.raises(SnapshotMissing):
        listing.find(opened, snapshot_id, b"*")


def test_a_kept_listing_needs_no_pack_and_no_index(store: Objects, tmp_path: Path) -> None:
    opened = repositories.init(store, "secret", cost=4, cache=tmp_path)
    snapshot_id = save_files(opened, FILES).snapshot_id
    entries = every(opened, snapshot_id)
    for name, _ in [*store.names("data"), *store.names("index")]:
        store.delete(name)
    assert list(listing.all_entries(opened, snapshot_id)) == entries
    assert len(listing.entries(opened, snapshot_id, b"srv/data")) == 2


def test_a_search_that_is_given_up_keeps_nothing(store: Objects, tmp_path: Path) -> None:
    opened = repositories.init(store, "secret", cost=4, cache=tmp_path)
    snapshot_id = save_files(opened, FILES).snapshot_id
    assert next(listing.all_entries(opened, snapshot_id)).path == b"srv"
    assert len(every(opened, snapshot_id)) == 7


def test_a_folder_that_cannot_be_read_says_so_and_costs_only_itself(opened: Repository) -> None:
    entries = [folder(b"a"), file(b"a/1", b"one"), folder(b"b"), file(b"b/2", b"two")]
    parent = save.save(opened, iter(entries[:2]), origin()).snapshot_id
    damaged = set(load_index(opened).pack_ids())
    snapshot_id = save.save(opened, iter(entries), origin(parent)).snapshot_id
    for pack_id in damaged:
        opened.store.delete(pack_name(pack_id))
    listed = every(opened, snapshot_id)
    assert [one.path for one in listed] == [b"a", b"b", b"b/2"]
    assert [bool(one.problem) for one in listed] == [True, False, False]
    assert "missing" in listed[0].problem


def test_extreme_numbers_are_listed_as_they_are(opened: Repository) -> None:
    known = replace(METADATA, mtime_ns=-62135596800 * 10**9, uid=(1 << 32) - 1, gid=0, size=1 << 52)
    entry = Entry(b"device", Kind.BLOCK_DEVICE, known)
    snapshot_id = save.save(opened, iter([entry]), origin()).snapshot_id
    (listed,) = every(opened, snapshot_id)
    assert (listed.mtime_ns, listed.uid, listed.gid) == (known.mtime_ns, known.uid, 0)
    assert listed.size == 0


@settings(max_examples=25, deadline=None)
@given(st.sets(st.lists(NAMES, min_size=1, max_size=4).map(b"/".join), max_size=12))
def test_any_names_come_back(names: set[bytes]) -> None:
    files = {path: b"" for path in names if not any(other.startswith(path + b"/") for other in names)}
    expected = {path.rsplit(b"/", depth)[0] for path in files for depth in range(path.count(b"/") + 1)}
    with TemporaryDirectory() as cache:
        store = open_store("memory://listings", f"repo{next(_NUMBERS)}")
        opened = repositories.init(store, "secret", cost=4, cache=Path(cache))
        snapshot_id = save_files(opened, files).snapshot_id
        listed = every(opened, snapshot_id)
        assert [one.path for one in listed] == sorted(expected, key=lambda path: path.split(b"/"))
        for one in listed:
            if one.kind is Kind.DIRECTORY:
                inside = [other for other in listed if other.path.rpartition(b"/")[0] == one.path]
                assert listing.entries(opened, snapshot_id, one.path) == inside
