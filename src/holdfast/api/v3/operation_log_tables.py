"""Tasks as rows of a table, in CSV (RFC 4180): for spreadsheets, and for what reads tables.

A spreadsheet takes a cell that begins with certain characters for a formula, and does what it says: whoever
may name a vault could have it fetch things from elsewhere. Such a text gets an apostrophe before it; so does
one that begins with an apostrophe, so that whoever takes off one apostrophe has the text as it was.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from holdfast.model.task import Task

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
APOSTROPHE = "'"
# Those of ASCII, and the wide ones, which some spreadsheets take for the same.
COMMANDING = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", APOSTROPHE)

Cell = str | int | float | datetime | None

COLUMNS: Mapping[str, Callable[[Task], Cell]] = MappingProxyType(
    {
        "id": lambda task: task.id,
        "operation_type": lambda task: task.operation.value,
        "status": lambda task: task.status.value,
        "outcome": lambda task: "cancelled" if task.was_cancelled else task.status.value,
        "project_id": lambda task: task.project_id,
        "provider_id": lambda task: task.provider_id,
        "resource_id": lambda task: task.resource.id,
        "resource_name": lambda task: task.resource.name,
        "resource_type": lambda task: task.resource.type,
        "vault_id": lambda task: task.vault_id,
        "vault_name": lambda task: task.vault_name,
        "enterprise_project_id": lambda task: task.enterprise_project_id,
        "policy_id": lambda task: task.policy_id,
        "checkpoint_id": lambda task: task.checkpoint_id,
        "backup_id": lambda task: task.backup_id,
        "parent_id": lambda task: task.parent_id,
        "request_id": lambda task: task.request_id,
        "asked_by": lambda task: task.asked_by,
        "created_at": lambda task: task.created_at,
        "started_at": lambda task: task.started_at,
        "ended_at": lambda task: task.ended_at,
        "duration_seconds": lambda task: _duration(task),
        "bytes_done": lambda task: task.figures.bytes_done,
        "bytes_stored": lambda task: task.figures.bytes_stored,
        "files_done": lambda task: task.figures.files_done,
        "error_code": lambda task: task.error.code,
        "error_message": lambda task: task.error.message,
        "warning_count": lambda task: task.figures.warning_count,
    }
)


def header() -> bytes:
    """The first line."""
    return _lines([COLUMNS])


def rows(tasks: Iterable[Task]) -> bytes:
    """A line for each task."""
    return _lines([_spelled(tell(task)) for tell in COLUMNS.values()] for task in tasks)


def _lines(table: Iterable[Iterable[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(table)
    return written.getvalue().encode("utf-8", "replace")


def _spelled(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return f"{APOSTROPHE}{cell}" if isinstance(cell, str) and cell.startswith(COMMANDING) else str(cell)


def _duration(task: Task) -> float | None:
    """Seconds from start to end of a task that has both."""
    if task.started_at is None or task.ended_at is None:
        return None
    return (task.ended_at - task.started_at).total_seconds()
