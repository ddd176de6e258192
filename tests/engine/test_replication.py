"""Replicas through a worker, on both databases: made, restored, deleted, and made again."""

import os
import shutil

import pytest
from tests.engine.house import MIB, House, read_files, succeeded

from holdfast.db import accounts, projects
from holdfast.db import vaults as stored
from holdfast.model import clock, ids
from holdfast.model.backup import Backup, BackupStatus, ImageType
from holdfast.model.errors import (
    BackupInUse,
    BackupNotFound,
    NothingToBackUp,
    ResourceNotFound,
    VaultBeingReplicated,
)
from holdfast.model.policy import Destination
from holdfast.model.project import Project, Role, User
from holdfast.model.replication import RecordStatus, ReplicationRecord
from holdfast.model.resource import GIB, ObjectType
from holdfast.model.task import Page, ReplicationDetail, Status, Task
from holdfast.model.vault import ProtectType, Vault
from holdfast.service import backups, checkpoints, replications, vaults
from holdfast.service.backups import BackupFilter
from holdfast.service.context import Context
from holdfast.service.replications import WantedReplica

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FILES = {"letter.txt": b"dear all", "deep/photo.raw": os.urandom(MIB), "deep/er/note": b"remember"}


def replica_vault(house: House, kind: ObjectType = ObjectType.TURBO, **more: object) -> Vault:
    return house.vault(kind=kind, name="replicas", protect_type=ProtectType.REPLICATION, **more)


def wanted(house: House, to: Vault, **more: str) -> WantedReplica:
    destination = Destination(project_id=to.project_id, region=house.config.region)
    return WantedReplica(destination=destination, vault_id=to.id, **more)  # type: ignore[arg-type] # by name


def start(house: House, backup: Backup, to: Vault, **more: str) -> Task:
    (task,) = replications.create(house.context(), backup.id, wanted(house, to, **more)).tasks
    return task


def replicate(house: House, backup: Backup, to: Vault, **more: str) -> Task:
    return house.ended(start(house, backup, to, **more).id)


def held(context: Context, vault: Vault) -> list[Backup]:
    return backups.find(context, BackupFilter(project_id="", vault_id=vault.id), Page())[0]


def records(house: House, backup: Backup) -> list[ReplicationRecord]:
    return replications.of_backups(house.context(), [backup.id]).get(backup.id, [])


