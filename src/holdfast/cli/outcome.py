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
FIGURES = (
    "bytes_done",
    "bytes_total",
    "bytes_per_second",
    "bytes_stored",
    "files_done",
    "files_total",
    "warning_count",
)


def is_over(task: dict[str, Any]) -> bool:
    """Whether the task has ended."""
    return task["status"] not in UNFINISHED


def figures(task: dict[str, Any]) -> dict[str, int]:
    """What the task moved, all zero where the server does not tell."""
    told = (task.get("holdfast") or {}).get("figures") or {}
    return {name: told.get(name, 0) for name in FIGURES}


def waits(task: dict[str, Any]) -> str:
    """Why nobody is at the task, in a sentence; empty where somebody is, or it is over."""
    because = (task.get("holdfast") or {}).get("waits_because") or {}
    return plain(because.get("message") or "")


def obstacle(task: dict[str, Any]) -> str:
    """The same, but for a task that only waits for its turn."""
    because = (task.get("holdfast") or {}).get("waits_because") or {}
    return "" if because.get("reason") == "queue" else waits(task)


def progress(task: dict[str, Any]) -> int:
    """Progress of the task, 0 to 100."""
    value: int = task["extra_info"]["common"]["progress"]
    return value


def pace(task: dict[str, Any]) -> str:
    """How far a running task is: `reading, 29 MiB of 40 MiB, 3 of 7 files, 11 MiB/s, 1.0 s left`.

    The rate is that of the last seconds, or where the server does not tell it the mean since the start, by
    the server's own clock. What is finishing has nothing left that could be counted.
    """
    if waits(task):
        return waits(task)
    moved, phase = figures(task), (task.get("holdfast") or {}).get("phase") or ""
    done, total = moved["bytes_done"], moved["bytes_total"]
    parts = [plain(phase)] if phase else []
    if total:
        parts.append(f"{size(done)} of {size(total)}")
    if moved["files_total"] > 1:
        parts.append(f"{moved['files_done']:,} of {moved['files_total']:,} files")
    rate = moved["bytes_per_second"] or _mean_rate(task, done)
    if total and rate > 0 and phase != "finishing":
        parts += [f"{size(rate)}/s", f"{span(max(0, total - done) / rate)} left"]
    return ", ".join(parts)


def _mean_rate(task: dict[str, Any], done: int) -> float:
    took = (parse_moment(task["updated_at"]) - parse_moment(task["started_at"])).total_seconds()
    return done / took if took > 0 else 0.0


def flags(task: dict[str, Any]) -> str:
    """What is odd about how the task ended: `suspiciously small`."""
    told = (task.get("holdfast") or {}).get("flags") or ()
    return plain(", ".join(told)).replace("_", " ")


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
    if flags(task):
        parts.append(flags(task))
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
            screen.line(f"  and {more:,} more: holdfast tasks warnings {task['id']}")


def check(tasks: Iterable[dict[str, Any]]) -> None:
    """Raises Failure where the work failed."""
    bad = [task for task in tasks if task["status"] in BAD]
    if len(bad) == 1:
        raise Failure(Exit.WORK_FAILED, f"see: holdfast tasks show {bad[0]['id']}")
    if bad:
        raise Failure(Exit.WORK_FAILED, f"{len(bad)} tasks failed; see: holdfast tasks --status failed")
