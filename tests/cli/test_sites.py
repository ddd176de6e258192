"""Sites, windows, limits and workers by the command line, and a real worker of another site."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from tests.cli.conftest import HOLDFAST, House
from tests.cli.wire import task as told_task

from holdfast.cli import outcome, windows


@contextmanager
def working(house: House, folder: Path) -> Iterator[None]:
    """A worker of the site lab-3, whose configuration names a folder there."""
    (folder / "lab").mkdir()
    (folder / "lab" / "measured").write_text("7")
    table = {"type": "directory", "name": "lab", "provider": "directory", "path": str(folder / "lab")}
    lines = [f'{key} = "{value}"' for key, value in {**table, "site": "lab-3"}.items()]
    (folder / "lab.toml").write_text("\n".join(["[[resource]]", *lines]))
    asked = ["worker", "--data", str(house.data), "--site", "lab-3", "--config", str(folder / "lab.toml")]
    with (folder / "log").open("wb") as log, subprocess.Popen([*HOLDFAST, *asked], stderr=log) as process:
        try:
            yield
            process.terminate()
            assert process.wait(60) == 0, (folder / "log").read_text()
        finally:
            process.kill()


def wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_is_at_another_site_waits_for_a_worker_there_and_says_so(house: House, tmp_path: Path) -> None:
    far = str(tmp_path / "lab")
    asked = ("--type", "directory", "--name", "lab", "--site", "lab-3")
    (done,) = house.ask("protect", far, *asked)["protected"]
    assert (done["resource"]["site"], done["resource"]["size_bytes"]) == ("lab-3", 0)
    assert f"{far} at lab-3" in house.run("resources").out
    (again,) = house.ask("protect", far, "--type", "directory")["protected"]
    assert again["resource"] == done["resource"]

    (task,) = house.ask("backup", "lab", "--no-wait")["operation_logs"]
    assert "No worker serves the site lab-3." in house.run("tasks", "show", task["id"]).out
    assert "No worker serves the site lab-3." in house.run("tasks", "--resource", "lab").out
    with working(house, tmp_path):
        wait_until(lambda: bool(house.ask("tasks", "show", task["id"])["operation_log"]["ended_at"]))
        assert house.ask("tasks", "show", task["id"])["operation_log"]["status"] == "success"
        (known,) = (one for one in house.ask("resources")["resources"] if one["name"] == "lab")
        assert (known["id"], known["configured"]) == (done["resource"]["id"], True)
        found = house.ask("workers")["workers"]
        assert {("default",), ("lab-3",)} <= {tuple(one["sites"]) for one in found if one["alive"]}
        told = house.run("workers")
        assert "lab-3" in told.out
        assert "yes" in told.out


def test_a_vault_has_windows_and_a_limit(house: House) -> None:
    window = ("--window", "SA,SU 22:00-02:00 Europe/Berlin")
    vault = house.ask("vaults", "create", "watched", *window, "--max-tasks", "2")["vault"]
    assert vault["holdfast"] == {
        "backup_count": 0,
        "maintenance_windows": [
            {"weekdays": ["SA", "SU"], "begin": "22:00", "end": "02:00", "timezone": "Europe/Berlin"}
        ],
        "max_running_tasks": 2,
    }
    told = house.run("vaults", "show", "watched").out
    assert "SA,SU 22:00-02:00 Europe/Berlin" in told
    assert "at most 2" in told


def test_windows_and_limits_change_and_go(house: House) -> None:
    house.ask("vaults", "create", "changing", "--window", "22:00-02:00", "--max-tasks", "2")
    two = ("--window", "12:00-13:00", "--window", "mo 01:00-02:00")
    changed = house.ask("vaults", "update", "changing", *two)["vault"]["holdfast"]
    assert [windows.said(one) for one in changed["maintenance_windows"]] == [
        "12:00-13:00 UTC",
        "MO 01:00-02:00 UTC",
    ]
    assert changed["max_running_tasks"] == 2
    changed = house.ask("vaults", "update", "changing", "--max-tasks", "none", "--window", "none")["vault"]
    assert changed["holdfast"] == {
        "backup_count": 0,
        "maintenance_windows": [],
        "max_running_tasks": None,
    }
    assert house.run("vaults", "update", "changing", "--window", "12:00-13:00 Mars/Base").code == 6
    assert house.ask("vaults", "show", "changing")["vault"]["holdfast"] == changed["holdfast"]


@pytest.mark.parametrize(
    "wrong", [["at night"], ["22-02"], ["22:00-02:00 Europe Berlin"], ["none", "22:00-02:00"], [""]]
)
def test_what_is_no_window_is_wrong_usage(house: House, wrong: list[str]) -> None:
    options = [part for one in wrong for part in ("--window", one)]
    assert house.run("vaults", "create", "never-made", *options).code == 2


@pytest.mark.parametrize("wrong", ["two", "-1", "1.5", "9999999"])
def test_what_is_no_number_of_tasks_is_wrong_usage(house: House, wrong: str) -> None:
    assert house.run("vaults", "create", "never-made", f"--max-tasks={wrong}").code == 2


def test_a_window_is_read_as_it_is_said() -> None:
    window: dict[str, Any] = {"begin": "22:00", "end": "02:00", "timezone": "UTC"}
    assert windows.parse("22:00-02:00") == window
    assert windows.parse(" sa,su 22:00 - 02:00 UTC ") == {**window, "weekdays": ["SA", "SU"]}
    with pytest.raises(click.BadParameter):
        windows.parse("22:00")


def test_a_task_that_only_waits_for_its_turn_says_so_only_when_asked() -> None:
    task = told_task("waiting")
    assert outcome.waits(task) == outcome.obstacle(task) == ""
    task["holdfast"]["waits_because"] = {"reason": "queue", "message": "its turn"}
    assert (outcome.waits(task), outcome.obstacle(task), outcome.pace(task)) == ("its turn", "", "its turn")
    task["holdfast"]["waits_because"] = {"reason": "no_worker", "message": "nobody"}
    assert (outcome.waits(task), outcome.obstacle(task)) == ("nobody", "nobody")
