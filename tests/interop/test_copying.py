"""Snapshots are copied between repositories by us and by stock restic, and both know what the other did."""

import json
from pathlib import Path

import pytest
from tests.interop.restic import PASSWORD, Restic, load_folder, save_folder
from tests.interop.test_stock_restic import change
from tests.providers.trees import portraits

from holdfast.repo import copy, diff, snapshot
from holdfast.repo.check import check
from holdfast.repo.copy import Copied
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository


@pytest.fixture
def other(tmp_path: Path) -> Restic:
    return Restic(tmp_path / "another repository")


def copy_all(source: Repository, target: Repository) -> Copied:
    with locked(source), locked(target):
        return copy.copy(source, [one.id for one in snapshot.find(source)], target)


def restic_copy(source: Restic, target: Restic) -> None:
    password = target.folder.parent / "password"
    password.write_text(PASSWORD)
    target.run("copy", "--from-repo", source.folder, "--from-password-file", password)


def test_restic_checks_and_restores_what_we_copied(
    restic: Restic, other: Restic, tree: Path, tmp_path: Path
) -> None:
    source, target = restic.make(), other.make()
    first = save_folder(source, tree).snapshot_id
    before = portraits(tree)
    change(tree)
    second = save_folder(source, tree, first).snapshot_id
    copied = copy_all(source, target)
    other.check()
    for source_id, wanted in ((first, before), (second, portraits(tree))):
        target_folder = tmp_path / source_id
        other.run("restore", copied.copies[source_id], "--target", target_folder)
        assert portraits(target_folder / tree.relative_to("/")) == wanted


@pytest.mark.parametrize("version", ["1", "2"])
def test_we_copy_what_restic_saved(
    restic: Restic, other: Restic, tree: Path, tmp_path: Path, version: str
) -> None:
    if version == "1":
        restic.run("init", "--repository-version", "1")
    else:
        restic.make()
    restic.run("backup", tree, "--tag", "daily", "--exclude", "*.tmp")
    (theirs,) = restic.snapshot_ids()
    source, target = restic.open(), other.make()
    copied = copy_all(source, target)
    if version == "1":  # what was not compressed there is here
        text = (tree / "text").stat().st_size
        assert copied.stored_bytes < copied.bytes - text // 2
    written = load_folder(target, copied.copies[theirs], tree, tmp_path / "restored")
    assert written.failures == ()
    assert portraits(tmp_path / "restored") == portraits(tree)
    other.check()
    said, says = (json.loads(one.run("snapshots", "--json"))[0] for one in (restic, other))
    for fields in (said, says):
        for name in ("id", "short_id", "original", "parent"):
            fields.pop(name, None)
    assert says == said


def test_we_copy_into_a_repository_without_compression(restic: Restic, other: Restic, tree: Path) -> None:
    source = restic.make()
    save_folder(source, tree)
    other.run("init", "--repository-version", "1")
    copy_all(source, other.open())
    other.check()


def test_restic_knows_what_we_copied(restic: Restic, other: Restic, tree: Path) -> None:
    source, target = restic.make(), other.make()
    save_folder(source, tree)
    restic.run("backup", tree)
    assert len(copy_all(source, target).new) == 2
    before = other.snapshot_ids()
    restic_copy(restic, other)
    restic_copy(other, restic)  # and the way back
    assert other.snapshot_ids() == before
    assert len(restic.snapshot_ids()) == 2


def test_we_know_what_restic_copied(restic: Restic, other: Restic, tree: Path) -> None:
    source, target = restic.make(), other.make()
    save_folder(source, tree)
    restic.run("backup", tree)
    restic_copy(restic, other)
    for copied in (copy_all(source, target), copy_all(target, source)):
        assert len(copied.copies) == 2
        assert copied.new == ()
    assert check(target, read_data=True) == []


def test_restic_adds_to_what_we_began_to_copy(restic: Restic, other: Restic, tree: Path) -> None:
    source, target = restic.make(), other.make()
    save_folder(source, tree)
    copy_all(source, target)
    change(tree)
    save_folder(source, tree)
    restic_copy(restic, other)
    assert len(other.snapshot_ids()) == 2
    assert copy_all(source, target).new == ()
    other.check()


def test_we_see_the_differences_that_restic_sees(restic: Restic, tree: Path) -> None:
    opened = restic.make()
    first = save_folder(opened, tree).snapshot_id
    change(tree)
    (tree / "text").chmod(0o600)
    (tree / "dangling").unlink()
    (tree / "dangling").write_text("a file now")
    (tree / "new folder/below").mkdir(parents=True)
    (tree / "new folder/below/file").write_text("new")
    second = save_folder(opened, tree, first).snapshot_id
    *theirs, statistics = restic.lines("diff", "--metadata", first, second)
    ours = diff.diff(opened, first, second)
    told = {one.path: str(one.action) for one in ours}
    # restic tells of every folder above a change; we of those whose own metadata changed
    folders = {line["path"].strip("/") for line in theirs if line["path"].endswith("/")}
    expected = {line["path"].strip("/"): line["modifier"][0] for line in theirs}
    for path in [path for path in folders if expected[path] == "U"]:
        del expected[path]
    same = {path.decode(): action for path, action in told.items() if path.decode() in expected}
    assert same == expected
    assert {told[path] for path in told.keys() - {one.encode() for one in same}} == {"U"}
    totals = ours.totals()
    assert statistics["changed_files"] == totals.modified
    for theirs_side, side in ((statistics["added"], totals.added), (statistics["removed"], totals.removed)):
        assert theirs_side == {
            "files": side.files,
            "dirs": side.folders,
            "others": side.others,
            "data_blobs": side.pieces,
            "tree_blobs": side.listings,
            "bytes": side.piece_bytes + side.listing_bytes,
        }
