"""Maintenance windows and limits of vaults on the wire."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.making import make

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NIGHT = {"weekdays": ["SA", "SU"], "begin": "22:00", "end": "02:00", "timezone": "Europe/Berlin"}
NOTHING: dict[str, Any] = {"maintenance_windows": [], "max_running_tasks": None}


def change(house: House, vault: dict[str, Any], **ours: Any) -> dict[str, Any]:
    told = house.ask("PUT", f"/vaults/{vault['id']}", {"vault": {"holdfast": ours}})
    assert house.ask("GET", f"/vaults/{vault['id']}") == told
    block: dict[str, Any] = told["vault"]["holdfast"]
    return {name: value for name, value in block.items() if name != "backup_count"}


def test_a_vault_is_made_with_windows_and_a_limit(house: House) -> None:
    ours = {"maintenance_windows": [NIGHT], "max_running_tasks": 2}
    vault = make(house, holdfast=ours)
    assert vault["holdfast"] == {"backup_count": 0, **ours}
    assert house.ask("GET", "/vaults")["vaults"] == [vault]


def test_a_window_that_names_no_days_is_one_of_every_day_in_utc(house: House) -> None:
    vault = make(house, holdfast={"maintenance_windows": [{"begin": "00:00", "end": "06:05"}]})
    assert vault["holdfast"]["maintenance_windows"] == [
        {
            "weekdays": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"],
            "begin": "00:00",
            "end": "06:05",
            "timezone": "UTC",
        }
    ]


def test_windows_change_as_a_whole_and_what_is_not_said_stays(house: House) -> None:
    vault = make(house, holdfast={"maintenance_windows": [NIGHT], "max_running_tasks": 2})
    day = {**NIGHT, "begin": "08:00", "end": "18:00"}
    assert change(house, vault, maintenance_windows=[day]) == {
        "maintenance_windows": [day],
        "max_running_tasks": 2,
    }
    assert change(house, vault, maintenance_windows=None) == {
        "maintenance_windows": [day],
        "max_running_tasks": 2,
    }
    assert change(house, vault, max_running_tasks=None)["max_running_tasks"] is None
    assert change(house, vault, maintenance_windows=[]) == NOTHING


def test_a_change_of_something_else_leaves_them(house: House) -> None:
    vault = make(house, holdfast={"maintenance_windows": [NIGHT], "max_running_tasks": 2})
    house.ask("PUT", f"/vaults/{vault['id']}", {"vault": {"threshold": 50}})
    house.ask("PUT", "/vaults/batch-update", {"vault": {"threshold": 60}})
    told = house.ask("GET", f"/vaults/{vault['id']}")["vault"]
    assert (told["threshold"], told["holdfast"]) == (60, vault["holdfast"])


@pytest.mark.parametrize(
    ("ours", "field"),
    [
        ({"maintenance_windows": [{**NIGHT, "weekdays": ["XX"]}]}, "maintenance_windows[0].weekdays[0]"),
        ({"maintenance_windows": [{**NIGHT, "weekdays": []}]}, "maintenance_windows[0].weekdays"),
        ({"maintenance_windows": [{**NIGHT, "weekdays": ["MO", "MO"]}]}, "maintenance_windows[0].weekdays"),
        ({"maintenance_windows": [{**NIGHT, "begin": "24:00"}]}, "maintenance_windows[0].begin"),
        ({"maintenance_windows": [{**NIGHT, "end": "2:00"}]}, "maintenance_windows[0].end"),
        ({"maintenance_windows": [{"begin": "02:00"}]}, "maintenance_windows[0].end"),
        ({"maintenance_windows": [{**NIGHT, "timezone": "Mars/Base"}]}, "maintenance_windows[0].timezone"),
        ({"maintenance_windows": [{**NIGHT, "timezone": "../UTC"}]}, "maintenance_windows[0].timezone"),
        ({"maintenance_windows": [{**NIGHT, "timezone": "x" * 99}]}, "maintenance_windows[0].timezone"),
        ({"maintenance_windows": [NIGHT] * 33}, "maintenance_windows"),
        ({"maintenance_windows": "always"}, "maintenance_windows"),
        ({"max_running_tasks": 0}, "max_running_tasks"),
        ({"max_running_tasks": -1}, "max_running_tasks"),
        ({"max_running_tasks": 1 << 70}, "max_running_tasks"),
        ({"max_running_tasks": "2"}, "max_running_tasks"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_changes(house: House, ours: dict[str, Any], field: str) -> None:
    vault = make(house)
    wanted = {"vault": {"name": "other", "holdfast": ours}}
    status, code, told = house.refused("PUT", f"/vaults/{vault['id']}", wanted)
    assert (status, code) == (400, "9900")
    assert f"vault.holdfast.{field}: " in told
    assert house.ask("GET", f"/vaults/{vault['id']}")["vault"] == vault
