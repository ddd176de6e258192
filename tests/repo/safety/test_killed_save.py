"""A save is killed at every kind of step: nothing promised is lost, and the next save goes on from there."""

from pathlib import Path

import pytest
from tests.repo.safety.scene import Scene, set_up
from tests.repo.safety.steps import PACK_BYTES, Plan, chosen, kinds, names
from tests.repo.safety.victim import at_work, order_of

from holdfast.store.draft import Draft
from holdfast.store.objects import Objects

# of each kind of step, which ones are tried
TRIED = {
    "put locks": ("first",),
    "put data": ("first", "middle", "late"),
    "put index": ("first", "late"),
    "put snapshots": ("first",),
    "delete locks": ("first",),
}
SLACK = 50_000


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return set_up(tmp_path_factory.mktemp("past"), PACK_BYTES)


@pytest.fixture(scope="module")
def steps(past: Scene, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every step of a save that nobody kills."""
    folder = tmp_path_factory.mktemp("steps")
    plan = Plan(folder / "journal")
    with at_work(order_of("save", past.copy(folder), plan)) as victim:
        assert victim.end()
    return plan.steps()


@pytest.fixture(scope="module")
def whole(past: Scene, tmp_path_factory: pytest.TempPathFactory) -> int:
    """What a save stores that finds nothing of one before it."""
    return past.copy(tmp_path_factory.mktemp("whole")).save()


def test_every_kind_of_step_of_a_save_is_tried(steps: list[str]) -> None:
    assert kinds(steps) == TRIED.keys()


def test_every_way_to_change_a_store_is_a_step() -> None:
    asking = {"shared", "get", "get_part", "size", "names"}
    assert {one for one in vars(Objects) if not one.startswith("_")} - asking == {"put", "draft", "delete"}
    assert {one for one in vars(Draft) if not one.startswith("_")} == {"write", "read", "put", "close"}


@pytest.mark.parametrize("name", names(TRIED))
def test_a_save_killed_at_a_step_loses_nothing(
    past: Scene, steps: list[str], whole: int, tmp_path: Path, name: str
) -> None:
    scene = past.copy(tmp_path)
    before = scene.packed_bytes()
    plan = Plan(tmp_path / "journal", chosen(steps, name))
    with at_work(order_of("save", scene, plan)) as victim:
        assert victim.end() == ""
    assert plan.fatal in plan.steps()
    sent = scene.packed_bytes() - before
    scene.assert_sound()
    assert scene.save() <= whole - sent + SLACK
    scene.restic.check()
    scene.assert_kept(scene.restic.open(), scene.newest)


@pytest.mark.parametrize("largest_file", [20_000, PACK_BYTES // 2, PACK_BYTES])
def test_a_save_killed_in_the_middle_of_a_write_loses_nothing(
    past: Scene, whole: int, tmp_path: Path, largest_file: int
) -> None:
    scene = past.copy(tmp_path)
    before = scene.packed_bytes()
    plan = Plan(tmp_path / "journal")
    with at_work(order_of("save", scene, plan, largest_file=largest_file)) as victim:
        assert victim.end() == ""
    sent = scene.packed_bytes() - before
    scene.assert_sound()
    assert scene.save() <= whole - sent + SLACK
    scene.restic.check()
    scene.assert_kept(scene.restic.open(), scene.newest)
