"""Taking resources out of a vault. Their backups stay: they can still be restored, and deleted one by one."""

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import vaults
from holdfast.engine.tools import Tools, Work
from holdfast.model.task import Ending, RemoveResourcesDetail, Status, Task

from .performance import Performance


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Which resources go."""

    resource_ids: tuple[str, ...]


def run(work: Work, tools: Tools) -> Result:  # noqa: ARG001 - every operation's signature
    """Nothing takes long here."""
    return Result(resource_ids=tuple(resource.id for resource in _detail(work.task).resources))


def ending(task: Task, result: Result) -> Ending:  # noqa: ARG001 - every operation's signature
    """Success: no resource failed, no backup was deleted."""
    return Ending(status=Status.SUCCESS, detail=replace(_detail(task), fail_count=0, total_count=0))


def commit(tx: Connection, task: Task, result: Result) -> None:
    """Take the resources out."""
    for resource_id in result.resource_ids:
        vaults.detach(tx, task.vault_id or "", resource_id)


def _detail(task: Task) -> RemoveResourcesDetail:
    if not isinstance(task.detail, RemoveResourcesDetail):
        raise TypeError(f"a removal that says {task.detail}")
    return task.detail


PERFORMANCE = Performance(run, Result, ending, commit)
