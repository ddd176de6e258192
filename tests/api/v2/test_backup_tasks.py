"""The tasks of a backup policy, word for word as the source document of Volume Backup Service has them."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.db.making import later

from holdfast.db import tasks
from holdfast.model import ids
from holdfast.model.policy import PolicyKind, Terms
from holdfast.model.project import Project
from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.task import BackupDetail, DeleteDetail, Operation, Status, Task, TaskError, TaskResource
from holdfast.service import policies

STATUSES = {
    Status.RUNNING: "RUNNING",
    Status.TIMEOUT: "EXECUTE_TIMEOUT",
    Status.WAITING: "WAITING",
    Status.FAILED: "EXECUTE_FAIL",
    Status.SUCCESS: "EXECUTE_SUCCESS",
    Status.SKIPPED: "SKIP",
}


def add_policy(house: House, name: str = "nightly") -> str:
    terms = Terms(name=name, kind=PolicyKind.BACKUP, patterns=("FREQ=DAILY;BYHOUR=2;BYMINUTE=0",))
    return policies.create(house.world.context(), terms).id


def add(house: House, policy_id: str, second: int, status: Status = Status.SUCCESS, **more: Any) -> Task:
    """A task of a policy, made at some second."""
    ended = {"ended_at": later(second + 0.5), "started_at": later(second)} if status.is_end else {}
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": house.world.blue.id,
        "operation": Operation.BACKUP,
        "status": status,
        "provider_id": "p",
        "resource": TaskResource(id="disk-1", name="data", type=ResourceType.DISK),
        "policy_id": policy_id,
        "request_id": "req-1",
        "created_at": later(second),
        "updated_at": later(second),
        "detail": BackupDetail(backup_id="b", backup_name=f"autobk_{second}"),
    }
    task = Task(**values | ended | more)
    with house.world.db.transaction() as tx:
        tasks.add(tx, task)
    return task


def asked(house: House, policy_id: str, expect: int = 200, **query: Any) -> Any:
    project: Project = house.world.blue
    path = f"/v2/{project.id}/backuppolicy/{policy_id}/backuptasks"
    headers = {"X-Auth-Token": house.tokens["reader"]}
    reply = house.client.request("GET", path, headers=headers, params=query)
    assert reply.status_code == expect, reply.text
    below = house.client.request("GET", f"/vbs{path}", headers=headers, params=query)
    assert below.json() == reply.json()
    return reply.json()


def test_a_task_is_told_as_the_document_does(house: House) -> None:
    policy_id = add_policy(house)
    done = add(house, policy_id, 1)
    told = asked(house, policy_id)
    assert told == {
        "tasks": [
            {
                "status": "EXECUTE_SUCCESS",
                "job_id": done.id,
                "created_at": "2025-03-01T12:00:01.000",
                "finished_at": "2025-03-01T12:00:01.500",
                "backup_name": "autobk_1",
                "resource_id": "disk-1",
                "resource_type": "volume",
                "vbs_job_id": done.id,
            }
        ],
        "count": 1,
    }


def test_what_has_not_ended_has_no_end_and_what_failed_says_why(house: House) -> None:
    policy_id = add_policy(house)
    add(house, policy_id, 1, Status.WAITING)
    add(house, policy_id, 2, Status.FAILED, error=TaskError("BackupService.9910", "The disk is gone."))
    failed, waiting = asked(house, policy_id)["tasks"]
    assert "finished_at" not in waiting
    assert not {"message", "code"} & set(waiting)
    assert (failed["message"], failed["code"]) == ("The disk is gone.", "BackupService.9910")


def test_a_vault_that_held_nothing_is_no_volume(house: House) -> None:
    policy_id = add_policy(house)
    vault = house.world.vault(object_type=ObjectType.DISK, policy_id=policy_id)
    itself = TaskResource(id=vault.id, name=vault.name, type=ResourceType.DISK)
    add(house, policy_id, 1, Status.SKIPPED, resource=itself, vault_id=vault.id)
    (told,) = asked(house, policy_id)["tasks"]
    assert (told["resource_id"], told["resource_type"], told["status"]) == (vault.id, "vault", "SKIP")


def test_every_status_has_its_word_and_finds_its_tasks(house: House) -> None:
    policy_id = add_policy(house)
    made = {status: add(house, policy_id, place, status) for place, status in enumerate(STATUSES)}
    for status, word in STATUSES.items():
        found = asked(house, policy_id, status=word)
        assert [(one["job_id"], one["status"]) for one in found["tasks"]] == [(made[status].id, word)]
        assert found["count"] == 1


def test_the_newest_come_first_unless_the_oldest_are_asked_for(house: House) -> None:
    policy_id = add_policy(house)
    made = [add(house, policy_id, second).id for second in range(3)]
    assert [one["job_id"] for one in asked(house, policy_id)["tasks"]] == made[::-1]
    some: tuple[dict[str, Any], ...] = ({"sort_dir": "desc"}, {"sort_key": "created_at"})
    for query in some:
        assert [one["job_id"] for one in asked(house, policy_id, **query)["tasks"]] == made[::-1]
    oldest = asked(house, policy_id, sort_key="created_at", sort_dir="asc")
    assert [one["job_id"] for one in oldest["tasks"]] == made


def test_twenty_are_a_page_and_the_rest_is_found_by_offset_or_marker(house: House) -> None:
    policy_id = add_policy(house)
    made = [add(house, policy_id, second).id for second in range(25)][::-1]
    first = asked(house, policy_id)
    assert ([one["job_id"] for one in first["tasks"]], first["count"]) == (made[:20], 25)
    for query in ({"offset": 20}, {"marker": made[19]}):
        rest = asked(house, policy_id, **query)
        assert ([one["job_id"] for one in rest["tasks"]], rest["count"]) == (made[20:], 25)
    few = asked(house, policy_id, limit=2, offset=1)
    assert ([one["job_id"] for one in few["tasks"]], few["count"]) == (made[1:3], 25)
    backwards = asked(house, policy_id, sort_dir="asc", marker=made[1])
    assert [one["job_id"] for one in backwards["tasks"]] == made[:1]


def test_one_is_found_by_its_id_if_it_is_one_of_these(house: House) -> None:
    policy_id, other_id = add_policy(house), add_policy(house, "other")
    mine, other = add(house, policy_id, 1), add(house, other_id, 2)
    found = asked(house, policy_id, job_id=mine.id)
    assert ([one["job_id"] for one in found["tasks"]], found["count"]) == ([mine.id], 1)
    assert asked(house, policy_id, job_id=mine.id, status="EXECUTE_SUCCESS")["count"] == 1
    others: tuple[dict[str, Any], ...] = (
        {"job_id": other.id},
        {"job_id": ids.new()},
        {"job_id": mine.id, "status": "RUNNING"},
    )
    for query in others:
        assert asked(house, policy_id, **query) == {"tasks": [], "count": 0}
    assert asked(house, policy_id, job_id=mine.id, offset=1) == {"tasks": [], "count": 1}


def test_only_backups_of_this_policy_are_its_tasks(house: House) -> None:
    policy_id, other_id = add_policy(house), add_policy(house, "other")
    add(house, other_id, 1)
    deleting = DeleteDetail(backup_id="b", backup_name="n", because=("max_backups",))
    add(house, policy_id, 2, operation=Operation.DELETE, detail=deleting)
    assert asked(house, policy_id) == {"tasks": [], "count": 0}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "running"}, "status"),
        ({"status": ""}, "status"),
        ({"sort_key": "status"}, "sort_key"),
        ({"sort_dir": "up"}, "sort_dir"),
        ({"limit": "0"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"marker": "no such task"}, "marker"),
        ({"job_id": ""}, "job_id"),
    ],
)
def test_what_cannot_be_understood_is_named(house: House, query: dict[str, str], field: str) -> None:
    policy_id = add_policy(house)
    told = asked(house, policy_id, 400, **query)["error"]
    assert told["code"].startswith("AutoBackup.")
    assert f"{field} " in told["message"]


def test_a_policy_that_is_not_there_is_404(house: House) -> None:
    told = asked(house, "no-such-policy", 404)
    assert told["error"]["code"] == "AutoBackup.1100"
