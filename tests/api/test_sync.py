"""Syncs on the wire: what is asked, what is answered, and what is refused."""

from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model import ids
from holdfast.model.backup import Backup
from holdfast.model.resource import ObjectType
from holdfast.model.task import SyncDetail, WantedSync
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import tasks, vaults

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SNAPSHOT = "9e6ac2b2" + 56 * "0"


def of_vault(vault_id: str, **more: Any) -> dict[str, Any]:
    return {"sync": {"vault_id": vault_id, "auto_trigger": False, **more}}


def item(**more: Any) -> dict[str, Any]:
    return {
        "backup_id": ids.new(),
        "backup_name": "found",
        "bucket_name": "v1",
        "image_path": f"snapshots/{SNAPSHOT}",
        "resource_id": ids.new(),
        "resource_name": "post:/srv/mail",
        "resource_type": "OS::Native::Server",
        "created_at": 1742884327,
        **more,
    }


def known(house: House) -> tuple[Vault, Backup]:
    vault = house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    return vault, backup


def wanted(house: House, task_id: str) -> WantedSync:
    detail = tasks.show(house.world.context(), task_id).detail
    assert isinstance(detail, SyncDetail)
    assert detail.wanted is not None
    return detail.wanted


def test_a_sync_of_a_vault_names_its_task(house: House) -> None:
    vault = house.world.vault()
    told = house.ask("POST", "/checkpoints/sync", of_vault(vault.id))
    task_id = told["sync"].pop("operation_log_id")
    assert told == {
        "sync": {"vault_id": vault.id},
        "job_id": task_id,
        "operation_log_id": task_id,
        "operation_log_ids": [task_id],
    }
    task = house.ask("GET", f"/operation-logs/{task_id}")["operation_log"]
    assert (task["operation_type"], task["status"], task["vault_id"]) == ("sync", "waiting", vault.id)
    assert task["provider_id"] == vault.provider_id
    extra = task["extra_info"]
    assert extra["resource"] == {"id": vault.id, "name": "v1", "type": "OS::Sfs::Turbo"}
    assert extra["sync"] == {"sync_backup_num": 0, "delete_backup_num": 0, "err_sync_backup_num": 0}
    assert set(extra) == {"common", "resource", "sync"}
    found = house.ask("GET", "/operation-logs", operation_type="sync")["operation_logs"]
    assert [one["id"] for one in found] == [task_id]
    assert house.world.wakes == ["awake"]


def test_single_backups_have_a_task_each(house: House) -> None:
    vault, backup = known(house)
    snapshot, registered = item(), item(backup_id=backup.id, bucket_name="some-bucket", image_path="chain")
    told = house.ask("POST", "/backups/sync", {"sync": [snapshot, registered]})
    first, second = told["sync"]
    assert (first["backup_id"], second["backup_id"]) == (snapshot["backup_id"], backup.id)
    assert told["operation_log_ids"] == [first["operation_log_id"], second["operation_log_id"]]
    for one in told["sync"]:
        task = house.ask("GET", f"/operation-logs/{one['operation_log_id']}")["operation_log"]
        assert (task["operation_type"], task["vault_id"]) == ("sync", vault.id)
    assert wanted(house, first["operation_log_id"]) == WantedSync(
        backup_id=snapshot["backup_id"],
        snapshot_id=SNAPSHOT,
        name="found",
        resource_name="post:/srv/mail",
    )
    assert wanted(house, second["operation_log_id"]) == WantedSync(backup_id=backup.id)


def test_a_backup_may_be_named_by_its_snapshot(house: House) -> None:
    vault = house.world.vault(name="letters")
    asked = item(backup_id=SNAPSHOT[:16], bucket_name=vault.id, image_path="/chain")
    told = house.ask("POST", "/backups/sync", {"sync": [asked]})
    assert wanted(house, told["operation_log_id"]).snapshot_id == SNAPSHOT[:16]


def test_a_known_resource_is_the_one_that_the_backup_is_of(house: House) -> None:
    letters = house.world.directory()
    house.world.vault()
    told = house.ask("POST", "/backups/sync", {"sync": [item(resource_id=letters.id)]})
    assert wanted(house, told["operation_log_id"]).resource_id == letters.id


