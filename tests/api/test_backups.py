"""Backups on the wire: found, shown, described, renamed, deleted."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.api.asking import House
from tests.api.making import disk_backup

from holdfast.db import backups
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.resource import ObjectType
from holdfast.model.vault import Vault
from holdfast.service import checkpoints

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


# ── show ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_told_with_all_its_members(house: House) -> None:
    letters = house.world.directory()
    vault = house.world.vault(letters)
    (backup,) = house.world.back_up(vault)
    shown = house.ask("GET", f"/backups/{backup.id}")["backup"]
    for name in ("created_at", "protected_at", "updated_at"):
        assert len(shown.pop(name)) == len("2025-03-25T06:32:07.951164")
    assert shown == {
        "id": backup.id,
        "name": backup.name,
        "description": None,
        "status": "available",
        "image_type": "backup",
        "incremental": False,
        "project_id": house.world.blue.id,
        "enterprise_project_id": "0",
        "provider_id": "3f3c3220-245c-4805-b811-758870015881",
        "vault_id": vault.id,
        "checkpoint_id": backup.checkpoint_id,
        "parent_id": None,
        "resource_id": letters.id,
        "resource_name": "letters",
        "resource_type": "OS::Sfs::Turbo",
        "resource_size": 1,
        "resource_az": None,
        "expired_at": None,
        "children": [],
        "replication_records": [],
        "extend_info": {
            "auto_trigger": False,
            "bootable": None,
            "contain_system_disk": False,
            "encrypted": True,
            "encrypted_algorithm": "AES256",
            "is_dec": False,
            "is_multi_az": False,
            "app_consistency": None,
            "os_images_data": [],
            "progress": None,
            "snapshot_id": "5" * 64,
            "support_lld": False,
            "supported_restore_mode": "backup",
            "system_disk": False,
        },
        "scheduled_operation_id": None,
        "version": 3,
        "holdfast": {
            "policy_id": None,
            "kept_because": ["last_good_backup", "manual"],
            "goes_because": [],
            "read_bytes": 0,
            "stored_bytes": 0,
            "file_count": 0,
        },
    }


def test_a_backup_that_is_not_taken_yet_says_so(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (task,) = house.world.start(vault)
    shown = house.ask("GET", f"/backups/{task.backup_id}")["backup"]
    assert (shown["status"], shown["protected_at"]) == ("waiting_protect", None)
    assert shown["extend_info"]["supported_restore_mode"] == "na"
    house.world.claim(task)
    assert house.ask("GET", f"/backups/{task.backup_id}")["backup"]["status"] == "protecting"


def test_a_servers_backup_has_its_disks_as_children(house: House) -> None:
    web = house.world.server(disks=2)
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    backup = house.world.back_up_server(vault, web)
    shown = house.ask("GET", f"/backups/{backup.id}")["backup"]
    assert {child["parent_id"] for child in shown["children"]} == {backup.id}
    assert [child["resource_type"] for child in shown["children"]] == ["OS::Cinder::Volume"] * 2
    page = house.ask("GET", "/backups")
    assert (page["count"], page["backups"]) == (1, [shown])


def test_a_backup_of_a_server_that_left_a_disk_out_says_that_it_is_not_whole(house: House) -> None:
    web = house.world.server(disks=2)
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    backup = house.world.back_up_server(vault, web)

    def whole() -> list[bool]:
        shown = house.ask("GET", f"/backups/{backup.id}")["backup"]
        (listed,) = house.ask("GET", "/backups")["backups"]
        return [one["extend_info"]["contain_system_disk"] for one in (shown, listed)]

    assert whole() == [True, True]
    with house.world.db.transaction() as tx:
        backups.remove(tx, backup.children[0].id)
    assert whole() == [False, False]


# ── metadata ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_servers_backup_tells_what_it_knows_of_the_server(house: House) -> None:
    web = house.world.server(disks=2)
    backup = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    told = house.ask("GET", f"/backups/{backup.id}/metadata")
    disks = [
        {
            "id": child.resource_id,
            "name": child.resource_name,
            "size": 1,
            "attachments": [{"server_id": web.id, "volume_id": child.resource_id}],
        }
        for child in backup.children
    ]
    shown = house.ask("GET", f"/backups/{backup.id}")["backup"]
    del shown["holdfast"]
    assert json.loads(told.pop("backups")) == shown
    assert json.loads(told.pop("server")) == {
        "id": web.id,
        "name": "web",
        "tenant_id": house.world.blue.id,
        "os-extended-volumes:volumes_attached": [{"id": disk["id"]} for disk in disks],
    }
    assert [json.loads(volume) for volume in told.pop("volumes")] == disks
    assert told == {
        "backup_id": backup.id,
        "flavor": "{}",
        "floatingips": [],
        "interface": "[]",
        "ports": [],
    }


def test_a_disks_backup_tells_of_the_disk_and_one_of_files_of_nothing_like_it(house: House) -> None:
    disk = house.world.disk()
    told = house.ask("GET", f"/backups/{disk_backup(house, disk).id}/metadata")
    (volume,) = told["volumes"]
    assert json.loads(volume) == {"id": disk.id, "name": "disk", "size": 1, "attachments": []}
    assert told["server"] == "{}"
    (files,) = house.world.back_up(house.world.vault(house.world.directory()))
    told = house.ask("GET", f"/backups/{files.id}/metadata")
    assert (told["server"], told["volumes"]) == ("{}", [])


def test_only_an_available_backup_tells(house: House) -> None:
    (task,) = house.world.start(house.world.vault(house.world.directory()))
    refusal = house.refused("GET", f"/backups/{task.backup_id}/metadata")
    assert refusal == (400, "6206", "Metadata query is not allowed in the current backup status.")


# ── rename ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_renamed(house: House) -> None:
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    before = house.ask("GET", f"/backups/{backup.id}")["backup"]
    renamed = house.ask("PUT", f"/backups/{backup.id}", {"backup": {"name": "before the move"}})["backup"]
    assert renamed["name"] == "before the move"
    assert renamed["updated_at"] > before["updated_at"]
    assert house.ask("GET", f"/backups/{backup.id}")["backup"] == renamed
    assert renamed | {"name": before["name"], "updated_at": before["updated_at"]} == before
    assert house.ask("PUT", f"/backups/{backup.id}", {"backup": {}})["backup"] == renamed


def test_a_name_that_breaks_a_rule_is_400_and_named(house: House) -> None:
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    for body, named in [
        ({}, "backup"), ({"backup": {"name": ""}}, "backup.name"), ({"backup": {"name": 5}}, "backup.name"),
        ({"backup": {"name": "x" * 256}}, "backup.name"), ({"backup": {"name": "<b>"}}, "backup.name"),
        ({"backup": {"name": "a\0b"}}, "backup.name"), ({"backup": []}, "backup"),
    ]:  # fmt: skip
        status, code, message = house.refused("PUT", f"/backups/{backup.id}", body)
        assert (status, code) == (400, "9900"), body
        assert message.startswith(f"Parameter verification failed. {named}: "), message
    assert house.ask("GET", f"/backups/{backup.id}")["backup"]["name"] == backup.name
    refusal = house.refused("PUT", f"/backups/{backup.id}", {"backup": {"name": "x"}}, who="reader")
    assert refusal == (403, "8600", "Not authenticated.")


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────


def two(house: House) -> tuple[Vault, Backup, Backup]:
    letters, disk = house.world.directory(), house.world.disk()
    files = house.world.vault(letters, name="files")
    (first,) = house.world.back_up(files)
    (second,) = house.world.back_up(
        house.world.vault(disk, name="disks", object_type=ObjectType.DISK, enterprise_project_id="e2")
    )
    return files, first, second


def test_backups_are_found_by_every_filter(house: House) -> None:
    files, first, second = two(house)

    def found(**parameters: Any) -> list[str]:
        page = house.ask("GET", "/backups", **parameters)
        assert page["count"] == len(page["backups"])
        return [one["id"] for one in page["backups"]]

    assert found() == [second.id, first.id]
    assert found(checkpoint_id=first.checkpoint_id) == [first.id]
    assert found(vault_id=files.id) == [first.id]
    assert found(resource_id=second.resource_id) == [second.id]
    assert found(resource_name="dis") == [second.id]
    assert found(resource_type="OS::Cinder::Volume") == [second.id]
    assert found(name=first.name) == [first.id]
    assert found(status="available") == [second.id, first.id]
    assert found(status=["error", "available"]) == found(status="error,available") == found()
    assert found(status="error") == []
    assert found(image_type="backup") == found(incremental="False") == found(own_type="private") == found()
    assert found(image_type="replication") == found(incremental="True") == found(own_type="shared") == []
    assert found(own_type="all_granted") == found(dec="False") == found(show_replication="true") == found()
    assert found(member_status="pending") == found(member_status="accept") == []
    assert found(dec="true") == found(resource_az="az1") == found(parent_id="x") == []
    assert found(enterprise_project_id="e2") == [second.id]
    assert found(enterprise_project_id="all_granted_eps") == found()
    assert found(used_percent="1") == []
    day = timedelta(days=1)
    yesterday, tomorrow = clock.now() - day, clock.now() + day
    assert found(start_time=f"{yesterday:%Y-%m-%dT%H:%M:%SZ}") == found()
    assert found(start_time=f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}") == []
    assert found(end_time=f"{yesterday:%Y-%m-%dT%H:%M:%SZ}") == []


def test_backups_are_sorted_as_asked(house: House) -> None:
    _, first, second = two(house)
    for order, wanted in [
        ("created_at", [second, first]),
        ("created_at:desc", [second, first]),
        ("created_at:asc", [first, second]),
        ("status:asc,created_at:asc", [first, second]),
        ("protected_at:asc", [first, second]),
        ("updated_at", [second, first]),
        ("name:asc", sorted([first, second], key=lambda backup: backup.name)),
        ("id", sorted([first, second], key=lambda backup: backup.id, reverse=True)),
    ]:
        page = house.ask("GET", "/backups", sort=order)
        assert [one["id"] for one in page["backups"]] == [backup.id for backup in wanted], order
        page = house.ask("GET", "/backups", sort=order, marker=wanted[0].id)
        assert [one["id"] for one in page["backups"]] == [wanted[1].id], order


def test_a_malformed_filter_is_400_and_named(house: House) -> None:
    for name, value in [
        ("limit", "0"), ("offset", "-1"), ("marker", "x"), ("status", "gone"), ("status", ""),
        ("image_type", "x"), ("incremental", "1"), ("member_status", "x"),
        ("show_replication", "x"), ("dec", "x"), ("own_type", "all"), ("used_percent", "0"),
        ("used_percent", "101"), ("sort", "size"), ("sort", "name:up"), ("sort", "name:"), ("sort", ","),
        ("start_time", "x"), ("end_time", "x"),
    ]:  # fmt: skip
        status, code, message = house.refused("GET", "/backups", None, **{name: value})
        assert (status, code) == (400, "9900"), (name, value)
        assert message.startswith(f"Parameter verification failed. {name}: ")


def test_pages_of_backups_by_offset(house: House) -> None:
    _, first, second = two(house)
    page = house.ask("GET", "/backups", limit=1)
    assert ([one["id"] for one in page["backups"]], page["count"]) == ([second.id], 2)
    assert [one["id"] for one in house.ask("GET", "/backups", limit=1, offset=1)["backups"]] == [first.id]
    assert house.ask("GET", "/backups", offset=1 << 40)["backups"] == []


def test_an_unknown_backup_and_another_projects_are_404(house: House) -> None:
    _, first, _ = two(house)
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/metadata", None),
        ("PUT", "", {"backup": {"name": "x"}}),
        ("DELETE", "", None),
        ("POST", "/restore", {"restore": {}}),
    ):
        unknown = house.refused(method, f"/backups/x{path}", body)
        assert unknown == (404, "6200", "The backup does not exist.")
        assert house.refused(method, f"/backups/{first.id}{path}", body, **red) == unknown
    assert house.ask("GET", "/backups", **red)["count"] == 0


# ── delete ──────────────────────────────────────────────────────────────────────────────────────────────


def test_deleting_a_backup_is_a_task_named_in_the_headers(house: House) -> None:
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    house.world.wakes.clear()
    headers = house.ask("DELETE", f"/backups/{backup.id}", expect=204)
    task = house.ask("GET", f"/operation-logs/{headers['X-Job-Id']}")["operation_log"]
    assert headers["X-Operation-Log-Id"] == task["id"]
    assert (task["operation_type"], task["status"]) == ("delete", "waiting")
    assert task["extra_info"]["delete"] == {"backup_id": backup.id, "backup_name": backup.name}
    assert task["extra_info"]["resource"]["id"] == backup.resource_id
    assert task["checkpoint_id"] == backup.checkpoint_id
    assert house.ask("GET", f"/backups/{backup.id}")["backup"]["status"] == "waiting_delete"
    assert house.world.wakes == ["awake"]
    assert house.refused("DELETE", f"/backups/{backup.id}") == (400, "6201", "The backup cannot be deleted.")


def test_a_backup_under_way_and_one_disk_of_a_server_cannot_be_deleted(house: House) -> None:
    (task,) = house.world.start(house.world.vault(house.world.directory()))
    assert house.refused("DELETE", f"/backups/{task.backup_id}")[:2] == (400, "6201")
    web = house.world.server()
    backup = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    assert house.refused("DELETE", f"/backups/{backup.children[0].id}")[:2] == (400, "6201")


def test_a_failed_backup_can_be_deleted(house: House) -> None:
    (task,) = house.world.start(house.world.vault(house.world.directory()))
    house.world.fail(task)
    house.ask("DELETE", f"/backups/{task.backup_id}", expect=204)


def test_what_a_locked_vault_took_stays_until_it_expires(house: House) -> None:
    vault = house.world.vault(house.world.directory(), locked=True)
    (by_hand,) = house.world.back_up(vault)
    (task,) = house.world.start(vault, auto_trigger=True)
    house.world.succeed(task)
    assert house.refused("DELETE", f"/backups/{task.backup_id}")[:2] == (400, "6220")
    assert house.refused("DELETE", f"/backups/{by_hand.id}")[:2] == (400, "6220")
    assert house.refused("DELETE", f"/vaults/{vault.id}")[:2] == (400, "6220")


# ── taken ───────────────────────────────────────────────────────────────────────────────────────────────


def test_two_runs_at_once_take_each_resource_once(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    for _ in range(3):
        checkpoints.create(house.world.context(), vault.id, Wanted())
    page = house.ask("GET", "/operation-logs", vault_id=vault.id)["operation_logs"]
    assert sorted(task["status"] for task in page) == ["skipped", "skipped", "waiting"]
