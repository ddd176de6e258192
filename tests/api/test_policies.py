"""Policies on the wire: told as they were given."""

from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model.vault import ProtectType

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

REPLICAS = ProtectType.REPLICATION
PATTERNS = ["FREQ=DAILY;INTERVAL=5;BYHOUR=06;BYMINUTE=00", "FREQ=WEEKLY;BYDAY=MO,SU;BYHOUR=14;BYMINUTE=00"]


def body(**more: Any) -> dict[str, Any]:
    known = {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {"max_backups": 20, "retention_duration_days": 30},
        "trigger": {"properties": {"pattern": PATTERNS}},
    }
    return {"policy": known | more}


def test_a_new_policy_is_told_with_all_its_members(house: House) -> None:
    definition = {"day_backups": 10, "timezone": "UTC+08:00", "full_backup_interval": 5}
    made = house.ask("POST", "/policies", body(operation_definition=definition, enabled=False))["policy"]
    assert house.ask("GET", f"/policies/{made['id']}") == {"policy": made}
    trigger = made.pop("trigger")
    assert made == {
        "id": made["id"],
        "name": "nightly",
        "enabled": False,
        "operation_type": "backup",
        "operation_definition": {
            "max_backups": -1,
            "retention_duration_days": -1,
            "day_backups": 10,
            "week_backups": 0,
            "month_backups": 0,
            "year_backups": 0,
            "timezone": "UTC+08:00",
            "full_backup_interval": 5,
        },
        "associated_vaults": [],
        "policy_type": "custom_policy",
        "holdfast": {
            "timezone": "UTC",
            "jitter_minutes": 0,
            "timeout_minutes": None,
            "keep_first_of_month": False,
            "vaults": [],
            "overdue": [],
        },
    }
    assert trigger["properties"]["pattern"] == PATTERNS
    assert len(trigger["properties"]["start_time"]) == len("2025-05-24 09:41:28")
    assert (trigger["type"], trigger["name"]) == ("time", "default")


def test_both_ways_to_retain_may_be_given(house: House) -> None:
    definition = house.ask("POST", "/policies", body())["policy"]["operation_definition"]
    assert (definition["max_backups"], definition["retention_duration_days"]) == (20, 30)


ADVANCED = {
    "weekly_retention_rules": {"days_of_week": ["MO", "FR"], "retention_duration_periods": 5200},
    "monthly_retention_rules": {
        "retention_type": "Monthly",
        "days_of_month": [1, -1],
        "retention_duration_periods": 12,
    },
    "yearly_retention_rules": {
        "retention_type": "Weekly",
        "retention_months": ["JANUARY"],
        "retention_weeks": ["LAST"],
        "days_of_week": ["SU"],
        "retention_duration_periods": -1,
    },
}


def test_what_names_days_to_keep_longer_is_told_back(house: House) -> None:
    definition = {"advanced_retention_rules": ADVANCED, "cross_account_urn": "urn:there"}
    made = house.ask("POST", "/policies", body(operation_definition=definition))["policy"]
    told = house.ask("GET", f"/policies/{made['id']}")["policy"]["operation_definition"]
    assert told["advanced_retention_rules"] == ADVANCED
    assert told["cross_account_urn"] == "urn:there"
    assert told["max_backups"] == -1


def replication(house: House, **more: Any) -> dict[str, Any]:
    """A policy that replicates to this region."""
    definition = {
        "destination_region": house.world.config.region,
        "destination_project_id": house.world.blue.id,
        "enable_acceleration": False,
    }
    return body(operation_type="replication", operation_definition=definition | more)


def test_a_replication_policy_says_where_to(house: House) -> None:
    made = house.ask("POST", "/policies", replication(house))["policy"]
    assert made["operation_type"] == "replication"
    assert made["operation_definition"]["destination_region"] == house.world.config.region
    assert made["operation_definition"]["destination_project_id"] == house.world.blue.id
    assert made["operation_definition"]["enable_acceleration"] is False


def test_a_replication_policy_goes_where_replicas_go(house: House) -> None:
    nowhere = replication(house, destination_region="nowhere-1")
    assert house.refused("POST", "/policies", nowhere)[1] == "1005"
    theirs = replication(house, destination_project_id=house.world.red.id)
    assert house.refused("POST", "/policies", theirs)[:2] == (400, "1011")
    unknown = replication(house, destination_project_id="0" * 32)
    assert house.refused("POST", "/policies", unknown)[:2] == (400, "1011")
    assert house.ask("GET", "/policies")["count"] == 0


