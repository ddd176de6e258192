"""What another region may tell of replications into a vault here, and what is made of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.api.asking import House

from holdfast.model import ids
from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.vault import ProtectType, Vault
from holdfast.service.repositories import FOLDER
from holdfast.store.objects import open_store

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SNAPSHOT = "5" * 64
GONE = "6" * 64


def replica_vault(house: House, **more: Any) -> Vault:
    return house.world.vault(name="replicas", protect_type=ProtectType.REPLICATION, **more)


def body(**more: Any) -> dict[str, Any]:
    backup = {
        "id": "b1",
        "name": "letters",
        "resource_id": "r1",
        "resource_name": "letters",
        "resource_type": "OS::Sfs::Turbo",
        "resource_size": 1,
        "root": "srv/letters",
        "read_bytes": 5,
        "file_count": 1,
        "protected_at": "2026-03-01T02:00:00+00:00",
    }
    told = {
        "source_task_id": "t1",
        "source_region": "far-1",
        "source_project_id": "p1",
        "source_checkpoint_id": "c1",
        "destination_checkpoint_id": ids.new(),
        "destination_backup_id": ids.new(),
        "name": "letters_far",
        "backup": backup,
    }
    return told | more


UNKEPT: list[tuple[str, Any]] = [
    ("destination_backup_id", "no uuid"),
    ("destination_checkpoint_id", "no uuid"),
    ("source_region", "a b"),
    ("source_task_id", "x" * 256),
    ("expires_at", "tomorrow"),
    ("description", "<b>"),
    ("backup", body()["backup"] | {"resource_type": "OS::Nothing"}),
    ("backup", body()["backup"] | {"read_bytes": 1 << 64}),
    ("backup", body()["backup"] | {"resource_size": 1 << 31}),
    ("backup", body()["backup"] | {"protected_at": "today"}),
    ("backup", body()["backup"] | {"name": "a\0b"}),
    ("backup", body()["backup"] | {"children": [body()["backup"]] * 2}),
    ("backup", body()["backup"] | {"children": [body()["backup"]]}),
    ("backup", body()["backup"] | {"children": [body()["backup"] | {"resource_type": ResourceType.DISK}]}),
]


def path(vault: Vault, *more: str) -> str:
    return "/".join(("/vaults", vault.id, "incoming-replications", *more))


def announce(house: House, vault: Vault, told: Mapping[str, Any], **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = house.ask("POST", path(vault), {"incoming_replication": told}, **asked)
    return answer["incoming_replication"]  # type: ignore[no-any-return] # as the wire has it


def refused(house: House, vault: Vault, told: Mapping[str, Any], **asked: Any) -> tuple[int, str, str]:
    return house.refused("POST", path(vault), {"incoming_replication": told}, **asked)


def end(house: House, vault: Vault, task_id: str, what: str, told: Mapping[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = house.ask("POST", path(vault, task_id, what), {what: told})
    return answer["incoming_replication"]  # type: ignore[no-any-return] # as the wire has it


def operation_log(house: House, task_id: str) -> dict[str, Any]:
    told: dict[str, Any] = house.ask("GET", f"/operation-logs/{task_id}")["operation_log"]
    return told


def put_snapshot(house: House, vault: Vault) -> None:
    open_store(house.world.config.store_url, FOLDER, vault.id).put(f"snapshots/{SNAPSHOT}", b"sealed")


def test_a_task_begins_goes_on_and_ends_as_its_source_tells(house: House) -> None:
    vault, told = replica_vault(house), body()
    task_id = announce(house, vault, told)["id"]
    progress = {"progress": {"percent": 40, "bytes_done": 2, "bytes_total": 5}}
    answer = house.ask("PUT", path(vault, task_id, "progress"), progress)["incoming_replication"]
    assert (answer["id"], answer["status"], answer["bytes_done"]) == (task_id, "running", 2)
    task = operation_log(house, task_id)
    assert (task["status"], task["operation_type"]) == ("running", "replication")
    assert task["extra_info"]["common"]["progress"] == 40
    assert task["extra_info"]["replication"] == {
        "source_region": "far-1",
        "source_project_id": "p1",
        "source_checkpoint_id": "c1",
        "source_backup_id": "b1",
        "source_backup_name": "letters",
        "destination_region": house.world.config.region,
        "destination_project_id": vault.project_id,
        "destination_checkpoint_id": told["destination_checkpoint_id"],
        "destination_backup_id": told["destination_backup_id"],
        "destination_backup_name": "letters_far",
    }
    put_snapshot(house, vault)
    done = {"replication": told, "snapshots": {"b1": SNAPSHOT}, "bytes_done": 5, "bytes_stored": 6}
    assert end(house, vault, task_id, "complete", done)["status"] == "success"
    assert end(house, vault, task_id, "complete", done)["status"] == "success"
    (backup,) = house.ask("GET", "/backups", vault_id=vault.id)["backups"]
    assert (backup["id"], backup["name"]) == (told["destination_backup_id"], "letters_far")
    assert (backup["image_type"], backup["status"]) == ("replication", "available")
    assert backup["protected_at"] == "2026-03-01T02:00:00.000000"
    checkpoint_id = told["destination_checkpoint_id"]
    checkpoint = house.ask("GET", f"/checkpoints/{checkpoint_id}")["checkpoint"]
    assert checkpoint["status"] == "available"
    assert house.ask("GET", f"/vaults/{vault.id}")["vault"]["billing"]["used"] == 1


def test_what_is_announced_twice_is_one_task(house: House) -> None:
    vault, told = replica_vault(house), body()
    assert announce(house, vault, told) == announce(house, vault, told)
    other = announce(house, vault, body(source_task_id="t2"))
    assert other["id"] != announce(house, vault, told)["id"]
    assert house.ask("GET", "/operation-logs", vault_id=vault.id)["count"] == 2


def test_replicas_of_one_run_are_one_run(house: House) -> None:
    vault, first = replica_vault(house), body()
    run = first["destination_checkpoint_id"]
    second = body(source_task_id="t2", destination_checkpoint_id=run)
    second["backup"] |= {"id": "b2", "resource_id": "r2"}
    put_snapshot(house, vault)
    for told in (first, second):
        task_id = announce(house, vault, told)["id"]
        done = {"replication": told, "snapshots": {told["backup"]["id"]: SNAPSHOT}}
        end(house, vault, task_id, "complete", done)
    shown = house.ask("GET", f"/checkpoints/{run}")["checkpoint"]
    assert {one["id"] for one in shown["vault"]["resources"]} == {"r1", "r2"}


def test_a_server_comes_with_its_disks(house: House) -> None:
    vault, told = replica_vault(house, object_type=ObjectType.SERVER), body()
    disks = [
        told["backup"] | {"id": f"d{number}", "resource_id": f"v{number}", "resource_type": ResourceType.DISK}
        for number in range(2)
    ]
    told["backup"] |= {"resource_type": ResourceType.SERVER, "children": disks}
    task_id = announce(house, vault, told)["id"]
    put_snapshot(house, vault)
    done = {"replication": told, "snapshots": {"d0": SNAPSHOT}}
    status, code, message = house.refused("POST", path(vault, task_id, "complete"), {"complete": done})
    assert (status, code) == (400, "9900")
    assert "d1" in message
    done["snapshots"] = {"d0": SNAPSHOT, "d1": SNAPSHOT}
    assert end(house, vault, task_id, "complete", done)["status"] == "success"
    (backup,) = house.ask("GET", "/backups", vault_id=vault.id)["backups"]
    assert {one["resource_id"] for one in backup["children"]} == {"v0", "v1"}


def test_what_has_not_arrived_makes_no_replica(house: House) -> None:
    vault, told = replica_vault(house), body()
    task_id = announce(house, vault, told)["id"]
    done = {"replication": told, "snapshots": {"b1": GONE}}
    answer = house.refused("POST", path(vault, task_id, "complete"), {"complete": done})
    assert answer[:2] == (400, "0027")
    assert GONE in answer[2]
    assert operation_log(house, task_id)["status"] == "running"
    another = {"replication": body(source_task_id="t2"), "snapshots": {"b1": GONE}}
    answer = house.refused("POST", path(vault, task_id, "complete"), {"complete": another})
    assert answer[:2] == (400, "9900")


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_a_source_that_gives_up_says_why(house: House, status: str) -> None:
    vault, told = replica_vault(house), body()
    task_id = announce(house, vault, told)["id"]
    why = {"code": "BackupService.9910", "message": "The store failed.", "status": status}
    for again in (why, why | {"message": "Something else."}):
        answer = end(house, vault, task_id, "fail", again)
        assert (answer["status"], answer["error_message"]) == (status, "The store failed.")
    answer = announce(house, vault, told)
    assert (answer["id"], answer["status"]) == (task_id, status)
    put_snapshot(house, vault)
    done = {"replication": told, "snapshots": {"b1": SNAPSHOT}}
    over = house.refused("POST", path(vault, task_id, "complete"), {"complete": done})
    assert over[:2] == (400, "0002")
    assert house.refused("POST", f"/operation-logs/{task_id}/retry")[:2] == (400, "0004")
    assert house.refused("GET", f"/checkpoints/{told['destination_checkpoint_id']}")[0] == 404


def test_whoever_cancels_it_here_ends_it_at_once_and_the_source_learns_of_it(house: House) -> None:
    vault = replica_vault(house)
    task_id = announce(house, vault, body())["id"]
    assert house.refused("DELETE", f"/vaults/{vault.id}")[:2] == (400, "6130")
    house.ask("POST", f"/operation-logs/{task_id}/cancel", expect=202)
    task = operation_log(house, task_id)
    assert (task["status"], task["holdfast"]["outcome"]) == ("failed", "cancelled")
    progress = {"progress": {"percent": 40}}
    answer = house.ask("PUT", path(vault, task_id, "progress"), progress)["incoming_replication"]
    assert (answer["status"], answer["error_code"]) == ("failed", "Holdfast.0001")


def test_a_vault_takes_only_what_fits(house: House) -> None:
    plain = house.world.vault()
    assert refused(house, plain, body())[:2] == (400, "6119")
    disks = house.world.vault(name="disks", protect_type=ProtectType.REPLICATION, object_type=ObjectType.DISK)
    assert refused(house, disks, body())[:2] == (400, "6102")
    vault = replica_vault(house)
    assert refused(house, vault, body(), who="reader")[:2] == (403, "8600")
    assert refused(house, vault, body(), who="stranger")[0] == 404
    unknown = {"incoming_replication": body()}
    assert house.refused("POST", "/vaults/nosuch/incoming-replications", unknown)[:2] == (404, "6105")
    for method, what in (
        ("PUT", {"progress": {"percent": 1}}),
        ("POST", {"fail": {"code": "", "message": ""}}),
    ):
        (word,) = what
        assert house.refused(method, path(vault, "nosuch", word), what)[:2] == (404, "6500")


def test_any_kind_of_resource_is_taken_or_refused(house: House) -> None:
    vault = replica_vault(house)
    for kind in ResourceType:
        told = body(source_task_id=kind.name)
        told["backup"]["resource_type"] = kind
        reply = house.send("POST", path(vault), {"incoming_replication": told})
        assert reply.status_code == (200 if kind is ResourceType.FILE_SHARE else 400), reply.text


def test_what_cannot_be_kept_is_refused(house: House) -> None:
    vault = replica_vault(house)
    for member, value in UNKEPT:
        answer = refused(house, vault, body(**{member: value}))
        assert answer[:2] == (400, "9900"), (member, value)
    assert house.ask("GET", "/operation-logs")["count"] == 0


def test_the_ids_of_others_are_not_taken(house: House) -> None:
    vault = replica_vault(house)
    (backup,) = house.world.back_up(house.world.vault(house.world.directory()))
    for taken in (
        body(destination_backup_id=backup.id),
        body(destination_checkpoint_id=backup.checkpoint_id),
    ):
        assert refused(house, vault, taken)[:2] == (400, "9900")


def test_one_backup_id_is_for_one_replica(house: House) -> None:
    vault, first = replica_vault(house), body()
    second = first | {"source_task_id": "t2"}
    made = [announce(house, vault, told)["id"] for told in (first, second)]
    put_snapshot(house, vault)
    done = [{"replication": told, "snapshots": {"b1": SNAPSHOT}} for told in (first, second)]
    assert end(house, vault, made[0], "complete", done[0])["status"] == "success"
    answer = house.refused("POST", path(vault, made[1], "complete"), {"complete": done[1]})
    assert answer[:2] == (400, "9900")
    assert operation_log(house, made[1])["status"] == "running"


ANOTHERS: list[dict[str, Any]] = [
    {"source_project_id": "p2"},
    {"destination_backup_id": ids.new()},
    {"destination_checkpoint_id": ids.new()},
    {"backup": body()["backup"] | {"id": "b2"}},
    {"backup": body()["backup"] | {"resource_id": "r2"}},
    {"backup": body()["backup"] | {"resource_type": ResourceType.SERVER}},
    {"backup": body()["backup"] | {"resource_type": ResourceType.DISK}},
    {
        "backup": body()["backup"]
        | {"children": [body()["backup"] | {"id": one, "resource_type": ResourceType.DISK} for one in "de"]}
    },
]


def test_nothing_else_arrives_in_place_of_what_was_announced(house: House) -> None:
    vault, told = replica_vault(house), body()
    task_id = announce(house, vault, told)["id"]
    put_snapshot(house, vault)
    snapshots = dict.fromkeys(("b1", "b2", "d", "e"), SNAPSHOT)
    for other in ANOTHERS:
        done = {"replication": told | other, "snapshots": snapshots}
        answer = house.refused("POST", path(vault, task_id, "complete"), {"complete": done})
        assert answer[:2] == (400, "9900"), other
    assert house.ask("GET", "/backups", vault_id=vault.id)["backups"] == []
    done = {"replication": told, "snapshots": snapshots}
    assert end(house, vault, task_id, "complete", done)["status"] == "success"


def test_the_regions_are_told_with_their_state(house: House) -> None:
    (here,) = house.ask("GET", "/holdfast/regions", who="reader")["regions"]
    assert here == {
        "name": house.world.config.region,
        "endpoint": house.world.config.endpoint_url,
        "state": "here",
        "calls_itself": None,
        "message": "",
    }
