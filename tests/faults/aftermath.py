"""What must be true after every fault: nothing that was promised is lost, and nothing is there twice."""

import sqlalchemy as sa
from tests.engine.house import House, read_files, succeeded

from holdfast.db.task_tables import work
from holdfast.model.backup import Backup, BackupState
from holdfast.model.task import Operation, Page, Status, Task
from holdfast.model.task_filter import TaskFilter
from holdfast.repo import repository
from holdfast.service import backups, tasks, vaults
from holdfast.service.backups import BackupFilter
from holdfast.service.repositories import FOLDER
from holdfast.service.vaults import VaultFilter
from holdfast.store.objects import open_store

EVERY = Page(limit=10_000)


def settled(house: House) -> list[Task]:
    """All tasks of the house, each of which has ended, once; no worker has anything in hand.

    What the list counts is what is there.
    """
    found, count = tasks.find(house.context(), TaskFilter(project_id=""), EVERY)
    assert [one.id for one in found if not one.status.is_end] == []
    assert len({one.id for one in found}) == len(found) == count
    counted = {
        status: tasks.find(house.context(), TaskFilter(project_id="", statuses=(status,)), EVERY)[1]
        for status in Status
    }
    assert sum(counted.values()) == count
    with house.db.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(work)) == 0
    return found


def sound(house: House) -> list[Backup]:
    """All backups of the house: stock restic finds each vault's repository sound, with one snapshot for each
    backup that there is, and none besides."""
    there: list[Backup] = []
    for vault in vaults.find(house.context(), VaultFilter(project_id=""), EVERY)[0]:
        held, _ = backups.find(house.context(), BackupFilter(project_id="", vault_id=vault.id), EVERY)
        good = [one for one in held if one.state is BackupState.AVAILABLE]
        there += good
        if not repository.exists(open_store(house.config.store_url, FOLDER, vault.id)):
            assert good == []
            continue
        restic = house.repository(vault)
        assert sorted(one["id"] for one in restic.snapshots()) == sorted(
            one.snapshot_id or "" for one in good
        )
        restic.check()
    return there


def restored(house: House, files: dict[str, bytes]) -> None:
    """Every backup that there is comes back as these files, by a worker that works now."""
    for number, backup in enumerate(sound(house)):
        there = house.folder / f"restored-{number}"
        succeeded(house.restore(backup.id, destination=str(there)))
        assert read_files(there) == files


def kept(house: House) -> None:
    """What a task promised is there: of every backup that succeeded, and that no task has deleted since, the
    backup is."""
    found = settled(house)
    gone = {Operation.DELETE, Operation.VAULT_DELETE}
    deleted = {one.backup_id for one in found if one.operation in gone and one.status is Status.SUCCESS}
    taken = {
        one.backup_id for one in found if one.operation is Operation.BACKUP and one.status is Status.SUCCESS
    }
    emptied = {one.vault_id for one in found if one.operation is Operation.VAULT_DELETE}
    there = {backup.id for backup in sound(house)}
    lost = taken - deleted - there
    assert not {one.backup_id for one in found if one.backup_id in lost and one.vault_id not in emptied}
