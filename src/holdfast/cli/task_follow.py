"""`holdfast tasks --follow`: tasks as they come and change, line by line or as a live table.

The server's stream of events says when something happened. It knows only some of the filters; whether a task
fits the others is asked of the list. A server that has no such stream is asked again and again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from . import events, outcome
from .client import Client, Parameters, Value
from .events import Event
from .failures import Exit, Failure
from .names import show_task
from .patience import patiently
from .screen import Screen
from .task_rows import row
from .words import plain

STREAMED = ("operation_type", "status", "resource_id", "vault_id", "request_id")
PAUSE_SECONDS = 1.0
MOST_REMEMBERED = 10_000
Task = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which tasks, how they are sorted, and how many of the first there are to begin with."""

    filters: Parameters
    order: Parameters
    limit: int

    @property
    def streamed(self) -> Parameters:
        """What the stream of events knows of the filters."""
        return {name: value for name, value in self.filters.items() if name in STREAMED}

    @property
    def is_streamed(self) -> bool:
        """Whether that is all of them."""
        return self.filters.keys() <= set(STREAMED)

    def find(self, client: Client, **more: Value) -> tuple[list[Task], int]:
        """The first tasks that there are now, and how many there are in all; raises Failure."""
        asked = {"limit": self.limit} | self.filters | self.order | more
        answer = patiently(partial(client.get, "/operation-logs", **asked))
        return answer["operation_logs"], answer["count"]


def follow(client: Client, screen: Screen, wanted: Wanted) -> None:
    """Print tasks as they come and change, until interrupted. Raises Failure."""
    for task in changes(client, wanted):
        if screen.as_json:
            screen.record(task)
        else:
            cells = (str(cell) for cell in row(screen, task))
            screen.line("  ".join(plain(cell) for cell in cells if cell not in ("", "-")))


def changes(client: Client, wanted: Wanted) -> Iterator[Task]:
    """The tasks that there are, the first of the list last, then each whenever it has changed; never ends."""
    told: dict[str, str] = {}
    for task in _heard(client, wanted):
        version = f"{task['status']} {task['updated_at']} {outcome.progress(task)}"
        if told.get(task["id"]) != version:
            told.pop(task["id"], None)
            told[task["id"]] = version
            yield task
        if len(told) > MOST_REMEMBERED + wanted.limit:
            told.pop(next(iter(told)))


def _heard(client: Client, wanted: Wanted) -> Iterator[Task]:
    try:
        hearing = Hearing(client, wanted)
        for event in events.coming(client, wanted.streamed):
            yield from hearing.tasks(event)
    except Failure as failure:
        if failure.code is not Exit.NOT_FOUND:
            raise
    while True:
        yield from reversed(wanted.find(client)[0])
        time.sleep(PAUSE_SECONDS)


class Hearing:
    """What becomes of the tasks that are wanted, by events; remembers those that run."""

    def __init__(self, client: Client, wanted: Wanted) -> None:
        self._client, self._wanted = client, wanted
        self._has_listed = False
        self._running: dict[str, Task | None] = {}  # None: it is not wanted

    def tasks(self, event: Event) -> list[Task]:
        """The tasks that the event tells of, as they are now; raises Failure."""
        if event.name == "reset" or (event.name == "hello" and not self._has_listed):
            self._has_listed = True
            found = list(reversed(self._wanted.find(self._client)[0]))
        elif event.name == "task":
            self._running.pop(event.told["task_id"], None)
            task = event.told["operation_log"]
            found = [task] if task is not None and self._fits(event.told) else []
        elif event.name == "progress":
            found = self._further(event.told)
        else:
            found = []
        self._running.update({task["id"]: task for task in found if task["status"] == "running"})
        return found

    def _fits(self, told: dict[str, Any]) -> bool:
        """Whether the task fits the filters that the stream does not know, too."""
        if self._wanted.is_streamed:
            return True
        asked = self._wanted.filters | {"request_id": told["request_id"], "fields": "id"}
        found = patiently(lambda: list(self._client.each("/operation-logs", "operation_logs", **asked)))
        return any(one["id"] == told["task_id"] for one in found)

    def _further(self, told: dict[str, Any]) -> list[Task]:
        """The running task, which got further."""
        known_id = told["task_id"]
        if known_id not in self._running:
            fits = self._fits(told)
            self._running[known_id] = patiently(partial(show_task, self._client, known_id)) if fits else None
        task = self._running[known_id]
        return [] if task is None else [with_progress(task, told)]


def with_progress(task: Task, told: dict[str, Any]) -> Task:
    """The task as an event says that it got further."""
    extra, ours = task["extra_info"], task["holdfast"]
    return task | {
        "status": told["status"],
        "updated_at": told["updated_at"],
        "extra_info": extra | {"common": extra["common"] | {"progress": told["progress"]}},
        "holdfast": ours | {"phase": told["phase"], "figures": told["figures"], "waits_because": None},
    }
