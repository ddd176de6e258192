"""Resources that only some workers can reach."""

from typing import Any

from tests.engine.house import House, succeeded

from holdfast.model.resource import ObjectType, Resource
from holdfast.model.task import Status, Task
from holdfast.model.waiting import Reason
from holdfast.service import resources, tasks
from holdfast.service.resources import NewResource

LAB = {"sites": ("lab-3",)}


def at_the_lab(house: House, name: str, **asked: Any) -> Resource:
    """Something that this server cannot look at."""
    known = {"type": "directory", "provider": "directory", "settings": {"path": str(house.folder / name)}}
    return resources.register(house.context(), NewResource(name=name, site="lab-3", **{**known, **asked}))


def disk_at_the_lab(house: House, name: str, megabytes: int) -> Resource:
    path = {"path": str(house.image(name, megabytes))}
    return at_the_lab(house, name, type="disk", provider="disk_image", settings=path)


def show(house: House, task_id: str) -> Task:
    return tasks.show(house.context(), task_id)


def test_a_resource_is_backed_up_by_a_worker_of_its_site_and_by_no_other(house: House) -> None:
    far = at_the_lab(house, "far")
    assert far.size_bytes == 0
    (house.folder / "far").mkdir()
    (house.folder / "far" / "a").write_bytes(bytes(5000))
    vault = house.vault(far)
    task_id = house.start_backup(vault)
    with house.working("w1"):
        succeeded(house.back_up(house.vault(house.directory("near", {"b": b"b"}))))
        waits = show(house, task_id)
        assert waits.status is Status.WAITING
        assert waits.waits_because is not None
        assert waits.waits_because.reason is Reason.NO_WORKER_AT_SITE
    with house.working("w2", **LAB):
        succeeded(house.ended(task_id))
    assert show(house, task_id).waits_because is None
    assert resources.show(house.context(), far.id).size_bytes == 5000


def test_a_restore_onto_a_foreign_site_is_checked_by_its_worker(house: House) -> None:
    disk, small = disk_at_the_lab(house, "disk", 4), disk_at_the_lab(house, "small", 2)
    vault = house.vault(disk, kind=ObjectType.DISK)
    with house.working("w1", **LAB):
        backup = house.backup(succeeded(house.back_up(vault)))
        ended = house.restore(backup.id, volume_id=small.id)
        assert (ended.status, ended.error.code) == (Status.FAILED, "BackupService.2001")
        succeeded(house.restore(backup.id, volume_id=disk.id))
