"""Backups of disks in the Volume Backup Service's own words: made, deleted, restored; and their jobs."""

from typing import Any

import pytest
from tests.api.asking import House
from tests.api.v2.calling import Calls

from holdfast.db import work
from holdfast.model import ids
from holdfast.model.checkpoint import Wanted
from holdfast.model.task import Task
from holdfast.service import backups, disk_backups, tasks

# What is told does not depend on which database keeps the rows: the tests of `db` and `service` ask both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def calls(house: House) -> Calls:
    return Calls(house, "/v2")


@pytest.fixture
def jobs(house: House) -> Calls:
    return Calls(house, "/vbs/v1")


def body(volume_id: Any, **more: Any) -> dict[str, Any]:
    return {"backup": {"volume_id": volume_id, "name": "monday", **more}}


def task_of(house: House, job_id: str) -> Task:
    return tasks.show(house.world.context(), job_id)


def backed_up(house: House, megabytes: int = 8) -> Task:
    """A disk, and the task of its backup, which has ended well."""
    disk = house.world.disk(f"disk-{ids.new()}", megabytes)
    _, task = disk_backups.create(house.world.context(), disk.id, Wanted())
    house.world.succeed(task, read_bytes=disk.size_bytes)
    return task_of(house, task.id)


def test_a_backup_is_made_and_its_job_comes_to_an_end(calls: Calls, jobs: Calls) -> None:
    house = calls.house
    disk = house.world.disk("data")
    told = calls.ask("POST", "/cloudbackups", body(disk.id, description="before the move"))
    assert list(told) == ["job_id"]
    task = task_of(house, told["job_id"])
    backup = backups.show(house.world.context(), task.backup_id or "")
    assert (backup.name, backup.description, backup.resource_id) == ("monday", "before the move", disk.id)
    job = jobs.ask("GET", f"/jobs/{told['job_id']}")
    assert (job["status"], job["job_type"]) == ("INIT", "bksCreateBackup")
    assert job["entities"]["backup_id"] == backup.id
    house.world.succeed(task)
    assert jobs.ask("GET", f"/jobs/{told['job_id']}")["status"] == "SUCCESS"


def test_a_disk_may_be_named_without_dashes_and_in_capitals(calls: Calls) -> None:
    disk = calls.house.world.disk()
    spelt = disk.id.replace("-", "").upper()
    job_id = calls.ask("POST", "/cloudbackups", body(spelt))["job_id"]
    assert task_of(calls.house, job_id).resource.id == disk.id


def test_a_full_backup_is_made_for_who_asks_for_it(house: House) -> None:
    disk_id, below = backed_up(house).resource.id, Calls(house, "/vbs/v2")
    for said, incremental in (
        (None, True),
        ({}, True),
        *(({"FullBackup": one}, True) for one in ("false", False, None)),
        *(({"FullBackup": one}, False) for one in ("true", True)),
    ):
        job_id = below.ask("POST", "/cloudbackups", body(disk_id, extend_param=said))["job_id"]
        task = task_of(house, job_id)
        assert backups.show(house.world.context(), task.backup_id or "").incremental is incremental
        house.world.succeed(task)


def test_what_may_be_left_out_may_be_null_and_tags_are_taken_and_forgotten(calls: Calls) -> None:
    disk = calls.house.world.disk()
    tags = [{"key": f"k{number}", "value": ""} for number in range(10)]
    calls.ask(
        "POST",
        "/cloudbackups",
        body(disk.id, snapshot_id=None, description=None, tags=tags, extend_param=None, more="x"),
    )


