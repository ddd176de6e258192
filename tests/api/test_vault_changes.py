"""Vaults on the wire: changed and deleted, and the day on which their backups expire."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.asking import House
from tests.api.making import body, make

from holdfast.db import backups, vaults
from holdfast.model import clock
from holdfast.model.vault import Vault, VaultState

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
