"""What became of a task, in words."""

from collections.abc import Iterable
from typing import Any

from rich.text import Text

from .failures import Exit, Failure
from .screen import Screen, state
from .words import between, parse_moment, plain, plural, size, span

UNFINISHED = ("waiting", "running")
BAD = ("failed", "timeout")
SHOWN_WARNINGS = 5


def is_over(task: dict[str, Any]) -> bool:
    """Whether the task has ended."""
    return task["status"] not in UNFINISHED


def figures(task: dict[str, Any]) -> dict[str, int]:
    """What the task moved, all zero where the server does not tell."""
    names = ("bytes_done", "bytes_total", "bytes_stored", "files_done", "files_total", "warning_count")
    told = (task.get("holdfast") or {}).get("figures") or {}
    return {name: told.get(name, 0) for name in names}


def progress(task: dict[str, Any]) -> int:
    """Progress of the task, 0 to 100."""
    value: int = task["extra_info"]["common"]["progress"]
    return value


def pace(task: dict[str, Any]) -> str:
    """How far a running task is: `29 MiB of 40 MiB, 11 MiB/s, 1.0 s left`.

    The rate is the mean since its start, by the server's own clock.
    """
    moved = figures(task)
    done, total = moved["bytes_done"], moved["bytes_total"]
    told = f"{size(done)} of {size(total)}"
    took = (parse_moment(task["updated_at"]) - parse_moment(task["started_at"])).total_seconds()
    if done <= 0 or took <= 0:
        return told
    return f"{told}, {size(done / took)}/s, {span(max(0, total - done) * took / done)} left"


def subject(task: dict[str, Any]) -> str:
    """What the task works on, by name."""
    resource = task["extra_info"]["resource"]
    return plain(resource.get("name") or resource["id"])


def reason(task: dict[str, Any]) -> str:
    """Why the task did not succeed; empty where it did."""
    error = task["error_info"]
    return plain(" ".join(one for one in (error["message"], error["code"] and f"({error['code']})") if one))


def sentence(task: dict[str, Any]) -> str:
    """What the task did, once it is over: `backup of letters: success, 3 files, 1.2 KiB, 0.3 s`."""
    moved = figures(task)
    parts = [task["status"]]
    if moved["files_done"]:
        parts.append(plural(moved["files_done"], "file"))
    if moved["bytes_done"]:
        parts.append(size(moved["bytes_done"]))
    if task["operation_type"] == "backup" and task["status"] == "success":
        parts.append(f"{size(moved['bytes_stored'])} new in the vault")
    if moved["warning_count"]:
        parts.append(plural(moved["warning_count"], "warning"))
    parts.append(between(task["started_at"], task["ended_at"]))
    told = f"{task['operation_type']} of {subject(task)}: {', '.join(one for one in parts if one != '-')}"
    return f"{told}: {reason(task)}" if reason(task) else told


def tell(screen: Screen, tasks: Iterable[dict[str, Any]]) -> None:
    """Say what became of the tasks, with the first warnings of each."""
    for task in tasks:
        screen.line(Text(sentence(task), style=state(task["status"]).style))
        warnings = (task.get("holdfast") or {}).get("warnings") or []
        for warning in warnings[:SHOWN_WARNINGS]:
            screen.line(Text(f"  {plain(warning)}", style="yellow"))
        more = figures(task)["warning_count"] - min(len(warnings), SHOWN_WARNINGS)
        if warnings and more > 0:
            screen.line(f"  and {more} more: holdfast tasks show {task['id']}")


def check(tasks: Iterable[dict[str, Any]]) -> None:
    """Raises Failure where the work failed."""
    bad = [task for task in tasks if task["status"] in BAD]
    if len(bad) == 1:
        raise Failure(Exit.WORK_FAILED, f"see: holdfast tasks show {bad[0]['id']}")
    if bad:
        raise Failure(Exit.WORK_FAILED, f"{len(bad)} tasks failed; see: holdfast tasks --status failed")
