"""Backups of disks without a word of vaults: which vault takes them, and what is written when none may."""

from typing import Any

import pytest
from tests.service.world import World

from holdfast.db import vaults as stored
from holdfast.db.backups import BackupFilter
from holdfast.db.vaults import VaultFilter
from holdfast.model.backup import BackupStatus
from holdfast.model.checkpoint import Wanted
from holdfast.model.errors import (
    BackupNotFound,
    BackupUnderWay,
    NotAllowed,
    NothingToBackUp,
    ResourceBeingRemoved,
    ResourceNotFound,
    ResourceRestoring,
    ResourceTypeNotSupported,
)
from holdfast.model.policy import PolicyKind, Terms
from holdfast.model.project import Role
from holdfast.model.resource import ObjectType, Resource
from holdfast.model.task import Operation, Page, Status, Task
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import attachments, backups, disk_backups, tasks, volume_backup_policies


def create(world: World, disk: Resource, **wanted: Any) -> Task:
    _, task = disk_backups.create(world.context(), disk.id, Wanted(**wanted))
    return task


def all_vaults(world: World) -> list[Vault]:
    with world.db.reading() as tx:
        return stored.find(tx, VaultFilter(project_id=world.blue.id), Page())


def test_a_disk_of_no_vault_gets_into_one_that_is_made_for_such_disks(world: World) -> None:
    disk = world.disk()
    backup, task = disk_backups.create(world.context(), disk.id, Wanted(name="monday", description="d"))
    (vault,) = all_vaults(world)
    assert (vault.name, vault.auto_expand, vault.object_type) == ("vbs-manual", True, ObjectType.DISK)
    assert [one.resource_id for one in vault.attachments] == [disk.id]
    assert (backup.name, backup.description, backup.vault_id) == ("monday", "d", vault.id)
    assert (task.operation, task.status, task.backup_id) == (Operation.BACKUP, Status.WAITING, backup.id)
    assert backups.show(world.context(), backup.id) == backup
    assert tasks.show(world.context(), task.id).vault_id == vault.id
    assert world.wakes == ["awake"]


def test_the_second_disk_without_a_policy_gets_into_the_same_vault(world: World) -> None:
    first, second = create(world, world.disk("a")), create(world, world.disk("b"))
    assert first.vault_id == second.vault_id


def test_a_vault_of_that_name_that_follows_a_policy_or_holds_replicas_is_another(world: World) -> None:
    terms = Terms(name="manual", kind=PolicyKind.BACKUP, patterns=("FREQ=DAILY;BYHOUR=02;BYMINUTE=00",))
    policy = volume_backup_policies.create(world.context(), terms)
    volume_backup_policies.associate(world.context(), policy.id, [world.disk("followed").id])
    world.vault(name="vbs-manual", object_type=ObjectType.DISK, protect_type=ProtectType.REPLICATION)
    first, second = create(world, world.disk("a")), create(world, world.disk("b"))
    assert first.vault_id == second.vault_id
    assert {vault.name for vault in all_vaults(world)} == {"vbs-manual"}
    (followed,) = volume_backup_policies.find(world.context())
    assert followed.disks == 1


def test_a_disk_that_is_in_a_vault_stays_there_and_is_backed_up_alone(world: World) -> None:
    disk = world.disk("a")
    vault = world.vault(disk, world.disk("b"), object_type=ObjectType.DISK)
    assert create(world, disk).vault_id == vault.id
    assert len(all_vaults(world)) == 1
    (backup,) = disk_backups.find(world.context(), BackupFilter(project_id=""), Page())
    assert backup.resource_id == disk.id


def test_the_first_backup_is_full_the_next_incremental_unless_a_full_one_is_asked_for(world: World) -> None:
    disk = world.disk()
    told = []
    for incremental in (True, True, False):
        backup, task = disk_backups.create(world.context(), disk.id, Wanted(incremental=incremental))
        told.append(backup.incremental)
        world.succeed(task)
    assert told == [False, True, False]


def test_what_is_no_disk_is_refused_and_nothing_is_made(world: World) -> None:
    for resource in (world.directory(), world.server()):
        with pytest.raises(ResourceTypeNotSupported):
            create(world, resource)
    with pytest.raises(ResourceNotFound):
        disk_backups.create(world.context(project=world.red), world.disk().id, Wanted())
    assert all_vaults(world) == []
    assert world.wakes == []


def test_a_busy_disk_is_refused_with_what_it_is_busy_with_and_nothing_is_written(world: World) -> None:
    disk = world.disk()
    running = create(world, disk)
    with pytest.raises(BackupUnderWay):
        create(world, disk)
    world.succeed(running)
    assert running.backup_id is not None
    disk_backups.restore(world.context(), running.backup_id, disk.id)
    with pytest.raises(ResourceRestoring):
        create(world, disk)
    assert disk_backups.count(world.context(), BackupFilter(project_id="")) == 1


def test_a_disk_that_leaves_its_vault_or_is_suspended_there_is_refused(world: World) -> None:
    leaving, resting = world.disk("a"), world.disk("b")
    vault = world.vault(leaving, resting, object_type=ObjectType.DISK)
    attachments.suspend(world.context(), vault.id, [resting.id])
    attachments.remove(world.context(), vault.id, [leaving.id])
    with pytest.raises(ResourceBeingRemoved):
        create(world, leaving)
    with pytest.raises(NothingToBackUp, match="suspended"):
        create(world, resting)
    assert disk_backups.count(world.context(), BackupFilter(project_id="")) == 0


def test_a_restore_from_elsewhere_onto_a_disk_without_a_vault_leaves_no_vault_behind(world: World) -> None:
    kept, bare = world.disk("kept"), world.disk("bare")
    vault = world.vault(kept, object_type=ObjectType.DISK)
    (backup,) = world.back_up(vault)
    disk_backups.restore(world.context(), backup.id, bare.id)
    with pytest.raises(ResourceRestoring):
        create(world, bare)
    assert [one.id for one in all_vaults(world)] == [vault.id]


def test_only_whole_backups_of_disks_are_backups_of_disks(world: World) -> None:
    web, disk = world.server(), world.disk()
    of_server = world.back_up_server(world.vault(web, object_type=ObjectType.SERVER), web)
    (of_folder,) = world.back_up(world.vault(world.directory()))
    task = create(world, disk)
    assert [one.id for one in disk_backups.find(world.context(), BackupFilter(project_id=""), Page())] == [
        task.backup_id
    ]
    for other in (of_server, of_folder, *of_server.children):
        with pytest.raises(BackupNotFound):
            disk_backups.show(world.context(), other.id)
        with pytest.raises(BackupNotFound):
            disk_backups.delete(world.context(), other.id)
        with pytest.raises(BackupNotFound):
            disk_backups.restore(world.context(), other.id, disk.id)


def test_why_a_backup_failed_is_told_of_it_alone(world: World) -> None:
    good, bad = create(world, world.disk("a")), create(world, world.disk("b"))
    world.succeed(good)
    world.fail(bad)
    found = disk_backups.find(world.context(), BackupFilter(project_id=""), Page())
    assert {one.status for one in found} == {BackupStatus.AVAILABLE, BackupStatus.ERROR}
    assert disk_backups.reasons(world.context(), found) == {bad.backup_id: "The resource does not exist."}
    assert disk_backups.reasons(world.context(), []) == {}


def test_a_reader_backs_up_nothing(world: World) -> None:
    disk = world.disk()
    with pytest.raises(NotAllowed):
        disk_backups.create(world.context(Role.READER), disk.id, Wanted())
    assert all_vaults(world) == []
