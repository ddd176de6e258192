"""The audit trail by the command line: from a request to its tasks."""

from pathlib import Path

import pytest
from tests.cli.conftest import House

from holdfast.cli.audit import row
from holdfast.cli.failures import Exit
from holdfast.cli.screen import Screen


def test_a_change_is_found_by_whoever_asked_for_it(house: House) -> None:
    vault = house.ask("vaults", "create", "audited")["vault"]
    told = house.ask("audit", "--user", "admin", "--method", "post", "--since", "1h")["audit"]
    newest = told[0]
    assert newest["path"].endswith("/vaults")
    assert newest["user"]["name"] == "admin"
    (again,) = house.ask("audit", "--request", newest["request_id"])["audit"]
    assert again == newest

    listed = house.run("audit", "--limit", "1")
    assert listed.code == 0, listed.err
    assert listed.out.splitlines()[0].split() == ["AT", "USER", "METHOD", "PATH", "TASKS", "REQUEST"]
    assert newest["request_id"] in listed.out

    house.run("vaults", "delete", "audited", "--yes")
    assert "only the newest 1" in house.run("audit", "--limit", "1").err
    (deleted,) = house.ask("audit", "--limit", "1", "--method", "DELETE")["audit"]
    assert deleted["path"].endswith(f"/vaults/{vault['id']}")
    (task_id,) = deleted["task_ids"]
    assert task_id in house.run("audit", "--request", deleted["request_id"]).out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--request", ""), "--request"),
        (("--user", ""), "--user"),
        (("--method", "patsch"), "--method"),
        (("--since", "1h", "--until", "24h"), "--until"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_the_name_of_its_option(
    house: House, arguments: tuple[str, ...], named: str
) -> None:
    told = house.run("audit", *arguments)
    assert (told.code, told.out) == (Exit.USAGE, "")
    assert named in told.err


def test_a_backup_by_the_command_line_leads_to_its_tasks(house: House, letters: Path) -> None:
    house.ask("vaults", "create", "audited-letters")
    house.ask("protect", str(letters), "--vault", "audited-letters")
    made = house.ask("backup", "audited-letters")
    told = house.ask("audit", "--method", "POST", "--since", "1h")["audit"]
    (asked,) = [entry for entry in told if entry["path"].endswith("/checkpoints") and entry["task_ids"]][:1]
    assert asked["task_ids"] == [task["id"] for task in made["operation_logs"]]


def test_nothing_that_fits_is_said(house: House) -> None:
    told = house.run("audit", "--request", "req-none")
    assert (told.code, told.out, told.err) == (0, "", "nothing was asked for that fits\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--since", "soon"), "--since"), (("--method", "LOOK"), "--method"), (("--limit", "0"), "--limit")],
)
def test_what_cannot_be_understood_is_said_by_its_option(
    house: House, options: tuple[str, ...], said: str
) -> None:
    told = house.run("audit", *options)
    assert told.code == 2
    assert said in told.err


def test_many_tasks_are_counted() -> None:
    entry = {
        "at": "2026-03-01T02:00:00.000+00:00",
        "project_id": "p1",
        "user": {"id": "", "name": "holdfast"},
        "method": "EXPIRE",
        "path": "/v3/p1/vaults/v1",
        "task_ids": ["a", "b", "c", "d", "e"],
        "request_id": "req-1",
    }
    told = row(Screen(as_json=False), entry)
    assert told[1:] == ("holdfast", "EXPIRE", "vaults/v1", "a, b, c, and 2 more", "req-1")
