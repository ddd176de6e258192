"""Vaults and their resources on the wire."""

from typing import Any

from tests.api.asking import House

from holdfast.model.resource import ObjectType, Resource

BILLING = {
    "consistent_level": "crash_consistent",
    "object_type": "turbo",
    "protect_type": "backup",
    "size": 100,
}


def body(*held: Resource, name: str = "vault-01", **more: Any) -> dict[str, Any]:
    resources = [{"id": one.id, "type": one.type, "name": one.name} for one in held]
    billing = BILLING | more.pop("billing", {})
    return {"vault": {"name": name, "billing": billing, "resources": resources, **more}}


def make(house: House, *held: Resource, **more: Any) -> dict[str, Any]:
    vault: dict[str, Any] = house.ask("POST", "/vaults", body(*held, **more))["vault"]
    return vault


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
            "charging_mode": "pre_paid",
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


WRONG: list[tuple[str, Any]] = [
    ("name", ""), ("name", "v" * 65), ("name", "a b"), ("name", "a/b"), ("name", "v\n"), ("name", "a<"),
    ("name", None), ("name", 5),
    ("description", "<b>"), ("description", "x" * 65),
    ("threshold", 0), ("threshold", 101), ("threshold", "80"),
    ("tags", [{"key": ""}]), ("tags", [{"key": "k" * 37}]), ("tags", [{"key": "k", "value": "v" * 44}]),
    ("tags", [{"key": "k"}, {"key": "k"}]), ("tags", [{"key": f"k{n}"} for n in range(21)]),
    ("bind_rules", {"tags": [{"key": "k", "value": "v"}] * 6}), ("bind_rules", []),
    ("billing.object_type", "volume"), ("billing.protect_type", "hybrid"), ("billing.size", "100"),
    ("billing.size", 1.5), ("billing.size", None), ("billing.consistent_level", ""),
    ("resources", [{"id": "x"}]), ("resources", [{"id": "x", "type": "OS::Nova"}]), ("resources", {}),
    ("backup_name_prefix", "p" * 33),
]  # fmt: skip


def test_what_breaks_a_rule_is_400_and_named(house: House) -> None:
    for path, value in WRONG:
        asked = body()
        place = asked["vault"]
        *folders, last = path.split(".")
        for folder in folders:
            place = place[folder]
        place[last] = value
        status, code, message = house.refused("POST", "/vaults", asked)
        assert (status, code) == (400, "9900"), (path, value)
        assert message.startswith(f"Parameter verification failed. vault.{path}")
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
    definition = {"destination_region": "r", "destination_project_id": "p"}
    asked = POLICY | {"operation_type": "replication", "operation_definition": definition}
    policy = house.ask("POST", "/policies", {"policy": asked})["policy"]
    status, code, message = house.refused("POST", "/vaults", body(backup_policy_id=policy["id"]))
    assert (status, code) == (400, "9900")
    assert "vault.backup_policy_id" in message
    assert house.ask("GET", "/vaults")["count"] == 0


