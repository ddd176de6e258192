"""Checkpoints on the wire: what a run takes, what it leaves out, how it ends."""

from typing import Any

import pytest
from tests.api.asking import House

from holdfast.db import vaults
from holdfast.model.resource import ObjectType
from holdfast.model.vault import Vault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def run(house: House, vault: Vault, **parameters: Any) -> dict[str, Any]:
    asked = {"checkpoint": {"vault_id": vault.id, "parameters": parameters}}
    started: dict[str, Any] = house.ask("POST", "/checkpoints", asked)
    return started


def refused(house: House, vault: Vault, **parameters: Any) -> tuple[int, str, str]:
    asked = {"checkpoint": {"vault_id": vault.id, "parameters": parameters}}
    return house.refused("POST", "/checkpoints", asked)


def test_a_run_is_told_with_all_its_members(house: House) -> None:
    letters = house.world.directory()
    vault = house.world.vault(letters)
    started = house.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault.id}})
    checkpoint = started["checkpoint"]
    assert checkpoint["extra_info"].pop("name").startswith("manualbk_")
    assert len(checkpoint.pop("created_at")) == len("2025-03-25T06:32:07.733429")
    held = {
        "id": letters.id,
        "name": "letters",
        "type": "OS::Sfs::Turbo",
        "protect_status": "protecting",
        "resource_size": "1",
        "backup_size": "0",
        "backup_count": "0",
        "extra_info": "{}",
    }
    assert checkpoint == {
        "id": checkpoint["id"],
        "project_id": house.world.blue.id,
        "status": "protecting",
        "vault": {
            "id": vault.id,
            "name": "v1",
            "provider_id": "3f3c3220-245c-4805-b811-758870015881",
            "resources": [held],
            "resource": [held],
            "skipped_resources": [],
        },
        "extra_info": {"description": "", "retention_duration": -1},
    }
    assert house.world.wakes == ["awake"]


def test_every_resource_has_its_task_and_the_reply_names_them_all(house: House) -> None:
    vault = house.world.vault(house.world.directory(), house.world.directory("notes"))
    started = run(house, vault, name="before-upgrade", incremental=False, description="d")
    tasks = house.ask("GET", "/operation-logs", vault_id=vault.id)["operation_logs"]
    assert {task["id"] for task in tasks} == set(started["operation_log_ids"])
    assert len(tasks) == 2
    assert started["job_id"] == started["operation_log_id"] == started["operation_log_ids"][0]
    for task in tasks:
        assert task["checkpoint_id"] == started["checkpoint"]["id"]
        assert task["extra_info"]["backup"]["backup_name"] == "before-upgrade"
        assert task["extra_info"]["backup"]["incremental"] == "false"
        backup = house.ask("GET", f"/backups/{task['extra_info']['backup']['backup_id']}")["backup"]
        assert (backup["status"], backup["incremental"]) == ("waiting_protect", False)
        assert backup["description"] == "d"
    requests = {task["extra_info"]["common"]["request_id"] for task in tasks}
    assert len(requests) == 1


