"""Accepting a task: from its row on it will be done, or it will be said why not."""

from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import resources, tasks
from holdfast.model.region import site_of
from holdfast.model.task import Operation, ReplicationDetail, RestoreDetail, Task

from .context import Context


def accept(tx: Connection, context: Context, task: Task) -> None:
    """Write a task, for workers that can reach what it reads or writes; one that is over is only written."""
    told = replace(task, asked_by=context.caller.user_name)
    if context.retried is not None:
        told = _again(told, context.retried)
    tasks.add(tx, told, None if task.status.is_end else _site(tx, task))


def _again(task: Task, retried: Task) -> Task:
    return replace(
        task,
        retry_of=retried.id,
        policy_id=retried.policy_id,
        due_at=retried.due_at,
        time_limit_seconds=retried.time_limit_seconds,
    )


def _site(tx: Connection, task: Task) -> str | None:
    """The site of the resource that is read or written. Any worker can reach the store, for all else; what
    another region does is no worker's here."""
    if isinstance(task.detail, ReplicationDetail) and task.is_done_elsewhere:
        return site_of(task.detail.source_region)
    if task.operation is Operation.BACKUP:
        reached = task.resource.id
    elif isinstance(task.detail, RestoreDetail):
        reached = task.detail.target_resource_id
    else:
        return None
    found = resources.find(tx, task.project_id, ids=[reached])
    return found[0].site if found else None