POLICY = {
    "name": "nightly",
    "operation_type": "backup",
    "operation_definition": {"max_backups": 5},
    "trigger": {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=01;BYMINUTE=00"]}},
}


# ── resources ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_resource_that_the_project_does_not_know_is_404(house: House) -> None:
    asked = body()
    asked["vault"]["resources"] = [{"id": "unknown", "type": "OS::Sfs::Turbo"}]
    assert house.refused("POST", "/vaults", asked) == (404, "6302", "The resource does not exist.")
    assert house.ask("GET", "/vaults")["count"] == 0


def test_a_resource_of_another_kind_is_refused(house: House) -> None:
    disk = house.world.disk()
    assert house.refused("POST", "/vaults", body(disk)) == (
        400,
        "6102",
        "The vault does not support this resource type.",
    )


def test_a_resource_is_in_one_vault_at_most(house: House) -> None:
    letters = house.world.directory()
    make(house, letters)
    assert house.refused("POST", "/vaults", body(letters, name="v2"))[:2] == (400, "6103")
    other = make(house, name="v3")
    asked = {"resources": [{"id": letters.id, "type": letters.type}]}
    assert house.refused("POST", f"/vaults/{other['id']}/addresources", asked)[:2] == (400, "6103")


def test_a_resource_that_is_named_twice_is_refused(house: House) -> None:
    letters = house.world.directory()
    assert house.refused("POST", "/vaults", body(letters, letters))[:2] == (400, "6104")


def test_more_than_256_resources_are_too_many(house: House) -> None:
    asked = body()
    asked["vault"]["resources"] = [{"id": f"r{n}", "type": "OS::Sfs::Turbo"} for n in range(257)]
    assert house.refused("POST", "/vaults", asked)[:2] == (400, "6100")


def test_resources_are_added_at_once_and_no_task_is_named(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters)
    asked = {"resources": [{"id": notes.id, "type": notes.type, "name": "n1"}]}
    added = house.ask("POST", f"/vaults/{vault['id']}/addresources", asked)
    assert added == {"add_resource_ids": [notes.id]}
    shown = house.ask("GET", f"/vaults/{vault['id']}")["vault"]
    assert [one["name"] for one in shown["resources"]] == ["letters", "notes"]
    assert shown["billing"]["allocated"] == 2
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_adding_nothing_is_400(house: House) -> None:
    vault = make(house)
    nothing: list[dict[str, Any]] = [{}, {"resources": []}, {"resources": [{}]}]
    for asked in nothing:
        assert house.refused("POST", f"/vaults/{vault['id']}/addresources", asked)[:2] == (400, "9900")


def test_removing_resources_is_a_task_that_names_them(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters, notes)
    asked = {"resource_ids": [letters.id, notes.id]}
    removed = house.ask("POST", f"/vaults/{vault['id']}/removeresources", asked)
    assert removed["remove_resource_ids"] == [letters.id, notes.id]
    assert removed["job_id"] == removed["operation_log_id"]
    assert removed["operation_log_ids"] == [removed["job_id"]]
    task = house.ask("GET", f"/operation-logs/{removed['job_id']}")["operation_log"]
    assert (task["operation_type"], task["status"]) == ("remove_resource", "waiting")
    block = task["extra_info"]["remove_resources"]
    assert [one["name"] for one in block["resources"]] == ["letters", "notes"]
    assert task["extra_info"]["resource"]["id"] == vault["id"]
    assert task["extra_info"]["resource"]["type"] == "OS::Sfs::Turbo"
    shown = house.ask("GET", f"/vaults/{vault['id']}")["vault"]
    assert [one["protect_status"] for one in shown["resources"]] == ["removing", "removing"]
    assert house.world.wakes == ["awake"]


def test_of_one_removed_resource_the_task_is_about_it(house: House) -> None:
    letters = house.world.directory()
    vault = make(house, letters)
    removed = house.ask("POST", f"/vaults/{vault['id']}/removeresources", {"resource_ids": [letters.id]})
    found = house.ask("GET", "/operation-logs", resource_id=letters.id)["operation_logs"]
    assert [one["id"] for one in found] == removed["operation_log_ids"]


def test_what_is_not_in_the_vault_cannot_be_removed(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters)
    path = f"/vaults/{vault['id']}/removeresources"
    assert house.refused("POST", path, {"resource_ids": [notes.id]}) == (
        400,
        "6135",
        "The resource does not exist in the vault.",
    )
    assert house.refused("POST", path, {"resource_ids": [letters.id, letters.id]})[:2] == (400, "6104")
    assert house.refused("POST", path, {"resource_ids": []})[:2] == (400, "9900")
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_what_is_being_removed_or_backed_up_cannot_be_removed(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters, notes)
    path = f"/vaults/{vault['id']}/removeresources"
    house.ask("POST", path, {"resource_ids": [letters.id]})
    assert house.refused("POST", path, {"resource_ids": [letters.id]})[:2] == (400, "6134")
    house.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault["id"]}})
    assert house.refused("POST", path, {"resource_ids": [notes.id]})[:2] == (400, "6125")


