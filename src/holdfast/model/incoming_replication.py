"""Replications that come in from another region: that one does the work, this one tells of it too."""

from datetime import datetime

import msgspec

from . import ids
from .backup import Backup
from .checkpoint import Checkpoint
from .errors import InvalidParameter
from .resource import ResourceType
from .task import Figures, Operation, ReplicationDetail, Status, Task, resource_of
from .vault import Attachment, Vault


class IncomingReplication(msgspec.Struct, frozen=True, kw_only=True):
    """What the source tells of one: the backup with its disks as it has them, and what the replica will be.

    `detail` names the source's task, `expires_at` is when the source's policy lets the replica go.
    """

    backup: Backup
    detail: ReplicationDetail
    expires_at: datetime | None = None

    def check(self) -> None:
        """Raises InvalidParameter for ids that could not be kept."""
        told = (
            ("destination_backup_id", self.detail.destination_backup_id),
            ("destination_checkpoint_id", self.detail.destination_checkpoint_id),
        )
        for field, value in told:
            if not ids.is_uuid(value):
                raise InvalidParameter(field, "is no UUID")
        resources = [one.resource_id for one in self.backup.children]
        if len(set(resources)) != len(resources):
            raise InvalidParameter("backup.children", "names a resource twice")
        if any(one.resource_type is not ResourceType.DISK for one in self.backup.children):
            raise InvalidParameter("backup.children", "must be disks")
        if self.backup.children and self.backup.resource_type is not ResourceType.SERVER:
            raise InvalidParameter("backup.children", "is only for a server's backup")

    def check_announced(self, task: Task) -> None:
        """Raises InvalidParameter unless the task was announced for this backup, and for this replica.

        What was announced was found to fit the vault: nothing else may come in its place.
        """
        announced, told = task.detail, self.detail
        is_same = (
            isinstance(announced, ReplicationDetail)
            and announced.source_project_id == told.source_project_id
            and announced.source_backup_id == told.source_backup_id
            and (task.backup_id, task.checkpoint_id)
            == (told.destination_backup_id, told.destination_checkpoint_id)
            and (task.resource.id, task.resource.type) == (self.backup.resource_id, self.backup.resource_type)
        )
        if not is_same:
            raise InvalidParameter("complete.replication", "is not what was announced")

    @property
    def resource(self) -> Attachment:
        """What was backed up, as the run tells it."""
        return Attachment(
            resource_id=self.backup.resource_id,
            name=self.backup.resource_name,
            type=self.backup.resource_type,
            size_gb=self.backup.resource_size_gb,
        )

    def task_id(self, vault_id: str) -> str:
        """The id of the task here: the same one, however often the source asks."""
        return task_id(vault_id, self.detail.source_region, self.detail.source_task_id)

    def task(self, vault: Vault, request_id: str, now: datetime) -> Task:
        """The task that tells here of what the source does; it runs from the start."""
        backup, detail = self.backup, self.detail
        return Task(
            id=self.task_id(vault.id),
            project_id=vault.project_id,
            operation=Operation.REPLICATION,
            status=Status.RUNNING,
            provider_id=backup.provider_id,
            resource=resource_of(backup.resource_id, backup.resource_name, backup.resource_type),
            vault_id=vault.id,
            vault_name=vault.name,
            checkpoint_id=detail.destination_checkpoint_id,
            backup_id=detail.destination_backup_id,
            enterprise_project_id=vault.enterprise_project_id,
            request_id=request_id,
            created_at=now,
            started_at=now,
            updated_at=now,
            detail=detail,
        )

    def checkpoint(self, vault: Vault, now: datetime) -> Checkpoint:
        """The run that the replica belongs to, with nothing else in it yet."""
        return Checkpoint(
            id=self.detail.destination_checkpoint_id,
            project_id=vault.project_id,
            vault_id=vault.id,
            vault_name=vault.name,
            provider_id=self.backup.provider_id,
            name=self.detail.destination_backup_name,
            description=self.detail.description or self.backup.description or "",
            attachments=(self.resource,),
            created_at=now,
        )


class IncomingTask(msgspec.Struct, frozen=True, kw_only=True):
    """The destination's task, as it tells it to the source. `error_code` and `error_message` are empty unless
    it ended badly; the figures are what the source told last."""

    id: str
    status: Status
    error_code: str = ""
    error_message: str = ""
    bytes_done: int = 0
    bytes_total: int = 0
    bytes_stored: int = 0

    @classmethod
    def of(cls, task: Task) -> "IncomingTask":
        """What is told of a task."""
        return cls(
            id=task.id,
            status=task.status,
            error_code=task.error.code,
            error_message=task.error.message,
            bytes_done=task.figures.bytes_done,
            bytes_total=task.figures.bytes_total,
            bytes_stored=task.figures.bytes_stored,
        )

    @property
    def figures(self) -> Figures:
        """What was moved."""
        return Figures(
            bytes_done=self.bytes_done, bytes_total=self.bytes_total, bytes_stored=self.bytes_stored
        )


def task_id(vault_id: str, source_region: str, source_task_id: str) -> str:
    """The id of the destination's task: both sides can tell it."""
    return ids.derived(vault_id, source_region, source_task_id)
