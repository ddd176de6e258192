"""What may be asked of tasks: CBR's parameters with CBR's meaning, and what is added to them."""

from enum import StrEnum

from holdfast.api.query import Query
from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Operation, Status
from holdfast.model.task_filter import Order, SortKey, Span, TaskFilter

from .operation_log_views import MEMBERS

MOST_WAIT_SECONDS = 300


class Direction(StrEnum):
    """sort_dir."""

    ASC = "asc"
    DESC = "desc"


def wanted(project_id: str, query: Query) -> TaskFilter:
    """The filter that the query asks for; raises InvalidParameter naming the parameter."""
    return TaskFilter(
        project_id=project_id,
        operations=query.few_choices("operation_type", Operation),
        statuses=query.few_choices("status", Status),
        provider_ids=query.few("provider_id"),
        resource_ids=query.few("resource_id"),
        resource_names=query.few_texts("resource_name"),
        resource_types=query.few("resource_type"),
        vault_ids=query.few("vault_id"),
        vault_names=query.few_texts("vault_name"),
        enterprise_project_ids=query.enterprise_projects(),
        policy_ids=query.few("policy_id"),
        checkpoint_ids=query.few("checkpoint_id"),
        backup_ids=query.few("backup_id"),
        request_ids=query.few("request_id"),
        parent_ids=query.few("parent_id"),
        error_codes=query.few("error_code"),
        text=query.text("q"),
        begin=query.begin("start_time"),
        end=query.end("end_time"),
        created=_span(query, "created"),
        started=_span(query, "started"),
        ended=_span(query, "ended"),
    )


def order(query: Query) -> Order:
    """The order that `sort_key` and `sort_dir` ask for; newest first without them."""
    key = query.choice("sort_key", SortKey) or SortKey.CREATED_AT
    return Order(key=key, descending=query.choice("sort_dir", Direction) is not Direction.ASC)


def fields(query: Query) -> tuple[str, ...]:
    """The members of an operation log that `fields` asks for, `id` among them; empty for all."""
    named = {"id", *query.few("fields")}
    unknown = sorted(named - MEMBERS.keys())
    if unknown:
        raise InvalidParameter("fields", f"must be of {', '.join(MEMBERS)}")
    return tuple(name for name in MEMBERS if name in named) if query.has("fields") else ()


def wait_seconds(query: Query) -> int:
    """For how long to wait for the end of a task; 0 for not at all."""
    return query.number("wait", 0, 1, MOST_WAIT_SECONDS)


def _span(query: Query, event: str) -> Span:
    return Span(after=query.begin(f"{event}_after"), before=query.begin(f"{event}_before"))