def test_nothing_leaves_a_locked_vault(house: House) -> None:
    letters = house.world.directory()
    vault = make(house, letters, locked=True)
    path = f"/vaults/{vault['id']}/removeresources"
    assert house.refused("POST", path, {"resource_ids": [letters.id]})[:2] == (400, "6220")


# ── delete ──────────────────────────────────────────────────────────────────────────────────────────────


def test_deleting_a_vault_is_a_task_named_in_the_headers(house: House) -> None:
    vault = make(house)
    headers = house.ask("DELETE", f"/vaults/{vault['id']}", expect=204)
    assert headers["X-Job-Id"] == headers["X-Operation-Log-Id"]
    task = house.ask("GET", f"/operation-logs/{headers['X-Job-Id']}")["operation_log"]
    assert (task["operation_type"], task["status"]) == ("vault_delete", "waiting")
    assert task["extra_info"]["resource"]["id"] == vault["id"]
    assert task["extra_info"]["vault_delete"] == {"fail_count": 0, "total_count": 0}
    assert house.ask("GET", f"/vaults/{vault['id']}")["vault"]["billing"]["status"] == "deleting"
    assert house.world.wakes == ["awake"]


def test_a_vault_on_its_way_out_takes_no_further_order(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters)
    house.ask("DELETE", f"/vaults/{vault['id']}", expect=204)
    path = f"/vaults/{vault['id']}"
    assert house.refused("DELETE", path) == (400, "6112", "Invalid vault status.")
    asked = {"resources": [{"id": notes.id, "type": notes.type}]}
    assert house.refused("POST", f"{path}/addresources", asked)[:2] == (400, "6112")
    assert house.refused("POST", f"{path}/removeresources", {"resource_ids": [letters.id]})[:2] == (
        400,
        "6112",
    )
    assert house.refused("POST", "/checkpoints", {"checkpoint": {"vault_id": vault["id"]}}) == (
        400,
        "6113",
        "Backup is not allowed in the current vault status.",
    )
    assert house.ask("GET", "/operation-logs")["count"] == 1


def test_a_vault_that_is_being_backed_up_cannot_be_deleted(house: House) -> None:
    vault = make(house, house.world.directory())
    house.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault["id"]}})
    assert house.refused("DELETE", f"/vaults/{vault['id']}") == (400, "6111", "The vault cannot be deleted.")


def test_an_unknown_vault_is_404_in_every_call(house: House) -> None:
    make(house)
    for vault_id in ("79bd9daa-884d-4f84-a8e0-235d86cd0001", "vault-01", "..;", "%2e"):
        for method, path, asked in [
            ("GET", "", None),
            ("DELETE", "", None),
            ("POST", "/addresources", {"resources": [{"id": "x", "type": "OS::Sfs::Turbo"}]}),
            ("POST", "/removeresources", {"resource_ids": ["x"]}),
        ]:
            refusal = house.refused(method, f"/vaults/{vault_id}{path}", asked)
            assert refusal == (404, "6105", "The vault does not exist.")


def test_another_projects_vault_and_resource_are_unknown_ones(house: House) -> None:
    letters = house.world.directory()
    vault = make(house, letters)
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", f"/vaults/{vault['id']}", **red)[:2] == (404, "6105")
    assert house.refused("DELETE", f"/vaults/{vault['id']}", **red)[:2] == (404, "6105")
    assert house.refused("POST", "/vaults", body(letters), **red)[:2] == (404, "6302")
    assert house.ask("GET", "/vaults", **red)["count"] == 0


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


def test_a_disk_vault_holds_disks(house: House) -> None:
    vault = house.world.vault(house.world.disk(), object_type=ObjectType.DISK)
    shown = house.ask("GET", f"/vaults/{vault.id}")["vault"]
    assert shown["billing"]["spec_code"] == "vault.backup.volume.normal"
    assert shown["resources"][0]["type"] == "OS::Cinder::Volume"
