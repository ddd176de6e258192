"""Repositories that were damaged in every way: what check, load, the next save and prune do with them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.repo.safety.calendar import Calendar
from tests.repo.safety.damage import DAMAGES
from tests.repo.safety.scene import Scene, set_up
from tests.repo.safety.told import Told, told
from tests.repo.safety.victim import THRIFTY

from holdfast.repo import prune
from holdfast.repo.check import check
from holdfast.repo.errors import RepositoryError
from holdfast.store.objects import StoreError

UNIT = 20_000
LATER = timedelta(days=3)
# what check finds, as a pattern
FOUND = {
    "missing_index": "is in no index",
    "missing_data_pack": "pack .* is missing",
    "missing_tree_pack": "pack .* is missing",
    "missing_first_tree_pack": "pack .* is missing",
    "truncated_data_pack": "5000 bytes, not",
    "truncated_tree_pack": "100 bytes, not",
    "empty_pack": "0 bytes, not",
    "pack_with_a_byte_changed": "pack .* is damaged",
    "duplicate_index": "",
    "index_of_a_pack_that_nobody_needs_and_is_gone": "pack (ab)* is missing",
    "empty_index": "index .*: the content is not what its id says",
    "unreadable_index": "index .*: the content is not what its id says",
    "empty_files": "(ab)*: the content is not what its id says",
    "foreign_files": "",
    "half_written_files": "",
    "missing_snapshot": "",
    "truncated_snapshot": "snapshot .*: the content is not what its id says",
    "lock_left_over": "",
}
HARMLESS = (
    "duplicate_index",
    "index_of_a_pack_that_nobody_needs_and_is_gone",
    "foreign_files",
    "half_written_files",
    "missing_snapshot",
    "lock_left_over",
)
# an index file that cannot be read may tell of anything, and what is left of a pack may be needed
REFUSED = ("empty_index", "unreadable_index", "empty_files", "truncated_data_pack", "truncated_tree_pack")
# only reading every byte tells it, which check does and a save does not
UNNOTICED = ("pack_with_a_byte_changed",)
MENDED = ("missing_index", "duplicate_index", "foreign_files", "half_written_files", "missing_snapshot")
DANGEROUS = sorted(FOUND.keys() - {*HARMLESS, *UNNOTICED})


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return set_up(tmp_path_factory.mktemp("past"), UNIT)


@pytest.fixture(scope="module")
def right(past: Scene) -> dict[str, Told]:
    """What every backup must bring back."""
    found = all_told(past)
    first, second = found.values()
    assert len(second) == len(first) + 100 > 120
    return found


@pytest.fixture
def scene(past: Scene, tmp_path: Path, damage: str) -> Scene:
    """A repository with the damage that the test names."""
    scene = past.copy(tmp_path)
    DAMAGES[damage](scene)
    return scene


def all_told(scene: Scene) -> dict[str, Told]:
    opened = scene.restic.open()
    return {snapshot_id: told(opened, snapshot_id) for snapshot_id in scene.kept}


def test_every_damage_is_tried() -> None:
    assert FOUND.keys() == DAMAGES.keys()


@pytest.mark.parametrize("damage", DAMAGES)
def test_check_tells_the_damage(scene: Scene, damage: str) -> None:
    found = FOUND[damage]
    problems = check(scene.restic.open(), read_data=True)
    assert bool(problems) == bool(found)
    assert not found or re.search(found, "\n".join(problems)), problems


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_damaged_repository_brings_back_is_right(
    scene: Scene, right: dict[str, Told], damage: str
) -> None:
    for snapshot_id, found in all_told(scene).items():
        if damage in HARMLESS:
            assert found == right[snapshot_id]
        assert found.items() <= right[snapshot_id].items()


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_next_save_into_a_damaged_repository_is_whole_or_refused(scene: Scene, damage: str) -> None:
    before = all_told(scene)
    if damage in REFUSED:
        with pytest.raises(RepositoryError):
            scene.save()
    else:
        scene.save()
    if damage not in (*REFUSED, *UNNOTICED):
        scene.assert_kept(scene.restic.open(), scene.newest)
    if damage in MENDED:
        scene.assert_sound()
    for snapshot_id, found in before.items():
        assert found.items() <= told(scene.restic.open(), snapshot_id).items()


@pytest.mark.parametrize("damage", DAMAGES)
def test_prune_never_makes_a_damage_worse(scene: Scene, calendar: Calendar) -> None:
    before = all_told(scene)
    for _ in range(2):
        try:
            prune.prune(scene.restic.open(), limits=THRIFTY)
        except (RepositoryError, StoreError):
            continue
        calendar.move(LATER)
    for snapshot_id, found in before.items():
        assert found.items() <= told(scene.restic.open(), snapshot_id).items()


@pytest.mark.parametrize("damage", DANGEROUS)
def test_prune_changes_nothing_when_it_cannot_know_what_is_needed(scene: Scene) -> None:
    before = files_of(scene)
    with pytest.raises(RepositoryError):
        prune.prune(scene.restic.open(), limits=THRIFTY)
    assert files_of(scene) == before


def files_of(scene: Scene) -> set[str]:
    return {name for name, _ in scene.restic.open().store.names() if not name.startswith("locks/")}
