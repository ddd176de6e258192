"""Events: what happened to a project's tasks, numbered 1, 2, 3, … without a gap; who wants to hear of it."""

from datetime import datetime

import msgspec

from .task import Operation, Status, Task


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A task came into a status. `task` is the task at the moment when it is told, None where it is gone."""

    number: int
    at: datetime
    task_id: str
    request_id: str
    status: Status
    task: Task | None


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events; every given condition must hold, one with several values for any of them.

    With `progress` it is also asked how far running tasks get.
    """

    operations: tuple[Operation, ...] = ()
    statuses: tuple[Status, ...] = ()
    resource_ids: tuple[str, ...] = ()
    vault_ids: tuple[str, ...] = ()
    task_ids: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    progress: bool = True

    def fits(self, event: Event) -> bool:
        """Whether the event is asked for. Of a task that is gone only what the event tells is known."""
        own = (
            (self.statuses, event.status),
            (self.task_ids, event.task_id),
            (self.request_ids, event.request_id),
        )
        if any(wanted and value not in wanted for wanted, value in own):
            return False
        if event.task is None:
            return not (self.operations or self.resource_ids or self.vault_ids)
        return self._fits_subject(event.task)

    def fits_running(self, task: Task) -> bool:
        """Whether the progress of a running task is asked for."""
        own = (
            (self.statuses, Status.RUNNING),
            (self.task_ids, task.id),
            (self.request_ids, task.request_id),
        )
        fits = self.progress and all(not wanted or value in wanted for wanted, value in own)
        return fits and self._fits_subject(task)

    def _fits_subject(self, task: Task) -> bool:
        about = (
            (self.operations, task.operation),
            (self.resource_ids, task.resource.id),
            (self.vault_ids, task.vault_id),
        )
        return all(not wanted or value in wanted for wanted, value in about)


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Where a client begins: behind the event `number`, with `last` as the newest at this moment.

    With a `gap` some between the one that it knows and `number` cannot be told any more, or it knows one that
    never was: it has to look at the whole anew.
    """

    number: int
    last: int
    gap: bool = False


def start(known: int | None, first_kept: int | None, last: int) -> Start:
    """Where a client begins that knows all events up to `known`, or none.

    Of the `last` events that there were those from `first_kept` on are kept; None: nothing is.
    """
    if known is None:
        return Start(number=last, last=last)
    first_told = last + 1 if first_kept is None else first_kept
    if not first_told - 1 <= known <= last:
        return Start(number=last, last=last, gap=True)
    return Start(number=known, last=last)
