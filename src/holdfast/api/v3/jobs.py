"""The ids of the tasks that a call made: in its body, or in its headers where it has no body.

CBR gives no such ids; clients of its peers need them, so they are added wherever a task begins.
"""

from collections.abc import Sequence

import msgspec

from holdfast.api.request import Reply
from holdfast.model.task import Task


class JobsView(msgspec.Struct, frozen=True, kw_only=True):
    """`job_id` and `operation_log_id` are the same: the first task. `operation_log_ids` are all."""

    job_id: str
    operation_log_id: str
    operation_log_ids: list[str]

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> "JobsView":
        """The ids of these tasks, of which there is at least one."""
        made = [task.id for task in tasks]
        return cls(job_id=made[0], operation_log_id=made[0], operation_log_ids=made)


def accepted(task: Task) -> Reply:
    """204 with the task's id in headers: a reply without a body has no other place."""
    return Reply(status=204, headers={"X-Job-Id": task.id, "X-Operation-Log-Id": task.id})