def test_a_replica_is_a_backup_of_its_own(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        task = succeeded(replicate(house, source, to, name="far_away"))
        (replica,) = held(house.context(), to)
        (record,) = records(house, source)
        succeeded(house.delete(source.id))
        shutil.rmtree(house.folder / "home")
        succeeded(house.restore(replica.id))
    assert read_files(house.folder / "home") == FILES
    assert (replica.image_type, replica.status) == (ImageType.REPLICATION, BackupStatus.AVAILABLE)
    assert (replica.name, replica.resource_id) == ("far_away", source.resource_id)
    assert (replica.read_bytes, replica.file_count) == (source.read_bytes, source.file_count)
    assert replica.protected_at == source.protected_at
    assert (record.status, record.progress) == (RecordStatus.SUCCESS, 100)
    assert record.destination_backup_id == replica.id
    assert record.destination_checkpoint_id == replica.checkpoint_id
    assert checkpoints.show(house.context(), replica.checkpoint_id).vault_id == to.id
    detail = task.detail
    assert isinstance(detail, ReplicationDetail)
    assert (detail.source_backup_id, detail.destination_backup_id) == (source.id, replica.id)
    assert task.figures.bytes_done == task.figures.bytes_total > MIB
    assert house.show_vault(to).used_bytes > MIB
    house.repository(to).check()


def test_a_deleted_replica_is_gone_and_can_be_made_again(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
        (replica,) = held(house.context(), to)
        succeeded(house.delete(replica.id))
        assert house.repository(to).snapshots() == []
        succeeded(replicate(house, source, to))
        (again,) = held(house.context(), to)
        succeeded(house.restore(again.id, destination=str(house.folder / "elsewhere")))
    assert again.id != replica.id
    assert read_files(house.folder / "elsewhere") == FILES


def test_one_replica_in_a_vault_is_enough(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
        task = replicate(house, source, to)
    assert (task.status, task.error.code) == (Status.SKIPPED, "BackupService.6128")
    assert [one.status for one in records(house, source)] == [RecordStatus.SUCCESS, RecordStatus.SKIP]
    assert len(held(house.context(), to)) == 1


def test_a_server_is_replicated_with_its_disks(house: House) -> None:
    paths = [house.image(name, 2) for name in ("system", "data")]
    server = house.register("server", "web", "image_server", {"disks": [str(path) for path in paths]})
    vault = house.vault(server, kind=ObjectType.SERVER)
    to = replica_vault(house, ObjectType.SERVER)
    before = [path.read_bytes() for path in paths]
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
        succeeded(house.delete(source.id))
        (replica,) = held(house.context(), to)
        for path in paths:
            path.write_bytes(bytes(path.stat().st_size))
        succeeded(house.restore(replica.id))
        assert [path.read_bytes() for path in paths] == before
        succeeded(house.delete(replica.id))
    assert len(replica.children) == len(paths)
    assert {child.parent_id for child in replica.children} == {replica.id}
    assert house.repository(to).snapshots() == []


def test_what_a_vault_holds_is_replicated_once(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house)
    with house.working():
        some = {house.backup(succeeded(house.back_up(vault))).id for _ in range(2)}
        asked = replications.create_all(house.context(), vault.id, wanted(house, to))
        for task in asked.tasks:
            succeeded(house.ended(task.id))
        assert {one.source_backup_id for one in asked.records} == some
        with pytest.raises(NothingToBackUp):
            replications.create_all(house.context(), vault.id, wanted(house, to))
        third = house.backup(succeeded(house.back_up(vault)))
        (record,) = replications.create_all(house.context(), vault.id, wanted(house, to)).records
        assert record.source_backup_id == third.id


def test_a_replica_in_another_project_is_restored_there(house: House) -> None:
    red = Project(id=ids.new_project(), name="red", created_at=clock.now())
    ann = User(id="u1", name="ann", created_at=clock.now())
    with house.db.transaction() as tx:
        projects.add(tx, red)
        accounts.add_user(tx, ann, "no password")
        accounts.grant(tx, ann.id, red.id, Role.OPERATOR)
    vault = house.vault(house.directory("home", FILES))
    blue, house.project = house.project, red
    to = replica_vault(house)
    house.project = blue
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
        assert held(house.context(), to) == []
        house.project = red
        (replica,) = held(house.context(), to)
        with pytest.raises(ResourceNotFound):
            house.start_restore(replica.id)
        succeeded(house.restore(replica.id, destination=str(house.folder / "elsewhere")))
    assert replica.project_id == red.id
    assert read_files(house.folder / "elsewhere") == FILES


def test_what_is_to_be_replicated_stays_until_then(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    (record,) = records(house, source)
    assert record.status is RecordStatus.WAITING
    with pytest.raises(BackupInUse):
        backups.delete(house.context(), source.id)
    for one in (vault, to):
        with pytest.raises(VaultBeingReplicated):
            vaults.delete(house.context(), one.id)
    with house.working():
        succeeded(house.ended(task.id))
        succeeded(house.delete(source.id))
        succeeded(house.ended(vaults.delete(house.context(), vault.id).id))
        assert len(held(house.context(), to)) == 1
        succeeded(house.ended(vaults.delete(house.context(), to.id).id))


def test_a_vault_without_room_takes_no_replica_and_the_record_says_so(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house, size_gb=1)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    with house.db.transaction() as tx:
        stored.set_used(tx, to.id, GIB)
    with house.working():
        task = house.ended(task.id)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.6129")
    (record,) = records(house, source)
    assert (record.status, record.error) == (RecordStatus.FAIL, task.error)
    assert held(house.context(), to) == []
    with pytest.raises(BackupNotFound):
        house.backup_of(record.destination_backup_id)


def test_a_vault_that_fills_up_in_the_middle_takes_no_replica(house: House) -> None:
    vault, to = house.vault(house.directory("home", FILES)), replica_vault(house, size_gb=1)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
        fill(house, to)
        with house.db.transaction() as tx:
            stored.set_used(tx, to.id, GIB - 1)  # as it was when somebody looked last
        (house.folder / "home" / "more.raw").write_bytes(os.urandom(MIB))
        more = house.backup(succeeded(house.back_up(vault)))
        task = replicate(house, more, to)
    assert (task.status, task.error.code) == (Status.FAILED, "BackupService.6129")
    assert len(held(house.context(), to)) == 1
    assert house.show_vault(to).used_bytes > GIB


def fill(house: House, vault: Vault) -> None:
    """Something large is in the vault's repository."""
    with (house.folder / "store" / "vaults" / vault.id / "data" / "much").open("wb") as much:
        much.truncate(GIB)
