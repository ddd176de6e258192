"""Helper processes that read and write small files: one is killed, or their owner is while they write."""

import time
from pathlib import Path

import pytest
from tests.repo.safety.scene import NOISE, Scene, set_up
from tests.repo.safety.steps import PACK_BYTES, Plan
from tests.repo.safety.victim import Victim, at_work, order_of

from holdfast.crew import crew

MANY = 1600  # small files; a save of few does not ask for helpers
SMALL = 5000
SLACK = 100_000
STEPS = ("before put data by helper 1", "after put data by helper 4")

pytestmark = pytest.mark.skipif(crew.size() < 2, reason="a single core has no use for helpers")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Two backups, and very many small files that came since."""
    scene = set_up(tmp_path_factory.mktemp("past"), PACK_BYTES)
    crowd = scene.source / "crowd"
    crowd.mkdir()
    for number in range(MANY):
        (crowd / f"{number}").write_bytes(NOISE.randbytes(SMALL))
    return scene


def assert_nobody_is_left(victim: Victim) -> None:
    """Helpers end by themselves when their owner has gone."""
    victim.process.wait()
    deadline = time.monotonic() + 60
    while victim.kin():
        assert time.monotonic() < deadline, "helpers are still there"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def whole(past: Scene, tmp_path_factory: pytest.TempPathFactory) -> int:
    """What a save stores that finds nothing of one before it."""
    return past.copy(tmp_path_factory.mktemp("whole")).save()


def assert_resumed(scene: Scene, sent: int, whole: int) -> None:
    """Nothing is lost, and what helpers had put is used by the next save."""
    assert sent > 0
    scene.assert_sound()
    assert scene.save() <= whole - sent + SLACK
    scene.restic.check()
    scene.assert_kept(scene.restic.open(), scene.newest)


@pytest.mark.parametrize("step", STEPS)
def test_helpers_end_when_their_owner_is_killed_and_nothing_is_lost(
    past: Scene, whole: int, tmp_path: Path, step: str
) -> None:
    scene = past.copy(tmp_path)
    before = scene.packed_bytes()
    plan = Plan(tmp_path / "journal", step)
    with at_work(order_of("save", scene, plan)) as victim:
        assert_nobody_is_left(victim)
        assert victim.end() == ""
    assert step in plan.steps()
    assert_resumed(scene, scene.packed_bytes() - before, whole)


@pytest.mark.parametrize("step", STEPS)
def test_a_save_whose_helper_is_killed_promises_nothing_and_loses_nothing(
    past: Scene, whole: int, tmp_path: Path, step: str
) -> None:
    scene = past.copy(tmp_path)
    before = scene.packed_bytes()
    plan = Plan(tmp_path / "journal", step, owner_dies=False)
    with at_work(order_of("save", scene, plan)) as victim:
        assert_nobody_is_left(victim)
        assert "HelperLost" in victim.refusal()
    assert step in plan.steps()
    assert_resumed(scene, scene.packed_bytes() - before, whole)
