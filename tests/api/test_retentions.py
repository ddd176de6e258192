"""Why each backup stays, or is about to go, on the wire; and what is said of a task that the rules made."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.test_retention_previews import again, follow, make, told

from holdfast.db import backups
from holdfast.model.backup import Backup
from holdfast.model.resource import ObjectType
from holdfast.model.vault import Vault
from holdfast.service import retentions

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

WHY = ("policy_id", "kept_because", "goes_because")


def why(house: House, backup_id: str) -> dict[str, Any]:
    return reasons(house.ask("GET", f"/backups/{backup_id}")["backup"])


def reasons(backup: dict[str, Any]) -> dict[str, Any]:
    """Of what is ours of a backup, what says why it stays."""
    return {name: backup["holdfast"][name] for name in WHY}


def carry_out(house: House, vault: Vault) -> int:
    world = house.world
    return retentions.carry_out(world.db, world.config, world.blue.id, vault.id)


def protected(house: House, name: str = "letters") -> tuple[Vault, Backup]:
    vault = house.world.vault(house.world.directory(name), name=name)
    (hand,) = house.world.back_up(vault)
    return vault, hand


def test_a_backup_says_why_it_stays_or_goes_shown_and_listed(house: House) -> None:
    vault, hand = protected(house)
    policy_id = make(house, max_backups=1, day_backups=1, timezone="UTC+08:00")
    follow(house, vault, policy_id)
    newest, old = again(house, hand, 1), again(house, hand, 2)
    expected = {
        hand.id: {"kept_because": ["last_good_backup", "manual"], "goes_because": []},
        newest: {"kept_because": ["max_backups", "day"], "goes_because": []},
        old: {"kept_because": [], "goes_because": ["count"]},
    }
    listed = {one["id"]: reasons(one) for one in house.ask("GET", "/backups")["backups"]}
    assert listed == {id: {"policy_id": None, **one} for id, one in expected.items()}
    assert {one: why(house, one) for one in listed} == listed
    renamed = house.ask("PUT", f"/backups/{old}", {"backup": {"name": "old"}})["backup"]
    assert reasons(renamed) == listed[old]
    assert [(id, one["goes_because"], one["kept_because"]) for id, one in expected.items()] == told(
        house, policy_id
    )


def test_without_a_policy_it_says_so(house: House) -> None:
    _, hand = protected(house)
    made = again(house, hand, 1)
    assert why(house, made) == {"policy_id": None, "kept_because": ["no_policy"], "goes_because": []}


def test_of_disks_it_is_said_with_their_server_and_of_what_is_under_way_nothing(house: House) -> None:
    web = house.world.server()
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    whole = house.world.back_up_server(vault, web)
    shown = house.ask("GET", f"/backups/{whole.id}")["backup"]
    assert shown["holdfast"]["kept_because"] == ["last_good_backup", "manual"]
    assert ["holdfast" in disk for disk in shown["children"]] == [False, False]
    nothing: dict[str, Any] = {"policy_id": None, "kept_because": [], "goes_because": []}
    disks = house.ask("GET", "/backups", parent_id=whole.id)["backups"]
    assert [reasons(disk) for disk in disks] == [nothing, nothing]
    (task,) = house.world.start(vault)
    assert task.backup_id is not None
    assert why(house, task.backup_id) == nothing


def test_of_a_shared_backup_the_receiver_is_told_nothing(house: House) -> None:
    world = house.world
    web = world.server()
    vault = world.vault(web, object_type=ObjectType.SERVER)
    whole = world.back_up_server(vault, web)
    house.ask("POST", f"/backups/{whole.id}/members", {"members": [world.red.id]})
    shared = house.ask(
        "GET", "/backups", who="stranger", project=world.red, own_type="shared", member_status="pending"
    )
    (one,) = shared["backups"]
    assert reasons(one) == {"policy_id": None, "kept_because": [], "goes_because": []}


def test_a_task_that_the_rules_made_says_so(house: House) -> None:
    vault, hand = protected(house)
    follow(house, vault, make(house, max_backups=1))
    again(house, hand, 1)
    old = again(house, hand, 2)
    assert carry_out(house, vault) == 1
    (task,) = house.ask("GET", "/operation-logs", operation_type="delete")["operation_logs"]
    assert task["extra_info"]["delete"]["backup_id"] == old
    assert task["holdfast"]["because"] == ["count"]
    assert why(house, old) == {"policy_id": None, "kept_because": [], "goes_because": []}
    house.ask("DELETE", f"/backups/{hand.id}", expect=204)
    by_hand = house.ask("GET", "/operation-logs", operation_type="delete")["operation_logs"][0]
    assert by_hand["holdfast"]["because"] == []


def test_what_is_listed_of_many_vaults_is_weighed_in_each(house: House) -> None:
    made: dict[str, list[str]] = {}
    policy_id = make(house, max_backups=1)
    for name in ("a", "b"):
        vault, hand = protected(house, name)
        follow(house, vault, policy_id)
        with house.world.db.transaction() as tx:
            backups.remove(tx, hand.id)
        made[again(house, hand, 1)] = []
        made[again(house, hand, 2)] = ["count"]
    listed = house.ask("GET", "/backups")["backups"]
    assert {one["id"]: one["holdfast"]["goes_because"] for one in listed} == made
