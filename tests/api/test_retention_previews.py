"""What a policy would let go now, on the wire: told, and nothing done."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.api.asking import House

from holdfast.db import backups
from holdfast.model import clock, ids
from holdfast.model.backup import Backup
from holdfast.model.resource import ObjectType
from holdfast.model.vault import ProtectType, Vault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DAY = timedelta(days=1)


def make(house: House, **definition: Any) -> str:
    policy = {
        "name": "nightly",
        "operation_type": "replication" if "destination_region" in definition else "backup",
        "operation_definition": definition,
        "trigger": {"properties": {"pattern": ["FREQ=DAILY;BYHOUR=1;BYMINUTE=00"]}},
    }
    made: str = house.ask("POST", "/policies", {"policy": policy})["policy"]["id"]
    return made


def follow(house: House, vault: Vault, policy_id: str) -> None:
    house.ask("POST", f"/vaults/{vault.id}/associatepolicy", {"policy_id": policy_id})


def again(house: House, backup: Backup, days: float, expires: float | None = None) -> str:
    """The same backup once more, as a schedule would have taken it so many days ago."""
    at = clock.now() - days * DAY
    expired_at = None if expires is None else clock.now() + expires * DAY
    taken = replace(
        backup, id=ids.new(), auto_trigger=True, created_at=at, protected_at=at, expired_at=expired_at
    )
    with house.world.db.transaction() as tx:
        backups.add(tx, taken)
    return taken.id


def preview(house: House, policy_id: str, **asked: Any) -> Any:
    return house.ask("GET", f"/policies/{policy_id}/retention-preview", **asked)


def told(house: House, policy_id: str, **asked: Any) -> list[tuple[str, list[str], list[str]]]:
    verdicts = preview(house, policy_id, **asked)["retention_preview"]
    return [(one["id"], one["goes_because"], one["kept_because"]) for one in verdicts]


def test_what_goes_and_what_stays_is_told_with_the_reasons_and_nothing_is_done(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (hand,) = house.world.back_up(vault)
    newest, second, third, old = (
        again(house, hand, days, expires) for days, expires in ((1, None), (2, 5), (3, None), (9, -2))
    )
    policy_id = make(house, max_backups=2, day_backups=1, timezone="UTC+08:00", retention_duration_days=7)
    follow(house, vault, policy_id)
    expected = [
        (hand.id, [], ["last_good_backup", "manual"]),
        (newest, [], ["max_backups", "day"]),
        (second, [], ["max_backups"]),
        (third, ["count"], []),
        (old, ["count", "age"], []),
    ]
    assert told(house, policy_id) == told(house, policy_id) == expected
    assert house.ask("GET", "/backups")["count"] == 5


def test_a_verdict_says_which_backup_it_is_of(house: House) -> None:
    letters = house.world.directory()
    vault = house.world.vault(letters)
    (hand,) = house.world.back_up(vault)
    policy_id = make(house, max_backups=1)
    follow(house, vault, policy_id)
    reply = preview(house, policy_id)
    (verdict,) = reply.pop("retention_preview")
    assert reply == {"count": 1, "limit": 1000, "offset": 0}
    shown = house.ask("GET", f"/backups/{hand.id}")["backup"]
    same = ("id", "name", "vault_id", "resource_id", "resource_name", "created_at", "expired_at")
    assert verdict == {name: shown[name] for name in same} | {
        "goes": False,
        "goes_because": [],
        "kept_because": ["last_good_backup", "manual"],
    }


def test_it_is_of_all_vaults_that_follow_or_of_one_that_is_named(house: House) -> None:
    policy_id = make(house, max_backups=1)
    by_vault = {}
    for name in ("a", "b", "c"):
        vault = house.world.vault(house.world.directory(name), name=name)
        (hand,) = house.world.back_up(vault)
        by_vault[vault.id] = {hand.id, again(house, hand, 1), again(house, hand, 2)}
        if name != "c":
            follow(house, vault, policy_id)
    first, second, other = by_vault
    assert {one[0] for one in told(house, policy_id)} == by_vault[first] | by_vault[second]
    for vault_id in (second, other):  # the last does not follow it: what would be, if it did
        verdicts = preview(house, policy_id, vault_id=vault_id)["retention_preview"]
        assert {one["id"] for one in verdicts} == by_vault[vault_id]
        assert [one["goes"] for one in verdicts] == [False, False, True]


def test_only_what_goes_or_stays_and_in_pages(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (hand,) = house.world.back_up(vault)
    ages = [again(house, hand, days) for days in (1, 2, 3, 4)]
    policy_id = make(house, max_backups=1)
    follow(house, vault, policy_id)
    assert [one[0] for one in told(house, policy_id, goes="true")] == ages[1:]
    assert [one[0] for one in told(house, policy_id, goes="false")] == [hand.id, ages[0]]
    reply = preview(house, policy_id, goes="true", limit=1, offset=1)
    assert [one["id"] for one in reply["retention_preview"]] == ages[2:3]
    assert (reply["count"], reply["limit"], reply["offset"]) == (3, 1, 1)
    assert [one[0] for one in told(house, policy_id, marker=ages[1])] == ages[2:]
    refusal = house.refused("GET", f"/policies/{policy_id}/retention-preview", goes="perhaps")
    assert refusal == (400, "9900", "Parameter verification failed. goes: must be true or false")


def test_a_locked_vault_keeps_what_has_not_expired(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (hand,) = house.world.back_up(vault)
    newest, unexpired, expired = (
        again(house, hand, days, expires) for days, expires in ((1, None), (2, 9), (3, -1))
    )
    policy_id = make(house, max_backups=1)
    follow(house, vault, policy_id)
    assert {one[0] for one in told(house, policy_id, goes="true")} == {unexpired, expired}
    house.ask("PUT", f"/vaults/{vault.id}", {"vault": {"locked": True}})
    assert told(house, policy_id)[1:] == [
        (newest, [], ["max_backups", "locked"]),
        (unexpired, [], ["locked"]),
        (expired, ["count", "age"], []),
    ]


def test_backups_that_failed_or_are_being_deleted_are_not_in_it(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (hand,) = house.world.back_up(vault)
    (task,) = house.world.start(vault)
    house.world.fail(task)
    leaving, left = again(house, hand, 1), again(house, hand, 2)
    house.ask("DELETE", f"/backups/{leaving}", expect=204)
    policy_id = make(house, max_backups=1)
    assert [one[0] for one in told(house, policy_id, vault_id=vault.id)] == [hand.id, left]


def test_a_server_is_one_backup_with_its_disks(house: House) -> None:
    web = house.world.server()
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    whole = house.world.back_up_server(vault, web)
    policy_id = make(house, max_backups=1)
    assert [one[0] for one in told(house, policy_id, vault_id=vault.id)] == [whole.id]


def test_a_policy_that_no_vault_follows_lets_nothing_go(house: House) -> None:
    assert told(house, make(house, max_backups=1)) == []


def test_who_may_read_may_ask_and_others_find_nothing(house: House) -> None:
    policy_id = make(house, max_backups=1)
    vault = house.world.vault()
    path = f"/policies/{policy_id}/retention-preview"
    assert house.ask("GET", path, who="reader")["count"] == 0
    elsewhere = house.world.red
    assert house.refused("GET", path, who="stranger", project=elsewhere)[:2] == (404, "6000")
    assert house.refused("GET", "/policies/none/retention-preview")[:2] == (404, "6000")
    assert house.refused("GET", path, vault_id="none")[:2] == (404, "6105")
    assert house.ask("GET", path, vault_id=vault.id)["count"] == 0


def test_a_vault_that_could_not_follow_and_a_policy_that_replicates_are_refused(house: House) -> None:
    here = house.world.config.region
    replication = make(house, destination_region=here, destination_project_id=house.world.blue.id)
    refusal = house.refused("GET", f"/policies/{replication}/retention-preview")
    assert refusal[:2] == (400, "9900")
    assert "policy_id: must be of a policy that makes backups" in refusal[2]
    replicas = house.world.vault(name="replicas", protect_type=ProtectType.REPLICATION)
    path = f"/policies/{make(house, max_backups=1)}/retention-preview"
    assert house.refused("GET", path, vault_id=replicas.id)[:2] == (400, "6127")


def supposed(house: House, vault_id: str | None = None, policy_id: str | None = None, **more: Any) -> Any:
    """What would go and stay if the rules were these; `first` is `keep_first_of_month`."""
    first = more.pop("first", None)
    policy = {"operation_definition": more, "holdfast": {"keep_first_of_month": first}}
    body = {"policy": policy | ({"id": policy_id} if policy_id else {}), "vault_id": vault_id}
    verdicts = house.ask("POST", "/holdfast/retention-preview", body)["retention_preview"]
    return [(one["id"], one["goes_because"], one["kept_because"]) for one in verdicts]


def test_rules_that_are_not_kept_yet_tell_what_they_would_let_go(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (hand,) = house.world.back_up(vault)
    first, second, third = (again(house, hand, days) for days in (1, 2, 3))
    policy_id = make(house, max_backups=3)
    follow(house, vault, policy_id)
    before = told(house, policy_id)
    assert supposed(house, policy_id=policy_id, max_backups=3) == before
    fewer = supposed(house, policy_id=policy_id, max_backups=1)
    assert [one[0] for one in fewer if one[1]] == [second, third]
    assert [one[0] for one in supposed(house, vault.id, max_backups=2) if one[1]] == [third]
    assert fewer[1] == (first, [], ["max_backups"])
    assert told(house, policy_id) == before
    assert house.ask("GET", "/policies")["count"] == 1


def test_the_first_of_the_month_stays_unless_it_is_said_and_rules_are_checked(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (hand,) = house.world.back_up(vault)
    old = again(house, hand, 0.00002)
    again(house, hand, 0.00001)
    policy_id = make(house, max_backups=9)
    house.ask("PUT", f"/policies/{policy_id}", {"policy": {"holdfast": {"keep_first_of_month": True}}})
    follow(house, vault, policy_id)
    assert (old, [], ["first_of_month"]) in supposed(house, policy_id=policy_id, max_backups=1)
    assert (old, ["count"], []) in supposed(house, policy_id=policy_id, max_backups=1, first=False)
    assert (old, [], ["first_of_month"]) in supposed(house, vault.id, max_backups=1, first=True)


def test_what_could_not_be_kept_to_is_refused_before_too(house: House) -> None:
    vault, path = house.world.vault(), "/holdfast/retention-preview"
    here = house.world.config.region
    replication = make(house, destination_region=here, destination_project_id=house.world.blue.id)
    for policy, vault_id, named in (
        ({"operation_definition": {"day_backups": 2}}, vault.id, " timezone:"),
        ({"operation_definition": {"max_backups": -2}}, vault.id, " max_backups:"),
        (
            {"operation_definition": {"max_backups": "2"}},
            vault.id,
            "policy.operation_definition.max_backups:",
        ),
        ({"operation_definition": {}}, None, "vault_id: is needed where no policy is named"),
        ({"operation_definition": {}, "id": replication}, None, "policy.id: must be of a policy that makes"),
    ):
        status, code, message = house.refused("POST", path, {"policy": policy, "vault_id": vault_id})
        assert (status, code) == (400, "9900")
        assert named in message
    rules = {"operation_definition": {"max_backups": 1}}
    body = {"policy": rules, "vault_id": vault.id}
    assert house.ask("POST", path, body, who="reader") == {
        "retention_preview": [],
        "count": 0,
        "limit": 1000,
        "offset": 0,
    }
    assert house.refused("POST", path, body, who="stranger", project=house.world.red)[:2] == (404, "6105")
    assert house.refused("POST", path, {"policy": rules | {"id": "none"}})[:2] == (404, "6000")
