"""Everything that is known of one task, as lines with a label."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from . import outcome
from .screen import state
from .words import between, moment, plain, plural, size, span

Task = dict[str, Any]


def has_begun(task: Task) -> bool:
    """Whether anybody began it: the wire tells its creation as the start of one that nobody has."""
    return bool(task["status"] != "waiting" and task["started_at"] != task["created_at"])


def facts(task: Task) -> Iterator[tuple[str, str | Text]]:
    """Everything a person may want to know of a task, with its label; what is unknown is left out."""
    extra, ours = task["extra_info"], task.get("holdfast") or {}
    told: tuple[tuple[str, str | Text | None], ...] = (
        ("task", task["id"]),
        ("type", task["operation_type"]),
        ("status", state(task["status"])),
        ("phase", ours.get("phase")),
        ("waits", outcome.waits(task)),
        ("progress", f"{outcome.progress(task)}%"),
        ("error", outcome.reason(task)),
        ("look at this", outcome.flags(task)),
        ("resource", f"{outcome.subject(task)}  {extra['resource']['type']}  {extra['resource']['id']}"),
        ("vault", task["vault_id"] and f"{task['vault_name']}  {task['vault_id']}"),
        ("checkpoint", task["checkpoint_id"]),
        ("policy", task["policy_id"]),
        ("due", (due := ours.get("due_at")) and moment(due)),
        ("retry of", ours.get("retry_of")),
        ("on behalf of", _parent(ours)),
        *((label, text) for label, text in _block(task)),
        ("created", moment(task["created_at"])),
        ("started", moment(task["started_at"]) if has_begun(task) else None),
        ("may take", (limit := ours.get("time_limit_seconds")) and span(limit)),
        ("ended", task["ended_at"] and moment(task["ended_at"])),
        (
            "took",
            between(task["started_at"], task["ended_at"]) if has_begun(task) and task["ended_at"] else None,
        ),
        *_moved(outcome.figures(task)),
        ("asked by", ours.get("asked_by") and plain(ours["asked_by"])),
        ("request", extra["common"].get("request_id")),
    )
    for label, value in told:
        if value:
            yield label, value


def _parent(ours: dict[str, Any]) -> str | None:
    """The task of another region that this one is done for; a task that is done once more is told apart."""
    parent: str | None = ours.get("parent_id")
    return None if parent == ours.get("retry_of") else parent


def _moved(figures: dict[str, int]) -> Iterator[tuple[str, str]]:
    if figures["bytes_total"]:
        yield "bytes", f"{size(figures['bytes_done'])} of {size(figures['bytes_total'])}"
    if figures["bytes_per_second"]:
        yield "rate", f"{size(figures['bytes_per_second'])}/s"
    if figures["bytes_stored"]:
        yield "new in vault", size(figures["bytes_stored"])
    if figures["files_total"]:
        yield "files", f"{figures['files_done']:,} of {figures['files_total']:,}"
    if figures["warning_count"]:
        yield "warnings", f"{figures['warning_count']:,}"


def _block(task: Task) -> Iterator[tuple[str, str | None]]:
    """What the operation's own block of extra_info tells."""
    extra, ours = task["extra_info"], task.get("holdfast") or {}
    for name in ("backup", "restore", "delete"):
        if name in extra:
            yield "backup", f"{extra[name].get('backup_name') or ''}  {extra[name]['backup_id']}".strip()
    restore = extra.get("restore") or {}
    yield (
        "onto",
        f"{restore.get('target_resource_name') or ''}  {restore.get('target_resource_id') or ''}".strip(),
    )
    yield "because", ", ".join(ours.get("because") or []).replace("_", " ")
    yield "into", ours.get("destination_path")
    yield "only", ", ".join(ours.get("paths") or [])
    for name in ("vault_delete", "remove_resources"):
        if name in extra:
            yield "deleted", plural(extra[name].get("total_count", 0), "backup")
            yield (
                "not deleted",
                extra[name].get("fail_count") and plural(extra[name]["fail_count"], "resource"),
            )
