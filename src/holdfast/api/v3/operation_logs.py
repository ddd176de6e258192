"""Tasks as the wire tells them: operation logs."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import paging
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model.task import Operation, Status, TaskFilter
from holdfast.service import retries, tasks
from holdfast.service.context import Context

from .operation_log_views import OperationLogView

GOPHER = "golangsdk/"  # how gophertelekomcloud, and Terraform's provider over it, name themselves


class OperationLogReply(msgspec.Struct, frozen=True):
    """OperationLogResp."""

    operation_log: OperationLogView


class OperationLogsReply(msgspec.Struct, frozen=True):
    """OpListResp: `count` is of all matches, `limit` and `offset` are what was applied.

    `operation_log` is the same list again, for gophertelekomcloud alone, which looks for it there: for
    everybody else it would double the answer.
    """

    operation_logs: Sequence[OperationLogView]
    count: int
    limit: int
    offset: int
    operation_log: Sequence[OperationLogView] | UnsetType = UNSET


def find(context: Context, call: Call) -> Reply:
    """GET operation-logs."""
    page = paging.page(call.query)
    found, count = tasks.find(context, wanted(context.project_id, call.query), page)
    views = [OperationLogView.of(task) for task in found]
    again = views if GOPHER in call.headers.get("user-agent", "") else UNSET
    return Reply(OperationLogsReply(views, count, page.limit, page.offset, again))


def show(context: Context, call: Call) -> Reply:
    """GET operation-logs/{operation_log_id}."""
    return Reply(OperationLogReply(OperationLogView.of(tasks.show(context, call.path["operation_log_id"]))))


def cancel(context: Context, call: Call) -> Reply:
    """POST operation-logs/{operation_log_id}/cancel: ours."""
    task = tasks.cancel(context, call.path["operation_log_id"])
    return Reply(OperationLogReply(OperationLogView.of(task)), 202)


def retry(context: Context, call: Call) -> Reply:
    """POST operation-logs/{operation_log_id}/retry: ours. The answer is the new task."""
    task = retries.create(context, call.path["operation_log_id"])
    return Reply(OperationLogReply(OperationLogView.of(task)), 202)


def wanted(project_id: str, query: Query) -> TaskFilter:
    """The filter that the query asks for; raises InvalidParameter naming the parameter."""
    return TaskFilter(
        project_id=project_id,
        operations=query.choices("operation_type", Operation) or (),
        statuses=query.choices("status", Status) or (),
        provider_ids=query.listed("provider_id") or (),
        resource_ids=query.listed("resource_id") or (),
        resource_names=query.texts("resource_name"),
        vault_ids=query.listed("vault_id") or (),
        vault_names=query.texts("vault_name"),
        enterprise_project_ids=tuple(filter(None, (query.enterprise_project(),))),
        begin=query.begin("start_time"),
        end=query.end("end_time"),
    )


ROUTES = (
    Route("GET", "/operation-logs", find),
    Route("GET", "/operation-logs/{operation_log_id}", show),
    Route("POST", "/operation-logs/{operation_log_id}/cancel", cancel),
    Route("POST", "/operation-logs/{operation_log_id}/retry", retry),
)
