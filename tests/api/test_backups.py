"""Backups on the wire: found, shown, described, renamed, restored, deleted."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api.asking import House

from holdfast.db import backups, tasks
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.checkpoint import Wanted
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.task import RestoreDetail
from holdfast.model.vault import Vault
from holdfast.service import checkpoints

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def restore(house: House, backup: Backup, **asked: Any) -> RestoreDetail:
    """The detail of the task that the restore made."""
    reply = house.ask("POST", f"/backups/{backup.id}/restore", {"restore": asked}, expect=202)
    assert set(reply) == {"job_id", "operation_log_id", "operation_log_ids"}
    assert reply["operation_log_ids"] == [reply["job_id"]] == [reply["operation_log_id"]]
    with house.world.db.reading() as tx:
        detail = tasks.get(tx, house.world.blue.id, reply["job_id"]).detail
    assert isinstance(detail, RestoreDetail)
    return detail


def refused(house: House, backup: Backup, who: str = "admin", **asked: Any) -> tuple[int, str, str]:
    """How the restore is refused, which is how the preview is."""
    refusal = house.refused("POST", f"/backups/{backup.id}/restore", {"restore": asked}, who=who)
    preview = house.refused("POST", f"/backups/{backup.id}/restore-preview", {"restore": asked}, who=who)
    assert preview == refusal
    return refusal


def disk_backup(house: House, disk: Resource) -> Backup:
    vault = house.world.vault(disk, object_type=ObjectType.DISK)
    (backup,) = house.world.back_up(vault, read_bytes=disk.size_bytes)
    return backup


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


# ── restore ─────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_said_means_in_place(house: House) -> None:
    letters = house.world.directory()
    (backup,) = house.world.back_up(house.world.vault(letters))
    house.world.wakes.clear()
    detail = restore(house, backup)
    assert detail == RestoreDetail(
        backup_id=backup.id,
        backup_name=backup.name,
        target_resource_id=letters.id,
        target_resource_name="letters",
    )
    assert house.world.wakes == ["awake"]
    (task,) = house.ask("GET", "/operation-logs", operation_type="restore")["operation_logs"]
    assert task["extra_info"]["restore"] == {
        "backup_id": backup.id,
        "backup_name": backup.name,
        "target_resource_id": letters.id,
        "target_resource_name": "letters",
    }
    assert task["vault_id"] == backup.vault_id
    assert house.ask("GET", f"/backups/{backup.id}")["backup"]["status"] == "waiting_restore"


def test_what_a_command_line_client_sends_is_accepted(house: House) -> None:
    disk, other = house.world.disk("one"), house.world.disk("two")
    backup = disk_backup(house, disk)
    detail = restore(house, backup, power_on=False, mappings=[], volume_id=other.id, server_id=None)
    assert (detail.target_resource_id, detail.target_resource_name) == (other.id, "two")
    assert detail.volumes == {backup.id: other.id}


def test_another_resource_of_the_same_type_may_be_named(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    (backup,) = house.world.back_up(house.world.vault(letters))
    assert restore(house, backup, resource_id=notes.id).target_resource_id == notes.id


def test_a_new_place_and_single_files_may_be_named(house: House) -> None:
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    details = {"destination_path": "/tmp/elsewhere//deep/", "paths": ["/srv/letters/a.txt", "/srv/letters/b"]}
    detail = restore(house, backup, details=details)
    assert detail.destination == "/tmp/elsewhere/deep"
    assert detail.paths == ("/srv/letters/a.txt", "/srv/letters/b")


def test_a_servers_disks_go_back_to_their_places_or_where_they_are_mapped(house: House) -> None:
    web = house.world.server(disks=2)
    backup = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    one, two = backup.children
    in_place = restore(house, backup)
    assert in_place.volumes == {one.id: one.resource_id, two.id: two.resource_id}
    (task,) = house.ask("GET", "/operation-logs", operation_type="restore")["operation_logs"]
    assert task["extra_info"]["restore"]["target_resource_id"] == web.id


def test_a_mapped_server_restores_what_is_mapped_and_nothing_else(house: House) -> None:
    web, other = house.world.server(disks=2), house.world.server("other", disks=2)
    backup = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    (volume, _) = house.ask("GET", "/resources", parent_id=other.id)["resources"]
    child = backup.children[0]
    mappings = [{"backup_id": child.id, "volume_id": volume["id"]}]
    detail = restore(house, backup, server_id=other.id, mappings=mappings)
    assert detail.target_resource_id == other.id
    assert detail.volumes == {child.id: volume["id"]}


def test_a_mapping_that_does_not_fit_is_named(house: House) -> None:
    web, other = house.world.server(disks=2), house.world.server("other", disks=1)
    backup = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    one, two = backup.children
    (volume,) = house.ask("GET", "/resources", parent_id=other.id)["resources"]

    def mapped(*pairs: tuple[str, str], **more: Any) -> tuple[int, str, str]:
        mappings = [{"backup_id": backup_id, "volume_id": volume_id} for backup_id, volume_id in pairs]
        return refused(house, backup, mappings=mappings, **more)

    for refusal in (
        mapped(("x", volume["id"])),
        mapped((one.id, volume["id"]), (one.id, two.resource_id)),
        mapped((one.id, volume["id"]), (two.id, volume["id"])),
        mapped(server_id=other.id),
    ):
        assert refusal[:2] == (400, "9900")
        assert refusal[2].startswith("Parameter verification failed. restore.mappings: ")
    assert mapped((one.id, "x"))[:2] == (404, "7000")
    assert mapped((one.id, web.id))[:2] == (400, "2003")


def test_a_target_of_another_kind_is_refused(house: House) -> None:
    letters, disk, web = house.world.directory(), house.world.disk(), house.world.server()
    (files,) = house.world.back_up(house.world.vault(letters))
    blocks = disk_backup(house, disk)
    mismatch = (400, "2003", "Restoration to a different server is not allowed.")
    assert refused(house, files, resource_id=disk.id) == mismatch
    assert refused(house, files, volume_id=disk.id) == mismatch
    assert refused(house, files, server_id=web.id) == mismatch
    assert refused(house, blocks, server_id=web.id) == mismatch
    assert refused(house, blocks, volume_id=web.id) == mismatch


def test_a_target_that_is_not_there_is_404(house: House) -> None:
    backup = disk_backup(house, house.world.disk())
    gone = house.world.disk("gone")
    Path(gone.settings["path"]).unlink()
    missing = (404, "7000", "The disk does not exist.")
    assert refused(house, backup, volume_id="x") == missing
    assert refused(house, backup, volume_id=gone.id) == missing
    web = house.world.server()
    of_server = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    assert refused(house, of_server, server_id="x") == (404, "7100", "The server does not exist.")
    (files,) = house.world.back_up(house.world.vault(house.world.directory()))
    assert refused(house, files, resource_id="x") == (404, "6302", "The resource does not exist.")


def test_a_disk_that_is_gone_can_be_restored_in_place(house: House) -> None:
    disk = house.world.disk()
    backup = disk_backup(house, disk)
    Path(disk.settings["path"]).unlink()
    assert restore(house, backup).target_resource_id == disk.id


def test_a_disk_that_is_too_small_is_refused(house: House) -> None:
    disk, small = house.world.disk(megabytes=8), house.world.disk("small", megabytes=7)
    backup = disk_backup(house, disk)
    too_small = refused(house, backup, volume_id=small.id)
    assert too_small[:2] == (400, "2001")
    assert "smaller than the backup size" in too_small[2]
    with Path(disk.settings["path"]).open("r+b") as image:
        image.truncate(5 << 20)
    assert refused(house, backup) == too_small
    assert house.ask("GET", "/operation-logs", operation_type="restore")["count"] == 0


def test_one_small_disk_refuses_the_whole_server(house: House) -> None:
    web = house.world.server(disks=2)
    backup = house.world.back_up_server(house.world.vault(web, object_type=ObjectType.SERVER), web)
    with Path(web.settings["disks"][1]).open("r+b") as image:
        image.truncate(1 << 20)
    assert refused(house, backup)[:2] == (400, "2001")


def test_a_backup_that_is_not_there_yet_or_in_use_cannot_be_restored(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (first,) = house.world.back_up(vault)
    (task,) = house.world.start(vault)
    with house.world.db.reading() as tx:
        new = backups.get(tx, house.world.blue.id, task.backup_id or "")
    assert refused(house, new)[:2] == (400, "2002")
    assert refused(house, first)[:2] == (400, "2002")
    restore(house, first, details={"destination_path": "/tmp/elsewhere"})


def test_a_resource_is_restored_once_at_a_time(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    first, second = house.world.back_up(house.world.vault(letters, notes))
    restore(house, first)
    assert refused(house, first) == (400, "2010", "The resource is being restored.")
    assert refused(house, second, resource_id=letters.id)[:2] == (400, "2010")
    restore(house, second)


def test_a_failed_and_a_doomed_backup_cannot_be_restored(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    (task,) = house.world.start(vault)
    house.world.fail(task)
    with house.world.db.reading() as tx:
        failed = backups.get(tx, house.world.blue.id, task.backup_id or "")
    wrong_status = (400, "2005", "Restoration is not allowed in the current backup status.")
    assert refused(house, failed) == wrong_status
    house.ask("DELETE", f"/vaults/{vault.id}", expect=204)
    doomed = (400, "6202", "Backups can be used for restoration only when the vault status is Available.")
    assert refused(house, backup) == doomed


def test_a_resource_that_leaves_its_vault_is_not_restored(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = house.world.vault(letters, notes)
    first, second = house.world.back_up(vault)
    house.ask("POST", f"/vaults/{vault.id}/removeresources", {"resource_ids": [letters.id]})
    assert refused(house, second, resource_id=letters.id)[:2] == (400, "6134")
    assert refused(house, first)[1] in ("6134", "2005")


def test_only_an_administrator_restores_anywhere_others_below_the_open_roots(house: House) -> None:
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    root = house.world.folder / "restored"
    root.mkdir()
    (root / "leads-out").symlink_to(house.world.folder)
    for place in ("/etc", str(house.world.folder), f"{root}-beside", str(root / "leads-out" / "x")):
        refusal = refused(house, backup, who="operator", details={"destination_path": place})
        assert refusal == (403, "8600", "Not authenticated."), place
    reply = house.send(
        "POST",
        f"/backups/{backup.id}/restore",
        {"restore": {"details": {"destination_path": str(root / "in")}}},
        who="operator",
    )
    assert reply.status_code == 202


def test_what_breaks_a_rule_of_restoring_is_400_and_named(house: House) -> None:
    (files,) = house.world.back_up(house.world.vault(house.world.directory()))
    disk = disk_backup(house, house.world.disk())
    wrong: list[tuple[Backup, dict[str, Any], str]] = [
        (files, {"details": {"destination_path": "relative"}}, "restore.details.destination_path"),
        (files, {"details": {"destination_path": "/tmp/../etc"}}, "restore.details.destination_path"),
        (files, {"details": {"destination_path": ""}}, "restore.details.destination_path"),
        (files, {"details": {"destination_path": "/" + "x" * 4096}}, "restore.details.destination_path"),
        (files, {"details": {"paths": ["a"]}}, "restore.details.paths[0]"),
        (files, {"details": {"paths": "/a"}}, "restore.details.paths"),
        (files, {"details": []}, "restore.details"),
        (files, {"resource_id": 5}, "restore.resource_id"),
        (files, {"power_on": "perhaps"}, "restore.power_on"),
        (disk, {"details": {"paths": ["/a"]}}, "restore.details.paths"),
        (disk, {"mappings": [{"backup_id": "x"}]}, "restore.mappings[0].volume_id"),
        (disk, {"volume_id": "a", "resource_id": "b"}, "restore.resource_id"),
    ]
    for backup, asked, named in wrong:
        status, code, message = refused(house, backup, **asked)
        assert (status, code) == (400, "9900"), asked
        assert message.startswith(f"Parameter verification failed. {named}: ")


def test_two_runs_at_once_take_each_resource_once(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    for _ in range(3):
        checkpoints.create(house.world.context(), vault.id, Wanted())
    page = house.ask("GET", "/operation-logs", vault_id=vault.id)["operation_logs"]
    assert sorted(task["status"] for task in page) == ["skipped", "skipped", "waiting"]
