"""Jobs of the Volume Backup Service: the same tasks that CBR lists, in other words."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.v2.test_backup_tasks import add, add_policy
from tests.db.making import later

from holdfast.model.resource import ObjectType, ResourceType
from holdfast.model.task import Operation, RestoreDetail, Status, TaskError, TaskResource
from holdfast.service import vaults

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def job(house: House, job_id: str, expect: int = 200) -> Any:
    headers = {"X-Auth-Token": house.tokens["reader"]}
    path = f"/v1/{house.world.blue.id}/jobs/{job_id}"
    replies = [house.client.request("GET", prefix + path, headers=headers) for prefix in ("", "/vbs")]
    assert {reply.status_code for reply in replies} == {expect}
    assert replies[0].json() == replies[1].json()
    return replies[0].json()


def test_a_backup_that_cbr_began_is_a_job(house: House) -> None:
    disk = house.world.disk("data")
    vault = house.world.vault(disk, object_type=ObjectType.DISK)
    (task,) = house.world.start(vault)
    told = job(house, task.id)
    assert (told["status"], told["job_type"], told["end_time"]) == ("INIT", "bksCreateBackup", None)
    assert (told["error_code"], told["fail_reason"]) == (None, None)
    house.world.succeed(task)
    done = job(house, task.id)
    assert done["status"] == "SUCCESS"
    assert done["begin_time"].endswith("Z")
    assert done["end_time"].endswith("Z")
    assert done["entities"] == {
        "backup_id": task.backup_id,
        "volume_id": disk.id,
        "snapshot_id": "5" * 64,
        "bks_create_volume_name": "data",
    }
    assert house.ask("GET", f"/operation-logs/{task.id}")["operation_log"]["id"] == done["job_id"]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.WAITING, "INIT"),
        (Status.RUNNING, "RUNNING"),
        (Status.SUCCESS, "SUCCESS"),
        (Status.FAILED, "FAIL"),
        (Status.TIMEOUT, "FAIL"),
        (Status.SKIPPED, "FAIL"),
    ],
)
def test_every_status_has_its_word(house: House, status: Status, word: str) -> None:
    assert job(house, add(house, add_policy(house), 1, status).id)["status"] == word


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_has_its_word(house: House, operation: Operation) -> None:
    assert job(house, add(house, add_policy(house), 1, operation=operation).id)["job_type"].startswith("bks")


def test_a_job_that_failed_says_why(house: House) -> None:
    error = TaskError("BackupService.6302", "The resource does not exist.")
    told = job(house, add(house, add_policy(house), 1, Status.FAILED, error=error).id)
    assert (told["error_code"], told["fail_reason"]) == (error.code, error.message)
    assert (told["begin_time"], told["end_time"]) == ("2025-03-01T12:00:01.000Z", "2025-03-01T12:00:01.500Z")


def test_a_restore_names_the_disk_that_it_writes(house: House) -> None:
    detail = RestoreDetail(backup_id="b", backup_name="n", target_resource_id="disk-2")
    more: dict[str, Any] = {"operation": Operation.RESTORE, "detail": detail, "backup_id": "b"}
    told = job(house, add(house, add_policy(house), 1, started_at=later(1), **more).id)
    assert told["job_type"] == "bksRestoreBackup"
    assert told["entities"] == {"backup_id": "b", "volume_id": "disk-2"}


def test_only_a_disk_is_named_as_a_volume(house: House) -> None:
    policy_id, vault = add_policy(house), house.world.vault(object_type=ObjectType.DISK)
    deleted = vaults.delete(house.world.context(), vault.id)
    assert job(house, deleted.id)["entities"] == {}
    for target_id, kind in (("server-2", ResourceType.SERVER), ("", ResourceType.DISK)):
        more: dict[str, Any] = {
            "operation": Operation.RESTORE,
            "detail": RestoreDetail(backup_id="b", backup_name="n", target_resource_id=target_id),
            "resource": TaskResource(id="r-1", name="r", type=kind),
        }
        assert job(house, add(house, policy_id, 1, **more).id)["entities"] == {}


def test_a_job_that_is_not_there_is_404(house: House) -> None:
    told = job(house, "no-such-job", 404)
    assert told["error"]["code"] == "common.0011"
    assert told["error"]["message"].startswith("query job fail")