def test_a_run_is_available_when_its_backups_are(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (task,) = house.world.start(vault)
    path = f"/checkpoints/{task.checkpoint_id}"
    assert house.ask("GET", path)["checkpoint"]["status"] == "protecting"
    house.world.succeed(task, stored_bytes=(3 << 20) + 1)
    shown = house.ask("GET", path)["checkpoint"]
    assert shown["status"] == "available"
    (resource,) = shown["vault"]["resources"]
    assert resource["protect_status"] == "available"
    assert resource["backup_count"] == "1"


def test_a_run_that_failed_is_in_error(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (task,) = house.world.start(vault)
    house.world.fail(task)
    shown = house.ask("GET", f"/checkpoints/{task.checkpoint_id}")["checkpoint"]
    assert shown["status"] == "error"
    assert shown["vault"]["resources"][0]["protect_status"] == "error"


def test_a_busy_resource_is_skipped_says_why_and_has_its_task(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = house.world.vault(letters, notes)
    run(house, vault, resources=[letters.id])
    second = run(house, vault)
    assert [one["id"] for one in second["checkpoint"]["vault"]["resources"]] == [notes.id]
    (skipped,) = second["checkpoint"]["vault"]["skipped_resources"]
    assert skipped == {
        "id": letters.id,
        "name": "letters",
        "type": "OS::Sfs::Turbo",
        "code": "BackupService.6125",
        "reason": "A backup task is in progress.",
    }
    (task,) = house.ask("GET", "/operation-logs", status="skipped")["operation_logs"]
    assert task["id"] in second["operation_log_ids"]
    assert task["error_info"] == {"code": "BackupService.6125", "message": "A backup task is in progress."}
    assert task["ended_at"] is not None


def test_what_is_excluded_is_told_in_the_task(house: House) -> None:
    web = house.world.server()
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    details = [{"id": web.id, "type": web.type, "extra_info": {"exclude_volumes": ["d1"]}}]
    started = run(house, vault, resource_details=details)
    task = house.ask("GET", f"/operation-logs/{started['job_id']}")["operation_log"]
    assert task["extra_info"]["resource"]["extra_info"] == {"exclude_volumes": ["d1"]}


def test_an_automatic_run_says_so(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    started = run(house, vault, auto_trigger=True, policy_id="p9")
    task = house.ask("GET", f"/operation-logs/{started['job_id']}")["operation_log"]
    assert task["policy_id"] == "p9"
    assert task["extra_info"]["backup"]["backup_name"].startswith("autobk_")
    backup = house.ask("GET", f"/backups/{task['extra_info']['backup']['backup_id']}")["backup"]
    assert backup["extend_info"]["auto_trigger"] is True


def test_what_is_kept_for_days_knows_when_it_expires(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    started = run(house, vault, retention_duration_days=7)
    assert started["checkpoint"]["extra_info"]["retention_duration"] == 7
    (backup,) = house.ask("GET", "/backups")["backups"]
    assert backup["expired_at"] > backup["created_at"]


def test_what_is_no_vault_or_not_in_it_is_refused(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    assert house.refused("POST", "/checkpoints", {"checkpoint": {"vault_id": "x"}})[:2] == (404, "6105")
    assert refused(house, vault, resources=["x"])[:2] == (400, "6135")
    asked = {"checkpoint": {"vault_id": vault.id}}
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("POST", "/checkpoints", asked, **red)[:2] == (404, "6105")
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_an_empty_and_a_full_vault_cannot_be_backed_up(house: House) -> None:
    assert refused(house, house.world.vault()) == (400, "0001", "No resource is available for backup.")
    full = house.world.vault(house.world.directory(), name="full", size_gb=1)
    with house.world.db.transaction() as tx:
        vaults.set_used(tx, full.id, 1 << 30)
    assert refused(house, full) == (
        400,
        "6114",
        "The used capacity of the vault exceeds the maximum capacity.",
    )


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "a b"}, "name"),
    ({"description": "<"}, "description"),
    ({"description": "d" * 256}, "description"),
    ({"incremental": "yes"}, "incremental"),
    ({"resources": "x"}, "resources"),
    ({"resources": [""]}, "resources[0]"),
    ({"resource_details": [{}]}, "resource_details[0].id"),
    ({"retention_duration_days": 0}, "retention_duration_days"),
    ({"retention_duration_days": 36501}, "retention_duration_days"),
    ({"retention_duration_days": 5, "auto_trigger": True}, "retention_duration_days"),
]


def test_what_breaks_a_rule_is_400_and_named(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    for parameters, named in WRONG:
        status, code, message = refused(house, vault, **parameters)
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. checkpoint.parameters.{named}: ")


def test_an_unknown_run_and_another_projects_are_404(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (task,) = house.world.start(vault)
    assert house.refused("GET", "/checkpoints/x") == (
        404,
        "6217",
        "The backup restore point does not exist.",
    )
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused("GET", f"/checkpoints/{task.checkpoint_id}", **red)[:2] == (404, "6217")
