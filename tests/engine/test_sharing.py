"""A shared backup, restored by who received it, from the owner's repository onto the receiver's disks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.engine.house import House, succeeded, wait_until
from tests.engine.test_restore import back_up_server, server_of

from holdfast.db import projects, tasks
from holdfast.model import clock, ids
from holdfast.model.backup import BackupStatus
from holdfast.model.errors import (
    BackupInUse,
    BackupNotFound,
    ResourceBeingRemoved,
    ResourceRestoring,
    VaultBusy,
)
from holdfast.model.member import Answer, MemberStatus
from holdfast.model.project import Project
from holdfast.model.resource import ObjectType
from holdfast.model.task import Status
from holdfast.service import attachments, backups, members, resources, vaults
from holdfast.service.members import Receivers
from holdfast.service.resources import ResourceFilter

# What is shared does not depend on where the rows are.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def neighbour(house: House) -> House:
    """Another project in the same house, with the same worker."""
    project = Project(id=ids.new_project(), name="red", created_at=clock.now())
    with house.db.transaction() as tx:
        projects.add(tx, project)
    return House(db=house.db, folder=house.folder, config=house.config, project=project, worker=house.worker)


def share(owner: House, receiver: House, backup_id: str) -> None:
    """Offered, and accepted into a new vault of the receiver."""
    members.add(owner.context(), backup_id, Receivers((receiver.project.id,)))
    vault = receiver.vault(kind=ObjectType.SERVER)
    said = Answer(MemberStatus.ACCEPTED, vault.id)
    members.answer(receiver.context(), backup_id, receiver.project.id, said)


@dataclass(frozen=True)
class Lent:
    """A shared backup that waits to be restored onto a server of its receiver, and what that server holds."""

    red: House
    backup_id: str
    waiting: str
    wanted: dict[str, Any]
    targets: list[Path]
    before: list[bytes]


def waiting_to_restore(house: House) -> Lent:
    """No worker is there to restore it yet."""
    web, _ = server_of(house, "web")
    with house.working():
        _, backup_id = back_up_server(house, web)
    red = neighbour(house)
    share(house, red, backup_id)
    spare, targets = server_of(red, "spare")
    (disk, _) = resources.find(red.context(), ResourceFilter(parent_id=spare.id))
    child = red.backup_of(backup_id).children[0]
    wanted = {"server_id": spare.id, "volumes": {child.id: disk.id}}
    waiting = red.start_restore(backup_id, **wanted)
    return Lent(red, backup_id, waiting, wanted, targets, [path.read_bytes() for path in targets])


def test_a_receiver_gets_the_owners_bytes_onto_its_own_disks(house: House) -> None:
    web, paths = server_of(house, "web")
    with house.working():
        _, backup_id = back_up_server(house, web)
        red = neighbour(house)
        share(house, red, backup_id)
        spare, targets = server_of(red, "spare")
        disks = {
            one.name: one.id for one in resources.find(red.context(), ResourceFilter(parent_id=spare.id))
        }
        children = {one.resource_name: one.id for one in red.backup_of(backup_id).children}
        volumes = {children[f"web-{number}.img"]: disks[f"spare-{number}.img"] for number in range(2)}
        task = succeeded(red.restore(backup_id, server_id=spare.id, volumes=volumes))
    assert [path.read_bytes() for path in targets] == [path.read_bytes() for path in paths]
    assert task.project_id == red.project.id
    assert house.backup_of(backup_id).status is BackupStatus.AVAILABLE
    assert red.backup_of(backup_id).status is BackupStatus.AVAILABLE


def test_a_receiver_gets_the_bytes_of_one_disk(house: House) -> None:
    path = house.image("data")
    disk = house.register("disk", "data", "disk_image", {"path": str(path)})
    red = neighbour(house)
    target = house.folder / "target.img"
    target.write_bytes(bytes(path.stat().st_size))
    spare = red.register("disk", "spare", "disk_image", {"path": str(target)})
    with house.working():
        task = succeeded(house.back_up(house.vault(disk, kind=ObjectType.DISK)))
        backup_id = house.backup(task).id
        members.add_of_disk(house.context(), backup_id, Receivers((red.project.id,)))
        said = Answer(MemberStatus.ACCEPTED, red.vault(kind=ObjectType.DISK).id)
        members.answer(red.context(), backup_id, red.project.id, said)
        restored = succeeded(red.restore(backup_id, volume_id=spare.id))
    assert target.read_bytes() == path.read_bytes()
    assert restored.project_id == red.project.id


def test_a_receiver_gets_the_disks_into_a_folder(house: House) -> None:
    web, paths = server_of(house, "web")
    with house.working():
        _, backup_id = back_up_server(house, web)
        red = neighbour(house)
        share(house, red, backup_id)
        before = [path.read_bytes() for path in paths]
        succeeded(red.restore(backup_id, destination=str(house.folder / "elsewhere")))
    assert [(house.folder / "elsewhere" / path.name).read_bytes() for path in paths] == before
    assert [path.read_bytes() for path in paths] == before


def test_what_a_receiver_waits_to_restore_is_not_restored_once_it_is_no_member(house: House) -> None:
    lent = waiting_to_restore(house)
    with pytest.raises(BackupInUse):
        backups.delete(house.context(), lent.backup_id)
    members.remove(house.context(), lent.backup_id, lent.red.project.id)
    with pytest.raises(BackupNotFound):
        lent.red.start_restore(lent.backup_id, **lent.wanted)
    with house.working():
        task = lent.red.ended(lent.waiting)
        assert task.status is Status.FAILED
        succeeded(house.delete(lent.backup_id))
    assert [path.read_bytes() for path in lent.targets] == lent.before


def test_a_restore_that_lost_its_share_unnoticed_reads_nothing(house: House) -> None:
    """A worker looks again at the moment it begins."""
    lent = waiting_to_restore(house)
    with house.db.reading() as tx:
        asked = tasks.get(tx, lent.red.project.id, lent.waiting)
    members.remove(house.context(), lent.backup_id, lent.red.project.id)
    again = msgspec.structs.replace(asked, id=ids.new())
    with house.db.transaction() as tx:
        tasks.add(tx, again)
    with house.working():
        wait_until(lambda: lent.red.task(again.id).status.is_end, lambda: f"{lent.red.task(again.id)}")
    assert lent.red.task(again.id).error.code == "BackupService.6200"
    assert [path.read_bytes() for path in lent.targets] == lent.before


def test_what_a_receiver_is_about_to_restore_stays_where_it_is(house: House) -> None:
    web, _ = server_of(house, "web")
    with house.working():
        owned, backup_id = back_up_server(house, web)
    red = neighbour(house)
    share(house, red, backup_id)
    elsewhere = house.vault(kind=ObjectType.SERVER)
    waiting = red.start_restore(backup_id, destination=str(house.folder / "elsewhere"))
    with pytest.raises(VaultBusy):
        vaults.delete(house.context(), owned.id)
    with pytest.raises(ResourceRestoring):
        attachments.migrate(house.context(), owned.id, [web.id], elsewhere.id)
    with house.working():
        succeeded(red.ended(waiting))
        move = attachments.migrate(house.context(), owned.id, [web.id], elsewhere.id)
        with pytest.raises(ResourceBeingRemoved):
            red.start_restore(backup_id, destination=str(house.folder / "again"))
        succeeded(house.ended(move.id))
        succeeded(red.restore(backup_id, destination=str(house.folder / "again")))
        succeeded(house.ended(vaults.delete(house.context(), owned.id).id))
