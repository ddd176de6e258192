"""Many small files are put down by helper processes, and nothing about the restore is different for it."""

import dataclasses
import errno
import os
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.providers.portable import Broken, Deadly, Distant, Slow, Text
from tests.providers.trees import as_root, copied, mounted, portraits

from holdfast.crew.crew import CrewLost
from holdfast.model.entry import Entry, Kind, Metadata, Range, Unreadable
from holdfast.model.errors import Cancelled
from holdfast.providers.directory import Directory
from holdfast.providers.provider import Target, Written

DIRECTORY = Directory()
ROOT = b"srv/data"
PLAIN = Metadata(0o644, os.getuid(), os.getgid(), "", "", 10**18, 10**18, 10**18)
MANY = 1500  # enough for a few batches after those that need no helper

pytestmark = pytest.mark.usefixtures("nothing_left_open", "nobody_left_running")


def children() -> set[int]:
    """The processes that this one has started."""
    found = set()
    for thread in os.listdir("/proc/self/task"):
        found |= set(map(int, Path(f"/proc/self/task/{thread}/children").read_text().split()))
    return found


@pytest.fixture
def nobody_left_running() -> Iterator[None]:
    before = children()
    yield
    assert children() - before == set()


def folder(path: bytes, **known: Any) -> Entry:
    return Entry(path, Kind.DIRECTORY, dataclasses.replace(PLAIN, mode=0o755, **known))


def file(path: bytes, content: Iterable[Range], **known: Any) -> Entry:
    return Entry(path, Kind.FILE, dataclasses.replace(PLAIN, **known), Distant(content))


def many(where: bytes = ROOT + b"/m", size: int = 5) -> list[Entry]:
    return [
        file(b"%s-%05d" % (where, number), Text((b"%d" % number).ljust(size, b".")), size=size)
        for number in range(MANY)
    ]


def write(destination: Path, items: Iterable[Entry | Unreadable]) -> Written:
    return DIRECTORY.write(Target({"path": "/srv/data"}, ROOT, str(destination)), items)


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def told(entry: Entry) -> list[tuple[int, Unreadable | None]]:
    assert isinstance(entry.content, Distant)
    return entry.content.told


