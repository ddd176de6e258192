"""Backups of disks by OpenStack's own clients (`openstack volume backup`, openstacksdk) and by jobs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openstack import exceptions
from tests.wire.connecting import plainly_connected
from tests.wire.test_openstack_cli import CommandLine
from tests.wire.town import DISK_BYTES, Town, content_of, until

# What openstacksdk complains about to itself.
pytestmark = [
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


class Disk:
    """A disk image in no vault yet, and the id by which the service knows it."""

    def __init__(self, town: Town, name: str) -> None:
        self.name, self.path = name, Path(town.home) / f"{name}.img"
        self.path.write_bytes(content_of(self.path))
        self.id = town.server.protect("disk", name, "disk_image", path=str(self.path))

    def spoil(self) -> None:
        self.path.write_bytes(b"spoilt".ljust(DISK_BYTES, b"!"))

    @property
    def is_whole(self) -> bool:
        return self.path.read_bytes() == content_of(self.path)


@pytest.fixture(scope="module")
def connection(town: Town) -> Iterator[Any]:
    """A connection as openstacksdk makes it by itself."""
    connection = plainly_connected(town.server.credentials)
    yield connection
    connection.close()


def test_openstacksdk_backs_up_restores_and_deletes(town: Town, connection: Any) -> None:
    storage, disk = connection.block_storage, Disk(town, "sdk-disk")
    assert storage.find_volume("sdk-disk").id == disk.id
    made = storage.create_backup(volume_id=disk.id, name="sdk-monday", description="the first", force=True)
    backup = storage.wait_for_status(made, "available", failures=["error"], interval=0.2, wait=120)
    assert (backup.volume_id, backup.size, backup.project_id) == (disk.id, 1, town.project_id)
    assert json.loads(backup.description) == {"DESC": "the first", "INC": 0}
    disk.spoil()
    restoring = storage.restore_backup(made.id, volume=disk.id)
    assert (restoring.volume_id, restoring.volume_name) == (disk.id, "sdk-disk")
    backup = storage.wait_for_status(
        storage.get_backup(made.id), "available", failures=["error"], interval=0.2, wait=120
    )
    assert disk.is_whole
    again = storage.create_backup(volume_id=disk.id, name="sdk-tuesday")
    storage.wait_for_status(again, "available", failures=["error"], interval=0.2, wait=120)
    for details in (True, False):
        found = storage.backups(details=details, limit=1, volume_id=disk.id)
        assert [one.id for one in found] == [again.id, made.id]
        assert storage.find_backup("sdk-monday", details=details).id == made.id
    assert [one.is_incremental for one in storage.backups(volume_id=disk.id)] == [True, False]
    storage.delete_backup(made.id)
    storage.wait_for_delete(made, interval=0.2, wait=120)
    assert storage.find_backup("sdk-monday") is None
    with pytest.raises(exceptions.NotFoundException, match=f"Backup {made.id} could not be found"):
        storage.get_backup(made.id)


def test_openstacksdk_is_told_why_it_may_not(town: Town, connection: Any) -> None:
    storage, disk = connection.block_storage, Disk(town, "busy-disk")
    with pytest.raises(exceptions.BadRequestException, match=r"must not begin with auto"):
        storage.create_backup(volume_id=disk.id, name="auto")
    made = storage.create_backup(volume_id=disk.id)
    storage.wait_for_status(made, "available", failures=["error"], interval=0.2, wait=120)
    with pytest.raises(exceptions.BadRequestException, match="no disk is made here"):
        storage.restore_backup(made.id, name="a new one")


def test_the_command_line_backs_up_restores_and_deletes(town: Town) -> None:
    say, disk = CommandLine(town.openstack_environment), Disk(town, "cli-disk")
    volumes, volume = say.tell("volume list -f json", "volume show cli-disk -f json")
    assert disk.id in [one["ID"] for one in volumes]
    assert (volume["id"], volume["size"], volume["status"]) == (disk.id, 1, "available")
    (made,) = say.tell("volume backup create cli-disk --name cli-monday --description d -f json")
    assert made["name"] == "cli-monday"
    assert told(town, made["id"], "available")
    disk.spoil()
    listed, shown, restored = say.tell(
        "volume backup list --long --volume cli-disk --status available -f json",
        "volume backup show cli-monday -f json",
        "volume backup restore cli-monday cli-disk --force -f json",
    )
    assert [(one["ID"], one["Volume"]) for one in listed] == [(made["id"], disk.id)]
    assert (shown["id"], shown["volume_id"], shown["status"]) == (made["id"], disk.id, "available")
    assert (restored["volume_id"], restored["volume_name"]) == (disk.id, "cli-disk")
    assert told(town, made["id"], "available")
    assert disk.is_whole
    printed, complaints = say.run("volume backup delete cli-monday")
    assert (printed, complaints) == ([], "")
    assert told(town, made["id"], None)


def test_the_command_line_speaks_version_2_as_well(town: Town) -> None:
    disk = Disk(town, "older-disk")
    say = CommandLine(town.openstack_environment | {"OS_VOLUME_API_VERSION": "2"})
    (made,) = say.tell("volume backup create older-disk --name older-monday -f json")
    assert told(town, made["id"], "available")
    (listed,) = say.tell("volume backup list --name older-monday -f json")
    assert [(one["ID"], one["Status"]) for one in listed] == [(made["id"], "available")]
    (restored,) = say.tell("volume backup restore older-monday older-disk --force -f json")
    assert restored["volume_id"] == disk.id


def test_a_backup_is_made_restored_and_deleted_by_jobs_that_succeed(town: Town) -> None:
    disk = Disk(town, "job-disk")
    with httpx.Client(headers={"X-Auth-Token": town.token}, trust_env=False, timeout=60) as http:

        def ask(version: str, method: str, path: str, body: Any = None) -> Any:
            url = f"{town.endpoint}/{version}/{town.project_id}{path}"
            reply = http.request(method, url, json=body)
            assert reply.status_code == 200, reply.text
            return reply.json()

        def done(path: str, body: Any = None) -> Any:
            job_id = ask("v2", "POST", path, body)["job_id"]
            job = until(
                lambda: ask("v1", "GET", f"/jobs/{job_id}"), lambda job: job["status"] in ("SUCCESS", "FAIL")
            )
            assert (job["status"], job["fail_reason"]) == ("SUCCESS", None)
            return job["entities"]

        made = done("/cloudbackups", {"backup": {"volume_id": disk.id, "name": "jobs"}})
        assert (made["volume_id"], made["bks_create_volume_name"]) == (disk.id, "job-disk")
        disk.spoil()
        path = f"/cloudbackups/{made['backup_id']}"
        done(f"{path}/restore", {"restore": {"volume_id": disk.id}})
        assert disk.is_whole
        done(path)
        gone = http.get(f"{town.endpoint}/v2/{town.project_id}/backups/{made['backup_id']}")
        assert gone.json()["itemNotFound"]["code"] == gone.status_code == 404


def told(town: Town, backup_id: str, status: str | None) -> bool:
    """Whether a backup comes to have this status; None: whether it is gone in the end."""

    def look() -> str | None:
        found = [one for one in town.server.ask("GET", "/backups")["backups"] if one["id"] == backup_id]
        return found[0]["status"] if found else None

    return until(look, lambda now: now == status) == status
