"""Vaults on the wire: made, shown, added up and found."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.making import body, make

from holdfast.db import accounts, vaults
from holdfast.model.project import Project, Role
from holdfast.model.resource import ObjectType

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


# ── create and show ─────────────────────────────────────────────────────────────────────────────────────


def test_a_new_vault_is_told_with_all_its_members(house: House) -> None:
    letters = house.world.directory()
    made = make(house, letters, description="of the office", tags=[{"key": "team", "value": "a"}])
    assert house.ask("GET", f"/vaults/{made['id']}") == {"vault": made}
    created_at, user_id = made.pop("created_at"), made.pop("user_id")
    assert len(created_at) == len("2019-05-23T14:35:23.584418")
    assert user_id
    assert made == {
        "id": made["id"],
        "name": "vault-01",
        "description": "of the office",
        "project_id": house.world.blue.id,
        "provider_id": "3f3c3220-245c-4805-b811-758870015881",
        "enterprise_project_id": "0",
        "billing": {
            "allocated": 1,
            "used": 0,
            "size": 100,
            "status": "available",
            "object_type": "turbo",
            "protect_type": "backup",
            "consistent_level": "crash_consistent",
            "charging_mode": "post_paid",
            "cloud_type": "public",
            "spec_code": "vault.backup.turbo.normal",
            "is_multi_az": False,
            "frozen_scene": None,
            "order_id": None,
            "product_id": None,
            "storage_unit": None,
        },
        "resources": [
            {
                "id": letters.id,
                "name": "letters",
                "type": "OS::Sfs::Turbo",
                "size": 1,
                "backup_size": 0,
                "backup_count": 0,
                "protect_status": None,
                "auto_protect": True,
                "extra_info": {},
            }
        ],
        "tags": [{"key": "team", "value": "a"}],
        "bind_rules": {"tags": []},
        "auto_bind": False,
        "auto_expand": False,
        "threshold": 80,
        "smn_notify": True,
        "locked": False,
        "demand_billing": False,
        "frozen": False,
        "availability_zone": "",
        "backup_name_prefix": "",
        "sys_lock_source_service": "",
        "cbc_delete_count": 0,
        "holdfast": {"backup_count": 0, "maintenance_windows": [], "max_running_tasks": None},
    }


def test_a_vault_without_a_description_says_null(house: House) -> None:
    assert make(house)["description"] is None


def test_what_a_command_line_client_sends_is_accepted(house: House) -> None:
    asked = {
        "name": "vmin",
        "billing": {
            "cloud_type": "public", "protect_type": "backup", "charging_mode": "post_paid",
            "consistent_level": "crash_consistent", "object_type": "server", "size": 100,
            "is_auto_renew": True, "is_auto_pay": True,
        },
        "resources": [],
        "bind_rules": {"tags": []},
    }  # fmt: skip
    made = house.ask("POST", "/vaults", {"vault": asked})["vault"]
    assert made["billing"]["spec_code"] == "vault.backup.server.normal"


def test_everything_that_is_given_is_given_back(house: House) -> None:
    given = {
        "tags": [{"key": "a", "value": None}, {"key": "b", "value": "c"}],
        "bind_rules": {"tags": [{"key": "k", "value": "v"}]},
        "auto_bind": True,
        "auto_expand": True,
        "threshold": 5,
        "smn_notify": False,
        "locked": True,
        "demand_billing": True,
        "availability_zone": "az1",
        "backup_name_prefix": "night",
        "sys_lock_source_service": "SMB",
        "enterprise_project_id": "e1",
        "billing": {
            "charging_mode": "post_paid",
            "cloud_type": "hybrid",
            "is_multi_az": True,
            "consistent_level": "app_consistent",
            "protect_type": "replication",
        },
    }
    made = make(house, **given)
    billing = given.pop("billing")
    assert isinstance(billing, dict)
    assert {name: made["billing"][name] for name in billing} == billing
    assert made["billing"]["spec_code"] == "vault.replication.server.normal"
    assert made["tags"] == [{"key": "a", "value": ""}, {"key": "b", "value": "c"}]
    given.pop("tags")
    assert {name: made[name] for name in given} == given


def test_excluded_and_included_volumes_are_given_back(house: House) -> None:
    web = house.world.server()
    asked = body(name="servers", billing={"object_type": "server"})
    volumes = {"exclude_volumes": ["d1"], "include_volumes": [{"id": "d2", "os_version": "Debian"}]}
    asked["vault"]["resources"] = [{"id": web.id, "type": web.type, "extra_info": volumes}]
    made = house.ask("POST", "/vaults", asked)["vault"]
    assert made["resources"][0]["extra_info"] == volumes


def test_a_name_may_be(house: House) -> None:
    for name in ("v", "A-b_9", "备份库", "v" * 64):
        assert make(house, name=name)["name"] == name


NEEDED = {"pre_paid": "billing.period_type"}
WRONG: list[tuple[str, Any]] = [
    ("name", ""), ("name", "v" * 65), ("name", "a b"), ("name", "a/b"), ("name", "v\n"), ("name", "a<"),
    ("name", None), ("name", 5),
    ("description", "<b>"), ("description", "x" * 65),
    ("threshold", 0), ("threshold", 101), ("threshold", "80"),
    ("tags", [{"key": ""}]), ("tags", [{"key": "k" * 37}]), ("tags", [{"key": "k", "value": "v" * 44}]),
    ("tags", [{"key": "k"}, {"key": "k"}]), ("tags", [{"key": f"k{n}"} for n in range(21)]),
    ("bind_rules", {"tags": [{"key": "k", "value": "v"}] * 6}), ("bind_rules", []),
    ("billing.object_type", "volume"), ("billing.protect_type", "hybrid"), ("billing.size", "100"),
    ("tags", [{"key": "a/b"}]), ("tags", [{"key": "k", "value": "a,b"}]),
    ("bind_rules.tags", [{"key": "k" * 37}]), ("bind_rules.tags", [{"key": "k", "value": "a<b"}]),
    ("billing.charging_mode", "free"), ("billing.cloud_type", "private"), ("billing.period_type", "week"),
    ("billing.period_num", 0), ("billing.period_num", 10), ("billing.console_url", ""),
    ("billing.charging_mode", "pre_paid"), ("availability_zone", "z" * 33),
    ("billing.size", 1.5), ("billing.size", None), ("billing.consistent_level", ""),
    ("resources", [{"id": "x"}]), ("resources", [{"id": "x", "type": 5}]), ("resources", {}),
    ("backup_name_prefix", "p" * 33),
]  # fmt: skip


def test_what_breaks_a_rule_is_400_and_named(house: House) -> None:
    for path, value in WRONG:
        asked = body()
        place = asked["vault"]
        *folders, last = path.split(".")
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = value
        status, code, message = house.refused("POST", "/vaults", asked)
        assert (status, code) == (400, "9900"), (path, value)
        assert message.startswith(f"Parameter verification failed. vault.{NEEDED.get(str(value), path)}")
    assert house.ask("GET", "/vaults")["count"] == 0


def test_what_is_missing_is_400_and_named(house: House) -> None:
    for member in ("name", "billing"):
        asked = body()
        del asked["vault"][member]
        message = "Parameter verification failed. vault." + member + ": is missing"
        assert house.refused("POST", "/vaults", asked) == (400, "9900", message)


def test_a_size_out_of_range_has_its_own_code(house: House) -> None:
    for size in (0, -1, 10485761, 1 << 40):
        refusal = house.refused("POST", "/vaults", body(billing={"size": size}))
        assert refusal == (400, "6101", "Invalid vault capacity.")
    for size in (1, 10485760):
        assert make(house, billing={"size": size})["billing"]["size"] == size


def test_a_policy_is_bound_when_the_vault_is_made(house: House) -> None:
    policy = house.ask("POST", "/policies", {"policy": POLICY})["policy"]
    made = make(house, backup_policy_id=policy["id"])
    shown = house.ask("GET", f"/policies/{policy['id']}")["policy"]
    assert shown["associated_vaults"] == [{"vault_id": made["id"], "destination_vault_id": None}]
    found = house.ask("GET", "/vaults", policy_id=policy["id"])
    assert [one["id"] for one in found["vaults"]] == [made["id"]]


def test_a_policy_that_is_not_there_or_not_for_backups_makes_no_vault(house: House) -> None:
    assert house.refused("POST", "/vaults", body(backup_policy_id="x"))[:2] == (404, "6000")
    befriend(house, "admin", house.world.red)
    definition = {"destination_region": "local-1", "destination_project_id": house.world.red.id}
    asked = POLICY | {"operation_type": "replication", "operation_definition": definition}
    policy = house.ask("POST", "/policies", {"policy": asked})["policy"]
    status, code, message = house.refused("POST", "/vaults", body(backup_policy_id=policy["id"]))
    assert (status, code) == (400, "9900")
    assert "vault.backup_policy_id" in message
    assert house.ask("GET", "/vaults")["count"] == 0


def test_a_vault_that_cannot_follow_a_policy_is_not_made_with_it(house: House) -> None:
    policy = house.ask("POST", "/policies", {"policy": POLICY})["policy"]
    for billing, code in (({"object_type": "vmware"}, "6136"), ({"protect_type": "replication"}, "6127")):
        asked = body(backup_policy_id=policy["id"], billing=billing)
        assert house.refused("POST", "/vaults", asked)[:2] == (400, code)
    assert house.ask("GET", "/vaults")["count"] == 0


POLICY = {
    "name": "nightly",
    "operation_type": "backup",
    "operation_definition": {"max_backups": 5},
    "trigger": {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=01;BYMINUTE=00"]}},
}


# ── the bill ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_subscription_is_a_vault_at_once_and_no_order_waits(house: House) -> None:
    bill = {
        "charging_mode": "pre_paid",
        "period_type": "month",
        "period_num": 2,
        "is_auto_pay": True,
        "console_url": "https://example.org/paid",
    }
    told = house.ask("POST", "/vaults", body(billing=bill))
    vault = told.pop("vault")
    assert told == {"orders": [], "retCode": 0, "errText": "", "error_code": ""}
    assert vault["billing"]["charging_mode"] == "post_paid"
    assert (vault["billing"]["status"], vault["billing"]["order_id"]) == ("available", None)
    with house.world.db.reading() as tx:
        kept = vaults.get(tx, house.world.blue.id, vault["id"]).subscription
    assert kept == bill
    assert set(house.ask("POST", "/vaults", body(name="v2"))) == {"vault"}


# ── sums, and the vaults of other projects ──────────────────────────────────────────────────────────────


def test_the_summary_adds_up_the_projects_vaults(house: House) -> None:
    assert house.ask("GET", "/vaults/summary") == {"size": 0, "used_size": 0}
    first, second = house.world.vault(size_gb=30), house.world.vault(size_gb=12)
    with house.world.db.transaction() as tx:
        vaults.set_used(tx, first.id, 5 << 20)
        vaults.set_used(tx, second.id, 1)
    assert house.ask("GET", "/vaults/summary") == {"size": 42, "used_size": 6}
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.ask("GET", "/vaults/summary", **red) == {"size": 0, "used_size": 0}


def test_vaults_of_another_project_are_told_to_whoever_works_there_too(house: House) -> None:
    copies = make(house, name="copies", billing={"protect_type": "replication", "object_type": "server"})
    files = make(house, name="files", billing={"cloud_type": "hybrid"})
    befriend(house, "stranger", house.world.blue)
    where = {"external_project_id": house.world.blue.id, "region_id": "local-1"}

    def found(**parameters: Any) -> list[str]:
        asked: dict[str, Any] = {"who": "stranger", "project": house.world.red, **where, **parameters}
        page = house.ask("GET", "/vaults/external", **asked)
        assert {name: page[name] for name in ("limit", "offset")} == {
            "limit": parameters.get("limit", 1000),
            "offset": parameters.get("offset", 0),
        }
        if "limit" not in parameters and "offset" not in parameters:
            assert page["count"] == len(page["vaults"])
        return [one["id"] for one in page["vaults"]]

    assert found() == [files["id"], copies["id"]]
    assert found(protect_type="replication") == [copies["id"]]
    assert found(objcet_type="turbo") == [files["id"]]
    assert found(cloud_type="hybrid") == [files["id"]]
    assert found(vault_id=copies["id"]) == [copies["id"]]
    assert found(vault_id="nothing") == []
    assert found(limit=1) == [files["id"]]
    assert found(offset=1) == [copies["id"]]
    assert found(offset=7) == []
    assert found(region_id="elsewhere") == []


def befriend(house: House, who: str, project: Project) -> None:
    with house.world.db.transaction() as tx:
        found = accounts.find_user(tx, "default", who)
        assert found is not None
        accounts.grant(tx, found[0].id, project.id, Role.OPERATOR)


def test_vaults_of_a_project_that_is_not_ones_own_are_not_told(house: House) -> None:
    for project_id in (house.world.blue.id, "nobody"):
        asked: dict[str, Any] = {"external_project_id": project_id, "region_id": "local-1"}
        told = house.refused("GET", "/vaults/external", who="stranger", project=house.world.red, **asked)
        assert told == (404, "6302", "The project does not exist.")


def test_what_is_missing_or_wrong_of_external_vaults_is_named(house: House) -> None:
    where = {"external_project_id": house.world.blue.id, "region_id": "local-1"}
    for name in where:
        asked: dict[str, Any] = {one: value for one, value in where.items() if one != name}
        status, code, message = house.refused("GET", "/vaults/external", **asked)
        assert (status, code) == (400, "9900")
        assert message == f"Parameter verification failed. {name}: is missing"
    for name, value in {
        "objcet_type": "volume",
        "protect_type": "x",
        "cloud_type": "x",
        "limit": "0",
    }.items():
        asked = {**where, name: value}
        assert f" {name}: " in house.refused("GET", "/vaults/external", **asked)[2]


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────


def test_vaults_are_found_by_every_filter(house: House) -> None:
    letters = house.world.directory()
    first = make(house, letters, name="files")
    other = {"object_type": "disk", "protect_type": "replication", "cloud_type": "hybrid"}
    second = make(house, name="disks", billing=other, enterprise_project_id="e2")

    def found(**parameters: Any) -> set[str]:
        page = house.ask("GET", "/vaults", **parameters)
        assert page["count"] == len(page["vaults"])
        return {one["id"] for one in page["vaults"]}

    both = {first["id"], second["id"]}
    assert found() == both
    assert found(id=first["id"]) == {first["id"]}
    assert found(id=[first["id"], second["id"]]) == both
    assert found(id=f"{first['id']},{second['id']}") == both
    assert found(name="isk") == {second["id"]}
    assert found(object_type="disk") == {second["id"]}
    assert found(protect_type="replication") == {second["id"]}
    assert found(cloud_type="hybrid") == {second["id"]}
    assert found(resource_ids=f"x,{letters.id}") == {first["id"]}
    assert found(enterprise_project_id="e2") == {second["id"]}
    assert found(enterprise_project_id="all_granted_eps") == both
    assert found(policy_id="x") == set()
    assert found(status="available") == both
    house.ask("DELETE", f"/vaults/{first['id']}", expect=204)
    assert found(status="available") == {second["id"]}
    assert found(status="deleting") == {first["id"]}


def test_a_malformed_filter_is_400_and_named(house: House) -> None:
    malformed = {"limit": "0", "offset": "x", "object_type": "volume", "status": "gone", "marker": "x"}
    for name, value in malformed.items():
        status, code, message = house.refused("GET", "/vaults", None, **{name: value})
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {name}: ")


def test_pages_of_vaults_by_offset_and_by_marker(house: House) -> None:
    made = [make(house, name=f"v{number}")["id"] for number in range(3)]
    page = house.ask("GET", "/vaults", limit=2)
    assert [one["id"] for one in page["vaults"]] == [made[2], made[1]]
    assert (page["count"], page["limit"], page["offset"]) == (3, 2, 0)
    assert [one["id"] for one in house.ask("GET", "/vaults", limit=2, offset=2)["vaults"]] == [made[0]]
    assert [one["id"] for one in house.ask("GET", "/vaults", limit=2, marker=made[1])["vaults"]] == [made[0]]
    assert house.ask("GET", "/vaults", limit=2, marker=made[0])["vaults"] == []
    assert house.ask("GET", "/vaults", offset=1 << 40)["vaults"] == []


def test_vaults_are_sorted_as_asked_and_pages_go_on_behind_a_marker(house: House) -> None:
    sizes = {"b": (100, 50), "a": (10, 9), "c": (30, 3), "d": (100, 50)}
    made = {name: house.world.vault(name=name, size_gb=size).id for name, (size, _) in sizes.items()}
    with house.world.db.transaction() as tx:
        for name, (_, used) in sizes.items():
            vaults.set_used(tx, made[name], used << 30)

    def found(**asked: Any) -> str:
        return "".join(one["name"] for one in house.ask("GET", "/vaults", **asked)["vaults"])

    assert found(sort="name:asc") == "abcd"
    assert found(sort="name") == "dcba"
    assert found(sort="created_at:asc") == "bacd"
    assert found(sort="used_percent,name:asc") == "abdc"
    assert found(sort="size:asc,name") == "acdb"
    assert found(sort="used:asc,name:asc", limit=2) == "ca"
    for place, name in enumerate("abdc"):
        assert found(sort="used_percent,name:asc", marker=made[name]) == "abdc"[place + 1 :]
    status, code, message = house.refused("GET", "/vaults", sort="beauty")
    assert (status, code) == (400, "9900")
    assert "sort" in message


def test_a_disk_vault_holds_disks(house: House) -> None:
    vault = house.world.vault(house.world.disk(), object_type=ObjectType.DISK)
    shown = house.ask("GET", f"/vaults/{vault.id}")["vault"]
    assert shown["billing"]["spec_code"] == "vault.backup.volume.normal"
    assert shown["resources"][0]["type"] == "OS::Cinder::Volume"
