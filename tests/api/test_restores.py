"""Restores on the wire: where to, what of it, and when not."""

from pathlib import Path
from typing import Any

import pytest
from tests.api.asking import House
from tests.api.making import disk_backup

from holdfast.db import backups, tasks
from holdfast.model.backup import Backup
from holdfast.model.resource import ObjectType
from holdfast.model.task import RestoreDetail

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
