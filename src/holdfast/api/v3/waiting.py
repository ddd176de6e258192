"""How it looks on the wire why a task waits."""

import msgspec

from holdfast.api import moments
from holdfast.model.waiting import Wait


class WaitView(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is for programs, `message` for people; what does not belong to the reason is null."""

    reason: str
    message: str
    site: str | None
    until: str | None
    running: int | None
    max_running: int | None
    task_id: str | None
    resource_id: str | None

    @classmethod
    def of(cls, wait: Wait) -> "WaitView":
        """What is in a task's way."""
        return cls(
            reason=wait.reason,
            message=wait.message,
            site=wait.site,
            until=moments.of_task(wait.until),
            running=wait.running,
            max_running=wait.max_running,
            task_id=wait.task_id,
            resource_id=wait.resource_id,
        )
