"""The tasks of a backup policy, as the Volume Backup Service tells them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import moments
from holdfast.api.paging import MAX_LIMIT, MAX_OFFSET
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model.errors import TaskNotFound
from holdfast.model.resource import ResourceType
from holdfast.model.task import BackupDetail, Operation, Page, Status, Task
from holdfast.model.task_filter import Order, TaskFilter
from holdfast.service import tasks
from holdfast.service import volume_backup_policies as policies
from holdfast.service.context import Context

USUAL_LIMIT = 20


class TaskStatus(StrEnum):
    """status of a task."""

    RUNNING = "RUNNING"
    EXECUTE_TIMEOUT = "EXECUTE_TIMEOUT"
    WAITING = "WAITING"
    EXECUTE_FAIL = "EXECUTE_FAIL"
    EXECUTE_SUCCESS = "EXECUTE_SUCCESS"
    SKIP = "SKIP"


class SortKey(StrEnum):
    """The one thing that tasks are sorted by."""

    CREATED_AT = "created_at"


class SortDirection(StrEnum):
    """Whether the oldest or the newest come first."""

    ASCENDING = "asc"
    DESCENDING = "desc"


STATUSES: Mapping[TaskStatus, Status] = MappingProxyType(
    {
        TaskStatus.RUNNING: Status.RUNNING,
        TaskStatus.EXECUTE_TIMEOUT: Status.TIMEOUT,
        TaskStatus.WAITING: Status.WAITING,
        TaskStatus.EXECUTE_FAIL: Status.FAILED,
        TaskStatus.EXECUTE_SUCCESS: Status.SUCCESS,
        TaskStatus.SKIP: Status.SKIPPED,
    }
)
_NAMES = {status: name for name, status in STATUSES.items()}
_KINDS: Mapping[str, str] = MappingProxyType({ResourceType.DISK: "volume", ResourceType.SERVER: "server"})


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """One backup job; where a vault was due and held nothing, it is about that.

    `vbs_job_id` leads to the job of the same task; what went wrong is told if it did.
    """

    status: TaskStatus
    job_id: str
    created_at: str
    finished_at: str | UnsetType
    backup_name: str
    resource_id: str
    resource_type: str
    vbs_job_id: str
    message: str | UnsetType
    code: str | UnsetType

    @classmethod
    def of(cls, task: Task) -> "TaskView":
        """The wire's view of a backup's task."""
        return cls(
            status=_NAMES[task.status],
            job_id=task.id,
            created_at=moments.of_volume_backup(task.created_at),
            finished_at=moments.of_volume_backup(task.ended_at) if task.ended_at else UNSET,
            backup_name=task.detail.backup_name if isinstance(task.detail, BackupDetail) else "",
            resource_id=task.resource.id,
            resource_type="vault" if task.is_of_vault else _KINDS.get(task.resource.type, task.resource.type),
            vbs_job_id=task.id,
            message=task.error.message or UNSET,
            code=task.error.code or UNSET,
        )


class TasksReply(msgspec.Struct, frozen=True):
    """A page of the tasks, and how many there are in all."""

    tasks: Sequence[TaskView]
    count: int


def find(context: Context, call: Call) -> Reply:
    """GET backuppolicy/{policy_id}/backuptasks."""
    policy_id, query = call.path["policy_id"], call.query
    status = query.choice("status", TaskStatus)
    wanted = TaskFilter(
        project_id=context.project_id,
        operations=(Operation.BACKUP,),
        statuses=() if status is None else (STATUSES[status],),
        policy_ids=(policy_id,),
    )
    page, order, job_id = _page(query), _order(query), query.text("job_id")
    policies.show(context, policy_id)
    if job_id is None:
        found, count = tasks.find_without_reasons(context, wanted, page, order)
    else:
        some = _named(context, wanted, job_id)
        found, count = some[page.offset :][: page.limit], len(some)
    return Reply(TasksReply([TaskView.of(task) for task in found], count))


def _page(query: Query) -> Page:
    return Page(
        limit=query.number("limit", USUAL_LIMIT, 1, MAX_LIMIT),
        offset=query.number("offset", 0, 0, MAX_OFFSET),
        marker=query.text("marker"),
    )


def _order(query: Query) -> Order:
    query.choice("sort_key", SortKey)
    return Order(descending=query.choice("sort_dir", SortDirection) is not SortDirection.ASCENDING)


def _named(context: Context, wanted: TaskFilter, task_id: str) -> list[Task]:
    """The task of this id, if it is one of those that are asked for."""
    try:
        task = tasks.show(context, task_id)
    except TaskNotFound:
        return []
    fits = task.operation in wanted.operations and task.policy_id in wanted.policy_ids
    return [task] if fits and (not wanted.statuses or task.status in wanted.statuses) else []


ROUTES = (Route("GET", "/backuppolicy/{policy_id}/backuptasks", find),)
