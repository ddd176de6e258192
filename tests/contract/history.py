"""A project's history with a task of every operation in every status, some of them years old."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, product

from holdfast.model import ids
from holdfast.model.resource import ResourceType, provider_of
from holdfast.model.task import (
    BackupDetail,
    DeleteDetail,
    Detail,
    Operation,
    RemoveResourcesDetail,
    ReplicationDetail,
    RestoreDetail,
    Status,
    SyncDetail,
    Task,
    TaskError,
    TaskResource,
    VaultDeleteDetail,
)
from holdfast.model.vault import IncludedVolume

BEGIN = datetime(2023, 3, 25, 6, 32, 7, 951164, tzinfo=UTC)
EVERY = timedelta(hours=7, seconds=1)

# What the documents have no word for.
YOUNGER = (Operation.MIGRATE_RESOURCES, Operation.UPDATE_EXPIRATION_TIME)
OPERATIONS = tuple(operation for operation in Operation if operation not in YOUNGER)
RESOURCE_TYPES = tuple(type_ for type_ in ResourceType if type_ is not ResourceType.NATIVE_SERVER)
VAULTS = (("vault-1", "daily"), ("vault-2", "daily of the shop"), ("vault-3", "月度存储库"))
ENTERPRISE_PROJECTS = ("0", "ep-1", "ep-2")
PROBLEMS = {
    Status.FAILED: TaskError("BackupService.6302", "The resource does not exist."),
    Status.SKIPPED: TaskError("BackupService.6125", "A backup task is in progress."),
    Status.TIMEOUT: TaskError("BackupService.9910", "The task ran for too long."),
}
PROGRESS = {Status.WAITING: 0, Status.RUNNING: 42, Status.SUCCESS: 100}


def tasks(project_id: str) -> list[Task]:
    """The history of a project, oldest first."""
    made: list[Task] = []
    types, vaults, enterprises = cycle(RESOURCE_TYPES), cycle(VAULTS), cycle(ENTERPRISE_PROJECTS)
    for number, (operation, status) in enumerate(product(OPERATIONS, Status)):
        resource = _resource(number, next(types))
        vault_id, vault_name = next(vaults)
        begun = BEGIN + number * EVERY
        made.append(
            Task(
                id=ids.new(),
                project_id=project_id,
                operation=operation,
                status=status,
                provider_id=provider_of(ResourceType(resource.type)),
                resource=resource,
                vault_id=vault_id,
                vault_name=vault_name,
                checkpoint_id=ids.new() if operation is Operation.BACKUP else None,
                policy_id="policy-1" if number % 4 == 0 else None,
                backup_id=None,
                enterprise_project_id=next(enterprises),
                request_id=ids.new_request(),
                created_at=begun,
                started_at=None if status is Status.WAITING else begun + timedelta(seconds=1),
                ended_at=begun + timedelta(minutes=4) if status.is_end else None,
                updated_at=begun + timedelta(minutes=4),
                progress=PROGRESS.get(status, 7),
                error=PROBLEMS.get(status, TaskError()),
                detail=detail_of(operation, resource),
            )
        )
    return made


def _resource(number: int, type_: ResourceType) -> TaskResource:
    excluded = (ids.new(), ids.new()) if number % 5 == 0 else ()
    included = (IncludedVolume(ids.new(), "Debian 12"),) if number % 5 in (0, 1) else ()
    return TaskResource(
        id=f"resource-{number % 9}",
        name=("web-01", "web-02", "邮件服务器")[number % 3],
        type=type_,
        exclude_volumes=excluded,
        include_volumes=included,
    )


def detail_of(operation: Operation, resource: TaskResource) -> Detail:
    """The block that belongs to an operation, with every field filled."""
    match operation:
        case Operation.BACKUP:
            return BackupDetail(
                backup_id=ids.new(),
                backup_name="manualbk_1234",
                incremental=resource.name == "web-01",
                app_consistent=resource.name == "web-02",
                app_consistency_error_code="0",
                app_consistency_error_message="",
            )
        case Operation.RESTORE:
            return RestoreDetail(
                backup_id=ids.new(),
                backup_name="manualbk_1234",
                target_resource_id=resource.id,
                target_resource_name=resource.name,
            )
        case Operation.DELETE:
            return DeleteDetail(backup_id=ids.new(), backup_name="autobk_5678")
        case Operation.SYNC:
            return SyncDetail(added=3, removed=2, failed=1)
        case Operation.REMOVE_RESOURCE:
            return RemoveResourcesDetail(fail_count=1, total_count=5, resources=(resource, resource))
        case Operation.VAULT_DELETE:
            return VaultDeleteDetail(fail_count=1, total_count=4)
        case _:
            return _replication()


def _replication() -> ReplicationDetail:
    return ReplicationDetail(
        source_region="north",
        source_project_id=ids.new_project(),
        source_checkpoint_id=ids.new(),
        source_backup_id=ids.new(),
        source_backup_name="manualbk_1234",
        destination_region="south",
        destination_project_id=ids.new_project(),
        destination_checkpoint_id=ids.new(),
        destination_backup_id=ids.new(),
        destination_backup_name="manualbk_1234-copy",
    )


def newest_first(made: list[Task]) -> Iterator[Task]:
    """The order of every list."""
    return reversed(made)
