"""The audit trail, who asked for what: ours."""

from collections.abc import Sequence

import msgspec

from holdfast.api import moments
from holdfast.api.request import Call, Reply, Route
from holdfast.model.audit import AuditEntry, AuditFilter, Method
from holdfast.service import audits
from holdfast.service.context import Context

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000


class UserView(msgspec.Struct, frozen=True):
    """Who asked; the house itself has a name and an empty id."""

    id: str
    name: str


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """A call that changed something; `project_id` is null for a change of accounts."""

    id: str
    at: str | None
    project_id: str | None
    request_id: str
    user: UserView
    method: str
    route: str
    path: str
    task_ids: Sequence[str]

    @classmethod
    def of(cls, entry: AuditEntry, project_id: str) -> "EntryView":
        """The wire's view of an entry that is told to somebody of this project."""
        return cls(
            id=entry.id,
            at=moments.of_task(entry.at),
            project_id=project_id if entry.project_id == project_id else None,
            request_id=entry.request_id,
            user=UserView(entry.user_id, entry.user_name),
            method=entry.asked.method,
            route=entry.asked.route,
            path=entry.asked.path,
            task_ids=entry.task_ids,
        )


class AuditReply(msgspec.Struct, frozen=True):
    """A page of the audit trail, newest first; `next_marker` is null on the last."""

    audit: Sequence[EntryView]
    limit: int
    next_marker: str | None


def find(context: Context, call: Call) -> Reply:
    """GET holdfast/audit."""
    query = call.query
    limit = query.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    wanted = AuditFilter(
        request_id=query.text("request_id"),
        user=query.text("user"),
        method=query.choice("method", Method),
        since=query.begin("since"),
        before=query.begin("before"),
    )
    found, more = audits.find(context, wanted, limit, query.text("marker"))
    views = [EntryView.of(entry, context.project_id) for entry in found]
    return Reply(AuditReply(views, limit, views[-1].id if more else None))


ROUTES = (Route("GET", "/holdfast/audit", find, costly=True),)