def test_a_tree_of_many_files_comes_back_the_same(tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    numbers = count()
    for deep in ("a", "a/b", "c\n", "d/e/f/g"):
        (source / deep).mkdir(parents=True, exist_ok=True)
        for number in range(500):
            path = source / deep / f"file {number}"
            path.write_bytes(os.urandom(number * 3))
            path.chmod(0o400 + number % 0o400)
            os.utime(path, ns=(1, next(numbers) * 10**9 + number))
    os.setxattr(source / "d/e/f/g/file 400", "user.origin", b"here")
    os.link(source / "a/file 450", source / "d/first link")
    os.link(source / "a/file 450", source / "a/file 450 again")
    os.link(source / "d/e/f/g/file 4", source / "d/e/second link")
    (source / "d/e/link").symlink_to("nowhere")
    (source / "large").write_bytes(os.urandom(9 << 20))
    for number, path in enumerate(sorted(source.rglob("*"))):
        if path.is_dir():
            os.utime(path, ns=(1, number * 10**9))
    wanted = portraits(source)
    written = copied(DIRECTORY, {"path": str(source)}, back)
    assert portraits(back) == wanted
    assert (written.files, written.failures) == (2005, ())


def test_what_was_pulled_elsewhere_is_told(tmp_path: Path) -> None:
    items = many(size=7)
    assert write(tmp_path, items) == Written(7 * MANY, MANY)
    assert [told(item) for item in items[-100:]] == [[(7, None)]] * 100
    assert sum(map(len, map(told, items))) == MANY - 256


def test_a_damaged_file_is_named_and_the_old_one_stays(tmp_path: Path) -> None:
    path = ROOT + b"/m-00700"
    (tmp_path / "m-00700").write_text("old")
    items = many()
    items[700] = file(path, Broken(path))
    written = write(tmp_path, items)
    assert [str(one) for one in written.failures] == ["srv/data/m-00700: pack 1234 is damaged"]
    assert (tmp_path / "m-00700").read_text() == "old"
    assert len(names(tmp_path)) == MANY
    ((bytes_came, problem),) = told(items[700])
    assert (bytes_came, str(problem)) == (0, "srv/data/m-00700: pack 1234 is damaged")


def test_a_file_that_cannot_be_put_down_is_named_and_its_content_is_not_to_blame(tmp_path: Path) -> None:
    (tmp_path / "m-00800").mkdir()
    (tmp_path / "m-00800" / "mine").write_text("mine")
    (tmp_path / "m-00900").mkdir()
    items = many()
    items[1000] = file(ROOT + b"/m-01000", Text(b"fine"), mtime_ns=1 << 100)
    written = write(tmp_path, items)
    assert [str(one) for one in written.failures] == [
        "srv/data/m-00800: Directory not empty",
        "srv/data/m-01000: times not set: timestamp out of range for platform time_t",
    ]
    assert [told(items[number]) for number in (800, 900, 1000)] == [[(0, None)], [(5, None)], [(4, None)]]
    assert (tmp_path / "m-00900").read_text() == "900.."


def test_names_of_one_file_share_it_and_a_damaged_first_name_does_not_take_them_along(tmp_path: Path) -> None:
    twin: dict[str, Any] = {"inode": 7, "device_id": 7, "links": 4}
    other: dict[str, Any] = {"inode": 8, "device_id": 7, "links": 4}
    items = [folder(ROOT), folder(ROOT + b"/a", mtime_ns=5 * 10**9), *many(ROOT + b"/a/m")]
    items += [
        file(ROOT + b"/a/p", Broken(ROOT + b"/a/p"), **twin),
        file(ROOT + b"/a/q", Text(b"new"), **twin),
        file(ROOT + b"/a/r", Text(b"first"), **other),
        folder(ROOT + b"/b", mtime_ns=6 * 10**9),
        file(ROOT + b"/b/r", Text(b"unread"), **other),
        file(ROOT + b"/b/s", Text(b"unread"), **twin),
    ]
    written = write(tmp_path / "back", items)
    back = tmp_path / "back"
    assert (back / "a/q").samefile(back / "b/s")
    assert (back / "a/r").samefile(back / "b/r")
    assert [(back / name).read_text() for name in ("b/s", "b/r")] == ["new", "first"]
    assert [(back / name).stat().st_mtime_ns for name in ("a", "b")] == [5 * 10**9, 6 * 10**9]
    assert (written.files, written.failure_count) == (MANY + 4, 1)


def test_a_name_given_again_ends_as_the_last(tmp_path: Path) -> None:
    again = ROOT + b"/m-01400"
    items: list[Entry] = [*many(), file(again, Text(b"second")), file(again, Text(b"third"))]
    assert write(tmp_path, items).files == MANY + 2
    assert (tmp_path / "m-01400").read_text() == "third"
    assert len(names(tmp_path)) == MANY


def test_links_in_the_destination_are_never_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "file").write_text("untouched")
    before = portraits(outside)
    (inside / "deep").symlink_to(outside)
    (inside / "m-01000").symlink_to(outside / "file")
    target = dataclasses.replace(PLAIN, link_target=os.fsencode(outside))
    items = [
        *many(ROOT + b"/deep/m"),
        *many(),
        Entry(ROOT + b"/way", Kind.SYMLINK, target),
        *many(ROOT + b"/way/m"),
    ]
    assert write(inside, items).failure_count == 0
    assert portraits(outside) == before
    assert (inside / "way").is_dir()
    assert (inside / "m-01000").read_text() == "1000."


def test_stopping_leaves_no_half_file(tmp_path: Path) -> None:
    def items() -> Iterator[Entry]:
        yield from many()
        for number in range(20):
            yield file(ROOT + b"/n-%d" % number, Slow(0.02))
        yield from many(ROOT + b"/o")
        raise Cancelled

    with pytest.raises(Cancelled):
        write(tmp_path, items())
    assert not [name for name in names(tmp_path) if name.startswith(".holdfast-")]
    assert len({(tmp_path / name).stat().st_size for name in names(tmp_path)} - {5, 9}) == 0


def test_whoever_is_told_may_stop_it(tmp_path: Path) -> None:
    class Stopping(Distant):
        def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
            raise Cancelled(byte_count, problem)

    items = many()
    items[600] = dataclasses.replace(items[600], content=Stopping(Text(b"fine.")))
    with pytest.raises(Cancelled):
        write(tmp_path, items)
    assert not [name for name in names(tmp_path) if name.startswith(".holdfast-")]


def test_a_helper_that_dies_ends_the_restore(tmp_path: Path) -> None:
    items = many()
    items[900] = file(ROOT + b"/m-00900", Deadly(os.getpid()))
    with pytest.raises(CrewLost, match="a helper process has died"):
        write(tmp_path, items)
    assert not (tmp_path / "m-00900").exists()
    items[900] = file(ROOT + b"/m-00900", Text(b"whole"))
    assert write(tmp_path, items).files == MANY
    assert len(names(tmp_path)) == MANY


@as_root
def test_a_full_disk_ends_the_restore(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "tmpfs", "size=8m,nr_inodes=10000") as small:
        with pytest.raises(OSError, match="No space left on device") as caught:
            write(small, many(size=20_000))
        assert caught.value.errno == errno.ENOSPC
        assert not [name for name in names(small) if name.startswith(".holdfast-")]
        assert {path.stat().st_size for path in small.iterdir()} == {20_000}


def test_few_files_call_for_no_helper(tmp_path: Path) -> None:
    items = [file(ROOT + b"/few-%03d" % number, Deadly(os.getpid())) for number in range(600)]
    assert write(tmp_path, items).files == 600