def test_the_first_of_the_month_is_kept_until_somebody_says_otherwise(house: House) -> None:
    made = house.ask("POST", "/policies", body(holdfast={"keep_first_of_month": True}))["policy"]
    path, told = f"/policies/{made['id']}", []
    for change in (
        {"name": "other"},
        {"operation_definition": {"max_backups": 2}},
        {"holdfast": {"keep_first_of_month": None}},
        {"operation_definition": {"max_backups": 3}, "holdfast": {"keep_first_of_month": False}},
        {"operation_definition": {"max_backups": 4}},
        {"holdfast": {"keep_first_of_month": True}},
    ):
        changed = house.ask("PUT", path, {"policy": change})["policy"]
        told.append(
            (changed["holdfast"]["keep_first_of_month"], changed["operation_definition"]["max_backups"])
        )
        assert "keep_first_of_month" not in changed["operation_definition"]
    assert told == [(True, 20), (True, 2), (True, 2), (False, 3), (False, 4), (True, 4)]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "policy.name"),
    ({"operation_type": "copy"}, "policy.operation_type"),
    ({"operation_definition": None}, "policy.operation_definition"),
    ({"operation_definition": {"max_backups": 100000}}, "max_backups"),
    ({"operation_definition": {"retention_duration_days": -2}}, "retention_duration_days"),
    ({"operation_definition": {"day_backups": 101, "timezone": "UTC+00:00"}}, "day_backups"),
    ({"operation_definition": {"day_backups": 1}}, "timezone"),
    ({"operation_definition": {"timezone": "Europe/Berlin"}}, "timezone"),
    ({"operation_type": "replication"}, "destination_region"),
    ({"operation_type": "replication", "operation_definition": {"destination_region": "r"}},
     "destination_project_id"),
    ({"operation_definition": {"retention_duration_days": 0}}, "retention_duration_days"),
    ({"operation_definition": {"max_backups": 1 << 70}}, "max_backups"),
    ({"operation_definition": {"max_backups": "7"}}, "max_backups"),
    ({"operation_definition": {"timezone": "UTC+99:00"}}, "timezone"),
    ({"operation_definition": {"full_backup_interval": 101}}, "full_backup_interval"),
    ({"operation_definition": {"advanced_retention_rules": {"weekly_retention_rules":
      {"retention_duration_periods": 5201}}}}, "weekly_retention_rules.retention_duration_periods"),
    ({"operation_definition": {"advanced_retention_rules": {"monthly_retention_rules":
      {"retention_type": "Daily"}}}}, "monthly_retention_rules.retention_type"),
    ({"enabled": "yes"}, "policy.enabled"),
    ({"holdfast": {"keep_first_of_month": "Y"}}, "policy.holdfast.keep_first_of_month"),
    ({"trigger": {}}, "policy.trigger.properties"),
    *(
        ({"trigger": {"properties": {"pattern": pattern}}}, "trigger.properties.pattern")
        for pattern in (
        [], ["FREQ=DAILY"] * 25, [""], ["nightly"], ["BYHOUR=1"], ["FREQ=YEARLY"],
        ["FREQ=DAILY;BYHOUR=24"], ["FREQ=DAILY;BYMINUTE=60"], ["FREQ=WEEKLY;BYDAY=XX"],
        ["FREQ=DAILY;FREQ=DAILY"], ["FREQ=DAILY;INTERVAL=0"], ["FREQ=DAILY\n"], [PATTERNS[0]] * 2,
        ["FREQ=DAILY;BYHOUR=6"], ["FREQ=WEEKLY;BYHOUR=6;BYMINUTE=0"], "FREQ=DAILY", None, [None],
        )
    ),
    *(
        ({"trigger": {"properties": {"pattern": PATTERNS, "start_window_minutes": minutes}}},
         "start_window_minutes")
        for minutes in (10, 481)
    ),
]  # fmt: skip


def test_what_breaks_a_rule_is_400_and_named(house: House) -> None:
    for more, named in WRONG:
        status, code, message = house.refused("POST", "/policies", body(**more))
        assert (status, code) == (400, "9900"), more
        assert message.startswith("Parameter verification failed. ")
        assert named in message
    assert house.ask("GET", "/policies")["count"] == 0


def test_policies_are_listed_found_and_forgotten(house: House) -> None:
    first = house.ask("POST", "/policies", body(name="first"))["policy"]
    second = house.ask("POST", "/policies", body(name="second"))["policy"]
    page = house.ask("GET", "/policies")
    assert {one["id"] for one in page["policies"]} == {first["id"], second["id"]}
    assert (page["count"], page["limit"], page["offset"]) == (2, 1000, 0)
    assert house.ask("GET", "/policies", operation_type="replication")["count"] == 0
    whole = [one["id"] for one in page["policies"]]
    assert [one["id"] for one in house.ask("GET", "/policies", limit=1)["policies"]] == whole[:1]
    assert [one["id"] for one in house.ask("GET", "/policies", marker=whole[0])["policies"]] == whole[1:]
    assert house.ask("GET", "/policies", marker=whole[1])["policies"] == []
    assert house.refused("GET", "/policies", marker="x")[:2] == (400, "9900")

    vault = house.world.vault(policy_id=first["id"])
    found = house.ask("GET", "/policies", vault_id=vault.id)["policies"]
    assert [one["id"] for one in found] == [first["id"]]
    house.ask("DELETE", f"/policies/{first['id']}", expect=204)
    assert house.refused("GET", f"/policies/{first['id']}") == (404, "6000", "The policy does not exist.")
    assert house.refused("DELETE", f"/policies/{first['id']}")[:2] == (404, "6000")
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["id"] == vault.id


