"""Folders that did not change are taken as they were; the result is what reading everything would give."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.repo.trees import loaded_files

from holdfast.model import clock
from holdfast.model.entry import Entry, Kind, Unreadable
from holdfast.providers.directory import Directory
from holdfast.repo import save, snapshot
from holdfast.repo import tree as tree_format
from holdfast.repo.blob import BlobKind
from holdfast.repo.blobs import Blobs
from holdfast.repo.errors import Damaged
from holdfast.repo.repository import Repository, init, load_index
from holdfast.repo.save import Origin, Saved
from holdfast.store.objects import open_store

DIRECTORY = Directory()
NAMES = st.sampled_from(["a", "b", "c", "z"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def save_folder(repository: Repository, folder: Path, parent: str | None, seen: list[bytes]) -> Saved:
    """Save a real folder; `seen` gathers the paths of the files that came."""
    with DIRECTORY.read({"path": str(folder)}, None) as reading:

        def watched() -> Iterator[Entry | Unreadable]:
            for item in reading.entries:
                if isinstance(item, Entry) and item.kind is not Kind.DIRECTORY:
                    seen.append(item.path)
                yield item

        origin = Origin((b"/" + reading.root,), "host", "root", (), clock.now(), parent)
        return save.save(repository, watched(), origin)


@pytest.fixture
def cached(tmp_path: Path) -> Repository:
    store = open_store((tmp_path / "repository").as_uri())
    return init(store, "x", cost=4, cache=tmp_path / "cache")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path in ("tree/a/1", "tree/a/deep/2", "tree/b/3"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    return tmp_path / "tree"


def test_files_in_unchanged_folders_do_not_even_come(cached: Repository, tree: Path) -> None:
    first = save_folder(cached, tree, None, [])
    (tree / "a" / "deep" / "2").write_text("changed")
    came: list[bytes] = []
    second = save_folder(cached, tree, first.snapshot_id, came)
    assert [path.rpartition(b"/")[2] for path in came] == [b"2"]
    assert (second.file_count, second.read_bytes) == (3, first.read_bytes - 6)
    files = loaded_files(cached, second.snapshot_id)
    assert {os.path.basename(path): content for path, content in files.items()} == {
        b"1": b"tree/a/1",
        b"2": b"changed",
        b"3": b"tree/b/3",
    }


def test_a_change_of_mode_alone_is_seen(cached: Repository, tree: Path) -> None:
    first = save_folder(cached, tree, None, [])
    (tree / "a" / "1").chmod(0o600)
    came: list[bytes] = []
    save_folder(cached, tree, first.snapshot_id, came)
    assert [path.rpartition(b"/")[2] for path in came] == [b"1"]


def test_what_could_not_be_read_is_told_again_the_next_time(cached: Repository, tree: Path) -> None:
    def with_a_problem(entries: Iterable[Entry | Unreadable]) -> Iterator[Entry | Unreadable]:
        for item in entries:
            yield item
            if isinstance(item, Entry) and item.path.endswith(b"/a"):
                yield Unreadable(item.path + b"/closed", "Permission denied")

    parent = None
    for _ in range(2):
        with DIRECTORY.read({"path": str(tree)}, None) as reading:
            origin = Origin((b"/" + reading.root,), "host", "root", (), clock.now(), parent)
            saved = save.save(cached, with_a_problem(reading.entries), origin)
        came: list[bytes] = []
        save_folder(cached, tree, saved.snapshot_id, came)
        assert {path.rpartition(b"/")[2] for path in came} == {b"1"}
        parent = saved.snapshot_id


def test_without_its_snapshot_nothing_is_taken(cached: Repository, tree: Path) -> None:
    first = save_folder(cached, tree, None, [])
    snapshot.forget(cached, first.snapshot_id)
    came: list[bytes] = []
    save_folder(cached, tree, first.snapshot_id, came)
    assert len(came) == 3


def test_a_listing_that_was_taken_and_is_damaged_fails_one_save_and_no_more(
    cached: Repository, tree: Path, tmp_path: Path
) -> None:
    first = save_folder(cached, tree, None, [])
    listings = [pack_id for pack_id in load_index(cached).pack_ids() if _is_of_listings(cached, pack_id)]
    for pack_id in listings:
        path = tmp_path / "repository" / "data" / pack_id[:2] / pack_id
        path.chmod(0o600)
        path.write_bytes(bytes(path.stat().st_size))
    (tree / "a" / "deep" / "new").write_text("new")
    with pytest.raises(Damaged):
        save_folder(cached, tree, first.snapshot_id, [])
    came: list[bytes] = []
    save_folder(cached, tree, first.snapshot_id, came)
    assert len(came) == 4


def tree_at(repository: Repository, saved: Saved, path: bytes) -> bytes:
    """The id of a folder's listing in a snapshot."""
    blobs = Blobs(repository, load_index(repository))
    found = snapshot.get(repository, saved.snapshot_id).tree
    for name in path.split(b"/"):
        nodes = {node.file_name: node for node in tree_format.decode(blobs.get(BlobKind.TREE, found))}
        found = nodes[name].subtree_id
    return found


def _is_of_listings(repository: Repository, pack_id: str) -> bool:
    return any(blob.kind is BlobKind.TREE for blob in load_index(repository).blobs_of(pack_id))


class Changes(RuleBasedStateMachine):
    """Random changes of a tree, saved after each into a repository with a cache and into one without."""

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="holdfast-tests-"))
        self.tree = self.place / "tree"
        self.tree.mkdir()
        self.with_cache = init(open_store((self.place / "one").as_uri()), "x", cost=4, cache=self.place / "c")
        self.without = init(open_store((self.place / "two").as_uri()), "x", cost=4)
        self.parent: str | None = None

    @rule(path=PATHS, content=st.binary(max_size=9))
    def write(self, path: str, content: bytes) -> None:
        place = self.tree / path
        if not any(one.is_file() for one in place.parents) and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)

    @rule(path=PATHS)
    def make_folder(self, path: str) -> None:
        place = self.tree / path
        if not any(one.is_file() for one in (place, *place.parents)):
            place.mkdir(parents=True, exist_ok=True)

    @rule(path=PATHS)
    def remove(self, path: str) -> None:
        place = self.tree / path
        if place.is_dir():
            shutil.rmtree(place)
        elif place.exists():
            place.unlink()

    @rule(one=PATHS, other=PATHS)
    def move(self, one: str, other: str) -> None:
        here, there = self.tree / one, self.tree / other
        if here.exists() and not there.exists() and there.parent.is_dir() and not there.is_relative_to(here):
            here.rename(there)

    @rule(path=PATHS, mode=st.sampled_from([0o600, 0o755]))
    def change_mode(self, path: str, mode: int) -> None:
        if (self.tree / path).exists():
            (self.tree / path).chmod(mode | 0o700)

    @invariant()
    def both_saves_tell_the_same(self) -> None:
        if not hasattr(self, "tree"):
            return
        one = save_folder(self.with_cache, self.tree, self.parent, [])
        other = save_folder(self.without, self.tree, None, [])
        path = os.fsencode(self.tree)[1:]
        assert tree_at(self.with_cache, one, path) == tree_at(self.without, other, path)
        assert (one.file_count, one.read_bytes) == (other.file_count, other.read_bytes)
        self.parent = one.snapshot_id

    def teardown(self) -> None:
        if hasattr(self, "place"):
            shutil.rmtree(self.place)


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
