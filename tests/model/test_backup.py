"""What a backup's status is follows from its state and its unfinished tasks."""

from datetime import UTC, datetime

import pytest

from holdfast.model.backup import Backup, BackupState, BackupStatus, status_of
from holdfast.model.errors import BackupNotDeletable, BackupNotRestorable, ResourceBusy, ResourceRestoring
from holdfast.model.resource import ResourceType
from holdfast.model.task import Operation, Status

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_backup(status: BackupStatus, parent_id: str | None = None) -> Backup:
    return Backup(
        id="b1",
        project_id="p1",
        vault_id="v1",
        checkpoint_id="c1",
        parent_id=parent_id,
        resource_id="r1",
        resource_name="home",
        resource_type=ResourceType.DISK,
        name="nightly",
        status=status,
        created_at=NOON,
        updated_at=NOON,
    )


@pytest.mark.parametrize(
    ("state", "unfinished", "expected"),
    [
        (BackupState.NEW, [(Operation.BACKUP, Status.WAITING)], BackupStatus.WAITING_PROTECT),
        (BackupState.NEW, [(Operation.BACKUP, Status.RUNNING)], BackupStatus.PROTECTING),
        (BackupState.NEW, [], BackupStatus.ERROR),
        (BackupState.AVAILABLE, [], BackupStatus.AVAILABLE),
        (BackupState.AVAILABLE, [(Operation.RESTORE, Status.RUNNING)], BackupStatus.RESTORING),
        (
            BackupState.AVAILABLE,
            [(Operation.RESTORE, Status.RUNNING), (Operation.DELETE, Status.WAITING)],
            BackupStatus.WAITING_DELETE,
        ),
        (BackupState.ERROR, [(Operation.DELETE, Status.RUNNING)], BackupStatus.DELETING),
        (BackupState.AVAILABLE, [(Operation.VAULT_DELETE, Status.RUNNING)], BackupStatus.DELETING),
    ],
)
def test_status_follows_from_state_and_work(
    state: BackupState, unfinished: list[tuple[Operation, Status]], expected: BackupStatus
) -> None:
    assert status_of(state, unfinished) is expected


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (BackupStatus.RESTORING, ResourceRestoring),
        (BackupStatus.PROTECTING, ResourceBusy),
        (BackupStatus.ERROR, BackupNotRestorable),
        (BackupStatus.WAITING_DELETE, BackupNotRestorable),
    ],
)
def test_only_an_available_backup_is_restored(status: BackupStatus, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        a_backup(status).check_restorable()
    a_backup(BackupStatus.AVAILABLE).check_restorable()


def test_a_failed_backup_can_be_deleted_and_a_running_one_cannot() -> None:
    a_backup(BackupStatus.ERROR).check_deletable()
    with pytest.raises(BackupNotDeletable):
        a_backup(BackupStatus.PROTECTING).check_deletable()


def test_one_disk_of_a_server_backup_is_not_deleted_alone() -> None:
    with pytest.raises(BackupNotDeletable):
        a_backup(BackupStatus.AVAILABLE, parent_id="b0").check_deletable()
