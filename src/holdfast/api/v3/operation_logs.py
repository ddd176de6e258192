"""Tasks as the wire tells them: operation logs."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from holdfast.api import paging
from holdfast.api.request import Call, Later, Reply, Route
from holdfast.service import retries, tasks
from holdfast.service.context import Context

from . import operation_log_queries as queries
from .operation_log_views import Shown, shown

GOPHER = "golangsdk/"  # how gophertelekomcloud, and Terraform's provider over it, name themselves


class OperationLogReply(msgspec.Struct, frozen=True):
    """OperationLogResp."""

    operation_log: Shown


class OperationLogsReply(msgspec.Struct, frozen=True):
    """OpListResp: `count` is of all matches, `limit` and `offset` are what was applied.

    `operation_log` is the same list again, for gophertelekomcloud alone, which looks for it there: for
    everybody else it would double the answer.
    """

    operation_logs: Sequence[Shown]
    count: int
    limit: int
    offset: int
    operation_log: Sequence[Shown] | UnsetType = UNSET


def find(context: Context, call: Call) -> Reply:
    """GET operation-logs."""
    page, fields = paging.page(call.query), queries.fields(call.query)
    wanted, order = queries.wanted(context.project_id, call.query), queries.order(call.query)
    search = tasks.find_without_reasons if fields and "holdfast" not in fields else tasks.find
    found, count = search(context, wanted, page, order)
    views = [shown(task, fields) for task in found]
    again = views if GOPHER in call.headers.get("user-agent", "") else UNSET
    return Reply(OperationLogsReply(views, count, page.limit, page.offset, again))


def show(context: Context, call: Call) -> Reply:
    """GET operation-logs/{operation_log_id}: at once, or with `wait` when the task has ended."""
    fields, seconds = queries.fields(call.query), queries.wait_seconds(call.query)
    reply, has_ended = _shown(context, call, fields)
    if has_ended or not seconds:
        return reply
    return Reply(Later(call.path["operation_log_id"], seconds, lambda: _shown(context, call, fields)[0]))


def cancel(context: Context, call: Call) -> Reply:
    """POST operation-logs/{operation_log_id}/cancel: ours."""
    task = tasks.cancel(context, call.path["operation_log_id"])
    return Reply(OperationLogReply(shown(task, ())), 202)


def retry(context: Context, call: Call) -> Reply:
    """POST operation-logs/{operation_log_id}/retry: ours. The answer is the new task."""
    task = retries.create(context, call.path["operation_log_id"])
    return Reply(OperationLogReply(shown(task, ())), 202)


def _shown(context: Context, call: Call, fields: Sequence[str]) -> tuple[Reply, bool]:
    """The task as it is now, and whether it has ended."""
    task = tasks.show(context, call.path["operation_log_id"])
    return Reply(OperationLogReply(shown(task, fields))), task.status.is_end


ROUTES = (
    Route("GET", "/operation-logs", find),
    Route("GET", "/operation-logs/{operation_log_id}", show),
    Route("POST", "/operation-logs/{operation_log_id}/cancel", cancel),
    Route("POST", "/operation-logs/{operation_log_id}/retry", retry),
)
