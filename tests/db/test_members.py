"""Shares as they are kept, and who may read a backup because of one."""

import pytest
from sqlalchemy import Connection
from tests.db.making import NOON, OTHER_PROJECT, PROJECT, add_projects, add_vault, backup, later, task

from holdfast.db import backups, dispatch, members, tasks, vaults, work
from holdfast.db.backups import BackupFilter
from holdfast.db.database import Database
from holdfast.model import ids
from holdfast.model.backup import Backup, BackupState, BackupStatus, OwnType
from holdfast.model.errors import BackupNotFound, MemberNotFound
from holdfast.model.member import Member, MemberStatus
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, Page, RestoreDetail

SHARED = BackupFilter(project_id=OTHER_PROJECT, own_type=OwnType.SHARED)


def shared(tx: Connection, status: MemberStatus = MemberStatus.ACCEPTED) -> tuple[Backup, Member]:
    """A backup of one project, with a disk, shared with another one that said so."""
    add_projects(tx)
    kept = add_vault(tx)
    whole = backup(kept, resource_type=ResourceType.SERVER, state=BackupState.AVAILABLE)
    disk = backup(kept, parent_id=whole.id, resource_type=ResourceType.DISK, state=BackupState.AVAILABLE)
    backups.add(tx, whole)
    backups.add(tx, disk)
    member = Member(
        id=ids.new(),
        backup_id=whole.id,
        project_id=OTHER_PROJECT,
        vault_id=add_vault(tx, project_id=OTHER_PROJECT).id if status is MemberStatus.ACCEPTED else None,
        status=status,
        created_at=NOON,
        updated_at=later(1),
    )
    members.add(tx, member)
    return backups.get(tx, PROJECT, whole.id), member


def test_a_share_is_read_as_it_was_written_by_either_of_its_names(database: Database) -> None:
    with database.transaction() as tx:
        whole, member = shared(tx)
        assert members.get(tx, whole.id, OTHER_PROJECT) == members.get(tx, whole.id, member.id) == member
        assert members.of_backup(tx, whole.id) == [member]
        assert members.with_project(tx, OTHER_PROJECT, [whole.id]) == {whole.id: member}
        assert members.with_project(tx, PROJECT, [whole.id]) == {}
        with pytest.raises(MemberNotFound):
            members.get(tx, whole.id, PROJECT)


def test_an_accepted_backup_is_visible_with_its_disks_and_how_it_came(database: Database) -> None:
    with database.transaction() as tx:
        whole, member = shared(tx)
        seen = backups.visible(tx, OTHER_PROJECT, whole.id)
        assert (seen.id, seen.member) == (whole.id, member)
        assert [child.member for child in seen.children] == [member]
        (child,) = whole.children
        assert backups.visible(tx, OTHER_PROJECT, child.id).member == member
        assert backups.visible(tx, PROJECT, whole.id) == whole
        (listed,) = backups.find(tx, SHARED, Page())
        assert (listed.id, listed.member) == (whole.id, member)
        assert backups.count(tx, SHARED) == 1
        with pytest.raises(BackupNotFound):
            backups.get(tx, OTHER_PROJECT, whole.id)


@pytest.mark.parametrize("status", [MemberStatus.PENDING, MemberStatus.REJECTED])
def test_what_is_not_accepted_is_an_offer_and_nothing_more(database: Database, status: MemberStatus) -> None:
    with database.transaction() as tx:
        whole, member = shared(tx, status)
        for hidden in (whole.id, whole.children[0].id):
            with pytest.raises(BackupNotFound):
                backups.visible(tx, OTHER_PROJECT, hidden)
        assert backups.offered(tx, OTHER_PROJECT, whole.id).member == member
        assert backups.count(tx, SHARED) == 0


def test_an_accepted_share_is_pending_again_without_its_vault(database: Database) -> None:
    with database.transaction() as tx:
        whole, member = shared(tx)
        vaults.remove(tx, member.vault_id or "")
        found = members.get(tx, whole.id, OTHER_PROJECT)
        assert (found.status, found.vault_id) == (MemberStatus.PENDING, None)
        assert backups.count(tx, SHARED) == 0


def test_a_share_goes_with_its_backup(database: Database) -> None:
    with database.transaction() as tx:
        whole, _ = shared(tx)
        backups.remove(tx, whole.id)
        assert members.of_backup(tx, whole.id) == []


def test_a_restore_shows_to_the_project_that_asked_for_it(database: Database) -> None:
    with database.transaction() as tx:
        whole, member = shared(tx)
        detail = RestoreDetail(
            backup_id=whole.id,
            backup_name=whole.name,
            target_resource_id="theirs",
            source_vault_id=whole.vault_id,
        )
        asked = task(
            Operation.RESTORE,
            "mine",
            project_id=OTHER_PROJECT,
            backup_id=whole.id,
            vault_id=member.vault_id,
            detail=detail,
        )
        tasks.add(tx, asked)
        assert backups.visible(tx, OTHER_PROJECT, whole.id).status is BackupStatus.WAITING_RESTORE
        assert backups.find(tx, SHARED, Page())[0].status is BackupStatus.WAITING_RESTORE
        assert backups.get(tx, PROJECT, whole.id).status is BackupStatus.AVAILABLE
        assert backups.find(tx, BackupFilter(project_id=PROJECT), Page())[0].status is BackupStatus.AVAILABLE
        assert members.are_restoring(tx, whole.id, PROJECT)
        assert work.unfinished(tx, OTHER_PROJECT, resource_id="theirs") == [asked]
        assert work.unfinished(tx, OTHER_PROJECT, resource_id="mine") == []
        # The owner's vault is not deleted before the restore has ended.
        doom = task(Operation.VAULT_DELETE, vault_id=whole.vault_id, project_id=PROJECT)
        tasks.add(tx, doom)
        assert [one.task_id for one in dispatch.dispatch(tx, "w", ("here",), 9)] == [asked.id]
        members.remove(tx, member)
        claim = work.claim(tx, asked.id, "w")
        assert claim is not None
        assert claim.cancel_requested
