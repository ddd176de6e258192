"""A restore puts back what the backup holds, nothing else, nowhere else, and says what it could not do."""

import dataclasses
import errno
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.providers.trees import NOBODY, as_nobody, as_root, copied, kept, mounted, portraits

from holdfast.model.entry import Data, Entry, Hole, Kind, Metadata, Range, Same, Unreadable
from holdfast.model.errors import Cancelled, InvalidParameter
from holdfast.providers.directory import Directory
from holdfast.providers.provider import FAILURES_KEPT, Target, Written

DIRECTORY = Directory()
PLAIN = Metadata(0o644, os.getuid(), os.getgid(), "", "", 10**18, 10**18, 10**18)
ROOT = b"srv/data"

pytestmark = pytest.mark.usefixtures("nothing_left_open")


def folder(path: bytes) -> Entry:
    return Entry(path, Kind.DIRECTORY, dataclasses.replace(PLAIN, mode=0o755))


def file(path: bytes, content: bytes = b"new", **known: Any) -> Entry:
    return Entry(path, Kind.FILE, dataclasses.replace(PLAIN, **known), [Data(0, content)])


def link(path: bytes, target: Path | str) -> Entry:
    return Entry(path, Kind.SYMLINK, dataclasses.replace(PLAIN, link_target=os.fsencode(target)))


def damaged(path: bytes) -> Entry:
    def content() -> Iterator[Range]:
        yield Data(0, b"half")
        raise Unreadable(path, "pack 1234 is damaged")

    return Entry(path, Kind.FILE, PLAIN, content())


def write(destination: Path, items: Iterable[Entry | Unreadable]) -> Written:
    leading = [folder(b"srv"), folder(ROOT)]
    return DIRECTORY.write(Target({"path": "/srv/data"}, ROOT, str(destination)), [*leading, *items])


