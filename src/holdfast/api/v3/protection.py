"""How the resources of a project are protected: ours."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from holdfast.api import moments, paging
from holdfast.api.request import Call, Reply, Route
from holdfast.model.protection import Followed, Protection, ProtectionState, ProtectionSummary
from holdfast.model.task import Task
from holdfast.service import protection
from holdfast.service.context import Context
from holdfast.service.protection import ProtectionFilter, ProtectionKey


class Direction(StrEnum):
    """Which way a list is sorted."""

    ASC = "asc"
    DESC = "desc"


class FollowedView(msgspec.Struct, frozen=True):
    """A policy that the resource's vault follows: one that is not enabled, or that replicates, makes no
    backups."""

    id: str
    name: str
    operation_type: str
    enabled: bool

    @classmethod
    def of(cls, followed: Followed) -> "FollowedView":
        """The wire's view of a policy that is followed."""
        return cls(followed.id, followed.name, followed.kind, followed.enabled)


class LastTaskView(msgspec.Struct, frozen=True, kw_only=True):
    """The task that took the newest backup that has ended; `message` says why it did not end well."""

    id: str
    operation_type: str
    status: str
    ended_at: str | None
    message: str

    @classmethod
    def of(cls, task: Task) -> "LastTaskView":
        """The wire's view of an ended task."""
        return cls(
            id=task.id,
            operation_type=task.operation,
            status=task.status,
            ended_at=moments.of_resource(task.ended_at),
            message=task.error.message,
        )


class ProtectionView(msgspec.Struct, frozen=True, kw_only=True):
    """How one resource is protected."""

    resource_id: str
    name: str
    type: str
    size_bytes: int
    parent_id: str | None
    state: str
    unproven: bool
    vault_id: str | None
    vault_name: str | None
    policies: Sequence[FollowedView]
    last_task: LastTaskView | None
    last_good_at: str | None
    last_good_backup_id: str | None
    backup_count: int
    next_due_at: str | None
    overdue_since: str | None
    proven_at: str | None
    proven_by_task_id: str | None

    @classmethod
    def of(cls, told: Protection) -> "ProtectionView":
        """The wire's view of how a resource is protected."""
        last, proof = told.last_good, told.proven_by
        return cls(
            resource_id=told.of.resource_id,
            name=told.of.name,
            type=told.of.type,
            size_bytes=told.of.size_bytes,
            parent_id=told.of.parent_id,
            state=told.of.state,
            unproven=told.unproven,
            vault_id=told.of.vault_id,
            vault_name=told.vault_name,
            policies=[FollowedView.of(one) for one in told.policies],
            last_task=None if told.last_task is None else LastTaskView.of(told.last_task),
            last_good_at=None if last is None else moments.of_resource(last.created_at),
            last_good_backup_id=None if last is None else last.id,
            backup_count=told.backup_count,
            next_due_at=moments.of_resource(told.next_due_at),
            overdue_since=moments.of_resource(told.of.overdue_since),
            proven_at=None if proof is None else moments.of_resource(proof.ended_at),
            proven_by_task_id=None if proof is None else proof.id,
        )


class ProtectionReply(msgspec.Struct, frozen=True):
    """How the resources of a project are protected, a page of it."""

    protection: Sequence[ProtectionView]
    count: int
    limit: int
    offset: int


class SummaryView(msgspec.Struct, frozen=True, kw_only=True):
    """How many resources there are, how many in each state, and how many that nobody tried to restore."""

    resources: int
    protected: int
    unprotected: int
    suspended: int
    failing: int
    overdue: int
    new: int
    unproven: int

    @classmethod
    def of(cls, summary: ProtectionSummary) -> "SummaryView":
        """The wire's view of the numbers."""
        states = {state.value: summary.by_state[state] for state in ProtectionState}
        return cls(resources=summary.resources, unproven=summary.unproven, **states)


class SummaryReply(msgspec.Struct, frozen=True):
    """How a project is protected, in numbers."""

    protection_summary: SummaryView


def find(context: Context, call: Call) -> Reply:
    """GET holdfast/protection."""
    query, page = call.query, paging.page(call.query)
    wanted = ProtectionFilter(
        state=query.choice("state", ProtectionState),
        unproven=query.truth("unproven"),
        type=query.text("type"),
        text=query.text("q"),
        resource_id=query.text("resource_id"),
        sort=query.choice("sort", ProtectionKey) or ProtectionKey.NAME,
        descending=query.choice("dir", Direction) is Direction.DESC,
    )
    found, count = protection.find(context, wanted, page)
    views = [ProtectionView.of(one) for one in found]
    return Reply(ProtectionReply(views, count, page.limit, page.offset))


def summarise(context: Context, _call: Call) -> Reply:
    """GET holdfast/protection/summary."""
    return Reply(SummaryReply(SummaryView.of(protection.summary(context))))


ROUTES = (
    Route("GET", "/holdfast/protection", find),
    Route("GET", "/holdfast/protection/summary", summarise),
)