VOLUME = "229142c0-2c2e-4f01-a1b4-2dad9c9ef1a2"
WRONG: list[tuple[Any, str, str]] = [
    (b"{", "0002", "JSON"),
    ({}, "0002", "backup is missing"),
    ({"backup": []}, "0002", "backup"),
    ({"backup": {"name": "n"}}, "0010", "volume_id is missing"),
    ({"backup": {"volume_id": None, "name": "n"}}, "0010", "null"),
    ({"backup": {"volume_id": "", "name": "n"}}, "0010", "empty"),
    ({"backup": {"volume_id": "v1", "name": "n"}}, "0011", "UUID"),
    ({"backup": {"volume_id": 7, "name": "n"}}, "0011", "volume_id"),
    ({"backup": {"volume_id": f"{{{VOLUME[:34]}}}", "name": "n"}}, "0011", "UUID"),
    ({"backup": {"volume_id": VOLUME}}, "0007", "name is null"),
    (body(VOLUME, name=None), "0007", "name is null"),
    (body(VOLUME, name=""), "0007", "name is null"),
    (body(VOLUME, name="n" * 65), "0003", "name over length"),
    (body(VOLUME, name="auto_1"), "0005", "name invalid prefix"),
    (body(VOLUME, name="two words"), "0004", "name invalid character"),
    (body(VOLUME, name="line\n"), "0004", "name invalid character"),
    (body(VOLUME, name="n\x00"), "0004", "name"),
    (body(VOLUME, name=1), "0004", "name"),
    (body(VOLUME, description=""), "0006", "description is invalid"),
    (body(VOLUME, description="d" * 65), "0006", "description is invalid"),
    (body(VOLUME, description="<b>"), "0006", "description is invalid"),
    (body(VOLUME, description="\x00"), "0006", "description is invalid"),
    (body(VOLUME, snapshot_id="s"), "0020", "no snapshot"),
    (body(VOLUME, snapshot_id=""), "0020", "no snapshot"),
    (body(VOLUME, tags=[{"key": "", "value": ""}]), "0049", "tags"),
    (body(VOLUME, tags=[{"key": "k"}]), "0049", "value"),
    (body(VOLUME, tags=[{"key": "k" * 37, "value": ""}]), "0049", "tags"),
    (body(VOLUME, tags=[{"key": "k", "value": "v" * 44}]), "0049", "tags"),
    (body(VOLUME, tags=[{"key": "k.", "value": "v"}]), "0049", "tags"),
    (body(VOLUME, tags=[{"key": "k", "value": "ü"}]), "0049", "tags"),
    (body(VOLUME, tags=[{"key": "k", "value": ""}] * 2), "0049", "twice"),
    (body(VOLUME, tags=[{"key": f"k{n}", "value": ""} for n in range(11)]), "0050", "at most 10"),
    (body(VOLUME, extend_param={"FullBackup": "yes"}), "0002", "FullBackup"),
    (body(VOLUME, extend_param={"FullBackup": 1}), "0002", "FullBackup"),
]


def test_what_is_wrong_is_named_with_its_code(calls: Calls) -> None:
    for asked, number, word in WRONG:
        status, code, message = calls.refused("POST", "/cloudbackups", asked)
        assert (status, code) == (400, f"VolumeBackup.{number}"), asked
        assert word in message


def test_a_disk_that_is_not_there_or_none_or_busy_is_not_backed_up(calls: Calls) -> None:
    world = calls.house.world
    for unknown in (VOLUME, VOLUME.replace("-", "")):
        assert calls.refused("POST", "/cloudbackups", body(unknown))[:2] == (404, "VolumeBackup.0021")
    assert calls.refused("POST", "/cloudbackups", body(world.directory().id))[1] == "VolumeBackup.0043"
    disk = world.disk()
    calls.ask("POST", "/cloudbackups", body(disk.id))
    assert calls.refused("POST", "/cloudbackups", body(disk.id))[:2] == (400, "VolumeBackup.0013")
    assert calls.refused("POST", "/cloudbackups", body(disk.id), who="reader")[:2] == (
        403,
        "VolumeBackup.0042",
    )
    assert calls.refused("POST", "/cloudbackups", body(disk.id), who="stranger")[0] == 404


