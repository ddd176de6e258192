"""Replication on the wire: what is asked, what is answered, what is recorded, and what is refused."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.asking import House

from holdfast.db import accounts, backups, replications
from holdfast.db import vaults as rows
from holdfast.model import ids
from holdfast.model.backup import Backup, ImageType
from holdfast.model.project import DEFAULT_DOMAIN_ID, Role
from holdfast.model.resource import GIB, ObjectType
from holdfast.model.task import TaskError
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import tasks, vaults
from holdfast.service.vaults import NewVault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ALREADY = "The destination vault has a replica of the backup already."


def replica_vault(house: House, kind: ObjectType = ObjectType.TURBO) -> Vault:
    return house.world.vault(name="replicas", object_type=kind, protect_type=ProtectType.REPLICATION)


def backed_up(house: House) -> tuple[Vault, Backup]:
    vault = house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    return vault, backup


def body(house: House, to: Vault, **more: Any) -> dict[str, Any]:
    return {
        "replicate": {
            "destination_project_id": to.project_id,
            "destination_region": house.world.config.region,
            "destination_vault_id": to.id,
            **more,
        }
    }


def replicate(house: House, backup: Backup, to: Vault, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = house.ask("POST", f"/backups/{backup.id}/replicate", body(house, to, **more))
    return told


def refused(house: House, backup: Backup, to: Vault, **more: Any) -> tuple[int, str]:
    told = house.refused("POST", f"/backups/{backup.id}/replicate", body(house, to, **more))
    return told[:2]


def records(house: House, backup: Backup) -> list[dict[str, Any]]:
    (shown,) = house.ask("GET", "/backups", show_replication=True, vault_id=backup.vault_id)["backups"]
    told: list[dict[str, Any]] = shown["replication_records"]
    return told


def test_a_replication_is_told_with_all_its_members(house: House) -> None:
    (_, backup), to = backed_up(house), replica_vault(house)
    told = replicate(house, backup, to, name="far_away", description="d", enable_acceleration=True)
    record_id = told["replication"].pop("replication_record_id")
    region = house.world.config.region
    assert told["replication"] == {
        "backup_id": backup.id,
        "provider_id": backup.provider_id,
        "project_id": backup.project_id,
        "source_region": region,
        "destination_region": region,
        "destination_project_id": to.project_id,
        "destination_vault_id": to.id,
    }
    task = house.ask("GET", f"/operation-logs/{told['operation_log_id']}")["operation_log"]
    assert (task["operation_type"], task["status"]) == ("replication", "waiting")
    block = task["extra_info"]["replication"]
    destination_ids = [block.pop(f"destination_{one}_id") for one in ("backup", "checkpoint")]
    assert block == {
        "source_region": region,
        "source_project_id": backup.project_id,
        "source_checkpoint_id": backup.checkpoint_id,
        "source_backup_id": backup.id,
        "source_backup_name": backup.name,
        "destination_region": region,
        "destination_project_id": to.project_id,
        "destination_backup_name": "far_away",
    }
    (record,) = records(house, backup)
    assert len(record.pop("created_at")) == len("2025-03-25T06:32:07.733429")
    assert record == {
        "id": record_id,
        "status": "waiting_replicate",
        "vault_id": backup.vault_id,
        "source_region": region,
        "source_project_id": backup.project_id,
        "source_checkpoint_id": backup.checkpoint_id,
        "source_backup_id": backup.id,
        "destination_region": region,
        "destination_project_id": to.project_id,
        "destination_vault_id": to.id,
        "destination_checkpoint_id": destination_ids[1],
        "destination_backup_id": destination_ids[0],
        "extra_info": {
            "progress": 0,
            "fail_code": "",
            "fail_reason": "",
            "auto_trigger": False,
            "destination_vault_id": to.id,
        },
    }


def test_records_follow_their_tasks(house: House) -> None:
    (_, backup), to = backed_up(house), replica_vault(house)
    told = replicate(house, backup, to)
    house.world.claim(tasks.show(house.world.context(), told["operation_log_id"]))
    assert records(house, backup)[0]["status"] == "replicating"
    with house.world.db.transaction() as tx:
        record_id = told["replication"]["replication_record_id"]
        replications.fail(tx, record_id, TaskError("BackupService.6129", "Full."))
    (record,) = records(house, backup)
    assert record["status"] == "fail"
    assert (record["extra_info"]["fail_code"], record["extra_info"]["fail_reason"]) == (
        "BackupService.6129",
        "Full.",
    )


def test_a_backup_that_is_on_its_way_is_not_sent_twice(house: House) -> None:
    (vault, backup), to = backed_up(house), replica_vault(house)
    replicate(house, backup, to)
    again = replicate(house, backup, to)
    task = house.ask("GET", f"/operation-logs/{again['operation_log_id']}")["operation_log"]
    assert (task["status"], task["error_info"]) == (
        "skipped",
        {"code": "BackupService.6128", "message": ALREADY},
    )
    assert [one["status"] for one in records(house, backup)] == ["waiting_replicate", "skip"]
    asked = body(house, to, vault_id=vault.id)
    assert house.refused("POST", "/checkpoints/replicate", asked)[:2] == (400, "0001")


def test_the_backups_of_a_vault_are_replicated_together(house: House) -> None:
    vault = house.world.vault(house.world.directory(), house.world.directory("notes"))
    to = replica_vault(house)
    some = {backup.id for backup in house.world.back_up(vault)}
    told = house.ask("POST", "/checkpoints/replicate", body(house, to, vault_id=vault.id, auto_trigger=True))
    block = told["replication"]
    pairs = block.pop("backups")
    assert {one["backup_id"] for one in pairs} == some
    assert len({one["replication_record_id"] for one in pairs}) == len(some)
    region = house.world.config.region
    assert block == {
        "vault_id": vault.id,
        "provider_id": vault.provider_id,
        "project_id": vault.project_id,
        "source_region": region,
        "destination_region": region,
        "destination_project_id": to.project_id,
        "destination_vault_id": to.id,
    }
    assert len(told["operation_log_ids"]) == len(some)
    shown = house.ask("GET", "/backups", show_replication=True, vault_id=vault.id)["backups"]
    found = [one["replication_records"][0] for one in shown]
    assert all(one["extra_info"]["auto_trigger"] for one in found)
    assert len({one["destination_checkpoint_id"] for one in found}) == 1  # they are of one run


def test_the_region_says_where_replicas_can_go(house: House) -> None:
    region = house.world.config.region
    assert house.ask("GET", "/replication-capabilities", who="reader") == {
        "regions": [{"name": region, "replication_destinations": [region]}]
    }


def test_a_destination_must_be_one(house: House) -> None:
    (vault, backup), to = backed_up(house), replica_vault(house)
    assert refused(house, backup, to, destination_region="cn-north-4") == (400, "1005")
    assert refused(house, backup, to, destination_project_id=house.world.red.id) == (400, "1011")
    assert refused(house, backup, to, destination_project_id=ids.new_project()) == (400, "1011")
    assert refused(house, backup, to, destination_vault_id=ids.new()) == (400, "6120")
    assert refused(house, backup, vault) == (400, "6119")
    assert refused(house, backup, replica_vault(house, ObjectType.DISK)) == (400, "6102")
    with house.world.db.transaction() as tx:
        rows.set_used(tx, to.id, to.size_gb * GIB)
    assert refused(house, backup, to) == (400, "6129")
    vaults.delete(house.world.context(), to.id)
    assert refused(house, backup, to) == (400, "6112")
    assert house.ask("GET", "/operation-logs", operation_type="replication")["count"] == 0


def in_red(house: House, role: Role) -> Vault:
    """A vault for replicas in the other project, where the caller has a role."""
    red = house.world.red
    with house.world.db.transaction() as tx:
        found = accounts.find_user(tx, DEFAULT_DOMAIN_ID, "admin")
        assert found is not None
        accounts.grant(tx, found[0].id, red.id, role)
    new = NewVault(name="far", object_type=ObjectType.TURBO, protect_type=ProtectType.REPLICATION, size_gb=10)
    return vaults.create(house.world.context(project=red), new)


def test_another_project_takes_replicas_of_those_who_may_change_it(house: House) -> None:
    _, backup = backed_up(house)
    to = in_red(house, Role.READER)
    assert refused(house, backup, to) == (400, "1011")
    to = in_red(house, Role.OPERATOR)
    told = replicate(house, backup, to)
    assert told["replication"]["destination_project_id"] == house.world.red.id
    refusal = house.refused("DELETE", f"/vaults/{to.id}", who="stranger", project=house.world.red)
    assert refusal == (400, "6130", "The vault is being replicated.")


def test_a_replica_is_not_replicated_again(house: House) -> None:
    (_, backup), to = backed_up(house), replica_vault(house)
    replica = replace(
        backup, id=ids.new(), vault_id=to.id, image_type=ImageType.REPLICATION, snapshot_id="6" * 64
    )
    with house.world.db.transaction() as tx:
        backups.add(tx, replica)
    assert refused(house, replica, to) == (400, "6128")
    asked = body(house, to, vault_id=to.id)
    assert house.refused("POST", "/checkpoints/replicate", asked)[:2] == (400, "6128")


def test_only_what_is_there_is_replicated(house: House) -> None:
    vault, to = house.world.vault(house.world.directory()), replica_vault(house)
    asked = body(house, to, vault_id=vault.id)
    assert house.refused("POST", "/checkpoints/replicate", asked)[:2] == (400, "0001")
    (task,) = house.world.start(vault)
    path = f"/backups/{task.backup_id}/replicate"
    assert house.refused("POST", path, body(house, to))[:2] == (400, "0001")
    house.world.fail(task)
    assert house.refused("POST", path, body(house, to))[:2] == (400, "0001")
    assert house.refused("POST", f"/backups/{ids.new()}/replicate", body(house, to))[:2] == (404, "6200")
    nowhere = body(house, to, vault_id=ids.new())
    assert house.refused("POST", "/checkpoints/replicate", nowhere)[:2] == (404, "6105")


def test_what_is_being_replicated_stays(house: House) -> None:
    (vault, backup), to = backed_up(house), replica_vault(house)
    replicate(house, backup, to)
    assert house.refused("DELETE", f"/backups/{backup.id}")[:2] == (400, "6216")
    for one in (vault, to):
        assert house.refused("DELETE", f"/vaults/{one.id}")[:2] == (400, "6130")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"destination_region": "a b"}, "destination_region"),
        ({"destination_region": None}, "destination_region"),
        ({"name": ""}, "name"),
        ({"name": "no spaces"}, "name"),
        ({"description": "<b>"}, "description"),
        ({"destination_vault_id": 7}, "destination_vault_id"),
    ],
)
def test_a_bad_member_is_named_and_nothing_is_asked_for(
    house: House, more: dict[str, Any], field: str
) -> None:
    (_, backup), to = backed_up(house), replica_vault(house)
    told = house.refused("POST", f"/backups/{backup.id}/replicate", body(house, to, **more))
    assert told[:2] == (400, "9900")
    assert f"replicate.{field}" in told[2]
    assert house.ask("GET", "/operation-logs", operation_type="replication")["count"] == 0


def test_a_reader_replicates_nothing(house: House) -> None:
    (vault, backup), to = backed_up(house), replica_vault(house)
    calls = {
        f"/backups/{backup.id}/replicate": body(house, to),
        "/checkpoints/replicate": body(house, to, vault_id=vault.id),
    }
    for path, asked in calls.items():
        assert house.refused("POST", path, asked, who="reader")[:2] == (403, "8600")
