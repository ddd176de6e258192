"""The log of what went wrong with single files of a task. Ours: the reference has nothing like it."""

from collections.abc import Sequence

import msgspec

from holdfast.api import paging
from holdfast.api.request import Call, Reply, Route
from holdfast.service import task_warnings
from holdfast.service.context import Context


class WarningsReply(msgspec.Struct, frozen=True):
    """Some lines; `count` is of all there are by now, `limit` and `offset` are what was applied."""

    warnings: Sequence[str]
    count: int
    limit: int
    offset: int


def find(context: Context, call: Call) -> Reply:
    """GET operation-logs/{operation_log_id}/warnings."""
    page = paging.page(call.query)
    found, count = task_warnings.find(context, call.path["operation_log_id"], page)
    return Reply(WarningsReply(found, count, page.limit, page.offset))


ROUTES = (Route("GET", "/operation-logs/{operation_log_id}/warnings", find),)
