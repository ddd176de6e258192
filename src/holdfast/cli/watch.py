"""Wait for tasks, and show on a terminal how far they are."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)

from . import outcome
from .client import Client
from .names import show_task
from .patience import patiently
from .screen import Screen
from .words import size

PAUSE_SECONDS = 0.25  # a server that knows of no waiting answers at once
DRAWN_WAIT_SECONDS = 1  # how often a worker tells how far it is
QUIET_WAIT_SECONDS = 20


def until_over(client: Client, screen: Screen, task_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Wait until every task has ended; the tasks as they are then, in the order given.

    Raises Failure where a task cannot be asked after.
    """
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[moved]}", markup=False),
        console=screen.err,
        disable=not screen.err.is_terminal,
        transient=True,
    ) as bars:
        return _poll(client, task_ids, bars)


def _poll(client: Client, task_ids: Sequence[str], bars: Progress) -> list[dict[str, Any]]:
    over: dict[str, dict[str, Any]] = {}
    rows: dict[str, TaskID] = {}
    wait = None  # the first look is at all of them, at once
    while True:
        begun = time.monotonic()
        for task_id in [one for one in dict.fromkeys(task_ids) if one not in over]:
            task = patiently(partial(show_task, client, task_id, wait))
            wait = None
            if outcome.is_over(task):
                over[task_id] = task
            _draw(bars, rows, task)
        if len(over) == len(set(task_ids)):
            return [over[task_id] for task_id in task_ids]
        wait = QUIET_WAIT_SECONDS if bars.disable else DRAWN_WAIT_SECONDS
        time.sleep(max(0.0, PAUSE_SECONDS - (time.monotonic() - begun)))


def _draw(bars: Progress, rows: dict[str, TaskID], task: dict[str, Any]) -> None:
    """Bring the task's bar up to date: by its bytes where they are known, else by its percentage."""
    if task["id"] not in rows:
        rows[task["id"]] = bars.add_task("", total=None, moved="")
    row = rows[task["id"]]
    named = f"{task['operation_type']} {outcome.subject(task)}"
    if task["status"] != "running":
        bars.update(row, description=f"{named} · {task['status']}", moved=outcome.waits(task))
        if task["status"] == "success":
            total = bars.tasks[row].total or 1
            bars.update(row, total=total, completed=total, moved=size(outcome.figures(task)["bytes_done"]))
        return
    moved = outcome.figures(task)
    done, total = moved["bytes_done"], moved["bytes_total"]
    if not total:
        percent = outcome.progress(task)
        bars.update(row, description=named, total=100, completed=percent, moved=outcome.pace(task))
        return
    bars.update(row, description=named, total=total, completed=min(done, total), moved=outcome.pace(task))


def report(client: Client, screen: Screen, task_ids: Sequence[str], *, wait: bool) -> None:
    """Say what became of the tasks that a command made, once they are over unless not to wait.

    Raises Failure where the work failed.
    """
    tasks = _waited_for(client, screen, task_ids) if wait else [show_task(client, one) for one in task_ids]
    if screen.as_json:
        screen.document({"operation_logs": tasks})
    elif wait:
        outcome.tell(screen, tasks)
    else:
        for task in tasks:
            screen.line(
                f"{task['operation_type']} of {outcome.subject(task)}: {task['status']}, task {task['id']}"
            )
    outcome.check(tasks)


def _waited_for(client: Client, screen: Screen, task_ids: Sequence[str]) -> list[dict[str, Any]]:
    try:
        return until_over(client, screen, task_ids)
    except KeyboardInterrupt:
        screen.note("the work goes on without you: holdfast tasks --follow")
        raise
