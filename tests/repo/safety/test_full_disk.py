"""A disk that fills at every step of a save and of a prune: refused cleanly, nothing lost, and done later."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.interop.restic import PASSWORD, save_folder
from tests.repo.safety.calendar import Calendar
from tests.repo.safety.disk import Disk, mounted
from tests.repo.safety.scene import Scene, set_up
from tests.repo.safety.steps import PACK_BYTES, Plan, SteppingStore
from tests.repo.safety.victim import THRIFTY

from holdfast.repo import prune, repository, snapshot
from holdfast.repo.check import check
from holdfast.repo.repository import Repository
from holdfast.store.objects import StoreFull

LATER = timedelta(days=3)
PAGE = 4096
SLACK = 10_000
# where a step fails: the lock, the first pack, a later one, the last of them or the index
ROOMS = (0, PAGE, 2 * PAGE, PACK_BYTES, 4 * PACK_BYTES, 7 * PACK_BYTES, 9 * PACK_BYTES)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Two backups, and a folder that has changed since."""
    return set_up(tmp_path_factory.mktemp("past"), PACK_BYTES)


@pytest.fixture(scope="module")
def worn(past: Scene, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The same after many backups, of which one is left."""
    scene = past.copy(tmp_path_factory.mktemp("worn"))
    scene.save()
    for snapshot_id in list(scene.kept)[:2]:
        snapshot.forget(scene.restic.open(), snapshot_id)
        del scene.kept[snapshot_id]
    return scene


@pytest.fixture(scope="module")
def least(worn: Scene, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How much a prune leaves that finds space enough."""
    folder = tmp_path_factory.mktemp("least")
    scene = worn.copy(folder)
    prune.prune(opened_on(scene, folder / "journal"), limits=THRIFTY, grace=timedelta(0))
    return scene.packed_bytes()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk") as disk:
        yield disk


def opened_on(scene: Scene, journal: Path) -> Repository:
    """The repository with small packs."""
    return repository.open_repository(SteppingStore(scene.restic.folder.as_uri(), Plan(journal)), PASSWORD)


def assert_refused(scene: Scene, disk: Disk, room: int, work: Callable[[], object]) -> None:
    """The work finds a full disk; what was kept is whole, on the full disk and when there is space again."""
    disk.leave(room)
    with pytest.raises(StoreFull):
        work()
    assert check(scene.restic.open(), read_data=True) == []
    disk.widen()
    scene.assert_sound()


@pytest.mark.parametrize("room", ROOMS)
def test_a_save_onto_a_disk_that_fills_is_refused_and_works_later(
    past: Scene, disk: Disk, tmp_path: Path, room: int
) -> None:
    scene = past.copy(disk.folder)
    opened = opened_on(scene, tmp_path / "journal")
    assert_refused(scene, disk, room, lambda: save_folder(opened, scene.source, scene.newest))
    scene.save()
    scene.assert_sound()


@pytest.mark.parametrize("room", ROOMS)
def test_a_prune_on_a_disk_that_fills_is_refused_and_works_later(
    worn: Scene, least: int, disk: Disk, calendar: Calendar, tmp_path: Path, room: int
) -> None:
    scene = worn.copy(disk.folder)
    opened = opened_on(scene, tmp_path / "journal")
    assert_refused(scene, disk, room, lambda: prune.prune(opened, limits=THRIFTY))
    for _ in range(2):
        prune.prune(opened, limits=THRIFTY)
        calendar.move(LATER)
    assert scene.packed_bytes() < least + SLACK
    scene.assert_sound()
