"""A prune is killed at every kind of step: what was kept is whole, and the next prunes end the work."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.repo.safety.calendar import Calendar
from tests.repo.safety.scene import Scene, set_up
from tests.repo.safety.steps import PACK_BYTES, Plan, chosen, kinds, names
from tests.repo.safety.victim import THRIFTY, Order, at_work, order_of

from holdfast.repo import prune, snapshot
from holdfast.repo.repository import stored_bytes

# of each kind of step, which ones are tried: while packs are marked, and days later while they are removed
TRIED = {
    "marking": {
        "put locks": ("first",),
        "put data": ("last",),
        "put index": ("first", "last"),
        "put holdfast": ("first",),
        "delete index": ("first",),
        "delete locks": ("last",),
    },
    "removing": {
        "put locks": (),
        "delete data": ("first", "last"),
        "delete holdfast": ("first",),
        "delete locks": (),
    },
}
CASES = [(phase, name) for phase, tried in TRIED.items() for name in names(tried)]
LATER = timedelta(days=3)
SLACK = 20_000
UNIT = PACK_BYTES


@dataclass(frozen=True)
class Past:
    """What happened before each phase, each step of the phase, and what the repository takes in the end."""

    scenes: dict[str, Scene]
    steps: dict[str, list[str]]
    least: int


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Of three backups two are forgotten: some packs are not needed any more, others partly."""
    folder = tmp_path_factory.mktemp("past")
    scene = set_up(folder, UNIT)
    scene.save()
    for snapshot_id in list(scene.kept)[:2]:
        snapshot.forget(scene.restic.open(), snapshot_id)
        del scene.kept[snapshot_id]
    scenes, steps = {}, {}
    for phase in TRIED:
        scenes[phase] = scene.copy(folder / f"before {phase}")
        plan = Plan(folder / phase)
        with at_work(order(phase, scene, plan)) as victim:
            assert victim.end()
        steps[phase] = plan.steps()
    scene.assert_sound()
    return Past(scenes, steps, stored_bytes(scene.restic.open()))


def order(phase: str, scene: Scene, plan: Plan) -> Order:
    return order_of("prune", scene, plan, days=LATER.days if phase == "removing" else 0)


@pytest.mark.parametrize("phase", TRIED)
def test_every_kind_of_step_of_a_prune_is_tried(past: Past, phase: str) -> None:
    assert kinds(past.steps[phase]) == TRIED[phase].keys()


@pytest.mark.parametrize(("phase", "name"), CASES)
def test_a_prune_killed_at_a_step_loses_nothing(
    past: Past, calendar: Calendar, tmp_path: Path, phase: str, name: str
) -> None:
    scene = past.scenes[phase].copy(tmp_path)
    plan = Plan(tmp_path / "journal", chosen(past.steps[phase], name))
    with at_work(order(phase, scene, plan)) as victim:
        assert victim.end() == ""
    assert plan.fatal in plan.steps()
    scene.assert_sound()
    scene.save()
    opened = scene.restic.open()
    for _ in range(2):
        calendar.move(LATER)
        prune.prune(opened, limits=THRIFTY)
    assert stored_bytes(opened) < past.least + SLACK
    scene.restic.check()
    scene.assert_kept(opened, scene.newest)
