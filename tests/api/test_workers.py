"""Workers, and why tasks wait, on the wire."""

from datetime import timedelta
from typing import Any

import pytest
from tests.api.asking import House
from tests.engine.house import wait_until

from holdfast.db import workers
from holdfast.db.dispatch import dispatch
from holdfast.db.waiting import LATELY_SECONDS
from holdfast.model import clock

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOTHING_ELSE = dict.fromkeys(("site", "until", "running", "max_running", "task_id", "resource_id"))


def enlist(house: House, worker_id: str, *sites: str) -> None:
    with house.world.db.transaction() as tx:
        workers.enlist(tx, worker_id, sites)


def hand_out(house: House, worker_id: str, *sites: str) -> list[str]:
    with house.world.db.transaction() as tx:
        return [one.task_id for one in dispatch(tx, worker_id, sites, 100)]


def because(house: House, task_id: str) -> Any:
    """Why a task waits, as it and, at most a second later, the list say."""
    shown = house.ask("GET", f"/operation-logs/{task_id}")["operation_log"]
    wait_until(
        lambda: shown in house.ask("GET", "/operation-logs")["operation_logs"],
        lambda: f"the list never says {shown}",
        3 * LATELY_SECONDS,
    )
    return shown["holdfast"]["waits_because"]


def change(house: House, vault_id: str, **ours: Any) -> None:
    house.ask("PUT", f"/vaults/{vault_id}", {"vault": {"holdfast": ours}})


def test_a_task_says_why_it_waits_until_somebody_takes_it(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (task,) = house.world.start(vault)
    assert because(house, task.id) == {
        "reason": "no_worker",
        "message": "No worker is alive.",
        **NOTHING_ELSE,
    }
    enlist(house, "w1", "default")
    assert because(house, task.id)["reason"] == "queue"
    assert hand_out(house, "w1", "default") == [task.id]
    assert because(house, task.id) is None
    house.world.succeed(task)
    assert because(house, task.id) is None


def test_a_task_of_a_site_without_a_worker_says_so_and_waits(house: House) -> None:
    settings = {"path": str(house.world.folder / "far")}
    asked = {"type": "directory", "name": "far", "provider": "directory", "settings": settings}
    known = house.ask("POST", "/resources", {"resource": {**asked, "site": "lab-3"}})["resource"]
    assert (known["site"], known["size_bytes"]) == ("lab-3", 0)
    instance = house.ask("GET", f"/protectables/turbo/instances/{known['id']}")["instance"]
    assert instance["holdfast"] == {"site": "lab-3"}
    vault = house.world.vault()
    held = [{"id": known["id"], "type": known["type"], "name": "far"}]
    house.ask("POST", f"/vaults/{vault.id}/addresources", {"resources": held})
    (task,) = house.world.start(vault)
    enlist(house, "w1", "default")
    told = because(house, task.id)
    assert (told["reason"], told["site"]) == ("no_worker_at_site", "lab-3")
    assert hand_out(house, "w1", "default") == []
    enlist(house, "w2", "lab-3")
    assert hand_out(house, "w2", "lab-3") == [task.id]


def test_a_task_in_a_window_says_until_when(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (task,) = house.world.start(vault)
    enlist(house, "w1", "default")
    begin, end = (clock.now() + timedelta(hours=by) for by in (-1, 1))
    change(house, vault.id, maintenance_windows=[{"begin": f"{begin:%H:%M}", "end": f"{end:%H:%M}"}])
    told = because(house, task.id)
    assert (told["reason"], told["until"]) == ("maintenance_window", f"{end:%Y-%m-%dT%H:%M}:00.000+00:00")
    assert hand_out(house, "w1", "default") == []
    change(house, vault.id, maintenance_windows=[])
    assert hand_out(house, "w1", "default") == [task.id]


def test_a_task_beyond_its_vaults_limit_says_so(house: House) -> None:
    vault = house.world.vault(house.world.directory("a"), house.world.directory("b"))
    change(house, vault.id, max_running_tasks=1)
    started = {task.id for task in house.world.start(vault)}
    enlist(house, "w1", "default")
    (taken,) = hand_out(house, "w1", "default")
    (waits,) = started - {taken}
    told = because(house, waits)
    assert (told["reason"], told["running"], told["max_running"]) == ("vault_limit", 1, 1)


def test_a_task_that_waits_for_another_names_it(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    house.ask("DELETE", f"/backups/{backup.id}", expect=204)
    (first,) = (one for one in house.ask("GET", "/operation-logs")["operation_logs"] if not one["ended_at"])
    (second,) = house.world.start(vault)
    enlist(house, "w1", "default")
    hand_out(house, "w1", "default")
    told = because(house, second.id)
    assert (told["reason"], told["task_id"]) == ("resource_busy", first["id"])


def test_workers_are_listed_with_their_sites_and_what_they_have_in_hand(house: House) -> None:
    assert house.ask("GET", "/holdfast/workers") == {"workers": [], "count": 0, "limit": 1000, "offset": 0}
    house.world.start(house.world.vault(house.world.directory()))
    enlist(house, "w1", "default")
    enlist(house, "w2", "default", "lab-3")
    hand_out(house, "w1", "default")
    told = house.ask("GET", "/holdfast/workers")
    assert [{**one, "seen_at": None} for one in told["workers"]] == [
        {"id": "w1", "sites": ["default"], "alive": True, "seen_at": None, "running_tasks": 1},
        {"id": "w2", "sites": ["default", "lab-3"], "alive": True, "seen_at": None, "running_tasks": 0},
    ]
    assert told["workers"][0]["seen_at"].startswith(f"{clock.now():%Y-}")
    (second,) = house.ask("GET", "/holdfast/workers", limit=1, offset=1)["workers"]
    assert second["id"] == "w2"


def test_only_who_may_name_paths_of_the_machines_sees_the_workers(house: House) -> None:
    for who in ("operator", "reader"):
        assert house.refused("GET", "/holdfast/workers", who=who)[0] == 403