def names(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_in_place_brings_back_what_was_lost_or_changed_and_leaves_the_rest(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "deep").mkdir(parents=True)
    for name in ("changed", "lost", "deep/same"):
        (data / name).write_text(name)
    os.link(data / "changed", data / "linked")
    wanted = portraits(data)
    root, entries = kept(DIRECTORY, {"path": str(data)})
    (data / "changed").write_text("something else")
    (data / "lost").unlink()
    (data / "deep" / "new").write_text("new")
    (data / "deep").chmod(0o700)
    written = DIRECTORY.write(Target({"path": str(data)}, root), entries)
    found = portraits(data)
    assert found.pop(b"deep/new").size == 3
    assert found == wanted
    assert (written.files, written.failure_count) == (4, 0)


def test_a_folder_that_is_gone_comes_back_with_the_folders_that_lead_to_it(tmp_path: Path) -> None:
    data = tmp_path / "above" / "data"
    data.mkdir(parents=True)
    (data / "file").write_text("content")
    data.parent.chmod(0o710)
    wanted = portraits(tmp_path / "above")
    root, entries = kept(DIRECTORY, {"path": str(data)})
    shutil.rmtree(tmp_path / "above")
    DIRECTORY.write(Target({"path": str(data)}, root), entries)
    found = portraits(tmp_path / "above")
    assert found[b"."].mode == wanted[b"."].mode
    assert found[b"data"] == wanted[b"data"]
    assert found[b"data/file"] == wanted[b"data/file"]


def test_in_place_follows_the_resource_to_its_new_path(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").write_text("content")
    root, entries = kept(DIRECTORY, {"path": str(tmp_path / "old")})
    DIRECTORY.write(Target({"path": str(tmp_path / "new")}, root), entries)
    assert names(tmp_path) == {"old", "old/file", "new", "new/file"}


def test_one_file_out_of_a_tree_comes_with_its_folders(tmp_path: Path) -> None:
    written = write(tmp_path / "back", [file(ROOT + b"/deep/below/file")])
    assert names(tmp_path / "back") == {"deep", "deep/below", "deep/below/file"}
    assert written == Written(3, 1)


def test_whoever_wants_to_hear_is_told_of_each_failure_as_it_comes(tmp_path: Path) -> None:
    heard: list[str] = []
    told_before: list[int] = []

    def items() -> Iterator[Entry | Unreadable]:
        yield from (folder(b"srv"), folder(ROOT))
        for number in range(FAILURES_KEPT + 5):
            yield Unreadable(b"%d" % number, "lost")
            told_before.append(len(heard))
        yield damaged(ROOT + b"/b")

    target = Target({"path": "/srv/data"}, ROOT, str(tmp_path / "back"), lambda one: heard.append(str(one)))
    written = DIRECTORY.write(target, items())
    assert heard[:-1] == [f"{number}: lost" for number in range(FAILURES_KEPT + 5)]
    assert heard[-1] == "srv/data/b: pack 1234 is damaged"
    assert written.failure_count == len(heard)
    assert told_before == list(range(1, FAILURES_KEPT + 6))


def test_a_destination_that_exists_keeps_its_own_mode_and_times(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    write(tmp_path, [file(ROOT + b"/file")])
    write(tmp_path / "made", [file(ROOT + b"/file")])
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o755
    assert (tmp_path / "made").stat().st_mtime_ns == PLAIN.mtime_ns


def test_a_damaged_file_is_named_and_the_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("old")
    written = write(tmp_path, [file(ROOT + b"/a"), damaged(ROOT + b"/b"), file(ROOT + b"/c")])
    assert names(tmp_path) == {"a", "b", "c"}
    assert (tmp_path / "b").read_text() == "old"
    assert [str(one) for one in written.failures] == ["srv/data/b: pack 1234 is damaged"]
    assert (written.files, written.failure_count) == (2, 1)


def test_what_the_stream_says_is_unreadable_is_counted_and_the_first_are_kept(tmp_path: Path) -> None:
    lost = [Unreadable(b"%d" % number, "lost") for number in range(FAILURES_KEPT + 5)]
    written = write(tmp_path, [*lost, file(ROOT + b"/a")])
    assert (written.files, written.failure_count) == (1, FAILURES_KEPT + 5)
    assert [one.path for one in written.failures] == [b"%d" % number for number in range(FAILURES_KEPT)]


def test_stopping_leaves_no_half_file(tmp_path: Path) -> None:
    def content() -> Iterator[Range]:
        yield Data(0, b"half")
        raise Cancelled

    (tmp_path / "file").write_text("old")
    with pytest.raises(Cancelled):
        write(tmp_path, [Entry(ROOT + b"/file", Kind.FILE, PLAIN, content())])
    assert names(tmp_path) == {"file"}
    assert (tmp_path / "file").read_text() == "old"


KILLED = """
import os, sys
from pathlib import Path
from tests.providers.test_directory_writing import PLAIN, ROOT, Data, Entry, Kind, write

def content():
    yield Data(0, b"half")
    os._exit(9)

write(Path(sys.argv[1]), [Entry(ROOT + b"/file", Kind.FILE, PLAIN, content())])
"""


def test_what_a_killed_restore_left_goes_away_with_the_next(tmp_path: Path) -> None:
    write(tmp_path, [file(ROOT + b"/file")])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path], cwd=Path(__file__).parents[2], check=False
    )
    assert killed.returncode == 9
    assert len(names(tmp_path)) == 2
    write(tmp_path, [file(ROOT + b"/file", b"whole")])
    assert names(tmp_path) == {"file"}
    assert (tmp_path / "file").read_text() == "whole"


@as_root
def test_a_full_disk_ends_the_restore(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "tmpfs", "size=1m") as small:
        with pytest.raises(OSError, match="No space left on device") as caught:
            write(small, [file(ROOT + b"/a"), file(ROOT + b"/b", b"b" * (2 << 20)), file(ROOT + b"/c")])
        assert caught.value.errno == errno.ENOSPC
        assert names(small) == {"a"}


@as_root
def test_without_rights_the_bytes_come_back_and_the_owner_is_a_warning(common_folder: Path) -> None:
    os.chown(common_folder, NOBODY, NOBODY)
    theirs = file(ROOT + b"/theirs", mode=0o6755, uid=0)
    own = file(ROOT + b"/own", mode=0o4755, uid=NOBODY, gid=NOBODY)
    written = as_nobody(lambda: write(common_folder / "back", [theirs, own]))
    assert written.files == 2
    reasons = [str(one) for one in written.failures]
    assert reasons == [
        "srv/data/theirs: owner not set: Operation not permitted",
        "srv/data: owner not set: Operation not permitted",
    ]
    assert stat.S_IMODE((common_folder / "back" / "theirs").stat().st_mode) == 0o755
    assert stat.S_IMODE((common_folder / "back" / "own").stat().st_mode) == 0o4755


@as_root
def test_a_file_that_may_not_be_written_is_named_and_the_others_are_restored(common_folder: Path) -> None:
    (common_folder / "closed").mkdir()
    (common_folder / "open").mkdir()
    os.chown(common_folder / "open", NOBODY, NOBODY)
    own: dict[str, Any] = {"uid": NOBODY, "gid": NOBODY}
    items = [file(ROOT + b"/closed/a", **own), file(ROOT + b"/open/b", **own)]
    written = as_nobody(lambda: write(common_folder, items))
    assert [str(one) for one in written.failures] == ["srv/data/closed/a: Permission denied"]
    assert names(common_folder) == {"closed", "open", "open/b"}


@pytest.mark.parametrize(
    "path",
    [
        b"srv/data/../../../escaped",
        b"srv/data/a/../../escaped",
        b"srv/data/./escaped",
        b"srv/data//escaped",
        b"/srv/data/escaped",
        b"srv/database/escaped",
        b"etc/escaped",
        b"srv/data/escaped\0",
        b"srv/data/",
        b"",
        b"..",
    ],
)
@pytest.mark.parametrize("kind", [Kind.FILE, Kind.DIRECTORY, Kind.SYMLINK, Kind.FIFO])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: bytes, kind: Kind) -> None:
    inside = tmp_path / "a" / "b" / "c"
    known = dataclasses.replace(PLAIN, link_target=b"x")
    written = write(inside, [Entry(path, kind, known), file(ROOT + b"/z")])
    assert written.failure_count == 1
    assert written.failures[0].path == path
    assert names(tmp_path) == {"a", "a/b", "a/b/c", "a/b/c/z"}


