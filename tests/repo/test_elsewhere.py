"""Small files read in helper processes give the same snapshot as read here, and nothing is lost."""

import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.repo.trees import METADATA, folder, load_all, loaded_files, origin

from holdfast.crew import crew
from holdfast.model.entry import Data, Entry, Hole, Kind, Portable, Range, Unreadable
from holdfast.repo import check, save, snapshot
from holdfast.repo.errors import HelperLost
from holdfast.repo.repository import Repository, init
from holdfast.store.objects import open_store

MANY = 3000
needs_cores = pytest.mark.skipif(crew.size() < 2, reason="one core has no helpers")


@dataclass
class Travelling:
    """A file's ranges in another process."""

    ranges: list[Range]
    kills: bool = False

    def __iter__(self) -> Iterator[Range]:
        if self.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        for one in self.ranges:
            if isinstance(one, Data) and one.content == b"unreadable":
                raise Unreadable(b"srv/file", "it cannot be read")
            yield one


class Counted(Portable):
    """Content that keeps what came of it."""

    def __init__(self, ranges: list[Range], *, kills: bool = False) -> None:
        self.came: list[tuple[int, Unreadable | None]] = []
        self.pulled_here = 0
        self._travelling = Travelling(ranges, kills)

    def __iter__(self) -> Iterator[Range]:
        self.pulled_here += 1
        return iter(self._travelling)

    def travelling(self) -> Travelling:
        return self._travelling

    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        self.came.append((byte_count, problem))


def small_files(contents: dict[bytes, Counted], size: Callable[[bytes], int]) -> Iterator[Entry]:
    yield folder(b"srv")
    for path, content in sorted(contents.items()):
        yield Entry(path, Kind.FILE, replace(METADATA, size=size(path)), content)


def made(count: int) -> dict[bytes, bytes]:
    """Files of which every third is like another one, some are empty, some of zeros."""
    numbers = random.Random(5)
    files = {}
    for number in range(count):
        content = b"%d " % (number - number % 3) * numbers.randrange(200)
        files[b"srv/%05d" % number] = bytes(700) if number % 50 == 0 else content
    return files


@pytest.fixture
def on_disk(tmp_path: Path) -> Repository:
    return init(open_store((tmp_path / "repository").as_uri()), "x", cost=4)


@needs_cores
def test_helpers_make_the_same_snapshot(on_disk: Repository, repository: Repository) -> None:
    files = made(MANY)
    trees = []
    for one in (on_disk, repository):  # what lies in the memory of this process has no helpers
        contents = {path: Counted([Data(0, content)] if content else []) for path, content in files.items()}
        saved = save.save(one, small_files(contents, lambda path: len(files[path])), origin())
        assert loaded_files(one, saved.snapshot_id) == files
        assert check.check(one, read_data=True) == []
        assert (saved.file_count, saved.read_bytes) == (MANY, sum(map(len, files.values())))
        away = {path: content for path, content in contents.items() if not content.pulled_here}
        assert all(content.came == [(len(files[path]), None)] for path, content in away.items())
        assert len(away) == (MANY - 1024 if one is on_disk else 0)
        trees.append(snapshot.get(one, saved.snapshot_id).tree)
    assert trees[0] == trees[1]


@needs_cores
def test_nothing_is_stored_twice_by_two_helpers(on_disk: Repository) -> None:
    noise = [random.Random(number).randbytes(20_000) for number in range(100)]
    contents = {b"srv/%05d" % number: Counted([Data(0, noise[number % 100])]) for number in range(MANY)}
    saved = save.save(on_disk, small_files(contents, lambda _: 20_000), origin())
    assert saved.stored_bytes < 100 * 20_000 + MANY * 150


@needs_cores
def test_what_a_helper_cannot_read_is_a_warning_and_the_rest_is_saved(on_disk: Repository) -> None:
    contents = {b"srv/%05d" % number: Counted([Data(0, b"%d" % number)]) for number in range(MANY)}
    bad = b"srv/02222"
    contents[bad] = Counted([Data(0, b"unreadable")])
    saved = save.save(on_disk, small_files(contents, lambda _: 4), origin())
    assert (saved.warning_count, saved.warnings) == (1, ("srv/file: it cannot be read",))
    assert str(contents[bad].came[0][1]) == "srv/file: it cannot be read"
    files, problems = load_all(on_disk, saved.snapshot_id)
    assert not problems
    assert set(files) == set(contents) - {bad}


@needs_cores
def test_a_file_that_has_grown_large_is_read_whole(on_disk: Repository) -> None:
    contents = {b"srv/%05d" % number: Counted([Data(0, b"%d" % number)]) for number in range(MANY)}
    large = random.Random(1).randbytes(3 << 20)
    grown, sparse = b"srv/02222", b"srv/02223"
    contents[grown] = Counted(
        [Data(start, large[start : start + 10_000]) for start in range(0, 3 << 20, 10_000)]
    )
    contents[sparse] = Counted([Data(0, b"x"), Hole(1, 5 << 20)])
    saved = save.save(on_disk, small_files(contents, lambda _: 4), origin())
    files = loaded_files(on_disk, saved.snapshot_id)
    assert files[grown] == large
    assert files[sparse] == b"x" + bytes(5 << 20)


@needs_cores
def test_a_helper_that_dies_fails_the_save_and_the_next_one_succeeds(on_disk: Repository) -> None:
    contents = {b"srv/%05d" % number: Counted([Data(0, b"%d" % number)]) for number in range(MANY)}
    contents[b"srv/02222"] = Counted([Data(0, b"x")], kills=True)
    with pytest.raises(HelperLost):
        save.save(on_disk, small_files(contents, lambda _: 4), origin())
    assert snapshot.find(on_disk) == []
    contents[b"srv/02222"] = Counted([Data(0, b"x")])
    saved = save.save(on_disk, small_files(contents, lambda _: 4), origin())
    assert len(loaded_files(on_disk, saved.snapshot_id)) == MANY
    assert check.check(on_disk, read_data=True) == []


@needs_cores
def test_a_save_that_is_stopped_leaves_no_helpers_and_no_snapshot(on_disk: Repository) -> None:
    contents = {b"srv/%05d" % number: Counted([Data(0, b"%d" % number)]) for number in range(MANY)}

    def stopped() -> Iterator[Entry]:
        for number, entry in enumerate(small_files(contents, lambda _: 4)):
            if number == MANY - 10:
                raise KeyboardInterrupt
            yield entry

    with pytest.raises(KeyboardInterrupt):
        save.save(on_disk, stopped(), origin())
    assert snapshot.find(on_disk) == []
    children = "".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    running = [
        child for child in children.split() if b"foreman" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    assert running == []


def test_few_files_start_no_helper(on_disk: Repository) -> None:
    contents = {b"srv/%05d" % number: Counted([Data(0, b"%d" % number)]) for number in range(50)}

    def watched() -> Iterator[Entry]:
        yield from small_files(contents, lambda _: 2)
        children = "".join(path.read_text() for path in Path("/proc/self/task").glob("*/children"))
        assert not any(
            b"foreman" in Path(f"/proc/{child}/cmdline").read_bytes() for child in children.split()
        )

    saved = save.save(on_disk, watched(), origin())
    assert len(loaded_files(on_disk, saved.snapshot_id)) == 50
