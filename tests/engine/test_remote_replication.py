"""Replicas in another region: another house with other rows and another store, reached over HTTP alone."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection
from tests.engine.far import NAME, PASSWORD, Far, block, far_away, forbid, replicate, start, wanted
from tests.engine.house import MIB, House, read_files, succeeded, wait_until

from holdfast.db import replications as records
from holdfast.db import vaults as rows
from holdfast.engine.incoming_replications import Listener
from holdfast.model import ids
from holdfast.model.backup import BackupStatus, ImageType
from holdfast.model.errors import (
    DestinationNotReplication,
    DestinationVaultNotFound,
    NothingToBackUp,
    ProjectNotReplicable,
    Refusal,
    RegionNotReplicable,
    ResourceTypeNotSupported,
    VaultBeingReplicated,
)
from holdfast.model.region_errors import RegionRefused, RegionUnavailable
from holdfast.model.replication import RecordStatus
from holdfast.model.resource import GIB, ObjectType
from holdfast.model.task import CANCELLED, Status, Task
from holdfast.model.vault import Vault
from holdfast.repo.lock import locked
from holdfast.repo.repository import open_repository
from holdfast.service import checkpoints, regions, replications, tasks, vaults
from holdfast.service.repositories import FOLDER, make
from holdfast.store.objects import open_store

FILES = {"letter.txt": b"dear all", "deep/photo.raw": os.urandom(MIB), "deep/er/note": b"remember"}


# What differs between the databases does so on the two ways that all others are parts of.
on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def far(tmp_path: Path, migrated_sqlite: Path, house: House) -> Iterator[Far]:
    with far_away(tmp_path / "far", migrated_sqlite) as far:
        far.known_to(house)
        yield far


def test_a_replica_far_away_restores_by_itself(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        task = succeeded(replicate(house, source, to, name="far_away"))
    (record,) = replications.of_backups(house.context(), [source.id])[source.id]
    shutil.rmtree(house.folder / "home")
    shutil.rmtree(house.folder / "store")
    (replica,) = far.held(to)
    with far.house.working():
        succeeded(far.house.restore(replica.id, destination=str(far.house.folder / "restored")))
    assert read_files(far.house.folder / "restored") == FILES
    assert (replica.image_type, replica.status) == (ImageType.REPLICATION, BackupStatus.AVAILABLE)
    assert (replica.name, replica.resource_id) == ("far_away", source.resource_id)
    assert (replica.read_bytes, replica.file_count) == (source.read_bytes, source.file_count)
    assert replica.protected_at == source.protected_at
    assert checkpoints.show(far.house.context(), replica.checkpoint_id).vault_id == to.id
    assert (record.status, record.destination_backup_id) == (RecordStatus.SUCCESS, replica.id)
    assert task.figures.bytes_done == task.figures.bytes_total > MIB
    assert far.house.show_vault(to).used_bytes > MIB
    far.house.repository(to).check()
    target = far.house.folder / "by restic"
    far.house.repository(to).run("restore", replica.snapshot_id or "", "--target", str(target))
    assert set(FILES.values()) == set(read_files(target).values())


def test_both_sides_tell_the_same_of_it(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        here = succeeded(replicate(house, source, to))
    (there,) = far.tasks()
    assert there.status is Status.SUCCESS
    assert (there.resource, there.operation) == (here.resource, here.operation)
    assert (there.project_id, there.vault_id) == (to.project_id, to.id)
    assert there.figures.bytes_done == here.figures.bytes_done
    ours, theirs = block(here), block(there)
    members = [name for name in ours.__struct_fields__ if name.startswith(("source_", "destination_"))]
    members.remove("source_task_id")
    assert {name: getattr(ours, name) for name in members} == {
        name: getattr(theirs, name) for name in members
    }
    assert (ours.source_region, ours.destination_region) == (house.config.region, NAME)
    assert theirs.source_task_id == here.id


@on_one_database
def test_a_server_goes_far_away_with_its_disks(house: House, far: Far) -> None:
    paths = [house.image(name, 2) for name in ("system", "data")]
    server = house.register("server", "web", "image_server", {"disks": [str(path) for path in paths]})
    vault, to = house.vault(server, kind=ObjectType.SERVER), far.vault(kind=ObjectType.SERVER)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
    (replica,) = far.held(to)
    assert {one.resource_name for one in replica.children} == {one.resource_name for one in source.children}
    assert {one.parent_id for one in replica.children} == {replica.id}
    assert len(far.house.repository(to).snapshots()) == len(paths)
    with far.house.working():
        succeeded(far.house.delete(replica.id))
    assert far.house.repository(to).snapshots() == []


@on_one_database
def test_what_is_there_is_not_sent_again(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        first = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, first, to))
        again = replicate(house, first, to)
        (house.folder / "home" / "new").write_bytes(b"a little more")
        second = house.backup(succeeded(house.back_up(vault)))
        asked = replications.create_all(house.context(), vault.id, wanted(to))
        (rest,) = [succeeded(house.ended(task.id)) for task in asked.tasks]
        with pytest.raises(NothingToBackUp):
            replications.create_all(house.context(), vault.id, wanted(to))
    assert (again.status, again.error.code) == (Status.SKIPPED, "BackupService.6128")
    assert rest.backup_id == second.id
    assert 0 < rest.figures.bytes_done < MIB / 8
    assert len(far.held(to)) == 2


@on_one_database
def test_a_replica_that_was_deleted_far_away_can_be_made_again(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        succeeded(replicate(house, source, to))
    with far.house.working():
        succeeded(far.house.delete(far.held(to)[0].id))
    with house.working():
        succeeded(replicate(house, source, to))
    assert len(far.held(to)) == 1


def fill(tx: Connection, vault: Vault) -> None:
    """All of a vault of 1 GB is used."""
    rows.set_used(tx, vault.id, GIB)


@contextmanager
def held_up(house: House, far: Far, to: Vault) -> Iterator[Task]:
    """A replication that waits for the repository far away, which somebody has for himself."""
    vault = house.vault(house.directory("home", FILES))
    environment = vaults.repository_env(far.house.db, far.house.config, to.id)
    store = open_store(far.house.config.store_url, FOLDER, to.id)
    make(store, environment["RESTIC_PASSWORD"])
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
        with locked(open_repository(store, environment["RESTIC_PASSWORD"]), exclusive=True):
            task = start(house, source, to)
            wait_until(lambda: len(far.tasks()) == 1, lambda: f"{house.task(task.id)}")
            yield task


def test_who_cancels_here_ends_both(house: House, far: Far) -> None:
    with held_up(house, far, far.vault()) as task:
        tasks.cancel(house.context(), task.id)
        here = house.ended(task.id)
        wait_until(lambda: far.tasks()[0].status.is_end, lambda: f"{far.tasks()}")
    assert (here.error.code, far.tasks()[0].error.code) == (CANCELLED, CANCELLED)


def test_who_cancels_there_ends_both(house: House, far: Far) -> None:
    to = far.vault()
    with held_up(house, far, to) as task:
        with pytest.raises(VaultBeingReplicated):
            vaults.delete(far.house.context(), to.id)
        tasks.cancel(far.house.context(), far.tasks()[0].id)
        assert (far.tasks()[0].status, far.tasks()[0].was_cancelled) == (Status.FAILED, True)
        here = house.ended(task.id)
    assert (here.status, here.error.code) == (Status.FAILED, CANCELLED)
    (record,) = replications.of_backups(house.context(), [task.backup_id or ""])[task.backup_id or ""]
    assert record.status is RecordStatus.FAIL
    assert far.held(to) == []


@on_one_database
def test_a_replication_waits_until_the_region_is_back(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    far.stop()
    with house.working():
        wait_until(lambda: house.task(task.id).status is Status.RUNNING, lambda: f"{house.task(task.id)}")
        time.sleep(1)
        assert house.task(task.id).status is Status.RUNNING
        far.start()
        succeeded(house.ended(task.id))
    assert len(far.held(to)) == 1


@on_one_database
def test_who_cancels_while_the_region_is_away_does_not_wait_for_it(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    far.stop()
    with house.working():
        wait_until(lambda: house.task(task.id).status is Status.RUNNING, lambda: f"{house.task(task.id)}")
        tasks.cancel(house.context(), task.id)
        assert house.ended(task.id).error.code == CANCELLED


@on_one_database
def test_a_task_of_a_silent_source_ends(house: House, far: Far) -> None:
    to = far.vault()
    with held_up(house, far, to) as task:
        Listener(far.house.db, 24).look()
        assert far.tasks()[0].status is Status.RUNNING
        Listener(far.house.db, -1).look()
        here = house.ended(task.id)
    assert (far.tasks()[0].status, far.tasks()[0].error.code) == (Status.FAILED, "Holdfast.0028")
    assert (here.status, here.error.code) == (Status.FAILED, "Holdfast.0026")
    assert "was not heard of" in here.error.message


@on_one_database
def test_what_cannot_be_sent_is_refused_when_it_is_asked_for(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))

    def refused(why: type[Refusal], vault_id: str = to.id, project_id: str = to.project_id) -> None:
        there = replace(wanted(to), vault_id=vault_id)
        there = replace(there, destination=replace(there.destination, project_id=project_id))
        with pytest.raises(why):
            replications.create(house.context(), source.id, there)

    refused(DestinationVaultNotFound, vault_id=ids.new())
    refused(DestinationVaultNotFound, vault_id="../vaults")
    refused(ProjectNotReplicable, project_id=ids.new_project())
    refused(ProjectNotReplicable, project_id="..")
    refused(DestinationNotReplication, vault_id=far.house.vault().id)
    refused(ResourceTypeNotSupported, vault_id=far.vault(kind=ObjectType.DISK).id)
    far.known_to(house, projects=("somebody else's",))
    refused(RegionNotReplicable)
    far.known_to(house, password="wrong")
    refused(RegionRefused)
    far.known_to(house, name="elsewhere")
    refused(RegionNotReplicable)
    far.known_to(house)
    far.stop()
    refused(RegionUnavailable)
    with house.db.reading() as tx:
        assert records.of_backups(tx, [source.id]) == {}


@on_one_database
def test_what_is_forbidden_later_fails_the_task(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    forbid(far)
    with house.working():
        ended = house.ended(task.id)
    assert (ended.status, ended.error.code) == (Status.FAILED, "BackupService.1011")
    assert far.tasks() == []


@on_one_database
def test_a_full_vault_far_away_takes_no_replica(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault(size_gb=1)
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    task = start(house, source, to)
    with far.house.db.transaction() as tx:
        fill(tx, to)
    with house.working():
        ended = house.ended(task.id)
    assert (ended.status, ended.error.code) == (Status.FAILED, "BackupService.6129")


@on_one_database
def test_regions_tell_whether_they_answer(house: House, far: Far) -> None:
    def seen() -> tuple[str, str]:
        here, there = regions.find(house.context())
        assert (here.name, here.state) == (house.config.region, "here")
        assert PASSWORD not in f"{house.config} {there}"
        return there.state, there.calls_itself

    assert seen() == ("answers", NAME)
    far.known_to(house, name="another")
    assert seen() == ("answers", NAME)
    far.known_to(house, password="wrong")
    assert seen() == ("refuses", "")
    far.known_to(house)
    far.stop()
    assert seen() == ("unreachable", "")


@on_one_database
def test_a_program_sends_over_tls_to_whom_it_trusts(house: House, far: Far) -> None:
    vault, to = house.vault(house.directory("home", FILES)), far.vault()
    credential = far.credential()
    ca_file = far.secure()
    with house.working():
        source = house.backup(succeeded(house.back_up(vault)))
    far.known_to(house, **credential)
    with pytest.raises(RegionUnavailable, match="certificate"):
        start(house, source, to)
    far.known_to(house, **credential, ca_file=ca_file)
    other = replace(wanted(to), destination=replace(wanted(to).destination, project_id=ids.new_project()))
    with pytest.raises(ProjectNotReplicable):
        replications.create(house.context(), source.id, other)
    with house.working():
        succeeded(replicate(house, source, to))
    assert len(far.held(to)) == 1
