"""Backups: one resource at one moment. A server's backup has the backups of its disks as children."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from .errors import (
    BackupNotDeletable,
    BackupNotFound,
    BackupNotRestorable,
    BackupNotShareable,
    MetadataNotReady,
    OnlyServersShared,
    ResourceBusy,
    ResourceRestoring,
)
from .member import Member
from .resource import OBJECT_OF_RESOURCE, PROVIDER_OF_OBJECT, ResourceType
from .task import Operation, Status, Task


class BackupState(StrEnum):
    """What is stored of a backup: not yet taken, taken, or failed."""

    NEW = "new"
    AVAILABLE = "available"
    ERROR = "error"


class BackupStatus(StrEnum):
    """status of a backup on the wire: its state and its unfinished task together."""

    AVAILABLE = "available"
    PROTECTING = "protecting"
    DELETING = "deleting"
    RESTORING = "restoring"
    ERROR = "error"
    WAITING_PROTECT = "waiting_protect"
    WAITING_DELETE = "waiting_delete"
    WAITING_RESTORE = "waiting_restore"


class ImageType(StrEnum):
    """Whether a backup was taken here or is a replica."""

    BACKUP = "backup"
    REPLICATION = "replication"


class OwnType(StrEnum):
    """own_type: whose backups a project asks for. `all_granted` are its own and those shared with it."""

    ALL_GRANTED = "all_granted"
    PRIVATE = "private"
    SHARED = "shared"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """One resource at one moment.

    `snapshot_id` is the restic snapshot (64 hexadecimal digits) once there is one; `read_bytes` is what was
    protected, `stored_bytes` what the repository grew by.
    `policy_id` is whose schedule took it. `children` are filled when one backup is shown;
    `is_whole` says of a server's that every disk that it has now is among them. `member` is how the project
    that looks came to it, where it is another's.
    """

    id: str
    project_id: str
    vault_id: str
    checkpoint_id: str
    parent_id: str | None = None
    policy_id: str | None = None
    resource_id: str
    resource_name: str
    resource_type: ResourceType
    resource_size_gb: int = 1
    name: str
    description: str | None = None
    image_type: ImageType = ImageType.BACKUP
    incremental: bool = True
    auto_trigger: bool = False
    enterprise_project_id: str = "0"
    state: BackupState = BackupState.NEW
    status: BackupStatus = BackupStatus.WAITING_PROTECT
    snapshot_id: str | None = None
    bookmark: str | None = None
    root: str = ""
    read_bytes: int = 0
    stored_bytes: int = 0
    file_count: int = 0
    created_at: datetime
    protected_at: datetime | None = None
    updated_at: datetime
    expired_at: datetime | None = None
    children: tuple["Backup", ...] = ()
    is_whole: bool = False
    member: Member | None = None

    @property
    def provider_id(self) -> str:
        """The CBR provider id of the resource's kind."""
        return PROVIDER_OF_OBJECT[OBJECT_OF_RESOURCE[self.resource_type]]

    def is_kept(self, now: datetime) -> bool:
        """Whether a locked vault keeps the backup: it did not fail, and has not expired."""
        return self.state is not BackupState.ERROR and (self.expired_at is None or self.expired_at > now)

    def check_restorable(self) -> None:
        """Raises ResourceRestoring or BackupNotRestorable unless the backup can be restored now."""
        if self.status in (BackupStatus.RESTORING, BackupStatus.WAITING_RESTORE):
            raise ResourceRestoring(self.resource_id)
        if self.status in (BackupStatus.PROTECTING, BackupStatus.WAITING_PROTECT):
            raise ResourceBusy(self.resource_id)
        if self.status is not BackupStatus.AVAILABLE:
            raise BackupNotRestorable(self.status)

    def check_deletable(self) -> None:
        """Raises BackupNotDeletable unless the backup can be deleted now."""
        if self.parent_id is not None:
            raise BackupNotDeletable("it is one disk of a server backup")
        if self.status not in (BackupStatus.AVAILABLE, BackupStatus.ERROR):
            raise BackupNotDeletable(self.status)

    def check_of_server(self) -> None:
        """Raises OnlyServersShared unless the backup is of a server, as a whole."""
        if self.resource_type is not ResourceType.SERVER:
            raise OnlyServersShared(self.resource_type)

    def check_of_disk(self) -> None:
        """Raises BackupNotFound unless the backup is of a disk, as a whole: of others some know nothing."""
        if self.resource_type is not ResourceType.DISK or self.parent_id is not None:
            raise BackupNotFound(self.id)

    def check_shareable(self) -> None:
        """Raises BackupNotShareable unless the backup can be shared now."""
        if self.status is not BackupStatus.AVAILABLE:
            raise BackupNotShareable(self.status)

    def check_telling(self) -> None:
        """Raises MetadataNotReady unless the backup is there to tell what it holds."""
        if self.status is not BackupStatus.AVAILABLE:
            raise MetadataNotReady(self.status)


_UNDER_WAY = {
    (Operation.BACKUP, Status.WAITING): BackupStatus.WAITING_PROTECT,
    (Operation.BACKUP, Status.RUNNING): BackupStatus.PROTECTING,
    (Operation.RESTORE, Status.WAITING): BackupStatus.WAITING_RESTORE,
    (Operation.RESTORE, Status.RUNNING): BackupStatus.RESTORING,
    (Operation.DELETE, Status.WAITING): BackupStatus.WAITING_DELETE,
    (Operation.DELETE, Status.RUNNING): BackupStatus.DELETING,
    (Operation.VAULT_DELETE, Status.WAITING): BackupStatus.WAITING_DELETE,
    (Operation.VAULT_DELETE, Status.RUNNING): BackupStatus.DELETING,
}


def status_of(state: BackupState, unfinished: Iterable[tuple[Operation, Status]]) -> BackupStatus:
    """The status of a backup in this state with these unfinished tasks; the last to bite wins.

    A backup that is `new` with nothing under way was abandoned and counts as failed.
    """
    under_way = [_UNDER_WAY[task] for task in unfinished if task in _UNDER_WAY]
    for status in (BackupStatus.DELETING, BackupStatus.WAITING_DELETE):
        if status in under_way:
            return status
    if under_way:
        return under_way[0]
    return BackupStatus.AVAILABLE if state is BackupState.AVAILABLE else BackupStatus.ERROR


def task_pair(task: Task) -> tuple[Operation, Status]:
    """What `status_of` wants to know of a task."""
    return task.operation, task.status
