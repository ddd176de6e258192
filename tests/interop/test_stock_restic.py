"""Stock restic reads what we write, and we read what stock restic writes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.interop.conftest import ODD_NAMES
from tests.interop.restic import Restic, at_work, load_folder, save_folder
from tests.providers.trees import portraits
from tests.repo.trees import image, origin

from holdfast.model.entry import Data, Hole, Range, Same
from holdfast.repo import save, snapshot
from holdfast.repo import tree as trees
from holdfast.repo.blob import BlobKind
from holdfast.repo.blobs import Blobs
from holdfast.repo.check import check
from holdfast.repo.errors import RepositoryLocked
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository, load_index


def change(tree: Path) -> None:
    """What a day of work does to a tree."""
    (tree / "deep/er/letter.txt").write_text("dear all, once more\n")
    (tree / "deep/empty").unlink()
    (tree / "deep/new").write_bytes(b"new")
    (tree / "odd/plain").rename(tree / "odd/renamed")
    with (tree / "noise").open("r+b") as noise:
        noise.seek(4_000_000)
        noise.write(b"changed in the middle")


def test_restic_checks_and_restores_what_we_saved(restic: Restic, tree: Path, tmp_path: Path) -> None:
    opened = restic.make()
    first = save_folder(opened, tree)
    before = portraits(tree)
    change(tree)
    second = save_folder(opened, tree, first.snapshot_id)
    restic.check()
    assert check(opened, read_data=True) == []
    assert restic.snapshot_ids() == [first.snapshot_id, second.snapshot_id]
    for snapshot_id, wanted in ((first.snapshot_id, before), (second.snapshot_id, portraits(tree))):
        target = tmp_path / snapshot_id
        restic.run("restore", snapshot_id, "--target", target)
        assert portraits(target / tree.relative_to("/")) == wanted


def test_we_restore_what_we_saved(restic: Restic, tree: Path, tmp_path: Path) -> None:
    opened = restic.make()
    saved = save_folder(opened, tree)
    written = load_folder(opened, saved.snapshot_id, tree, tmp_path / "restored")
    assert written.failures == ()
    assert portraits(tmp_path / "restored") == portraits(tree)


def test_we_restore_what_restic_saved(restic: Restic, tree: Path, tmp_path: Path) -> None:
    restic.run("init")
    wanted = []
    for _ in range(2):
        restic.run("backup", tree)
        wanted.append(portraits(tree))
        if len(wanted) == 1:
            change(tree)
    opened = restic.open()
    snapshots = snapshot.find(opened)
    assert [one.id for one in snapshots] == restic.snapshot_ids()
    assert snapshots[1].parent == snapshots[0].id
    assert snapshots[0].paths == (os.fsencode(tree),)
    for one, expected in zip(snapshots, wanted, strict=True):
        written = load_folder(opened, one.id, tree, tmp_path / one.id)
        assert written.failures == ()
        assert portraits(tmp_path / one.id) == expected
    assert check(opened, read_data=True) == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_write_into_a_repository_that_restic_made(restic: Restic, tree: Path, version: str) -> None:
    restic.run("init", "--repository-version", version)
    restic.run("backup", tree)
    opened = restic.open()
    (theirs,) = snapshot.find(opened)
    saved = save_folder(opened, tree, theirs.id)
    assert saved.stored_bytes < 100_000  # our chunks would be cut elsewhere: so their files were reused
    restic.check()
    assert restic.summary(tree)["files_changed"] == 0


def listing_of(opened: Repository, snapshot_id: str, folder: Path) -> bytes:
    """The id of the listing of a folder in a snapshot."""
    blobs = Blobs(opened, load_index(opened))
    found = snapshot.get(opened, snapshot_id).tree
    for name in folder.parts[1:]:
        nodes = trees.decode(blobs.get(BlobKind.TREE, found))
        found = next(node.subtree_id for node in nodes if node.file_name == os.fsencode(name))
    return found


def test_an_unchanged_folder_has_the_same_id_whoever_writes_it(restic: Restic, tree: Path) -> None:
    restic.run("init")
    restic.run("backup", tree)
    opened = restic.open()
    (theirs,) = restic.snapshot_ids()
    ours = save_folder(opened, tree, theirs).snapshot_id
    assert listing_of(opened, ours, tree) == listing_of(opened, theirs, tree)


def test_restic_continues_on_our_snapshot(restic: Restic, tree: Path) -> None:
    opened = restic.make()
    saved = save_folder(opened, tree)
    summary = restic.summary(tree)
    assert (summary["files_new"], summary["files_changed"]) == (0, 0)
    assert summary["files_unmodified"] == saved.file_count
    assert summary["data_blobs"] == 0
    assert snapshot.find(opened)[-1].parent == saved.snapshot_id


def test_restic_reads_an_image_of_blocks_and_holes(restic: Restic) -> None:
    mib = 1 << 20
    size = 200 * mib + 77
    first, changed, tail = os.urandom(3 * mib), os.urandom(mib), os.urandom(77)
    before: list[Range] = [Data(0, first), Hole(3 * mib, size - 3 * mib - 77), Data(size - 77, tail)]
    after: list[Range] = [Same(0, mib), Data(mib, changed), Same(2 * mib, size - 2 * mib)]
    opened = restic.make()
    saved = save.save(opened, [image(b"srv/disk.img", before, size)], origin())
    again = save.save(opened, [image(b"srv/disk.img", after, size)], origin(saved.snapshot_id))
    restic.check()
    contents = [first, first[:mib] + changed + first[2 * mib :]]
    for one, content in zip((saved, again), contents, strict=True):
        dumped = subprocess.run(
            ["restic", "dump", one.snapshot_id, "/srv/disk.img"],
            env=restic.environment,
            capture_output=True,
            check=True,
        ).stdout
        assert dumped == content + bytes(size - 3 * mib - 77) + tail


def test_odd_names_are_read_alike(restic: Restic, tree: Path) -> None:
    opened = restic.make()
    save_folder(opened, tree)
    restic.run("backup", "--force", tree)
    ours, theirs = restic.snapshot_ids()
    listings = [
        [node.get("path") for node in restic.lines("ls", one, tree / "odd")] for one in (ours, theirs)
    ]
    assert listings[0] == listings[1]
    assert len(listings[0]) >= len(ODD_NAMES)


def test_restic_waits_for_our_exclusive_lock(restic: Restic, tree: Path) -> None:
    opened = restic.make()
    with locked(opened, exclusive=True):
        refused = restic.try_run("backup", tree)
        assert refused.returncode != 0
        assert "locked exclusively" in refused.stderr
    with locked(opened):
        restic.run("backup", tree)
        assert restic.try_run("prune").returncode != 0
    restic.run("prune")


def test_we_honour_the_locks_of_restic(restic: Restic) -> None:
    opened = restic.make()
    with at_work(restic):
        with locked(opened):
            pass
        with pytest.raises(RepositoryLocked, match="in use"), locked(opened, exclusive=True):
            pass
    with locked(opened, exclusive=True):
        pass


SAVE = """
import sys
from pathlib import Path
from tests.interop.restic import Restic, save_folder
save_folder(Restic(Path(sys.argv[1])).open(), Path(sys.argv[2]))
"""


def test_a_killed_save_leaves_a_sound_repository_and_is_resumed(restic: Restic, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    for number in range(12):
        (folder / f"noise{number}").write_bytes(os.urandom(16 << 20))
    opened = restic.make()
    process = subprocess.Popen([sys.executable, "-c", SAVE, restic.folder, folder])
    while len([one for one in restic.folder.glob("data/*/*") if "#" not in one.name]) < 3:
        assert process.poll() is None, "the save was over before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert snapshot.find(opened) == []
    restic.run("unlock")
    restic.check()
    sent = sum(size for _, size in opened.store.names("data"))
    assert sent >= 3 * (16 << 20)
    saved = save_folder(opened, folder)
    assert saved.stored_bytes < (12 * 16 << 20) - sent + (10 << 20)
    restic.check()
    restic.run("restore", "latest", "--target", tmp_path / "restored")
    assert portraits(tmp_path / "restored" / folder.relative_to("/")) == portraits(folder)
