"""What is read from one folder and written to another is the same, whatever it is."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.providers.trees import access_list, as_root, copied, kept, listed, portraits

from holdfast.model.entry import Kind
from holdfast.providers.directory import Directory
from holdfast.providers.provider import Target

DIRECTORY = Directory()
ROOT = os.geteuid() == 0
GROUPS = st.integers(0, 3_000_000_000) if ROOT else st.just(os.getgid())
USERS = st.integers(0, 3_000_000_000) if ROOT else st.just(os.getuid())

Node = tuple[str, Any, dict[str, Any]]

names = st.binary(min_size=1, max_size=12).filter(
    lambda name: not {0, ord("/")} & set(name) and name not in (b".", b"..")
)
# What a user without rights may set: the owner has to be able to look into it again.
modes = st.integers(0, 0o7777).map(lambda mode: mode | (0 if ROOT else 0o700))
looks = st.fixed_dictionaries(
    {
        "mode": modes,
        "uid": USERS,
        "gid": GROUPS,
        "mtime": st.integers(-(2**31) * 10**9, 2**33 * 10**9),
        "xattrs": st.dictionaries(st.text("abc", min_size=1, max_size=3), st.binary(max_size=20), max_size=2),
    }
)
pieces = st.lists(st.tuples(st.integers(0, 40), st.binary(min_size=1, max_size=9)), max_size=3)
leaves = st.one_of(
    st.tuples(st.just("file"), st.binary(max_size=100), looks),
    st.tuples(st.just("sparse"), pieces, looks),
    st.tuples(st.just("symlink"), st.binary(min_size=1, max_size=20).filter(lambda to: 0 not in to), looks),
    st.tuples(st.just("fifo"), st.none(), looks),
)
trees: st.SearchStrategy[Node] = st.recursive(
    st.tuples(st.just("folder"), st.dictionaries(names, leaves, max_size=4), looks),
    lambda below: st.tuples(st.just("folder"), st.dictionaries(names, leaves | below, max_size=4), looks),
    max_leaves=8,
)


def make(path: bytes, node: Node, links: list[bytes]) -> None:
    kind, content, look = node
    MAKERS[kind](path, content, links)
    os.chown(path, look["uid"], look["gid"], follow_symlinks=False)
    if kind != "symlink":
        if kind != "fifo":
            for name, text in look["xattrs"].items():
                os.setxattr(path, f"user.{name}", text)
        os.chmod(path, look["mode"])
    if kind == "file" and look["mode"] & 1:
        links.append(path)
    os.utime(path, ns=(0, look["mtime"]), follow_symlinks=False)


def make_folder(path: bytes, content: dict[bytes, Node], links: list[bytes]) -> None:
    os.mkdir(path)
    for name, node in content.items():
        make(path + b"/" + name, node, links)


def make_file(path: bytes, content: bytes, _: list[bytes]) -> None:
    with open(path, "wb") as file:
        file.write(content)


def make_sparse(path: bytes, content: list[tuple[int, bytes]], _: list[bytes]) -> None:
    with open(path, "wb") as file:
        for block, text in content:
            os.pwrite(file.fileno(), text, block * 4096)
        file.truncate(41 * 4096)


def make_fifo(path: bytes, _: None, __: list[bytes]) -> None:
    os.mkfifo(path)


MAKERS: dict[str, Callable[[bytes, Any, list[bytes]], None]] = {
    "folder": make_folder,
    "file": make_file,
    "sparse": make_sparse,
    "symlink": lambda path, content, _: os.symlink(content, path),
    "fifo": make_fifo,
}


@settings(deadline=None, max_examples=60)
@given(trees)
def test_any_tree_comes_back_the_same(tree: Node) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, back = Path(scratch, "source"), Path(scratch, "back")
        links: list[bytes] = []
        make(os.fsencode(source), tree, links)
        for number, path in enumerate(links):
            os.link(path, os.fsencode(source) + b"/link %d" % number)
        wanted = portraits(source)
        written = copied(DIRECTORY, {"path": str(source)}, back)
        assert portraits(source) == wanted
        assert portraits(back) == wanted
        assert written.failures == ()
        assert DIRECTORY.measure({"path": str(back)}) == DIRECTORY.measure({"path": str(source)})


@settings(deadline=None, max_examples=20)
@given(trees, trees)
def test_any_tree_comes_back_over_any_other(tree: Node, other: Node) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, back = Path(scratch, "source"), Path(scratch, "back")
        make(os.fsencode(source), tree, [])
        make(os.fsencode(back), other, [])
        settings_ = {"path": str(back)}
        with DIRECTORY.read({"path": str(source)}, None) as reading:
            written = DIRECTORY.write(Target(settings_, reading.root), reading.entries)
        refused = {os.path.relpath(one.path, os.fsencode(source)[1:]) for one in written.failures}
        found = portraits(back)
        for name, wanted in portraits(source).items():
            assert name in refused or found[name]._replace(same_as=b"") == wanted._replace(same_as=b"")
        for one in written.failures:
            assert one.reason == "Directory not empty"


@as_root
def test_devices_access_lists_and_capabilities_come_back(tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.mkdir()
    os.mknod(source / "null", 0o020666, os.makedev(1, 3))
    os.mknod(source / "disk", 0o060640, os.makedev(7, 300))
    for name in ("program", "listed", "closed"):
        (source / name).write_bytes(b"content")
    (source / "folder").mkdir()
    rights = access_list((1, 6, 0), (2, 5, 1234), (4, 4, 0), (16, 5, 0), (32, 0, 0))
    os.setxattr(source / "listed", "system.posix_acl_access", rights)
    os.setxattr(source / "folder", "system.posix_acl_default", rights)
    os.setxattr(
        source / "program", "security.capability", bytes.fromhex("0100000200200000000000000000000000000000")
    )
    (source / "closed").chmod(0)
    os.link(source / "null", source / "zero")
    wanted = portraits(source)
    assert copied(DIRECTORY, {"path": str(source)}, back).failures == ()
    assert portraits(back) == wanted


@as_root
def test_a_folders_default_rights_do_not_leak_into_what_is_restored(tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "file").write_text("content")
    back.mkdir()
    rights = access_list((1, 7, 0), (2, 7, 1234), (4, 5, 0), (16, 7, 0), (32, 5, 0))
    os.setxattr(back, "system.posix_acl_default", rights)
    wanted = portraits(source)
    copied(DIRECTORY, {"path": str(source)}, back)
    found = portraits(back)
    assert found[b"deep"] == wanted[b"deep"]
    assert found[b"deep/file"] == wanted[b"deep/file"]


def test_holes_come_back_as_holes(tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.mkdir()
    with (source / "sparse").open("wb") as file:
        for block in (1, 5, 900):
            os.pwrite(file.fileno(), b"x" * 4096, block << 20)
        file.truncate(1 << 35)
    written = copied(DIRECTORY, {"path": str(source)}, back)
    assert (written.bytes, written.files) == (3 * 4096, 1)
    assert (back / "sparse").stat().st_size == 1 << 35
    assert (back / "sparse").stat().st_blocks == (source / "sparse").stat().st_blocks


def test_one_file_comes_back_elsewhere_and_in_place(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear all")
    (tmp_path / "other").write_text("other")
    wanted = portraits(tmp_path)[b"letter.txt"]
    settings_ = {"path": str(letter)}
    root, entries = kept(DIRECTORY, settings_)
    DIRECTORY.write(Target(settings_, root, str(tmp_path / "new")), entries)
    letter.write_text("changed")
    DIRECTORY.write(Target(settings_, root), entries)
    found = portraits(tmp_path)
    assert found[b"letter.txt"] == wanted
    assert found[b"new/letter.txt"] == wanted._replace(same_as=b"new/letter.txt")
    assert len(found) == 5


def test_a_tree_deeper_than_a_path_may_be_long_comes_back(tmp_path: Path) -> None:
    depth, name = 200, b"folder in a folder in a folder"
    source, back = tmp_path / "source", tmp_path / "back"
    source.mkdir()
    here = os.open(source, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("last", os.O_WRONLY | os.O_CREAT, dir_fd=here))
    os.close(here)
    assert copied(DIRECTORY, {"path": str(source)}, back).files == 1
    with DIRECTORY.read({"path": str(back)}, None) as reading:
        *_, deepest = listed(reading.entries).values()
    assert deepest.kind is Kind.FILE
    assert deepest.path == b"/".join([reading.root, *[name] * depth, b"last"])
    for tree in (source, back):
        shutil.rmtree(tree)