def test_a_backup_is_deleted_by_a_post_without_a_body(calls: Calls, jobs: Calls) -> None:
    backup_id = backed_up(calls.house).backup_id
    job_id = calls.ask("POST", f"/cloudbackups/{backup_id}")["job_id"]
    job = jobs.ask("GET", f"/jobs/{job_id}")
    assert (job["job_type"], job["entities"]["backup_id"]) == ("bksDeleteBackup", backup_id)
    assert calls.refused("POST", f"/cloudbackups/{backup_id}")[:2] == (400, "VolumeBackup.0125")
    assert calls.refused("POST", f"/cloudbackups/{ids.new()}")[:2] == (404, "VolumeBackup.0110")


def test_a_backup_is_restored_onto_the_disk_that_is_named(calls: Calls, jobs: Calls) -> None:
    task, other = backed_up(calls.house), calls.house.world.disk("other")
    path = f"/cloudbackups/{task.backup_id}/restore"
    job_id = calls.ask("POST", path, {"restore": {"volume_id": other.id}})["job_id"]
    job = jobs.ask("GET", f"/jobs/{job_id}")
    assert job["job_type"] == "bksRestoreBackup"
    assert job["entities"] == {"backup_id": task.backup_id, "volume_id": other.id}
    assert calls.refused("POST", path, {"restore": {"volume_id": other.id}})[:2] == (400, "VolumeBackup.0205")
    assert calls.refused("POST", "/cloudbackups", body(other.id))[:2] == (400, "VolumeBackup.0205")


def test_a_restore_that_cannot_be_is_refused(calls: Calls) -> None:
    world = calls.house.world
    task = backed_up(calls.house)
    path, small = f"/cloudbackups/{task.backup_id}/restore", world.disk("small", 1)

    def refused(volume_id: Any, path: str = path) -> tuple[int, str]:
        return calls.refused("POST", path, {"restore": {"volume_id": volume_id}})[:2]

    assert calls.refused("POST", path, {})[:2] == (400, "VolumeBackup.0210")
    assert calls.refused("POST", path, {"restore": {}})[:2] == (400, "VolumeBackup.0208")
    for wrong in (None, "", "v1", 3):
        assert refused(wrong) == (400, "VolumeBackup.0208")
    assert refused(VOLUME) == (404, "VolumeBackup.0207")
    assert refused(world.directory().id) == (400, "VolumeBackup.0208")
    assert refused(small.id) == (400, "VolumeBackup.0209")
    assert refused(small.id, f"/cloudbackups/{ids.new()}/restore") == (404, "VolumeBackup.0110")


def test_quotas_tell_what_there_is_and_that_there_may_be_any_number(calls: Calls) -> None:
    house = calls.house
    none = calls.ask("GET", "/cloudbackups/quota", who="reader")
    for row in none["quotas"]["resources"]:
        assert row == {"type": row["type"], "used": 0, "reserved": 0, "quota": -1}
    backed_up(house)
    backed_up(house, 1025)
    house.world.back_up(house.world.vault(house.world.directory()))
    rows = calls.ask("GET", "/cloudbackups/quota")["quotas"]["resources"]
    assert {row["type"]: row["used"] for row in rows} == {"backups": 2, "backup_gigabytes": 3}


def test_a_backup_that_a_worker_is_at_is_not_restored(calls: Calls) -> None:
    disk = calls.house.world.disk()
    job_id = calls.ask("POST", "/cloudbackups", body(disk.id))["job_id"]
    backup_id = task_of(calls.house, job_id).backup_id
    with calls.house.world.db.transaction() as tx:
        assert work.claim(tx, job_id, "w1")
    asked = {"restore": {"volume_id": disk.id}}
    told = calls.refused("POST", f"/cloudbackups/{backup_id}/restore", asked)
    assert told[:2] == (400, "VolumeBackup.0206")
