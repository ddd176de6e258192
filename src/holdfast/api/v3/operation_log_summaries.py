"""What became of many tasks, on the wire: ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from holdfast.api import moments
from holdfast.api.query import Query
from holdfast.api.request import Call, Reply, Route
from holdfast.model import zone
from holdfast.model.task import Status, Task
from holdfast.model.task_summary import (
    Durations,
    ErrorRanking,
    OfDay,
    OfError,
    OfOne,
    OfOperation,
    OfStatus,
    Ranking,
    Summary,
    Tally,
    View,
)
from holdfast.service import task_summaries
from holdfast.service.context import Context

from . import operation_log_queries as queries

USUAL_TOP, MOST_TOP = 20, 1000


class SpanView(msgspec.Struct, frozen=True):
    """The creation times that were looked at: from `after` on and before `before`; null: no such end."""

    after: str | None
    before: str | None
    is_default: bool

    @classmethod
    def of(cls, view: View) -> "SpanView":
        """What was applied."""
        created = view.created
        return cls(moments.of_task(created.after), moments.of_task(created.before), view.is_usual)


class DurationsView(msgspec.Struct, frozen=True, kw_only=True):
    """How long tasks ran, in seconds; null where none ran."""

    count: int
    mean_seconds: float | None
    median_seconds: float | None
    p95_seconds: float | None
    longest_seconds: float | None

    @classmethod
    def of(cls, durations: Durations) -> "DurationsView":
        """The wire's view of durations."""
        return cls(
            count=durations.count,
            mean_seconds=_seconds(durations.mean),
            median_seconds=_seconds(durations.median),
            p95_seconds=_seconds(durations.p95),
            longest_seconds=_seconds(durations.longest),
        )


class StatusView(msgspec.Struct, frozen=True):
    """The tasks with a status."""

    status: str
    count: int
    bytes_done: int
    bytes_stored: int

    @classmethod
    def of(cls, one: OfStatus) -> "StatusView":
        """The wire's view of a status."""
        return cls(one.status, one.count, one.bytes_done, one.bytes_stored)


class TallyView(msgspec.Struct, frozen=True, kw_only=True):
    """What all lines have: `statuses` has each status with its number of tasks, 0 included."""

    count: int
    statuses: Mapping[str, int]
    success_rate: float | None
    bytes_done: int
    bytes_stored: int


class OperationView(TallyView, frozen=True, kw_only=True):
    """The tasks of a type."""

    operation_type: str
    durations: DurationsView

    @classmethod
    def of(cls, one: OfOperation) -> "OperationView":
        """The wire's view of a type."""
        durations = DurationsView.of(one.durations)
        return cls(operation_type=one.operation, durations=durations, **_members(one.tally))


class DayView(TallyView, frozen=True, kw_only=True):
    """The tasks made on a day, which is written as `2026-03-29`."""

    day: str
    durations: DurationsView

    @classmethod
    def of(cls, one: OfDay) -> "DayView":
        """The wire's view of a day."""
        durations = DurationsView.of(one.durations)
        return cls(day=one.day.isoformat(), durations=durations, **_members(one.tally))


class OneView(TallyView, frozen=True, kw_only=True):
    """The tasks of a vault or a policy."""

    id: str | None
    name: str | None

    @classmethod
    def of(cls, one: OfOne) -> "OneView":
        """The wire's view of a vault or a policy."""
        return cls(id=one.id, name=one.name, **_members(one.tally))


class RestView(TallyView, frozen=True, kw_only=True):
    """All vaults or policies that have no line of their own, and how many these are."""

    others: int

    @classmethod
    def of(cls, ranking: Ranking) -> "RestView | None":
        """The wire's view of the rest; null where there is none."""
        return cls(others=ranking.others, **_members(ranking.rest)) if ranking.others else None


