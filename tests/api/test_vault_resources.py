"""The resources in vaults, on the wire: attached, taken out, moved, suspended."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.making import body, make

from holdfast.model.resource import ObjectType
from holdfast.model.vault import ProtectType

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_resource_that_the_project_does_not_know_is_404(house: House) -> None:
    asked = body()
    asked["vault"]["resources"] = [{"id": "unknown", "type": "OS::Sfs::Turbo"}]
    assert house.refused("POST", "/vaults", asked) == (404, "6302", "The resource does not exist.")
    assert house.ask("GET", "/vaults")["count"] == 0


def test_a_type_that_nothing_has_is_refused(house: House) -> None:
    asked = body()
    asked["vault"]["resources"] = [{"id": "x", "type": "OS::Nova"}]
    refusal = (400, "6116", "Unsupported resource type.")
    assert house.refused("POST", "/vaults", asked) == refusal
    vault = make(house)
    wanted = {"resources": asked["vault"]["resources"]}
    assert house.refused("POST", f"/vaults/{vault['id']}/addresources", wanted) == refusal


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


def test_a_vault_for_replicas_takes_no_resources_and_no_backups(house: House) -> None:
    letters = house.world.directory()
    refusal = (400, "6108", "New resources cannot be associated with the vault.")
    assert house.refused("POST", "/vaults", body(letters, billing={"protect_type": "replication"})) == refusal
    vault = make(house, billing={"protect_type": "replication"})
    asked = {"resources": [{"id": letters.id, "type": letters.type}]}
    assert house.refused("POST", f"/vaults/{vault['id']}/addresources", asked) == refusal
    assert house.refused("POST", "/checkpoints", {"checkpoint": {"vault_id": vault["id"]}}) == (
        400,
        "6124",
        "Backup is not allowed for the current type of vaults.",
    )


def test_backups_are_named_by_the_vaults_prefix(house: House) -> None:
    vault = make(house, house.world.directory(), backup_name_prefix="night")
    house.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault["id"]}})
    (backup,) = house.ask("GET", "/backups", vault_id=vault["id"])["backups"]
    assert backup["name"].startswith("night_")


# ── suspend ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_suspended_resource_stays_and_is_left_out_until_it_is_resumed(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters, notes)
    path = f"/vaults/{vault['id']}/set-resources"

    def protected() -> list[bool]:
        shown = house.ask("GET", f"/vaults/{vault['id']}")["vault"]
        return [one["auto_protect"] for one in shown["resources"]]

    asked = {"resource_ids": [letters.id], "action": "suspend"}
    assert house.ask("PUT", path, asked) == {"set_resource_ids": [letters.id]}
    assert protected() == [False, True]
    run = house.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": vault["id"]}})["checkpoint"]
    assert [one["id"] for one in run["vault"]["resources"]] == [notes.id]
    assert [(one["id"], one["code"]) for one in run["vault"]["skipped_resources"]] == [
        (letters.id, "BackupService.6215")
    ]
    asked = {"resource_ids": [letters.id, notes.id], "action": "unsuspend"}
    assert house.ask("PUT", path, asked) == {"set_resource_ids": [letters.id, notes.id]}
    assert protected() == [True, True]


def test_only_what_is_in_the_vault_and_stays_there_is_suspended(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    vault = make(house, letters)
    path = f"/vaults/{vault['id']}/set-resources"

    def refused(*resource_ids: str, **more: Any) -> tuple[int, str]:
        asked = {"resource_ids": list(resource_ids), "action": "suspend", **more}
        return house.refused("PUT", path, asked)[:2]

    assert refused(letters.id, notes.id) == (400, "6135")
    assert refused(letters.id, letters.id) == (400, "6104")
    assert refused() == (400, "9900")
    assert refused(letters.id, action="pause") == (400, "9900")
    assert refused(*map(str, range(257))) == (400, "9900")
    house.ask("POST", f"/vaults/{vault['id']}/removeresources", {"resource_ids": [letters.id]})
    assert refused(letters.id) == (400, "6134")
    assert house.ask("GET", f"/vaults/{vault['id']}")["vault"]["resources"][0]["auto_protect"] is True


# ── migrate ─────────────────────────────────────────────────────────────────────────────────────────────


def move(vault: Any, destination: Any, *resource_ids: str) -> tuple[str, dict[str, Any]]:
    asked = {"resource_ids": list(resource_ids), "destination_vault_id": destination}
    return f"/vaults/{vault}/migrateresources", asked


def test_moving_resources_is_a_task_without_a_block_of_its_own(house: House) -> None:
    letters, notes = house.world.directory(), house.world.directory("notes")
    here, there = make(house, letters, notes, name="here"), make(house, name="there")
    told = house.ask("POST", *move(here["id"], there["id"], letters.id, notes.id))
    assert told["migrated_resources"] == [letters.id, notes.id]
    assert told["operation_log_ids"] == [told["job_id"]] == [told["operation_log_id"]]
    task = house.ask("GET", f"/operation-logs/{told['job_id']}")["operation_log"]
    assert (task["operation_type"], task["status"]) == ("migrate_resources", "waiting")
    assert set(task["extra_info"]) == {"common", "resource"}
    assert (task["vault_id"], task["extra_info"]["resource"]["id"]) == (here["id"], here["id"])
    shown = house.ask("GET", f"/vaults/{here['id']}")["vault"]
    assert [one["protect_status"] for one in shown["resources"]] == ["removing", "removing"]
    assert house.world.wakes == ["awake"]


def test_what_is_on_the_move_takes_no_further_order_and_neither_do_its_vaults(house: House) -> None:
    letters = house.world.directory()
    here, there = make(house, letters, name="here"), make(house, name="there")
    house.ask("POST", *move(here["id"], there["id"], letters.id))
    assert house.refused("POST", *move(here["id"], there["id"], letters.id))[:2] == (400, "6134")
    removal = {"resource_ids": [letters.id]}
    assert house.refused("POST", f"/vaults/{here['id']}/removeresources", removal)[:2] == (400, "6134")
    suspend = {"resource_ids": [letters.id], "action": "suspend"}
    assert house.refused("PUT", f"/vaults/{here['id']}/set-resources", suspend)[:2] == (400, "6134")
    run = house.ask("POST", "/checkpoints", {"checkpoint": {"vault_id": here["id"]}})["checkpoint"]
    assert [one["code"] for one in run["vault"]["skipped_resources"]] == ["BackupService.6134"]
    for vault in (here, there):
        assert house.refused("DELETE", f"/vaults/{vault['id']}")[:2] == (400, "6111")


def test_where_resources_may_not_move(house: House) -> None:
    letters, disk = house.world.directory(), house.world.disk()
    here = make(house, letters, name="here")
    locked = house.world.vault(house.world.directory("notes"), locked=True)
    replicas = house.world.vault(protect_type=ProtectType.REPLICATION)
    disks = house.world.vault(disk, object_type=ObjectType.DISK)
    doomed = make(house, name="doomed")
    house.ask("DELETE", f"/vaults/{doomed['id']}", expect=204)

    def refused(destination: Any, vault: Any = here["id"], resource_id: str = letters.id) -> tuple[int, str]:
        return house.refused("POST", *move(vault, destination, resource_id))[:2]

    assert refused("unknown") == (400, "6120")
    assert refused(here["id"]) == (400, "9900")
    assert refused(disks.id) == (400, "6102")
    assert refused(replicas.id) == (400, "6108")
    assert refused(doomed["id"]) == (400, "6112")
    assert refused(here["id"], doomed["id"]) == (400, "6112")
    assert refused(disks.id, resource_id=disk.id) == (400, "6135")
    held = locked.attachments[0].resource_id
    assert refused(here["id"], locked.id, held) == (400, "6220")
    assert house.ask("GET", "/operation-logs", operation_type="migrate_resources")["count"] == 0


def test_resources_move_only_where_their_backups_have_room(house: House) -> None:
    here, there = house.world.vault(house.world.directory()), house.world.vault(size_gb=1)
    house.world.back_up(here, stored_bytes=1 << 30)
    asked = move(here.id, there.id, here.attachments[0].resource_id)
    assert house.refused("POST", *asked) == (
        400,
        "6129",
        "The maximum capacity of the destination vault has been reached.",
    )
    house.ask("PUT", f"/vaults/{there.id}", {"vault": {"auto_expand": True}})
    house.ask("POST", *asked)


def test_what_is_wrong_of_a_move_is_400_and_named(house: House) -> None:
    here = make(house)
    path = f"/vaults/{here['id']}/migrateresources"
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("destination_vault_id", {"resource_ids": ["x"]}),
        ("destination_vault_id", {"resource_ids": ["x"], "destination_vault_id": ""}),
        ("resource_ids", {"destination_vault_id": "x"}),
        ("resource_ids", {"destination_vault_id": "x", "resource_ids": []}),
        ("resource_ids", {"destination_vault_id": "x", "resource_ids": ["x"] * 257}),
    ]
    for field, asked in wrong:
        status, code, message = house.refused("POST", path, asked)
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {field}: ")
