"""Policies by the command line, and resources with tags that vaults bind."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import House

from holdfast.cli import policies
from holdfast.model import clock


def make(house: House, *options: str) -> dict[str, Any]:
    made: dict[str, Any] = house.ask("policies", "create", *options)["policy"]
    return made


def test_a_policy_is_made_listed_changed_and_deleted(house: House) -> None:
    made = make(house, "nightly", "--at", "01:30", "--at", "13:30", "--keep", "7")
    assert made["trigger"]["properties"]["pattern"] == [
        "FREQ=DAILY;INTERVAL=1;BYHOUR=01;BYMINUTE=30",
        "FREQ=DAILY;INTERVAL=1;BYHOUR=13;BYMINUTE=30",
    ]
    told = house.run("policies")
    assert told.code == 0, told.err
    assert "nightly" in told.out
    assert "7 backups" in told.out

    rule = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=2;BYMINUTE=0"
    told = house.run("policies", "update", "nightly", "--name", "weekly", "--pattern", rule, "--disable")
    assert told.code == 0, told.err
    assert told.out.startswith("changed policy weekly")
    changed = house.ask("policies", "update", "weekly", "--days", "30")["policy"]
    assert (changed["enabled"], changed["trigger"]["properties"]["pattern"]) == (False, [rule])
    assert policies.keeps(changed["operation_definition"], changed["holdfast"]) == "30 days"
    assert house.run("policies", "update", "weekly").code == 2

    assert house.run("policies", "delete", "weekly").code == 6
    assert house.run("policies", "delete", "weekly", "--yes").out.startswith("deleted policy weekly")
    assert "weekly" not in {policy["name"] for policy in house.ask("policies")["policies"]}


def test_a_vault_follows_a_policy(house: House) -> None:
    made = make(house, "bound", "--at", "3:00", "--keep-daily", "3", "--timezone", "UTC+01:00", "--disabled")
    vault = house.ask("vaults", "create", "followers")["vault"]
    told = house.run("policies", "bind", "followers", "bound")
    assert (told.code, told.out) == (0, "followers follows bound\n")
    (listed,) = [one for one in house.ask("policies")["policies"] if one["id"] == made["id"]]
    assert [one["vault_id"] for one in listed["associated_vaults"]] == [vault["id"]]
    assert "followers" in house.run("policies").out
    assert house.run("policies", "unbind", "followers", "bound").code == 0
    assert house.run("policies", "unbind", "followers", "bound").code == 5
    assert house.run("policies", "bind", "followers", "nosuch").code == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--at HH:MM"),
        (("--at", "25:00"), "'25:00' is not HH:MM"),
        (("--at", "2:60"), "'2:60' is not HH:MM"),
        (("--at", "2:00", "--keep-weekly", "3", "--timezone", "Europe/Berlin"), "--timezone UTC+01:00"),
        (("--at", "2:00", "--region", "far"), "--project ID"),
    ],
)
def test_what_a_policy_lacks_is_said_in_options(house: House, options: tuple[str, ...], said: str) -> None:
    told = house.run("policies", "create", "lacking", *options)
    assert told.code == 2
    assert said in " ".join(told.err.split())


def test_policies_of_one_name_are_told_apart(house: House) -> None:
    made = [make(house, "twice", "--at", "4:00")["id"] for _ in range(2)]
    told = house.run("policies", "delete", "twice", "--yes")
    assert (told.code, "fits 2 policies" in told.err) == (2, True)
    assert all(house.run("policies", "delete", one, "--yes").code == 0 for one in made)


def test_how_a_schedule_is_carried_out_is_said_and_told(house: House) -> None:
    zones = ("--timezone", "Europe/Berlin", "--timezone", "UTC+01:00")
    made = make(house, "there", "--at", "2:30", "--keep-daily", "2", *zones, "--jitter", "15")
    assert made["operation_definition"]["timezone"] == "UTC+01:00"
    ours = made["holdfast"]
    assert (ours["timezone"], ours["jitter_minutes"], ours["timeout_minutes"]) == ("Europe/Berlin", 15, None)
    changed = house.ask("policies", "update", "there", "--timeout", "8h")["policy"]["holdfast"]
    assert (changed["timezone"], changed["timeout_minutes"]) == ("Europe/Berlin", 480)
    told = house.run("policies")
    assert "Europe/Berlin, up to 15 min late, ends after 8 h" in told.out
    off = house.ask("policies", "update", "there", "--timeout", "none", "--jitter", "0")["policy"]["holdfast"]
    assert (off["jitter_minutes"], off["timeout_minutes"]) == (0, None)

    told = house.run("policies", "next", "there", "--limit", "2")
    assert (told.code, told.out.count("T02:30:00+0")) == (0, 2), told.err
    firings = house.ask("policies", "next", "there")
    assert (firings["timezone"], len(firings["firings"])) == ("Europe/Berlin", 10)
    house.ask("policies", "update", "there", "--disable")
    assert "not enabled" in house.run("policies", "next", "there").err
    for wrong in (("--timeout", "30s"), ("--timeout", "soon"), (*zones, "--timezone", "UTC")):
        assert house.run("policies", "update", "there", *wrong).code == 2
    told = house.run("policies", "update", "there", "--timezone", "Europe/Atlantis")
    assert (told.code, "timezone" in told.err) == (6, True)


def test_a_vault_follows_a_policy_besides_another(house: House) -> None:
    hourly, daily = (make(house, name, "--at", "3:00")["id"] for name in ("hourly", "daily"))
    vault = house.ask("vaults", "create", "twofold")["vault"]
    for name in ("hourly", "daily"):
        told = house.run("policies", "bind", "twofold", name, "--also")
        assert told.code == 0, told.err
    following = {
        policy["id"]
        for policy in house.ask("policies")["policies"]
        if vault["id"] in {one["vault_id"] for one in policy["associated_vaults"]}
    }
    assert following == {hourly, daily}


def test_what_is_overdue_is_told_and_is_no_success(house: House, letters: Path) -> None:
    told = house.run("overdue")
    assert (told.code, told.out, told.err) == (0, "", "nothing is overdue\n")
    hour = (clock.now() - timedelta(hours=2)).hour
    made = make(house, "missed", "--at", f"{hour}:00")
    asked = ("protect", str(letters), "--name", "overdue-letters", "--vault", "overdue-letters")
    vault = house.ask("vaults", "create", "overdue-letters")["vault"]
    house.ask(*asked)
    house.ask("policies", "bind", "overdue-letters", "missed")
    since = int((clock.now() - timedelta(days=1)).timestamp() * 1e6)
    with closing(sqlite3.connect(house.data / "holdfast.db", timeout=30)) as rows, rows:
        rows.execute("UPDATE policy SET created_at = ? WHERE id = ?", (since, made["id"]))
        rows.execute("UPDATE vault_policy SET since = ? WHERE policy_id = ?", (since, made["id"]))
        rows.execute("UPDATE attachment SET since = ?", (since,))
    told = house.run("overdue")
    assert told.code == 1
    assert "overdue-letters" in told.out
    assert "1 resource overdue" in told.err
    assert [one["policy_name"] for one in house.run("overdue", "--json").document["overdue"]] == ["missed"]
    house.ask("backup", vault["id"])
    assert house.run("overdue").code == 0


def test_what_cannot_be_said_or_done_is_refused(house: House) -> None:
    assert house.run("policies", "create", "when", "--at", "noon").code == 2
    assert house.run("policies", "create", "when", "--pattern", "FREQ=HOURLY").code == 6
    told = house.run("policies", "create", "far", "--at", "1:00", "--region", "nowhere", "--project", "p")
    assert told.code != 0
    assert "region" in told.err


def test_what_a_policy_would_let_go_is_told(house: House, letters: Path) -> None:
    made = make(house, "sparing", "--at", "4:00", "--keep", "1")
    told = house.run("policies", "preview", "sparing")
    assert (told.code, told.out) == (0, "")
    assert "no vault follows" in told.err
    (done,) = house.ask("protect", str(letters), "--name", "sparing letters")["protected"]
    resource_id, vault_id = done["resource"]["id"], done["vault"]["id"]
    house.ask("backup", resource_id)
    told = house.run("policies", "preview", made["id"], "--vault", vault_id)
    assert told.code == 0, told.err
    assert "last good backup, manual" in told.out
    weighed = house.ask("policies", "preview", "sparing", "--vault", vault_id)["retention_preview"]
    assert [one["goes"] for one in weighed if one["resource_id"] == resource_id] == [False]
    assert house.run("policies", "preview", "nosuch").code == 5


def test_what_a_policy_keeps_is_said_in_words() -> None:
    assert policies.keeps({"max_backups": -1, "retention_duration_days": -1}, {}) == "everything"
    assert policies.keeps({"max_backups": 3, "year_backups": 2}, {}) == "3 backups, 2 yearly"
    first = {"keep_first_of_month": True}
    assert policies.keeps({"max_backups": 3}, first) == "3 backups, the first of the month"


def test_the_first_of_the_month_is_kept_until_it_is_said_otherwise(house: House) -> None:
    made = make(house, "monthly", "--at", "4:00", "--keep", "2", "--keep-first-of-month")
    assert made["holdfast"]["keep_first_of_month"] is True
    assert "2 backups, the first of the month" in " ".join(house.run("policies").out.split())
    for option, kept in (("--keep=3", True), ("--no-keep-first-of-month", False)):
        changed = house.ask("policies", "update", "monthly", option)["policy"]
        assert changed["holdfast"]["keep_first_of_month"] is kept
        assert changed["operation_definition"]["max_backups"] == 3


def test_a_folder_is_protected_with_tags(house: House, letters: Path) -> None:
    tags = ("--tag", "stage=prod", "--tag", "team=")
    (done,) = house.ask("protect", str(letters), "--name", letters.parent.name, *tags)["protected"]
    assert done["resource"]["tags"] == [{"key": "stage", "value": "prod"}, {"key": "team", "value": ""}]
    (again,) = house.ask("protect", str(letters))["protected"]
    assert again["resource"]["tags"] == done["resource"]["tags"]
    assert house.run("protect", str(letters), "--tag", "no key=x").code == 6
