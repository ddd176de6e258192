"""A folder is read as it is: in order, without following links, whatever happens to it meanwhile."""

import os
import shutil
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.providers.trees import NOBODY, as_nobody, as_root, listed, mounted, pulled

from holdfast.model.entry import Data, Entry, Hole, Kind, Unreadable
from holdfast.model.resource import ResourceType
from holdfast.providers.directory import Directory

DIRECTORY = Directory()
BUFFER = 4 << 20

pytestmark = pytest.mark.usefixtures("nothing_left_open")


def entries_of(path: Path, **settings: Any) -> dict[bytes, Entry]:
    """All entries by their path below the folder, content not to be pulled any more."""
    with DIRECTORY.read({"path": str(path), **settings}, None) as reading:
        found = listed(reading.entries)
        below = {name: entry for name, entry in found.items() if name.startswith(reading.root + b"/")}
    return {name[len(reading.root) + 1 :]: entry for name, entry in below.items()}


def test_it_is_a_file_share_without_parts(tmp_path: Path) -> None:
    assert DIRECTORY.resource_type is ResourceType.FILE_SHARE
    assert DIRECTORY.parts({"path": str(tmp_path)}) == ()


def test_entries_come_depth_first_in_byte_order_after_the_folders_that_lead_there(tmp_path: Path) -> None:
    for name in (b"a", b"a/z", b"a-b", b"\xff", "ä".encode(), b"B"):
        os.mkdir(os.fsencode(tmp_path) + b"/" + name)
    (tmp_path / "a" / "b").write_text("b")
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        paths = list(listed(reading.entries))
    root = os.fsencode(tmp_path)[1:]
    names = root.split(b"/")
    leading = [b"/".join(names[:count]) for count in range(1, len(names))]
    below = [b"B", b"a", b"a/b", b"a/z", b"a-b", "ä".encode(), b"\xff"]
    assert reading.root == root
    assert paths == [*leading, root, *(root + b"/" + name for name in below)]


def test_the_leading_folders_are_told_as_they_are(tmp_path: Path) -> None:
    above = tmp_path / "above"
    (above / "root").mkdir(parents=True)
    above.chmod(0o1711)
    os.utime(above, ns=(1, 123456789))
    with DIRECTORY.read({"path": str(above / "root")}, None) as reading:
        entry = listed(reading.entries)[os.fsencode(above)[1:]]
    assert (entry.kind, entry.metadata.mode, entry.metadata.mtime_ns) == (Kind.DIRECTORY, 0o1711, 123456789)


def test_a_path_may_be_one_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("not this one")
    letter = tmp_path / "letter.txt"
    letter.write_text("dear all")
    with DIRECTORY.read({"path": str(letter)}, None) as reading:
        *_, last = list(reading.entries)
        assert isinstance(last, Entry)
        assert (last.path, last.kind, pulled(last.content)) == (reading.root, Kind.FILE, b"dear all")
    assert DIRECTORY.inspect({"path": str(letter)}).size_bytes == 8


def test_metadata_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    os.link(path, tmp_path / "other name")
    os.setxattr(path, "user.origin", b"\x00\xff")
    path.chmod(0o4750)
    os.utime(path, ns=(1_000_000_001, 2_000_000_003))
    status = path.lstat()
    known = entries_of(tmp_path)[b"file"].metadata
    assert (known.mode, known.size, known.links) == (0o4750, 5, 2)
    assert (known.uid, known.gid) == (status.st_uid, status.st_gid)
    assert (known.user, known.group) == (path.owner(), path.group())
    assert (known.atime_ns, known.mtime_ns) == (1_000_000_001, 2_000_000_003)
    assert known.ctime_ns == status.st_ctime_ns
    assert (known.inode, known.device_id) == (status.st_ino, status.st_dev)
    assert known.xattrs == (("user.origin", b"\x00\xff"),)
    assert entries_of(tmp_path)[b"other name"].metadata.inode == known.inode