class ExampleView(msgspec.Struct, frozen=True, kw_only=True):
    """A task in short. `seconds` is how long it ran, or has been running so far."""

    id: str
    operation_type: str
    status: str
    resource_id: str
    resource_name: str
    vault_id: str | None
    vault_name: str | None
    created_at: str | None
    started_at: str | None
    ended_at: str | None
    seconds: float | None
    message: str

    @classmethod
    def of(cls, task: Task, at: datetime) -> "ExampleView":
        """The wire's view of an example, as it is at this moment."""
        end = task.ended_at or at
        ran = None if task.started_at is None else max(end - task.started_at, timedelta(0))
        return cls(
            id=task.id,
            operation_type=task.operation,
            status=task.status,
            resource_id=task.resource.id,
            resource_name=task.resource.name,
            vault_id=task.vault_id,
            vault_name=task.vault_name,
            created_at=moments.of_task(task.created_at),
            started_at=moments.of_task(task.started_at),
            ended_at=moments.of_task(task.ended_at),
            seconds=_seconds(ran),
            message=task.error.message,
        )


class ErrorView(msgspec.Struct, frozen=True):
    """The tasks that ended with a code, and the newest of them."""

    code: str
    count: int
    newest: ExampleView

    @classmethod
    def of(cls, one: OfError, at: datetime) -> "ErrorView":
        """The wire's view of a code."""
        return cls(one.code, one.count, ExampleView.of(one.newest, at))


class OtherErrorsView(msgspec.Struct, frozen=True):
    """All codes that have no line of their own: how many these are, and their tasks."""

    others: int
    count: int

    @classmethod
    def of(cls, ranking: ErrorRanking) -> "OtherErrorsView | None":
        """The wire's view of the other codes; null where there is none."""
        return cls(ranking.others, ranking.rest) if ranking.others else None


class SummaryView(TallyView, frozen=True, kw_only=True):
    """All of it. Lists of vaults, policies and codes begin with those that have the most tasks."""

    as_of: str | None
    span: SpanView
    timezone: str
    durations: DurationsView
    by_status: Sequence[StatusView]
    by_operation_type: Sequence[OperationView]
    by_day: Sequence[DayView]
    by_vault: Sequence[OneView]
    by_vault_rest: RestView | None
    by_policy: Sequence[OneView]
    by_policy_rest: RestView | None
    by_error_code: Sequence[ErrorView]
    by_error_code_rest: OtherErrorsView | None
    longest: Sequence[ExampleView]

    @classmethod
    def of(cls, summary: Summary, timezone: str) -> "SummaryView":
        """The wire's view of a summary."""
        return cls(
            as_of=moments.of_task(summary.view.at),
            span=SpanView.of(summary.view),
            timezone=timezone,
            durations=DurationsView.of(summary.durations),
            by_status=[StatusView.of(one) for one in summary.statuses],
            by_operation_type=[OperationView.of(one) for one in summary.operations],
            by_day=[DayView.of(one) for one in summary.days],
            by_vault=[OneView.of(one) for one in summary.vaults.first],
            by_vault_rest=RestView.of(summary.vaults),
            by_policy=[OneView.of(one) for one in summary.policies.first],
            by_policy_rest=RestView.of(summary.policies),
            by_error_code=[ErrorView.of(one, summary.view.at) for one in summary.errors.first],
            by_error_code_rest=OtherErrorsView.of(summary.errors),
            longest=[ExampleView.of(one, summary.view.at) for one in summary.longest],
            **_members(summary.total),
        )


class SummaryReply(msgspec.Struct, frozen=True):
    """The one member that the answer has."""

    summary: SummaryView


def show(context: Context, call: Call) -> Reply:
    """GET operation-logs/summary."""
    timezone = _timezone(call.query)
    top = call.query.number("top", USUAL_TOP, 1, MOST_TOP)
    wanted = queries.wanted(context.project_id, call.query)
    summary = task_summaries.show(context, wanted, timezone, top)
    return Reply(SummaryReply(SummaryView.of(summary, timezone)))


def _timezone(query: Query) -> str:
    name = query.text("timezone") or "UTC"
    zone.check("timezone", name)
    return name


def _members(tally: Tally) -> dict[str, Any]:
    """The members of a `TallyView`."""
    return {
        "count": tally.count,
        "statuses": {status.value: tally.counts.get(status, 0) for status in Status},
        "success_rate": tally.success_rate,
        "bytes_done": tally.bytes_done,
        "bytes_stored": tally.bytes_stored,
    }


def _seconds(duration: timedelta | None) -> float | None:
    """To the millisecond."""
    return None if duration is None else round(duration.total_seconds(), 3)


ROUTES = (Route("GET", "/operation-logs/summary", show, costly=True),)
