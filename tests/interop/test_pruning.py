"""Pruning and checking beside stock restic: what one of us frees, locks or marks, the other understands."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.interop.restic import Restic, at_work, save_folder
from tests.providers.trees import portraits
from tests.repo.pruning import DAY, NOW, listing, packs_in_index, packs_in_store

from holdfast.repo import pack, snapshot
from holdfast.repo.check import check, examine
from holdfast.repo.errors import Damaged, RepositoryLocked
from holdfast.repo.lock import locked, unlock
from holdfast.repo.plan import Limits
from holdfast.repo.prune import prune
from holdfast.repo.stats import stats

RNG = random.Random(8)
NOTHING_UNUSED = Limits(max_unused=0.0)
LOCK = """
import sys, time
from pathlib import Path
from tests.interop.restic import Restic
from holdfast.repo.lock import locked
with locked(Restic(Path(sys.argv[1])).open(), exclusive=True):
    print("locked", flush=True)
    time.sleep(600)
"""


def rewrite_some(folder: Path, names: range) -> None:
    for number in names:
        (folder / f"noise{number}").write_bytes(RNG.randbytes(500_000))


@pytest.fixture
def days(tmp_path: Path) -> Path:
    folder = tmp_path / "days"
    folder.mkdir()
    rewrite_some(folder, range(12))
    return folder


def both_restore(restic: Restic, snapshot_id: str, folder: Path, target: Path) -> None:
    restic.run("restore", snapshot_id, "--target", target)
    assert portraits(target / folder.relative_to("/")) == portraits(folder)


def test_restic_finds_nothing_wrong_after_each_of_our_prunes(
    restic: Restic, days: Path, tmp_path: Path
) -> None:
    opened = restic.make()
    for day in range(4):
        rewrite_some(days, range(day, day + 4))
        saved = save_folder(opened, days)
    for one in snapshot.find(opened)[:3]:
        snapshot.forget(opened, one.id)
    before = len(packs_in_store(opened))
    marked = prune(opened, grace=DAY, limits=NOTHING_UNUSED)
    assert marked.marked_packs > 0
    assert len(packs_in_store(opened)) >= before
    restic.check()
    removed = prune(opened, grace=NOW, limits=NOTHING_UNUSED)
    assert removed.removed_packs == marked.marked_packs
    restic.check()
    assert "not referenced" not in restic.run("check")
    assert check(opened, read_data=True) == []
    both_restore(restic, saved.snapshot_id, days, tmp_path / "restored")
    assert "unused size after prune: 0 B" in restic.run("prune", "--dry-run")


def test_we_prune_what_restic_wrote(restic: Restic, days: Path, tmp_path: Path) -> None:
    restic.run("init")
    for day in range(3):
        rewrite_some(days, range(day, day + 4))
        restic.run("backup", days)
    restic.run("forget", *restic.snapshot_ids()[:2])
    opened = restic.open()
    pruned = prune(opened, grace=NOW, limits=NOTHING_UNUSED)
    assert pruned.removed_packs > 0
    assert pruned.unused_bytes == 0
    restic.check()
    assert check(opened, read_data=True) == []
    both_restore(restic, "latest", days, tmp_path / "restored")


def test_we_prune_a_repository_of_version_1(restic: Restic, days: Path, tmp_path: Path) -> None:
    restic.run("init", "--repository-version", "1")
    restic.run("backup", days)
    rewrite_some(days, range(6))
    restic.run("backup", days)
    restic.run("forget", restic.snapshot_ids()[0])
    assert prune(restic.open(), grace=NOW, limits=NOTHING_UNUSED).removed_packs > 0
    restic.check()
    both_restore(restic, "latest", days, tmp_path / "restored")


def test_our_check_is_content_after_restic_pruned(restic: Restic, days: Path) -> None:
    opened = restic.make()
    save_folder(opened, days)
    rewrite_some(days, range(6))
    saved = save_folder(opened, days)
    snapshot.forget(opened, snapshot.find(opened)[0].id)
    prune(opened, grace=DAY, limits=NOTHING_UNUSED)
    restic.run("prune", "--max-unused", "0")
    checked = examine(opened, 100.0)
    assert (checked.problems, checked.remarks) == ((), ())
    assert snapshot.find(opened)[0].id == saved.snapshot_id
    assert prune(opened, grace=NOW).removed_packs == 0
    assert listing(opened, "holdfast") == {}


def test_restic_does_not_see_what_is_marked_and_sends_it_again(restic: Restic, days: Path) -> None:
    opened = restic.make()
    saved = save_folder(opened, days)
    snapshot.forget(opened, saved.snapshot_id)
    prune(opened, grace=DAY)
    old = packs_in_store(opened)
    assert restic.summary(days)["data_added"] > 5_000_000
    prune(opened, grace=NOW)
    assert packs_in_store(opened).isdisjoint(old)
    restic.check()


def test_what_restic_puts_back_into_the_index_is_not_removed(restic: Restic, days: Path) -> None:
    opened = restic.make()
    saved = save_folder(opened, days)
    snapshot.forget(opened, saved.snapshot_id)
    prune(opened, grace=DAY)
    old = packs_in_store(opened)
    restic.run("rebuild-index")
    assert packs_in_index(opened) == old
    assert restic.summary(days)["data_added"] < 100_000
    prune(opened, grace=NOW)
    restic.check()


def test_a_backup_of_restic_under_way_puts_the_mark_off(restic: Restic, days: Path) -> None:
    opened = restic.make()
    saved = save_folder(opened, days)
    snapshot.forget(opened, saved.snapshot_id)
    before = listing(opened, "data")
    with at_work(restic):
        pruned = prune(opened, grace=NOW)
        assert re.search("in use by .*, process", pruned.put_off)
        assert listing(opened, "data").items() >= before.items()
    restic.check()
    assert prune(opened, grace=NOW).removed_packs > 0
    restic.check()


def test_restic_may_back_up_while_we_check(restic: Restic, days: Path) -> None:
    opened = restic.make()
    with locked(opened):
        restic.run("backup", days)
        assert check(opened, read_data=True) == []


def test_a_lock_of_a_killed_process_is_removed_by_either(restic: Restic, days: Path) -> None:
    opened = restic.make()
    for unlocks in (lambda: unlock(opened), lambda: restic.run("unlock")):
        with subprocess.Popen([sys.executable, "-c", LOCK, restic.folder], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"locked\n"
            with pytest.raises(RepositoryLocked), locked(opened):
                pass
            assert unlock(opened).removed == 0
            process.kill()
        unlocks()
        assert listing(opened, "locks") == {}
    restic.run("backup", days)


def test_our_figures_are_those_of_restic(restic: Restic, days: Path) -> None:
    opened = restic.make()
    save_folder(opened, days)
    counted = stats(opened)
    raw = restic.lines("stats", "--mode", "raw-data")[-1]
    assert counted.snapshots == raw.get("snapshots_count", 1)
    assert counted.blobs == raw["total_blob_count"]
    assert counted.stored_bytes == sum(
        path.stat().st_size for path in restic.folder.rglob("*") if path.is_file()
    )


def test_a_pack_that_is_gone_is_made_good_as_the_manual_says(restic: Restic, days: Path) -> None:
    opened = restic.make()
    first = save_folder(opened, days)
    gone = max(packs_in_store(opened), key=lambda one: opened.store.size(pack.name(one)))
    opened.store.delete(pack.name(gone))
    assert check(opened, read_data=False) == [f"pack {gone} is missing"]
    with pytest.raises(Damaged):
        prune(opened, grace=NOW)
    restic.run("rebuild-index")
    save_folder(opened, days, first.snapshot_id)
    assert check(opened, read_data=True) == []
    prune(opened, grace=NOW)
    restic.check()
