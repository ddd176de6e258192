"""What a restore says beforehand that it will do is what it then does."""

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.providers.test_directory_round_trip import Node, make, trees
from tests.providers.trees import as_root

from holdfast.providers import foresight
from holdfast.providers.directory import Directory
from holdfast.providers.disk_image import DiskImage
from holdfast.providers.foresight import Foreseen, Share, Why
from holdfast.providers.provider import Target, Written

DIRECTORY = Directory()
Look = tuple[int, int, int, bytes]


def looks(top: Path) -> dict[bytes, Look]:
    """Kind, size, time and link of everything below a folder."""
    return dict(_looks(os.fsencode(top)))


def _looks(folder: bytes) -> Iterator[tuple[bytes, Look]]:
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        path = folder + b"/" + name
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        size = status.st_size if kind == stat.S_IFREG else 0
        link = os.readlink(path) if kind == stat.S_IFLNK else b""
        yield path, (kind, size, status.st_mtime_ns, link)
        if kind == stat.S_IFDIR:
            yield from _looks(path)


def files(found: dict[bytes, Look]) -> dict[bytes, Look]:
    return {path: look for path, look in found.items() if look[0] != stat.S_IFDIR}


def paths(share: Share) -> set[bytes]:
    assert share.count == len(share.first)
    assert share.bytes == sum(one.coming.size for one in share.first)
    return {one.path for one in share.first}


def foreseen(source: Path, target: Path) -> Foreseen:
    with DIRECTORY.read({"path": str(source)}, None) as reading:
        return DIRECTORY.foresee(Target({"path": str(target)}, reading.root), reading.entries)


def written(source: Path, target: Path) -> Written:
    with DIRECTORY.read({"path": str(source)}, None) as reading:
        return DIRECTORY.write(Target({"path": str(target)}, reading.root), reading.entries)


@settings(deadline=None, max_examples=150)
@given(trees, trees)
def test_what_is_told_of_a_restore_is_what_it_does(tree: Node, other: Node) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "source"), Path(scratch, "target")
        make(os.fsencode(source), tree, [])
        make(os.fsencode(target), other, [])
        before = looks(target)
        told = foreseen(source, target)
        assert looks(target) == before
        failed = written(source, target).failure_count
        after = looks(target)
        swapped = {path for path, look in before.items() if look[0] != after[path][0]}
        assert paths(told.new) == set(files(after)) - set(before)
        assert paths(told.overwritten) >= swapped
        changed = {path for path in files(after) if path in before and after[path] != before[path]}
        assert paths(told.overwritten) == changed | swapped
        assert told.folders_made == len(set(after) - set(files(after)) - set(before))
        assert told.problem_count == failed
        assert told.left_alone == len(set(files(before)) - paths(told.overwritten) - paths(told.same))
        assert told.complete
        again = foreseen(source, target)
        assert (again.new.count, again.overwritten.count, again.folders_made) == (0, 0, 0)


@settings(deadline=None, max_examples=30)
@given(trees)
def test_a_place_that_is_not_there_gets_all_of_it(tree: Node) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "source"), Path(scratch, "deep", "target")
        make(os.fsencode(source), tree, [])
        told = foreseen(source, target)
        assert not target.parent.exists()
        written(source, target)
        assert paths(told.new) == set(files(looks(target)))
        assert told.folders_made == 1 + len(looks(target)) - told.new.count
        assert (told.overwritten.count, told.same.count, told.left_alone) == (0, 0, 0)
        assert told.free_bytes > 0


def test_a_single_file_goes_into_a_folder_and_the_rest_of_it_is_not_looked_at(tmp_path: Path) -> None:
    source, there = tmp_path / "letter.txt", tmp_path / "there"
    source.write_text("dear all")
    there.mkdir()
    (there / "letter.txt").write_text("older")
    (there / "other").write_text("stays")
    with DIRECTORY.read({"path": str(source)}, None) as reading:
        target = Target({"path": str(source)}, reading.root, str(there))
        told = DIRECTORY.foresee(target, reading.entries)
    assert paths(told.overwritten) == {os.fsencode(there / "letter.txt")}
    assert told.left_alone == 0
    assert told.needed_bytes == len("dear all") - len("older") + len("dear all")


def test_it_looks_at_so_many_entries_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    for folder, names in ((source, "abcdef"), (target, "uvwxyz")):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    monkeypatch.setattr(foresight, "MOST_LEFT_ALONE", 4)
    told = foreseen(source, target)
    assert (told.new.count, told.complete, told.left_alone, told.left_alone_complete) == (6, True, 4, False)
    monkeypatch.setattr(foresight, "MOST_LOOKED_AT", 4)
    told = foreseen(source, target)
    assert (told.new.count, told.complete) == (3, False)


@as_root
def test_a_place_that_takes_no_files_is_named(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "below").mkdir(parents=True)
    (source / "a").write_text("a")
    (source / "below/b").write_text("b")
    target.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(target)], check=True)
    try:
        told, below = foreseen(source, target), foreseen(source, target / "not/there")
    finally:
        subprocess.run(["umount", str(target)], check=True)
    assert [(one.why, one.path) for one in told.problems] == [(Why.NOT_WRITABLE, os.fsencode(target))]
    assert [(one.why, one.path) for one in below.problems] == [(Why.NOT_WRITABLE, os.fsencode(target))]
    assert told.free_bytes <= 1 << 20


def image_foreseen(source: Path, target: Path, destination: Path | None = None) -> Foreseen:
    provider = DiskImage()
    with provider.read({"path": str(source)}, None) as reading:
        place = None if destination is None else str(destination)
        return provider.foresee(Target({"path": str(target)}, reading.root, place), reading.entries)


def test_a_disk_is_made_or_overwritten_as_a_whole(tmp_path: Path) -> None:
    source, there, small = tmp_path / "source.img", tmp_path / "there.img", tmp_path / "small.img"
    for path, size in ((source, 2 << 20), (there, 3 << 20), (small, 1 << 20)):
        path.write_bytes(os.urandom(size))
    told = image_foreseen(source, there)
    assert paths(told.overwritten) == {os.fsencode(there)}
    assert (told.new.count, told.problem_count, told.needed_bytes) == (0, 0, 0)
    told = image_foreseen(source, there, tmp_path / "new" / "place.img")
    assert paths(told.new) == {os.fsencode(tmp_path / "new" / "place.img")}
    assert told.needed_bytes == 2 << 20
    told = image_foreseen(source, small)
    assert [one.why for one in told.problems] == [Why.TOO_SMALL]
