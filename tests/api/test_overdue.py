"""What is overdue on the wire: of one policy, and of the whole project."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from tests.api.asking import House

from holdfast.db import replications, tables
from holdfast.model import clock, ids
from holdfast.model.replication import RecordStatus, ReplicationRecord
from holdfast.model.vault import ProtectType, Vault

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HOUR = timedelta(hours=1)
# Two hours ago, or a little more.
DUE = (clock.now() - 2 * HOUR).replace(minute=0, second=0, microsecond=0)
LONG_AGO = DUE - timedelta(hours=5)


def make(house: House, **more: Any) -> str:
    policy = {
        "name": "nightly",
        "operation_type": "backup",
        "operation_definition": {},
        "trigger": {"properties": {"pattern": [f"FREQ=DAILY;BYHOUR={DUE.hour};BYMINUTE=0"]}},
    }
    made: str = house.ask("POST", "/policies", {"policy": policy | more})["policy"]["id"]
    return made


def followed(house: House, vault: Vault, policy_id: str, **more: Any) -> None:
    body = {"policy_id": policy_id} | more
    house.ask("POST", f"/vaults/{vault.id}/associatepolicy", body)
    age(house, LONG_AGO)


def age(house: House, moment: datetime) -> None:
    """All policies, and the vaults that follow them, with what is in these, are from then."""
    with house.world.db.transaction() as tx:
        tx.execute(sa.update(tables.policy).values(created_at=moment))
        tx.execute(sa.update(tables.vault_policy).values(since=moment))
        tx.execute(sa.update(tables.attachment).values(since=moment))


def overdue(house: House) -> list[dict[str, Any]]:
    told = house.ask("GET", "/holdfast/overdue")
    assert told["count"] == len(told["overdue"])
    late: list[dict[str, Any]] = told["overdue"]
    return late


def names(late: Sequence[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in late]


def spelled(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def test_a_backup_that_did_not_come_is_overdue_by_itself(house: House) -> None:
    letters = house.world.directory()
    vault, policy_id = house.world.vault(letters), make(house)
    followed(house, vault, policy_id)
    assert overdue(house) == [
        {
            "policy_id": policy_id,
            "policy_name": "nightly",
            "vault_id": vault.id,
            "vault_name": "v1",
            "resource_id": letters.id,
            "name": "letters",
            "since": spelled(DUE),
            "due_at": spelled(DUE),
            "last_good_at": None,
            "running": False,
        }
    ]
    shown = house.ask("GET", f"/policies/{policy_id}")["policy"]["holdfast"]
    assert shown["overdue"] == overdue(house)
    assert "overdue" not in house.ask("GET", "/policies")["policies"][0]["holdfast"]
    assert overdue_of_a_reader(house) == ["letters"]


def overdue_of_a_reader(house: House) -> list[str]:
    return names(house.ask("GET", "/holdfast/overdue", who="reader")["overdue"])


def test_a_good_backup_ends_it_and_a_failed_one_does_not(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    followed(house, vault, make(house))
    (task,) = house.world.start(vault)
    assert [one["running"] for one in overdue(house)] == [True]
    house.world.fail(task)
    assert [one["running"] for one in overdue(house)] == [False]
    house.world.back_up(vault)
    assert overdue(house) == []


def test_the_last_good_backup_is_told(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    followed(house, vault, make(house))
    (backup,) = house.world.back_up(vault)
    with house.world.db.transaction() as tx:
        tx.execute(sa.update(tables.backup).values(created_at=LONG_AGO))
    (late,) = overdue(house)
    assert (late["last_good_at"], late["resource_id"]) == (spelled(LONG_AGO), backup.resource_id)


def test_what_another_policy_took_does_not_count(house: House) -> None:
    vault, first, second = house.world.vault(house.world.directory()), make(house), make(house, name="weekly")
    followed(house, vault, first)
    followed(house, vault, second, holdfast={"keep_others": True})
    house.world.back_up(vault)
    with house.world.db.transaction() as tx:
        tx.execute(sa.update(tables.backup).values(policy_id=second, auto_trigger=True))
    assert [one["policy_id"] for one in overdue(house)] == [first]


def test_nothing_is_expected_of_what_is_new_suspended_or_disabled(house: House) -> None:
    letters = house.world.directory()
    vault, policy_id = house.world.vault(letters), make(house)
    followed(house, vault, policy_id)
    house.ask("PUT", f"/policies/{policy_id}", {"policy": {"enabled": False}})
    assert overdue(house) == []
    house.ask("PUT", f"/policies/{policy_id}", {"policy": {"enabled": True}})
    age(house, LONG_AGO)
    assert names(overdue(house)) == ["letters"]

    for action in ("suspend", "unsuspend"):
        body = {"resource_ids": [letters.id], "action": action}
        house.ask("PUT", f"/vaults/{vault.id}/set-resources", body)
        assert overdue(house) == []

    age(house, LONG_AGO)
    photos = house.world.directory("photos")
    more = {"resources": [{"id": photos.id, "type": photos.type}]}
    house.ask("POST", f"/vaults/{vault.id}/addresources", more)
    assert names(overdue(house)) == ["letters"]


def test_a_vault_that_goes_expects_nothing(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    followed(house, vault, make(house))
    house.ask("DELETE", f"/vaults/{vault.id}", expect=204)
    assert overdue(house) == []


def test_it_is_told_in_pages_and_to_its_own_project(house: House) -> None:
    vault = house.world.vault(house.world.directory("a"), house.world.directory("b"))
    followed(house, vault, make(house))
    page = house.ask("GET", "/holdfast/overdue", limit=1, offset=1)
    assert (names(page["overdue"]), page["count"], page["limit"], page["offset"]) == (["b"], 2, 1, 1)
    red: dict[str, Any] = {"who": "stranger", "project": house.world.red}
    assert house.ask("GET", "/holdfast/overdue", **red)["count"] == 0
    assert house.refused("GET", "/holdfast/overdue", limit=0)[:2] == (400, "9900")


def test_a_replica_that_did_not_come_is_overdue(house: House) -> None:
    world = house.world
    vault = world.vault(world.directory())
    there = world.vault(name="replicas", protect_type=ProtectType.REPLICATION)
    definition = {"destination_region": world.config.region, "destination_project_id": world.blue.id}
    policy_id = make(house, operation_type="replication", operation_definition=definition)
    followed(house, vault, policy_id, destination_vault_id=there.id)
    (backup,) = world.back_up(vault)
    assert overdue(house) == []
    with world.db.transaction() as tx:
        early = DUE - HOUR
        tx.execute(sa.update(tables.backup).values(created_at=early, protected_at=early))
    (late,) = overdue(house)
    assert (late["name"], late["last_good_at"], late["running"]) == ("letters", None, False)

    record = ReplicationRecord(
        id=ids.new(),
        task_id=ids.new(),
        source_region=world.config.region,
        source_project_id=world.blue.id,
        source_vault_id=vault.id,
        source_checkpoint_id=backup.checkpoint_id,
        source_backup_id=backup.id,
        destination_region=world.config.region,
        destination_project_id=world.blue.id,
        destination_vault_id=there.id,
        destination_checkpoint_id=ids.new(),
        destination_backup_id=ids.new(),
        created_at=clock.now(),
    )
    with world.db.transaction() as tx:
        replications.add(tx, record)
    assert [one["running"] for one in overdue(house)] == [True]
    with world.db.transaction() as tx:
        replications.succeed(tx, record.id)
        (ended,) = replications.of_backups(tx, [backup.id])[backup.id]
        assert ended.status is RecordStatus.SUCCESS
    assert overdue(house) == []