def test_another_projects_policy_is_an_unknown_one(house: House) -> None:
    made = house.ask("POST", "/policies", body())["policy"]
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", f"/policies/{made['id']}", **red)[:2] == (404, "6000")
    assert house.refused("DELETE", f"/policies/{made['id']}", **red)[:2] == (404, "6000")
    assert house.ask("GET", "/policies", **red)["count"] == 0


def changed(house: House, policy: dict[str, Any], **change: Any) -> Any:
    return house.ask("PUT", f"/policies/{policy['id']}", {"policy": change})["policy"]


def test_a_change_says_only_what_is_other(house: House) -> None:
    made = house.ask("POST", "/policies", body())["policy"]
    renamed = changed(house, made, name="weekly", enabled=False)
    assert renamed == made | {"name": "weekly", "enabled": False}
    assert house.ask("GET", f"/policies/{made['id']}") == {"policy": renamed}

    window = changed(house, made, trigger={"properties": {"start_window_minutes": 480}})
    assert window["trigger"]["properties"]["start_window_minutes"] == 480
    assert window["trigger"]["properties"]["pattern"] == PATTERNS
    pattern = changed(house, made, trigger={"properties": {"pattern": PATTERNS[:1]}})
    assert pattern["trigger"]["properties"] == window["trigger"]["properties"] | {"pattern": PATTERNS[:1]}
    off = changed(house, made, trigger={"properties": {"start_window_minutes": None}}, name=None)
    assert off["trigger"]["properties"]["start_window_minutes"] is None
    assert off["name"] == "weekly"


def test_what_is_kept_changes_as_a_whole(house: House) -> None:
    definition = {"max_backups": 20, "day_backups": 7, "timezone": "UTC+08:00"}
    made = house.ask("POST", "/policies", body(operation_definition=definition))["policy"]
    told = changed(house, made, operation_definition={"retention_duration_days": 30})["operation_definition"]
    assert (told["max_backups"], told["retention_duration_days"], told["day_backups"]) == (-1, 30, 0)
    assert "timezone" not in told


def test_a_change_that_breaks_a_rule_changes_nothing(house: House) -> None:
    made = house.ask("POST", "/policies", body())["policy"]
    for change, named in (
        ({"name": ""}, "policy.name"),
        ({"name": "new", "trigger": {"properties": {"pattern": []}}}, "trigger.properties.pattern"),
        ({"name": "new", "operation_definition": {"max_backups": -2}}, "max_backups"),
        ({"enabled": 1}, "policy.enabled"),
    ):
        status, code, message = house.refused("PUT", f"/policies/{made['id']}", {"policy": change})
        assert (status, code) == (400, "9900")
        assert named in message
    assert house.refused("PUT", f"/policies/{made['id']}", {})[:2] == (400, "9900")
    assert house.ask("GET", f"/policies/{made['id']}") == {"policy": made}
    assert house.refused("PUT", "/policies/nosuch", {"policy": {}})[:2] == (404, "6000")
    assert house.refused("PUT", f"/policies/{made['id']}", {"policy": {}}, who="reader")[:2] == (403, "8600")


def test_a_replication_policy_in_use_keeps_its_destination(house: House) -> None:
    made = house.ask("POST", "/policies", replication(house))["policy"]
    vault, there = house.world.vault(), house.world.vault(name="replicas", protect_type=REPLICAS)
    bound = {"policy_id": made["id"], "destination_vault_id": there.id}
    house.ask("POST", f"/vaults/{vault.id}/associatepolicy", bound)
    here = made["operation_definition"]["destination_region"]
    elsewhere = {"operation_definition": {"destination_project_id": house.world.red.id}}
    status, code, message = house.refused("PUT", f"/policies/{made['id']}", {"policy": elsewhere})
    assert (status, code) == (400, "6003")
    assert message.startswith("The destination region cannot be changed")
    kept = changed(house, made, operation_definition={"max_backups": 3, "destination_region": here})
    assert kept["operation_definition"]["max_backups"] == 3
    assert kept["operation_definition"]["destination_project_id"] == house.world.blue.id
    house.ask("POST", f"/vaults/{vault.id}/dissociatepolicy", {"policy_id": made["id"]})
    assert house.refused("PUT", f"/policies/{made['id']}", {"policy": elsewhere})[:2] == (400, "1011")


def test_a_project_has_at_most_32_policies_of_a_kind(house: House) -> None:
    for number in range(32):
        house.ask("POST", "/policies", body(name=f"p{number}"))
    assert house.refused("POST", "/policies", body()) == (
        400,
        "6001",
        "The maximum number of this type of policies has been reached.",
    )
    house.ask("POST", "/policies", replication(house))
    assert house.ask("GET", "/policies")["count"] == 33
