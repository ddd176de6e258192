"""The policies that a vault follows, on the wire."""

from typing import Any

import pytest
from tests.api.asking import House

from holdfast.db import policies
from holdfast.model.resource import ObjectType
from holdfast.model.vault import ProtectType, Vault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make(house: House, operation_type: str = "backup", name: str = "nightly") -> str:
    definition = {
        "destination_region": house.world.config.region,
        "destination_project_id": house.world.blue.id,
    }
    policy = {
        "name": name,
        "operation_type": operation_type,
        "operation_definition": definition if operation_type == "replication" else {"max_backups": 7},
        "trigger": {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=1;BYMINUTE=00"]}},
    }
    made: str = house.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    return made


def bind(vault: Vault, **body: Any) -> tuple[str, str, dict[str, Any]]:
    return "POST", f"/vaults/{vault.id}/associatepolicy", body


def unbind(vault: Vault, policy_id: str) -> tuple[str, str, dict[str, Any]]:
    return "POST", f"/vaults/{vault.id}/dissociatepolicy", {"policy_id": policy_id}


def followed(house: House, vault: Vault) -> set[str]:
    return {one["id"] for one in house.ask("GET", "/policies", vault_id=vault.id)["policies"]}


def replicas(house: House, **given: Any) -> Vault:
    return house.world.vault(name="replicas", protect_type=ProtectType.REPLICATION, **given)


def test_a_vault_follows_a_policy_and_follows_it_no_longer(house: House) -> None:
    vault, policy_id = house.world.vault(), make(house)
    told = {"vault_id": vault.id, "policy_id": policy_id}
    assert house.ask(*bind(vault, policy_id=policy_id)) == {"associate_policy": told}
    assert house.ask(*bind(vault, policy_id=policy_id)) == {"associate_policy": told}
    shown = house.ask("GET", f"/policies/{policy_id}")["policy"]
    assert shown["associated_vaults"] == [{"vault_id": vault.id, "destination_vault_id": None}]
    assert [one["id"] for one in house.ask("GET", "/vaults", policy_id=policy_id)["vaults"]] == [vault.id]
    assert house.ask(*unbind(vault, policy_id)) == {"dissociate_policy": told}
    assert house.refused(*unbind(vault, policy_id)) == (
        404,
        "6002",
        "The vault is not applied with the policy.",
    )
    assert followed(house, vault) == set()


def test_another_policy_of_the_same_kind_takes_the_place_of_the_first(house: House) -> None:
    vault, first, second = house.world.vault(), make(house), make(house)
    house.ask(*bind(vault, policy_id=first))
    house.ask(*bind(vault, policy_id=second))
    assert followed(house, vault) == {second}


def test_a_replication_policy_needs_a_vault_to_replicate_to(house: House) -> None:
    vault, there, policy_id = house.world.vault(), replicas(house), make(house, "replication")
    status, code, message = house.refused(*bind(vault, policy_id=policy_id))
    assert (status, code) == (400, "9900")
    assert "destination_vault_id" in message
    told = {"vault_id": vault.id, "policy_id": policy_id, "destination_vault_id": there.id}
    body = {"policy_id": policy_id, "destination_vault_id": there.id}
    assert house.ask(*bind(vault, **body)) == {"associate_policy": told}
    shown = house.ask("GET", f"/policies/{policy_id}")["policy"]
    assert shown["associated_vaults"] == [{"vault_id": vault.id, "destination_vault_id": there.id}]
    assert house.ask(*unbind(vault, policy_id)) == {"dissociate_policy": told}


def test_a_destination_that_takes_no_replicas_is_refused(house: House) -> None:
    vault, policy_id = house.world.vault(), make(house, "replication")
    for destination, code in (
        ("nosuch", "6120"),
        (house.world.vault(name="other").id, "6119"),
        (replicas(house, object_type=ObjectType.DISK).id, "6102"),
    ):
        body = {"policy_id": policy_id, "destination_vault_id": destination}
        assert house.refused(*bind(vault, **body))[:2] == (400, code)
    assert followed(house, vault) == set()


def test_one_policy_of_each_kind_may_be_bound_at_once(house: House) -> None:
    vault, there = house.world.vault(), replicas(house)
    backup, other, replication = make(house), make(house), make(house, "replication")
    both = {"add_policy_ids": [backup, replication], "destination_vault_id": there.id}
    told = house.ask(*bind(vault, **both))["associate_policy"]
    assert told == {"vault_id": vault.id, "policy_id": backup, "destination_vault_id": there.id}
    assert followed(house, vault) == {backup, replication}
    refused: list[dict[str, Any]] = [
        {},
        {"policy_id": backup, "add_policy_ids": [other]},
        {"add_policy_ids": []},
        {"add_policy_ids": [backup, other]},
        {"policy_id": 7},
    ]
    for wrong in refused:
        assert house.refused(*bind(vault, **wrong))[:2] == (400, "9900"), wrong
    assert followed(house, vault) == {backup, replication}


def test_a_vault_may_follow_several_policies_of_a_kind_besides_each_other(house: House) -> None:
    vault, first, second, third = house.world.vault(), make(house), make(house), make(house)
    also = {"holdfast": {"keep_others": True}}
    house.ask(*bind(vault, policy_id=first))
    told = house.ask(*bind(vault, policy_id=second, **also))["associate_policy"]
    assert told == {"vault_id": vault.id, "policy_id": second}
    assert followed(house, vault) == {first, second}
    house.ask(*bind(vault, policy_id=first, **also))
    assert followed(house, vault) == {first, second}
    for policy_id in (first, second):
        assert [one["id"] for one in house.ask("GET", "/vaults", policy_id=policy_id)["vaults"]] == [vault.id]
    house.ask(*unbind(vault, first))
    assert followed(house, vault) == {second}
    house.ask(*bind(vault, add_policy_ids=[first, third], **also))
    assert followed(house, vault) == {first, second, third}
    house.ask(*bind(vault, policy_id=third, holdfast={"keep_others": False}))
    assert followed(house, vault) == {third}
    wrong = bind(vault, policy_id=first, holdfast={"keep_others": "yes"})
    assert house.refused(*wrong)[:2] == (400, "9900")


def test_a_vault_follows_at_most_16_policies(house: House) -> None:
    vault, also = house.world.vault(), {"holdfast": {"keep_others": True}}
    policies_of_it = [make(house, name=f"p{number}") for number in range(17)]
    for policy_id in policies_of_it[:16]:
        house.ask(*bind(vault, policy_id=policy_id, **also))
    house.ask(*bind(vault, policy_id=policies_of_it[0], **also))
    assert house.refused(*bind(vault, policy_id=policies_of_it[16], **also)) == (
        400,
        "0030",
        "The maximum number of policies of the vault has been reached.",
    )
    assert followed(house, vault) == set(policies_of_it[:16])
    house.ask(*bind(vault, policy_id=policies_of_it[16]))
    assert followed(house, vault) == {policies_of_it[16]}


def test_vaults_that_cannot_follow_a_policy_are_refused(house: House) -> None:
    backup, replication = make(house), make(house, "replication")
    there = replicas(house)
    for policy_id in (backup, replication):
        body = {"policy_id": policy_id, "destination_vault_id": there.id}
        assert house.refused(*bind(there, **body)) == (
            400,
            "6127",
            "This policy cannot be applied to this vault.",
        )
    hybrid = house.world.vault(object_type=ObjectType.VMWARE)
    assert house.refused(*bind(hybrid, policy_id=backup)) == (
        400,
        "6136",
        "Backup policies cannot be applied with hybrid cloud backup vaults.",
    )


def test_what_does_not_exist_is_not_bound(house: House) -> None:
    vault, policy_id = house.world.vault(), make(house)
    nowhere = house.refused("POST", "/vaults/nosuch/associatepolicy", {"policy_id": policy_id})
    assert nowhere[:2] == (404, "6105")
    assert house.refused(*bind(vault, policy_id="nosuch"))[:2] == (404, "6000")
    assert house.refused(*unbind(vault, "nosuch"))[:2] == (404, "6000")
    assert house.refused(*bind(vault, policy_id=policy_id), who="reader")[:2] == (403, "8600")
    assert house.refused(*unbind(vault, policy_id), who="reader")[:2] == (403, "8600")
    theirs: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.refused(*bind(vault, policy_id=policy_id), **theirs)[:2] == (404, "6105")


def test_a_vault_that_is_being_deleted_takes_no_order(house: House) -> None:
    vault, policy_id = house.world.vault(), make(house)
    house.ask(*bind(vault, policy_id=policy_id))
    house.ask("DELETE", f"/vaults/{vault.id}", expect=204)
    assert house.refused(*bind(vault, policy_id=policy_id)) == (400, "6112", "Invalid vault status.")
    assert house.refused(*unbind(vault, policy_id))[:2] == (400, "6112")


def test_a_refused_batch_binds_nothing(house: House) -> None:
    vault, backup, replication = house.world.vault(), make(house), make(house, "replication")
    both = {"add_policy_ids": [backup, replication], "destination_vault_id": "nosuch"}
    assert house.refused(*bind(vault, **both))[:2] == (400, "6120")
    with house.world.db.reading() as tx:
        assert policies.followers(tx, backup) == []