@as_root
def test_an_owner_without_a_name_has_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.chown(tmp_path / "file", 3_000_000_001, 3_000_000_002)
    known = entries_of(tmp_path)[b"file"].metadata
    assert (known.uid, known.gid, known.user, known.group) == (3_000_000_001, 3_000_000_002, "", "")


def test_links_below_the_root_are_told_and_not_followed(tmp_path: Path) -> None:
    os.symlink(b"/etc", tmp_path / "folder")
    os.symlink(b"\xff\xfe nowhere", tmp_path / "bytes")
    found = entries_of(tmp_path)
    assert set(found) == {b"folder", b"bytes"}
    assert {entry.kind for entry in found.values()} == {Kind.SYMLINK}
    assert found[b"folder"].metadata.link_target == b"/etc"
    assert found[b"bytes"].metadata.link_target == b"\xff\xfe nowhere"


def test_a_link_in_the_path_itself_leads_to_the_real_folder(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with DIRECTORY.read({"path": str(tmp_path / "link" / "deep")}, None) as reading:
        assert reading.root == os.fsencode(tmp_path / "real" / "deep")[1:]
        assert len(listed(reading.entries)) == reading.root.count(b"/") + 1


def test_special_files_are_told_and_sockets_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(tmp_path, os.O_PATH)
        listener.bind(f"/proc/self/fd/{here}/socket")
        os.close(here)
        found = entries_of(tmp_path)
    assert {name: entry.kind for name, entry in found.items()} == {b"pipe": Kind.FIFO}


@as_root
def test_device_nodes_have_their_numbers(tmp_path: Path) -> None:
    os.mknod(tmp_path / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.mknod(tmp_path / "disk", 0o660 | stat.S_IFBLK, os.makedev(7, 200))
    found = entries_of(tmp_path)
    assert (found[b"null"].kind, found[b"null"].metadata.device) == (Kind.CHARACTER_DEVICE, os.makedev(1, 3))
    assert (found[b"disk"].kind, found[b"disk"].metadata.device) == (Kind.BLOCK_DEVICE, os.makedev(7, 200))


def test_a_large_file_comes_in_bounded_buffers(tmp_path: Path) -> None:
    content = os.urandom(2 * BUFFER + 17)
    (tmp_path / "large").write_bytes(content)
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        *_, large = reading.entries
        assert isinstance(large, Entry)
        assert [piece.length for piece in large.content] == [BUFFER, BUFFER, 17]
        assert pulled(large.content) == content


def test_holes_are_told_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        os.pwrite(file.fileno(), b"a" * 4096, 1 << 20)
        file.truncate(1 << 40)
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        *_, sparse = reading.entries
        assert isinstance(sparse, Entry)
        found = [(type(piece), piece.offset, piece.length) for piece in sparse.content]
    end = (1 << 20) + 4096
    assert found == [(Hole, 0, 1 << 20), (Data, 1 << 20, 4096), (Hole, end, (1 << 40) - end)]
    assert DIRECTORY.measure({"path": str(tmp_path)}).bytes == 4096


def test_a_file_of_unknown_size_is_read_to_its_end() -> None:
    with DIRECTORY.read({"path": "/proc/self/status"}, None) as reading:
        *_, entry = reading.entries
        assert isinstance(entry, Entry)
        assert entry.metadata.size == 0
        assert pulled(entry.content).startswith(b"Name:")


def test_a_file_that_grows_is_read_to_the_size_it_was_opened_with(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"1" * (BUFFER + 5))
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        *_, entry = reading.entries
        assert isinstance(entry, Entry)
        with log.open("ab") as file:
            file.write(b"2" * 10)
        content = iter(entry.content)
        parts = [pulled([next(content)])]
        with log.open("ab") as file:
            file.write(b"3" * BUFFER)
        parts += [bytes(piece.content) for piece in content if isinstance(piece, Data)]
    assert b"".join(parts) == b"1" * (BUFFER + 5) + b"2" * 10


@pytest.mark.parametrize("sparse", [False, True])
def test_a_file_that_shrinks_ends_where_it_ends(tmp_path: Path, sparse: bool) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        file.write(b"1" * 2 * BUFFER)
        file.truncate((3 if sparse else 2) * BUFFER)
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        *_, entry = reading.entries
        assert isinstance(entry, Entry)
        content = iter(entry.content)
        first = next(content).length
        os.truncate(log, BUFFER + 5)
        assert first + sum(piece.length for piece in content) == BUFFER + 5


def test_what_vanishes_between_looking_and_reading_is_named(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).write_text(name)
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        found = list(islice(reading.entries, reading.root.count(b"/") + 2))
        (tmp_path / "b").unlink()
        gone, last = reading.entries
        assert all(isinstance(one, Entry) for one in (found[-1], gone, last))
        with pytest.raises(Unreadable) as caught:
            list(entry_of(gone).content)
    assert (caught.value.path, caught.value.reason) == (reading.root + b"/b", "No such file or directory")


def test_what_vanishes_from_a_very_large_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.providers.walk._LISTED", 2)
    for name in "abc":
        (tmp_path / name).write_text(name)
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        found = list(islice(reading.entries, reading.root.count(b"/") + 2))
        (tmp_path / "b").unlink()
        gone, last = reading.entries
    assert isinstance(gone, Unreadable)
    assert (gone.path, gone.reason) == (reading.root + b"/b", "vanished while its folder was being read")
    assert isinstance(last, Entry)
    assert entry_of(found[-2]).listing is None


def entry_of(item: Entry | Unreadable) -> Entry:
    assert isinstance(item, Entry)
    return item


def test_a_file_that_changes_its_kind_before_it_is_pulled_is_unreadable(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / name).write_text(name)
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        found = listed(reading.entries)
        for name in "abc":
            (tmp_path / name).unlink()
        (tmp_path / "b").symlink_to("d")
        os.mkfifo(tmp_path / "c")
        reasons = []
        for path in (reading.root + b"/a", reading.root + b"/b", reading.root + b"/c"):
            with pytest.raises(Unreadable) as caught:
                pulled(found[path].content)
            assert caught.value.path == path
            reasons.append(caught.value.reason)
        assert pulled(found[reading.root + b"/d"].content) == b"d"
    assert reasons == [
        "No such file or directory",
        "Too many levels of symbolic links",
        "is not a file any more",
    ]


@pytest.mark.parametrize("seen", [1, 2])
def test_a_folder_swapped_for_a_link_does_not_lead_elsewhere(tmp_path: Path, seen: int) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "key").write_text("public")
    with DIRECTORY.read({"path": str(root)}, None) as reading:
        found = list(islice(reading.entries, reading.root.count(b"/") + seen))
        os.rename(root / "a", root / "moved")
        (root / "a").symlink_to(tmp_path / "secret")
        found += reading.entries
        contents = {
            pulled(item.content) for item in found if isinstance(item, Entry) and item.kind is Kind.FILE
        }
    assert b"secret" not in contents


@as_root
def test_permission_denied_is_counted_and_the_rest_is_read(common_folder: Path) -> None:
    (common_folder / "a").write_text("open")
    (common_folder / "closed").mkdir(mode=0)
    (common_folder / "secret").write_text("secret")
    (common_folder / "secret").chmod(0)
    (common_folder / "z").write_text("open")

    def read() -> list[tuple[bytes, str]]:
        seen = []
        with DIRECTORY.read({"path": str(common_folder)}, None) as reading:
            for item in reading.entries:
                name = item.path.rpartition(b"/")[2]
                try:
                    if isinstance(item, Unreadable):
                        raise item
                    seen.append((name, pulled(item.content).decode()))
                except Unreadable as problem:
                    seen.append((name, problem.reason))
        return seen[-5:]

    denied = "Permission denied"
    assert as_nobody(read) == [
        (b"a", "open"),
        (b"closed", ""),
        (b"closed", denied),
        (b"secret", denied),
        (b"z", "open"),
    ]


@as_root
def test_a_folder_that_may_not_be_listed_at_all_is_no_empty_backup(common_folder: Path) -> None:
    closed = common_folder / "closed"
    closed.mkdir(mode=0o711)

    def read() -> str:
        try:
            with DIRECTORY.read({"path": str(closed)}, None):
                return "read"
        except PermissionError as error:
            return str(error)

    assert as_nobody(read) == f"[Errno 13] Permission denied: '{closed}'"


@as_root
def test_folders_on_the_way_need_not_be_listable(common_folder: Path) -> None:
    home = common_folder / "homes" / "mine"
    home.mkdir(parents=True)
    (home / "letter").write_text("mine")
    os.chown(home, NOBODY, NOBODY)
    home.parent.chmod(0o711)
    assert set(as_nobody(lambda: list(entries_of(home)))) == {b"letter"}


@as_root
def test_reading_leaves_access_times_alone_where_that_is_allowed(common_folder: Path) -> None:
    path = common_folder / "old"
    path.write_text("old")
    for place in (path, common_folder):
        os.utime(place, ns=(5, 10**18))
    with DIRECTORY.read({"path": str(common_folder)}, None) as reading:
        assert b"old" in [pulled(item.content) for item in listed(reading.entries).values()]
    assert path.stat().st_atime_ns == common_folder.stat().st_atime_ns == 5

    def read() -> set[bytes]:
        with DIRECTORY.read({"path": str(common_folder)}, None) as reading:
            return {pulled(item.content) for item in listed(reading.entries).values()}

    assert b"old" in as_nobody(read)


@as_root
def test_one_file_system_stops_at_mount_points(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with mounted(tmp_path / "memory", "tmpfs") as memory:
        (memory / "inside").touch()
        assert set(entries_of(tmp_path)) == {b"file", b"memory", b"memory/inside"}
        assert set(entries_of(tmp_path, one_file_system=True)) == {b"file", b"memory"}


def test_excluded_names_are_left_out_with_all_below(tmp_path: Path) -> None:
    (tmp_path / "cache" / "deep").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.tmp").write_text("1234")
    (tmp_path / "docs" / "a.txt").write_text("12")
    exclude = [f"{tmp_path}/cache", "*.tmp"]
    assert set(entries_of(tmp_path, exclude=exclude)) == {b"docs", b"docs/a.txt"}
    measured = DIRECTORY.measure({"path": str(tmp_path), "exclude": exclude})
    assert (measured.bytes, measured.files) == (2, 1)
    (tmp_path / "link").symlink_to(tmp_path / "docs")
    assert set(entries_of(tmp_path / "link", exclude=[f"{tmp_path}/link/*.tmp"])) == {b"a.txt"}


def test_a_tree_deeper_than_a_path_may_be_long(tmp_path: Path) -> None:
    depth, name = 300, "folder in a folder in a"
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("zone", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    (tmp_path / "zone").write_text("last")
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        found = listed(reading.entries)
        assert len(found) == reading.root.count(b"/") + 1 + depth + 2
        assert pulled(found[b"/".join([reading.root, *[name.encode()] * depth, b"zone"])].content) == b""
        assert list(found)[-1] == reading.root + b"/zone"
    shutil.rmtree(tmp_path / name)


def test_content_may_be_pulled_later_by_several_threads(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "file").write_text(f"content {number}")
    with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
        files = [entry for entry in listed(reading.entries).values() if entry.kind is Kind.FILE]
        with ThreadPoolExecutor(4) as threads:
            contents = list(threads.map(lambda entry: (entry.path, pulled(entry.content)), reversed(files)))
    assert all(content == b"content " + path.split(b"/")[-2] for path, content in contents)
    assert len(contents) == 100


def test_stopping_in_the_middle_of_a_file_closes_everything(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(range(256)) * (3 * BUFFER // 256))

    def cancel() -> None:
        with DIRECTORY.read({"path": str(tmp_path)}, None) as reading:
            for item in reading.entries:
                for _ in item.content if isinstance(item, Entry) else ():
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cancel()


def test_nothing_is_read_after_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    entry = entries_of(tmp_path)[b"file"]
    with pytest.raises(Unreadable, match="not open any more"):
        pulled(entry.content)
