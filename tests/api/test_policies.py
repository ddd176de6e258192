"""Policies on the wire: told as they were given."""

from typing import Any

from tests.api.asking import House

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
    }
    assert trigger["properties"]["pattern"] == PATTERNS
    assert len(trigger["properties"]["start_time"]) == len("2025-05-24 09:41:28")
    assert (trigger["type"], trigger["name"]) == ("time", "default")


def test_both_ways_to_retain_may_be_given(house: House) -> None:
    definition = house.ask("POST", "/policies", body())["policy"]["operation_definition"]
    assert (definition["max_backups"], definition["retention_duration_days"]) == (20, 30)


def test_a_replication_policy_says_where_to(house: House) -> None:
    definition = {"destination_region": "there-1", "destination_project_id": "p2"}
    made = house.ask(
        "POST", "/policies", body(operation_type="replication", operation_definition=definition)
    )["policy"]
    assert made["operation_definition"]["destination_region"] == "there-1"
    assert made["operation_definition"]["destination_project_id"] == "p2"


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
    ({"trigger": {}}, "policy.trigger.properties"),
    *(
        ({"trigger": {"properties": {"pattern": pattern}}}, "trigger.properties.pattern")
        for pattern in (
        [], ["FREQ=DAILY"] * 25, [""], ["nightly"], ["BYHOUR=1"], ["FREQ=YEARLY"],
        ["FREQ=DAILY;BYHOUR=24"], ["FREQ=DAILY;BYMINUTE=60"], ["FREQ=WEEKLY;BYDAY=XX"],
        ["FREQ=DAILY;FREQ=DAILY"], ["FREQ=DAILY;INTERVAL=0"], ["FREQ=DAILY\n"],
        )
    ),
    ({"trigger": {"properties": {"pattern": PATTERNS, "start_window_minutes": 10}}},
     "start_window_minutes"),
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