def test_links_in_the_destination_are_replaced_and_never_followed(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "file").write_text("untouched")
    (inside / "folder").symlink_to(outside)
    (inside / "implied").symlink_to(outside)
    (inside / "link").symlink_to(outside / "file")
    (inside / "file").symlink_to(outside / "file")
    before = portraits(outside)
    items = [
        file(ROOT + b"/file"),
        folder(ROOT + b"/folder"),
        file(ROOT + b"/folder/file"),
        file(ROOT + b"/implied/deep/file"),
        link(ROOT + b"/link", "elsewhere"),
    ]
    assert write(inside, items).failure_count == 0
    assert portraits(outside) == before
    assert (inside / "folder" / "file").read_text() == "new"
    assert (inside / "implied" / "deep" / "file").read_text() == "new"
    assert not (inside / "file").is_symlink()
    assert os.readlink(inside / "link") == "elsewhere"


def test_a_backup_that_brings_its_own_links_does_not_write_through_them(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    (outside / "file").write_text("untouched")
    before = portraits(outside)
    twin: dict[str, Any] = {"inode": 7, "device_id": 7, "links": 3}
    items = [
        link(ROOT + b"/way", outside),
        file(ROOT + b"/way/file"),
        folder(ROOT + b"/here"),
        link(ROOT + b"/here", outside),
        file(ROOT + b"/here/file"),
        file(ROOT + b"/one", **twin),
        link(ROOT + b"/one", outside / "file"),
        file(ROOT + b"/two", b"changed", **twin),
        link(ROOT + b"/way", outside),
        file(ROOT + b"/way", b"changed"),
    ]
    write(inside, items)
    assert portraits(outside) == before


def test_a_destination_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for destination in (tmp_path / "link", tmp_path / "link" / "below"):
        with pytest.raises(InvalidParameter, match="a symbolic link or a file stands in the way"):
            write(destination, [file(ROOT + b"/file")])
    assert names(tmp_path) == {"real", "link"}


@pytest.mark.parametrize("destination", ["relative", "", "/nul\0"])
def test_a_destination_that_is_no_path_is_refused(destination: str) -> None:
    with pytest.raises(InvalidParameter, match="destination: "):
        DIRECTORY.write(Target({"path": "/srv/data"}, ROOT, destination), [])


def test_a_folder_in_the_way_of_a_file_goes_only_when_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    written = write(tmp_path, [file(ROOT + b"/empty"), file(ROOT + b"/full")])
    assert (tmp_path / "empty").read_text() == "new"
    assert (tmp_path / "full" / "file").read_text() == "mine"
    assert [str(one) for one in written.failures] == ["srv/data/full: Directory not empty"]
    assert names(tmp_path) == {"empty", "full", "full/file"}


def test_a_file_in_the_way_of_a_folder_gives_way(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("file")
    write(tmp_path, [folder(ROOT + b"/a"), file(ROOT + b"/a/b")])
    assert names(tmp_path) == {"a", "a/b"}


def test_names_of_one_file_share_it_and_a_damaged_first_name_does_not_take_them_along(tmp_path: Path) -> None:
    twin: dict[str, Any] = {"inode": 7, "device_id": 7, "links": 3}
    known = dataclasses.replace(PLAIN, **twin)
    first = dataclasses.replace(damaged(ROOT + b"/a"), metadata=known)
    written = write(tmp_path, [first, file(ROOT + b"/b", **twin), file(ROOT + b"/c/d", b"unread", **twin)])
    assert (tmp_path / "b").samefile(tmp_path / "c" / "d")
    assert (tmp_path / "c" / "d").read_text() == "new"
    assert (written.bytes, written.files, written.failure_count) == (3, 2, 1)


@as_root
def test_names_of_one_file_on_two_file_systems_are_two_files(tmp_path: Path) -> None:
    twin: dict[str, Any] = {"inode": 7, "device_id": 7, "links": 2}
    with mounted(tmp_path / "memory", "tmpfs") as memory:
        written = write(tmp_path, [file(ROOT + b"/a", **twin), file(ROOT + b"/memory/a", **twin)])
        assert (memory / "a").read_text() == "new"
    assert written == Written(6, 2)


def test_a_name_given_twice_ends_as_the_last(tmp_path: Path) -> None:
    twin: dict[str, Any] = {"inode": 7, "device_id": 7, "links": 2}
    write(tmp_path, [file(ROOT + b"/a", **twin), file(ROOT + b"/a", **twin)])
    assert names(tmp_path) == {"a"}


def test_what_the_backup_left_out_as_unchanged_cannot_be_made_up(tmp_path: Path) -> None:
    part = Entry(ROOT + b"/part", Kind.FILE, PLAIN, [Data(0, b"abc"), Same(3, 5)])
    assert write(tmp_path, [part]).failure_count == 1
    assert names(tmp_path) == set()


def test_sockets_are_passed_over(tmp_path: Path) -> None:
    assert write(tmp_path, [Entry(ROOT + b"/socket", Kind.SOCKET, PLAIN)]) == Written(0, 0)


def test_what_no_system_can_hold_fails_alone(tmp_path: Path) -> None:
    items = [
        file(ROOT + b"/" + b"n" * 300),
        Entry(ROOT + b"/vast", Kind.FILE, PLAIN, [Hole(0, 1 << 62)]),
        Entry(ROOT + b"/vaster", Kind.FILE, PLAIN, [Hole(0, 1 << 70)]),
        link(ROOT + b"/link", "a\0b"),
        file(ROOT + b"/when", mtime_ns=1 << 100),
        file(ROOT + b"/whose", uid=1 << 40),
        file(ROOT + b"/marked", xattrs=(("user.\0", b""), ("user.\ud800", b""), ("user.fine", b"1"))),
        file(ROOT + b"/fine"),
    ]
    written = write(tmp_path, items)
    lost = [one.path.removeprefix(ROOT + b"/") for one in written.failures]
    assert lost == [b"n" * 300, b"vast", b"vaster", b"link", b"when", b"whose", b"marked"]
    assert names(tmp_path) == {"when", "whose", "marked", "fine"}
    assert os.listxattr(tmp_path / "marked") == ["user.fine"]


def test_a_change_in_the_stream_is_what_arrives(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for name in "abc":
        (tmp_path / "source" / name).write_text(name)

    def without_b(items: Iterator[Entry | Unreadable]) -> Iterator[Entry | Unreadable]:
        return (item for item in items if not item.path.endswith(b"/b"))

    copied(DIRECTORY, {"path": str(tmp_path / "source")}, tmp_path / "back", without_b)
    assert names(tmp_path / "back") == {"a", "c"}
