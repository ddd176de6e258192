"""Why a task waits: the first thing in its way, as a word for programs and a sentence for people."""

from collections.abc import Collection, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """What is in a task's way; that which the least can be done about comes last."""

    NO_WORKER = "no_worker"
    NO_WORKER_AT_SITE = "no_worker_at_site"
    MAINTENANCE_WINDOW = "maintenance_window"
    VAULT_LIMIT = "vault_limit"
    VAULT_DELETING = "vault_deleting"
    VAULT_BUSY = "vault_busy"
    RESOURCE_BUSY = "resource_busy"
    QUEUE = "queue"


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A task that has something for itself: it is in a worker's hand, or was put down half done."""

    task_id: str
    project_id: str
    operation: str
    resource_id: str | None = None


class Idle(msgspec.Struct, frozen=True, kw_only=True):
    """A task that nobody is at, and what is known of its surroundings.

    `begun` is one that was put down half done: it has its resources and its vault already. Its vault is
    `shut` by windows until `opens_at`, None if for good, and has `running` of `max_running` tasks in hand.
    `doomed_by` deletes the vault, `entered_by` is at work in the vault that this task shall delete,
    `held_by` touches what it touches.
    """

    project_id: str
    site: str | None = None
    begun: bool = False
    shut: bool = False
    opens_at: datetime | None = None
    max_running: int | None = None
    running: int = 0
    doomed_by: Holder | None = None
    entered_by: Holder | None = None
    held_by: Holder | None = None


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Why a task waits: what is not said of the reason is None. `until` is when a window ends; `task_id`
    names the task that has what this one needs, if it is of the same project; `resource_id` what that is."""

    reason: Reason
    message: str
    site: str | None = None
    until: datetime | None = None
    running: int | None = None
    max_running: int | None = None
    task_id: str | None = None
    resource_id: str | None = None


def why(task: Idle, served: Collection[str] | None) -> Wait:
    """Why nobody is at the task; `served` are the sites of the workers that are alive, None if none is.

    What has no obstacle at all waits only for its turn.
    """
    return next(_obstacles(task, served), _IN_TURN)


def _obstacles(task: Idle, served: Collection[str] | None) -> Iterator[Wait]:
    if served is None:
        yield Wait(reason=Reason.NO_WORKER, message="No worker is alive.")
    elif task.site is not None and task.site not in served:
        message = f"No worker serves the site {task.site}."
        yield Wait(reason=Reason.NO_WORKER_AT_SITE, message=message, site=task.site)
    if task.shut:
        yield _in_window(task.opens_at)
    if task.max_running is not None and task.running >= task.max_running:
        yield Wait(
            reason=Reason.VAULT_LIMIT,
            message=f"The vault runs {task.running} of at most {task.max_running} tasks at once.",
            running=task.running,
            max_running=task.max_running,
        )
    if not task.begun:
        yield from _held(task)


def _in_window(until: datetime | None) -> Wait:
    end = "that never ends" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
    message = f"The vault is in a maintenance window {end}."
    return Wait(reason=Reason.MAINTENANCE_WINDOW, message=message, until=until)


def _held(task: Idle) -> Iterator[Wait]:
    for reason, holder, said in (
        (Reason.VAULT_DELETING, task.doomed_by, "The vault is being deleted"),
        (Reason.VAULT_BUSY, task.entered_by, "Work goes on in the vault"),
        (Reason.RESOURCE_BUSY, task.held_by, "The same is being worked on"),
    ):
        if holder is not None:
            is_ours = holder.project_id == task.project_id
            by = f"the {holder.operation} task {holder.task_id}" if is_ours else "a task of another project"
            yield Wait(
                reason=reason,
                message=f"{said}, by {by}.",
                task_id=holder.task_id if is_ours else None,
                resource_id=holder.resource_id,
            )


_IN_TURN = Wait(reason=Reason.QUEUE, message="Nothing is in its way: it starts when its turn comes.")
