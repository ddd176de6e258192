"""How resources are protected, on the wire."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from tests.api.asking import House
from tests.api.test_overdue import DUE, followed, make, spelled

from holdfast.db import tables, tasks, work
from holdfast.db.task_tables import task_recent
from holdfast.model import clock
from holdfast.model.backup import Backup
from holdfast.model.protection import PROVEN_FOR, ProtectionState
from holdfast.model.resource import ObjectType
from holdfast.model.task import Ending, Operation, Page, Status, TaskError
from holdfast.model.task_filter import TaskFilter

NOTHING: dict[str, Any] = {
    "parent_id": None,
    "state": "unprotected",
    "unproven": False,
    "vault_id": None,
    "vault_name": None,
    "policies": [],
    "last_task": None,
    "last_good_at": None,
    "last_good_backup_id": None,
    "backup_count": 0,
    "next_due_at": None,
    "overdue_since": None,
    "proven_at": None,
    "proven_by_task_id": None,
}


def told(house: House, **asked: Any) -> dict[str, dict[str, Any]]:
    reply = house.ask("GET", "/holdfast/protection", **asked)
    assert reply["count"] == len(reply["protection"])
    return {one["name"]: one for one in reply["protection"]}


def states(house: House, **asked: Any) -> dict[str, str]:
    return {name: one["state"] for name, one in told(house, **asked).items()}


def summary(house: House) -> dict[str, int]:
    """The numbers that are not 0."""
    numbers = house.ask("GET", "/holdfast/protection/summary")["protection_summary"]
    assert set(numbers) == {"resources", "unproven", *ProtectionState}
    return {name: number for name, number in numbers.items() if number}


def restore(house: House, backup: Backup, status: Status = Status.SUCCESS) -> str:
    """Restore a backup, and let that end so; the task."""
    wanted = {"details": {"destination_path": str(house.world.folder / "restored" / backup.id)}}
    house.ask("POST", f"/backups/{backup.id}/restore", {"restore": wanted}, expect=202)
    restores = TaskFilter(project_id=backup.project_id, operations=(Operation.RESTORE,))
    with house.world.db.reading() as tx:
        task = tasks.find(tx, restores, Page())[0]
    epoch = house.world.claim(task)
    with house.world.db.transaction() as tx:
        error = TaskError() if status is Status.SUCCESS else TaskError("x", "no")
        work.finish(tx, task.id, epoch, Ending(status=status, error=error))
    return task.id


def test_a_resource_goes_from_unprotected_to_proven(house: House) -> None:
    letters = house.world.directory()
    known = {"resource_id": letters.id, "name": "letters", "type": "OS::Sfs::Turbo"}
    nothing = NOTHING | known | {"size_bytes": letters.size_bytes}
    assert told(house) == {"letters": nothing}
    assert summary(house) == {"resources": 1, "unprotected": 1}

    vault = house.world.vault(letters)
    in_vault = nothing | {"vault_id": vault.id, "vault_name": "v1"}
    assert told(house) == {"letters": in_vault | {"state": "new"}}

    (backup,) = house.world.back_up(vault)
    after = told(house)["letters"]
    good = {"last_good_at": spelled(backup.created_at), "last_good_backup_id": backup.id, "backup_count": 1}
    assert after["last_task"].items() >= {"operation_type": "backup", "status": "success"}.items()
    held = in_vault | good | {"state": "protected", "unproven": True, "last_task": after["last_task"]}
    assert after == held
    assert summary(house) == {"resources": 1, "protected": 1, "unproven": 1}

    restore(house, backup, Status.FAILED)
    assert told(house)["letters"] == held
    task_id = restore(house, backup)
    proven = told(house)["letters"]
    assert proven["proven_at"] is not None
    assert proven == held | {
        "unproven": False,
        "proven_at": proven["proven_at"],
        "proven_by_task_id": task_id,
    }
    assert summary(house) == {"resources": 1, "protected": 1}
    assert told(house, unproven="true") == {}
    assert told(house, unproven="false") == {"letters": proven}


def test_a_proof_is_forgotten_after_a_while(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (backup,) = house.world.back_up(vault)
    restore(house, backup)
    with house.world.db.transaction() as tx:
        long_ago = clock.now() - PROVEN_FOR - timedelta(hours=1)
        tx.execute(sa.update(task_recent).values(ended_at=long_ago))
    late = told(house)["letters"]
    assert (late["unproven"], late["proven_at"] is None) == (True, False)
    assert summary(house)["unproven"] == 1


def test_a_failed_backup_is_failing_until_a_good_one_comes(house: House) -> None:
    vault = house.world.vault(house.world.directory())
    (good,) = house.world.back_up(vault)
    (failed,) = house.world.start(vault)
    assert states(house) == {"letters": "protected"}
    house.world.fail(failed)
    failing = told(house, state="failing")["letters"]
    assert failing["last_task"]["message"] == "The resource does not exist."
    assert failing["last_task"]["id"] == failed.id
    assert (failing["last_good_backup_id"], failing["backup_count"], failing["unproven"]) == (
        good.id,
        1,
        True,
    )
    assert summary(house) == {"resources": 1, "failing": 1, "unproven": 1}
    house.world.back_up(vault)
    assert states(house) == {"letters": "protected"}
    assert told(house)["letters"]["backup_count"] == 2


def test_what_never_came_is_overdue_and_what_is_next_is_told(house: House) -> None:
    letters = house.world.directory()
    vault, policy_id = house.world.vault(letters), make(house)
    followed(house, vault, policy_id)
    late = told(house)["letters"]
    assert (late["state"], late["overdue_since"]) == ("overdue", spelled(DUE))
    policy = {"id": policy_id, "name": "nightly", "operation_type": "backup", "enabled": True}
    assert late["policies"] == [policy]
    assert late["next_due_at"] == spelled(DUE + timedelta(days=1))
    assert told(house, state="overdue") == {"letters": late}

    body = {"resource_ids": [letters.id], "action": "suspend"}
    house.ask("PUT", f"/vaults/{vault.id}/set-resources", body)
    asleep = told(house)["letters"]
    assert (asleep["state"], asleep["next_due_at"]) == ("suspended", None)
    assert summary(house) == {"resources": 1, "suspended": 1}

    house.ask("PUT", f"/vaults/{vault.id}/set-resources", body | {"action": "unsuspend"})
    house.ask("PUT", f"/policies/{policy_id}", {"policy": {"enabled": False}})
    off = told(house)["letters"]
    assert (off["policies"], off["next_due_at"]) == ([policy | {"enabled": False}], None)


def test_a_server_is_one_resource_and_its_disks_are_not_asked_for(house: House) -> None:
    web = house.world.server(disks=2)
    vault = house.world.vault(web, object_type=ObjectType.SERVER)
    house.world.back_up_server(vault, web)
    assert states(house) == {"web": "protected"}
    assert told(house)["web"]["backup_count"] == 1
    assert summary(house) == {"resources": 1, "protected": 1, "unproven": 1}
    disk = house.ask("GET", "/resources", parent_id=web.id)["resources"][0]
    (part,) = told(house, resource_id=disk["id"]).values()
    assert (part["parent_id"], part["state"]) == (web.id, "unprotected")


def test_backups_that_are_left_are_told_of_what_is_in_no_vault(house: House) -> None:
    letters = house.world.directory()
    vault = house.world.vault(letters)
    (backup,) = house.world.back_up(vault)
    with house.world.db.transaction() as tx:
        tx.execute(sa.delete(tables.attachment))
    left = told(house)["letters"]
    assert (left["state"], left["backup_count"], left["unproven"]) == ("unprotected", 1, False)
    assert left["last_good_backup_id"] == backup.id
    assert left["last_task"] is None


def test_it_is_found_by_name_type_and_in_order(house: House) -> None:
    for name in ("b Äpfel", "a äpfel", "c%"):
        house.world.directory(name)
    house.world.vault(house.world.disk("big", 16), name="disks", object_type=ObjectType.DISK)
    assert list(told(house)) == ["a äpfel", "b Äpfel", "big", "c%"]
    assert list(told(house, q="ÄPF")) == ["a äpfel", "b Äpfel"]
    assert list(told(house, q="%")) == ["c%"]
    assert list(told(house, type="disk")) == list(told(house, type="OS::Cinder::Volume")) == ["big"]
    assert list(told(house, state="new")) == ["big"]
    assert list(told(house, dir="desc")) == ["c%", "big", "b Äpfel", "a äpfel"]
    assert next(iter(told(house, sort="size_bytes", dir="desc"))) == "big"
    assert list(told(house, sort="state"))[-1] == "big"
    page = house.ask("GET", "/holdfast/protection", limit=1, offset=1)
    assert ([one["name"] for one in page["protection"]], page["count"]) == (["b Äpfel"], 4)
    assert states(house, resource_id="x") == {}


def test_what_has_no_moment_comes_last_whichever_way(house: House) -> None:
    a, b, _ = (house.world.directory(name) for name in "abc")
    house.world.back_up(house.world.vault(a, name="first"))
    house.world.back_up(house.world.vault(b, name="second"))
    assert list(told(house, sort="last_good_at")) == ["a", "b", "c"]
    assert list(told(house, sort="last_good_at", dir="desc")) == ["b", "a", "c"]


def test_it_is_told_to_readers_and_to_the_own_project_only(house: House) -> None:
    house.world.directory()
    assert list(told(house, who="reader")) == ["letters"]
    assert told(house, who="stranger", project=house.world.red) == {}


def test_a_malformed_filter_is_400_and_named(house: House) -> None:
    wrong = {"state": "x", "unproven": "x", "type": "tape", "sort": "x", "dir": "x", "limit": 0, "q": ""}
    for name, value in wrong.items():
        status, code, message = house.refused("GET", "/holdfast/protection", **{name: value})
        assert (status, code) == (400, "9900")
        assert message.startswith(f"Parameter verification failed. {name}: ")
