"""Vaults on the wire."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.asking import House

from holdfast.db import accounts, backups, vaults
from holdfast.model import clock
from holdfast.model.project import Project, Role
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.vault import Vault, VaultState

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

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
    assert house.refused("PUT", path, {"vault": {"threshold": 5}})[:2] == (400, "6112")
    assert house.refused("PUT", f"{path}/update-backup-expiration-time", EXPIRY)[:2] == (400, "6112")
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
    assert house.refused("DELETE", f"/vaults/{vault['id']}") == (400, "6203", "Performing backups.")


def test_a_locked_vault_keeps_what_has_not_expired_whoever_took_it(house: House) -> None:
    vault = house.world.vault(house.world.directory(), locked=True)
    (backup,) = house.world.back_up(vault)
    kept = "Automatic backups in the locked repository are prohibited from being manually deleted."
    assert not backup.auto_trigger
    assert house.refused("DELETE", f"/backups/{backup.id}") == (400, "6220", kept)
    assert house.refused("DELETE", f"/vaults/{vault.id}") == (400, "6220", kept)
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["billing"]["status"] == "available"


def test_a_locked_vault_lets_go_of_what_has_expired_or_failed(house: House) -> None:
    vault = house.world.vault(house.world.directory(), locked=True)
    (expired,) = house.world.back_up(vault)
    with house.world.db.transaction() as tx:
        backups.expire(tx, vault.id, clock.now())
    (task,) = house.world.start(vault)
    house.world.fail(task)
    house.ask("DELETE", f"/backups/{expired.id}", expect=204)
    house.ask("DELETE", f"/backups/{task.backup_id}", expect=204)
    house.ask("DELETE", f"/vaults/{vault.id}", expect=204)


def test_an_unknown_vault_is_404_in_every_call(house: House) -> None:
    make(house)
    for vault_id in ("79bd9daa-884d-4f84-a8e0-235d86cd0001", "vault-01", "..;", "%2e"):
        for method, path, asked in [
            ("GET", "", None),
            ("DELETE", "", None),
            ("PUT", "", {"vault": {"name": "other"}}),
            ("PUT", "/update-backup-expiration-time", EXPIRY),
            ("PUT", "/set-resources", {"resource_ids": ["x"], "action": "suspend"}),
            ("POST", "/migrateresources", {"resource_ids": ["x"], "destination_vault_id": "y"}),
            ("POST", "/addresources", {"resources": [{"id": "x", "type": "OS::Sfs::Turbo"}]}),
            ("POST", "/removeresources", {"resource_ids": ["x"]}),
        ]:
            refusal = house.refused(method, f"/vaults/{vault_id}{path}", asked)
            assert refusal == (404, "6105", "The vault does not exist.")


EXPIRY = {"expect_expiration_date": "2099-12-31", "time_zone": "UTC+08:00"}


def test_another_projects_vault_and_resource_are_unknown_ones(house: House) -> None:
    letters = house.world.directory()
    vault = make(house, letters)
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", f"/vaults/{vault['id']}", **red)[:2] == (404, "6105")
    assert house.refused("DELETE", f"/vaults/{vault['id']}", **red)[:2] == (404, "6105")
    change = {"vault": {"name": "mine"}}
    assert house.refused("PUT", f"/vaults/{vault['id']}", change, **red)[:2] == (404, "6105")
    assert house.refused("POST", "/vaults", body(letters), **red)[:2] == (404, "6302")
    assert house.ask("GET", "/vaults", **red)["count"] == 0


# ── update ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_said_of_a_vault_is_changed_and_the_rest_stays(house: House) -> None:
    before = make(
        house, house.world.directory(), description="of the office", tags=[{"key": "a", "value": "b"}]
    )
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"name": "other"}, {"name": "other"}),
        ({"threshold": 5, "smn_notify": False}, {"threshold": 5, "smn_notify": False}),
        ({"auto_bind": True, "auto_expand": True}, {"auto_bind": True, "auto_expand": True}),
        ({"bind_rules": {"tags": [{"key": "k", "value": "v"}]}},) * 2,
        ({"bind_rules": {"tags": []}, "auto_bind": False},) * 2,
        ({"locked": False}, {}),
        ({"locked": True}, {"locked": True}),
        ({"name": None, "billing": None, "threshold": None, "unheard_of": 5}, {}),
    ]
    for asked, told in changes:
        changed = house.ask("PUT", f"/vaults/{before['id']}", {"vault": asked})["vault"]
        assert changed == before | told
        assert house.ask("GET", f"/vaults/{before['id']}")["vault"] == changed
        before = changed


def test_a_vault_gets_another_size_and_another_consistency(house: House) -> None:
    vault = make(house)
    asked = {"billing": {"size": 120, "consistent_level": "app_consistent"}}
    changed = house.ask("PUT", f"/vaults/{vault['id']}", {"vault": asked})["vault"]
    assert (changed["billing"]["size"], changed["billing"]["status"]) == (120, "available")
    assert changed["billing"]["consistent_level"] == "app_consistent"
    assert (
        house.ask("PUT", f"/vaults/{vault['id']}", {"vault": {"billing": {"size": 7}}})["vault"]["billing"][
            "size"
        ]
        == 7
    )


def test_a_size_below_what_is_used_or_allocated_is_refused(house: House) -> None:
    vault = house.world.vault(house.world.directory(), house.world.directory("notes"))
    with house.world.db.transaction() as tx:
        vaults.set_used(tx, vault.id, (5 << 30) + 1)
    path = f"/vaults/{vault.id}"
    for size in (0, 5, 10485761):
        refusal = house.refused("PUT", path, {"vault": {"name": "x", "billing": {"size": size}}})
        assert refusal == (400, "6101", "Invalid vault capacity.")
    with house.world.db.transaction() as tx:
        vaults.set_used(tx, vault.id, 0)
    assert house.refused("PUT", path, {"vault": {"billing": {"size": 1}}})[:2] == (400, "6101")
    shown = house.ask("GET", path)["vault"]
    assert (shown["name"], shown["billing"]["size"]) == ("v1", 100)


def test_a_locked_vault_is_never_unlocked(house: House) -> None:
    vault = make(house, locked=True)
    asked = {"vault": {"locked": False, "name": "open"}}
    assert house.refused("PUT", f"/vaults/{vault['id']}", asked) == (
        400,
        "6110",
        "The vault cannot be updated.",
    )
    assert house.ask("GET", f"/vaults/{vault['id']}")["vault"] == vault


def test_a_vault_that_is_being_resized_keeps_its_size_and_one_in_error_everything(house: House) -> None:
    vault = house.world.vault()
    size, name = {"vault": {"billing": {"size": 200}}}, {"vault": {"name": "other"}}
    stand(house, vault, VaultState.LOCK)
    assert house.refused("PUT", f"/vaults/{vault.id}", size)[:2] == (400, "6110")
    house.ask("PUT", f"/vaults/{vault.id}", name)
    for status in (VaultState.ERROR, VaultState.FROZEN):
        stand(house, vault, status)
        assert house.refused("PUT", f"/vaults/{vault.id}", name)[:2] == (400, "6110")
        assert house.ask("GET", "/vaults", status=status.value)["count"] == 1


def stand(house: House, vault: Vault, status: VaultState) -> None:
    with house.world.db.transaction() as tx:
        vaults.replace(tx, replace(vaults.get(tx, vault.project_id, vault.id), status=status))


def test_a_wrong_change_is_400_named_and_changes_nothing(house: House) -> None:
    vault = make(house)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("name", {"name": ""}), ("name", {"name": "a b"}), ("name", {"name": "v" * 65}),
        ("threshold", {"name": "x", "threshold": 0}), ("threshold", {"threshold": 101}),
        ("billing.size", {"name": "x", "billing": {"size": "7"}}),
        ("billing.consistent_level", {"billing": {"consistent_level": "none"}}),
        ("auto_expand", {"auto_expand": "yes"}), ("locked", {"locked": 1}),
        ("bind_rules.tags", {"bind_rules": {"tags": [{"key": "k", "value": "v"}] * 6}}),
        ("bind_rules.tags[0].key", {"bind_rules": {"tags": [{"key": "a b"}]}}),
    ]  # fmt: skip
    for field, asked in wrong:
        status, code, message = house.refused("PUT", f"/vaults/{vault['id']}", {"vault": asked})
        assert (status, code) == (400, "9900"), asked
        assert message.startswith(f"Parameter verification failed. vault.{field}: "), message
    assert house.refused("PUT", f"/vaults/{vault['id']}", {})[1] == "9900"
    assert house.ask("GET", f"/vaults/{vault['id']}")["vault"] == vault


def test_a_reader_changes_no_vault(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    resource_ids = [vault.attachments[0].resource_id]
    for method, path, asked in [
        ("PUT", f"/vaults/{vault.id}", {"vault": {"name": "x"}}),
        ("PUT", "/vaults/batch-update", {"vault": {"threshold": 5}}),
        ("PUT", f"/vaults/{vault.id}/update-backup-expiration-time", EXPIRY),
        ("PUT", f"/vaults/{vault.id}/set-resources", {"resource_ids": resource_ids, "action": "suspend"}),
        ("POST", f"/vaults/{vault.id}/migrateresources",
         {"resource_ids": resource_ids, "destination_vault_id": vault.id}),
    ]:  # fmt: skip
        assert house.refused(method, path, asked, who="reader")[:2] == (403, "8600")


def test_notices_of_all_vaults_are_set_at_once(house: House) -> None:
    first, second = make(house, name="a"), make(house, name="b", threshold=30)
    doomed, broken = make(house, name="c"), house.world.vault(name="d")
    house.ask("DELETE", f"/vaults/{doomed['id']}", expect=204)
    stand(house, broken, VaultState.ERROR)
    asked = {"vault": {"smn_notify": False, "threshold": 90}}
    told = house.ask("PUT", "/vaults/batch-update", asked)
    assert told == {"updated_vaults_id": [first["id"], second["id"]]}
    listed = house.ask("GET", "/vaults")["vaults"]
    shown = {vault["id"]: (vault["smn_notify"], vault["threshold"]) for vault in listed}
    assert shown[first["id"]] == shown[second["id"]] == (False, 90)
    assert shown[doomed["id"]] == shown[broken.id] == (True, 80)
    house.ask("PUT", "/vaults/batch-update", {"vault": {"smn_notify": True}})
    assert house.ask("GET", f"/vaults/{first['id']}")["vault"] == first | {"threshold": 90}
    wrong: list[dict[str, Any]] = [{}, {"vault": {}}, {"vault": {"threshold": 0}}, {"vault": {"name": "x"}}]
    for one in wrong:
        assert house.refused("PUT", "/vaults/batch-update", one)[:2] == (400, "9900")


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


# ── expiry ──────────────────────────────────────────────────────────────────────────────────────────────


def test_another_day_of_expiry_is_a_task_that_tells_the_day(house: House) -> None:
    vault = house.world.vault(house.world.directory(), house.world.directory("notes"))
    house.world.back_up(vault)
    path = f"/vaults/{vault.id}/update-backup-expiration-time"
    told = house.ask("PUT", path, EXPIRY)
    task_id = told["operation_log_id"]
    assert told == {
        "operation_log_id": task_id,
        "job_id": task_id,
        "operation_log_ids": [task_id],
        "affected_backups_count": 2,
        "new_expiration_day": "2099-12-31",
    }
    task = house.ask("GET", f"/operation-logs/{task_id}")["operation_log"]
    assert (task["operation_type"], task["status"]) == ("update_expiration_time", "waiting")
    assert task["extra_info"]["update_expiration_time"] == {
        "affected_backups_count": 0,
        "expiration_day": "2099-12-31",
    }
    assert task["extra_info"]["resource"]["id"] == vault.id
    found = house.ask("GET", "/operation-logs", operation_type="update_expiration_time")
    assert [one["id"] for one in found["operation_logs"]] == [task_id]
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["billing"]["status"] == "available"


def test_a_day_that_is_none_or_over_is_400_and_named(house: House) -> None:
    vault = make(house)
    path = f"/vaults/{vault['id']}/update-backup-expiration-time"
    for day in ("2020-01-01", "2099-02-30", "2099-1-1", "tomorrow", "0001-01-01", None):
        status, code, message = house.refused("PUT", path, EXPIRY | {"expect_expiration_date": day})
        assert (status, code) == (400, "9900"), day
        assert message.startswith("Parameter verification failed. expect_expiration_date: ")
    asked = {"expect_expiration_date": "9999-12-31", "time_zone": "UTC-01:00"}
    assert "expect_expiration_date" in house.refused("PUT", path, asked)[2]
    for zone in ("UTC", "UTC+15:00", "Europe/Berlin", "UTC+8", "utc+08:00", "UTC+08:60", None):
        status, code, message = house.refused("PUT", path, EXPIRY | {"time_zone": zone})
        assert (status, code) == (400, "9900"), zone
        assert message.startswith("Parameter verification failed. time_zone: ")
    for member in EXPIRY:
        asked = {name: value for name, value in EXPIRY.items() if name != member}
        assert house.refused("PUT", path, asked)[2].endswith(f"{member}: is missing")
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_in_a_locked_vault_nothing_expires_sooner(house: House) -> None:
    vault = house.world.vault(house.world.directory(), locked=True)
    house.world.back_up(vault)
    path = f"/vaults/{vault.id}/update-backup-expiration-time"
    assert house.refused("PUT", path, EXPIRY)[:2] == (400, "6220")
    with house.world.db.transaction() as tx:
        backups.expire(tx, vault.id, clock.now() + timedelta(days=1))
    assert house.ask("PUT", path, EXPIRY)["affected_backups_count"] == 1


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