def test_one_sync_of_a_vault_goes_on_at_a_time(house: House) -> None:
    vault, backup = known(house)
    house.ask("POST", "/checkpoints/sync", of_vault(vault.id))
    for path, body in (
        ("/checkpoints/sync", of_vault(vault.id)),
        ("/backups/sync", {"sync": [item()]}),
        ("/backups/sync", {"sync": [item(backup_id=backup.id, resource_type="OS::Sfs::Turbo")]}),
    ):
        assert house.refused("POST", path, body) == (400, "7302", "Backups are being synchronized.")


def test_a_vault_of_replicas_is_not_synchronized(house: House) -> None:
    vault = house.world.vault(protect_type=ProtectType.REPLICATION)
    refusal = (400, "7300", "The vault does not support synchronization.")
    assert house.refused("POST", "/checkpoints/sync", of_vault(vault.id)) == refusal
    assert house.refused("POST", "/backups/sync", {"sync": [item()]}) == refusal


def test_what_is_not_there_cannot_be_synchronized(house: House) -> None:
    assert house.refused("POST", "/checkpoints/sync", of_vault(ids.new()))[:2] == (404, "6105")
    vault, backup = known(house)
    assert house.refused("POST", "/checkpoints/sync", of_vault(vault.id), who="stranger")[:2] == (404, "6302")
    for lacking in ({"bucket_name": "v2"}, {"image_path": "chain"}):
        asked = {"sync": [item(**lacking)]}
        assert house.refused("POST", "/backups/sync", asked)[:2] == (404, "6200"), lacking
    theirs = {"sync": [item(backup_id=backup.id)]}
    red = house.world.red
    assert house.refused("POST", "/backups/sync", theirs, who="stranger", project=red)[:2] == (404, "6200")


def test_a_vault_that_is_being_deleted_is_not_synchronized(house: House) -> None:
    vault = house.world.vault()
    vaults.delete(house.world.context(), vault.id)
    assert house.refused("POST", "/checkpoints/sync", of_vault(vault.id))[:2] == (400, "6112")


def test_a_backup_is_of_what_it_is_said_to_be_of(house: House) -> None:
    _, backup = known(house)
    house.world.vault(name="disks", object_type=ObjectType.DISK)
    for asked, code in (
        (item(resource_type="OS::Nova::Toaster"), "6301"),
        (item(resource_type="OS::Nova::Server"), "6300"),
        (item(backup_id=backup.id, resource_type="OS::Cinder::Volume"), "6300"),
        (item(bucket_name="disks"), "6300"),
    ):
        assert house.refused("POST", "/backups/sync", {"sync": [asked]})[:2] == (400, code), asked


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "sync"),
        ({"sync": []}, "sync"),
        ({"sync": [item()] * 51}, "sync"),
        ({"sync": [item(backup_name="no spaces please")]}, "sync[0].backup_name"),
        ({"sync": [item(created_at=1 << 40)]}, "sync[0].created_at"),
        ({"sync": [{"backup_id": "b"}]}, "sync[0].backup_name"),
        ({"sync": [item(backup_id="same"), item(backup_id="same")]}, "sync"),
    ],
)
def test_a_bad_item_is_named_and_nothing_is_asked_for(house: House, body: dict[str, Any], field: str) -> None:
    house.world.vault()
    status, code, message = house.refused("POST", "/backups/sync", body)
    assert (status, code) == (400, "9900")
    assert field in message
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_one_bad_item_of_several_makes_no_task(house: House) -> None:
    house.world.vault()
    asked = {"sync": [item(), item(resource_type="OS::Cinder::Volume")]}
    assert house.refused("POST", "/backups/sync", asked)[:2] == (400, "6300")
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_a_name_that_several_vaults_have_is_not_enough(house: House) -> None:
    for _ in range(2):
        house.world.vault()
    status, code, message = house.refused("POST", "/backups/sync", {"sync": [item()]})
    assert (status, code) == (400, "9900")
    assert "bucket_name" in message


def test_a_reader_synchronizes_nothing(house: House) -> None:
    vault = house.world.vault()
    assert house.refused("POST", "/checkpoints/sync", of_vault(vault.id), who="reader")[:2] == (403, "8600")
    assert house.refused("POST", "/backups/sync", {"sync": [item()]}, who="reader")[:2] == (403, "8600")
