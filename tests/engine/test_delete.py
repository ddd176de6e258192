"""Deleting backups and vaults, and taking resources out of vaults, through a worker on both databases."""

from pathlib import Path

import pytest
from tests.engine.house import MIB, House, succeeded

from holdfast.model.errors import BackupNotFound, VaultNotFound
from holdfast.model.resource import ObjectType
from holdfast.model.task import RemoveResourcesDetail, VaultDeleteDetail
from holdfast.service import attachments, vaults

# What is done to repositories does not depend on the database: how tasks are taken and ended is on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_deleted_backup_is_gone_and_the_others_are_there(house: House) -> None:
    vault = house.vault(house.directory("home", {"letter.txt": b"dear all"}))
    with house.working():
        first, second = succeeded(house.back_up(vault)), succeeded(house.back_up(vault))
        kept = house.backup(second).snapshot_id
        succeeded(house.delete(first.backup_id or ""))
    with pytest.raises(BackupNotFound):
        house.backup(first)
    assert [one["id"] for one in house.repository(vault).snapshots()] == [kept]
    assert house.show_vault(vault).attachments[0].backup_count == 1


def test_a_servers_backup_goes_with_those_of_its_disks(house: House) -> None:
    paths = [str(house.image(name, 2)) for name in ("system", "data")]
    vault = house.vault(
        house.register("server", "web", "image_server", {"disks": paths}), kind=ObjectType.SERVER
    )
    with house.working():
        task = succeeded(house.back_up(vault))
        (child, _) = house.backup(task).children
        succeeded(house.delete(task.backup_id or ""))
    assert house.repository(vault).snapshots() == []
    with pytest.raises(BackupNotFound):
        house.backup_of(child.id)


def test_a_backup_that_failed_before_there_was_a_repository_can_be_deleted(house: House) -> None:
    resource = house.directory("home", {"letter.txt": b"dear all"})
    vault = house.vault(resource)
    (house.folder / "home" / "letter.txt").unlink()
    (house.folder / "home").rmdir()
    with house.working():
        task = house.back_up(vault)
        succeeded(house.delete(task.backup_id or ""))
    with pytest.raises(BackupNotFound):
        house.backup(task)


def test_of_a_deleted_vault_nothing_is_left_but_its_tasks(house: House) -> None:
    vault = house.vault(house.directory("home", {"large": bytes(range(256)) * (MIB // 256)}))
    with house.working():
        backup_task = succeeded(house.back_up(vault))
        succeeded(house.back_up(vault))
        assert files_below(house.config.cache_path)
        task = succeeded(house.ended(vaults.delete(house.context(), vault.id).id))
    assert task.detail == VaultDeleteDetail(fail_count=0, total_count=2)
    with pytest.raises(VaultNotFound):
        house.show_vault(vault)
    assert files_below(house.folder / "store" / "vaults" / vault.id) == []
    assert files_below(house.config.cache_path) == []
    assert house.task(backup_task.id).vault_name == vault.name


def test_a_resource_that_leaves_its_vault_leaves_its_backups_there(house: House) -> None:
    resource = house.directory("home", {"letter.txt": b"dear all"})
    vault = house.vault(resource)
    with house.working():
        backup_task = succeeded(house.back_up(vault))
        task = succeeded(house.ended(attachments.remove(house.context(), vault.id, [resource.id]).id))
        assert isinstance(task.detail, RemoveResourcesDetail)
        assert (task.detail.fail_count, task.detail.total_count) == (0, 0)
        assert house.show_vault(vault).attachments == ()
        succeeded(house.restore(backup_task.backup_id or ""))
