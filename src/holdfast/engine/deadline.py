"""Until when a task may run: counted from its start, over all of its executions."""

import time

from holdfast.config import Config
from holdfast.model import clock
from holdfast.model.errors import TimedOut
from holdfast.model.task import Task


class Deadline:
    """The moment at which one task has run for as long as it may.

    The time between two executions counts as well: whoever set the limit waits for the task, whoever does it.
    Within an execution it does not matter that somebody sets the clock.
    """

    def __init__(self, task: Task, config: Config) -> None:
        """The task's own limit goes before that of its type; without either there is none."""
        self._seconds = task.time_limit_seconds or config.time_limit_seconds(task.operation)
        ran = (clock.now() - task.started_at).total_seconds() if task.started_at is not None else 0.0
        self._due = time.monotonic() + (self._seconds or 0.0) - ran

    def check(self) -> None:
        """Raises TimedOut."""
        if self._seconds is not None and time.monotonic() >= self._due:
            raise TimedOut(f"The limit is {self._seconds / 60:g} min.")
