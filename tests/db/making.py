"""Rows to test with: projects, vaults, resources, backups and tasks that hang together."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from holdfast.db import projects, vaults
from holdfast.model import ids
from holdfast.model.backup import Backup
from holdfast.model.project import Project
from holdfast.model.resource import ObjectType, Resource, ResourceType
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    Detail,
    Operation,
    RemoveResourcesDetail,
    RestoreDetail,
    Status,
    SyncDetail,
    Task,
    TaskResource,
    VaultDeleteDetail,
)
from holdfast.model.vault import Attachment, Vault

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
PROJECT = "b0ce0000000000000000000000000001"
OTHER_PROJECT = "b0ce0000000000000000000000000002"


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def add_project(tx: Connection, project_id: str = PROJECT) -> Project:
    project = Project(id=project_id, name=f"project {project_id}", created_at=NOON)
    projects.add(tx, project)
    return project


def add_projects(tx: Connection) -> None:
    add_project(tx)
    add_project(tx, OTHER_PROJECT)


def resource(**given: Any) -> Resource:
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": PROJECT,
        "name": "letters",
        "type": ResourceType.FILE_SHARE,
        "provider": "directory",
        "settings": {"path": "/srv/letters"},
        "created_at": NOON,
    }
    return Resource(**values | given)


def attachment(resource_id: str, **given: Any) -> Attachment:
    values: dict[str, Any] = {"name": "letters", "type": ResourceType.FILE_SHARE.value, "size_gb": 3}
    return Attachment(resource_id=resource_id, **values | given)


def vault(**given: Any) -> Vault:
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": PROJECT,
        "user_id": "somebody",
        "name": "safe",
        "object_type": ObjectType.TURBO,
        "size_gb": 100,
        "created_at": NOON,
    }
    return Vault(**values | given)


def add_vault(tx: Connection, **given: Any) -> Vault:
    made = vault(**given)
    vaults.add(tx, made, "open sesame")
    return made


def backup(of: Vault, **given: Any) -> Backup:
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": of.project_id,
        "vault_id": of.id,
        "checkpoint_id": ids.new(),
        "resource_id": "a resource",
        "resource_name": "letters",
        "resource_type": ResourceType.FILE_SHARE,
        "name": "manualbk_0001",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Backup(**values | given)


_DETAILS: dict[Operation, Detail] = {
    Operation.BACKUP: BackupDetail(backup_id="b", backup_name="manualbk_0001"),
    Operation.RESTORE: RestoreDetail(backup_id="b", backup_name="manualbk_0001"),
    Operation.DELETE: DeleteDetail(backup_id="b", backup_name="manualbk_0001"),
    Operation.SYNC: SyncDetail(),
    Operation.VAULT_DELETE: VaultDeleteDetail(),
    Operation.REMOVE_RESOURCE: RemoveResourcesDetail(),
}


def task(operation: Operation = Operation.BACKUP, resource_id: str = "r", **given: Any) -> Task:
    """A waiting task; `resource_name` names its resource."""
    created_at = given.get("created_at", NOON)
    values: dict[str, Any] = {
        "id": ids.new(),
        "project_id": PROJECT,
        "operation": operation,
        "status": Status.WAITING,
        "provider_id": "a provider",
        "resource": TaskResource(
            id=resource_id, name=given.pop("resource_name", "letters"), type=ResourceType.FILE_SHARE.value
        ),
        "vault_id": "v",
        "vault_name": "safe",
        "request_id": "req-1",
        "created_at": created_at,
        "updated_at": created_at,
        "detail": _DETAILS.get(operation, SyncDetail()),
    }
    return Task(**values | given)


def restore_to(target_id: str, **given: Any) -> Task:
    detail = RestoreDetail(backup_id="b", backup_name="manualbk_0001", target_resource_id=target_id)
    return task(Operation.RESTORE, detail=detail, **given)


def removal_of(*resource_ids: str, **given: Any) -> Task:
    removed = tuple(
        TaskResource(id=one, name="letters", type=ResourceType.FILE_SHARE.value) for one in resource_ids
    )
    return task(Operation.REMOVE_RESOURCE, "v", detail=RemoveResourcesDetail(resources=removed), **given)
