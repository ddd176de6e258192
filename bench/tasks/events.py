"""The changes of the tasks' statuses that the product still keeps: those of the last seven days."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from holdfast.db.codes import CODE_OF_STATUS
from holdfast.model.task import Status

from . import idents
from .columns import NEVER, Column, Columns, Integers
from .history import DAY, END

_KEPT = 7 * DAY


class Told(msgspec.Struct, frozen=True):
    """Events by project and number: when, of which task (its row), and the status that it got."""

    project: Column
    number: Integers
    at: Integers
    row: Integers
    status: Integers


def of(columns: Columns, projects: int) -> tuple[Integers, Told]:
    """How many events each project ever had, and those that are kept, by their numbers."""
    begun, over = columns["started_at"] != NEVER, columns["ended_at"] != NEVER
    per_task = 1 + begun.astype(np.int64) + over
    counts = np.bincount(columns["project"], weights=per_task, minlength=projects).astype(np.int64)
    changes = [
        _since(columns["created_at"], np.full(len(begun), CODE_OF_STATUS[Status.WAITING])),
        _since(columns["started_at"], np.full(len(begun), CODE_OF_STATUS[Status.RUNNING])),
        _since(columns["ended_at"], columns["status"].astype(np.int64)),
    ]
    rows, at, statuses = (np.concatenate(parts) for parts in zip(*changes, strict=True))
    owners = columns["project"][rows]
    order = np.lexsort((at, owners))
    owners = owners[order]
    kept = np.bincount(owners, minlength=projects)
    before = np.concatenate([[0], np.cumsum(kept)[:-1]])
    numbers = np.arange(len(order)) - before[owners] + (counts - kept)[owners] + 1
    return counts, Told(owners, numbers, at[order], rows[order], statuses[order])


def rows(told: Told, columns: Columns, keys: Integers) -> Iterator[Sequence[object]]:
    """The rows of the table."""
    return zip(
        keys[told.project].tolist(),
        told.number.tolist(),
        told.at.tolist(),
        columns["seq"][told.row].tolist(),
        idents.many(idents.TASK, told.row),
        (f"req-{one}" for one in idents.many(idents.REQUEST, columns["request"][told.row])),
        told.status.tolist(),
        strict=True,
    )


def _since(moments: Column, statuses: Integers) -> tuple[Integers, Integers, Integers]:
    rows = np.flatnonzero(moments >= END - _KEPT)
    return rows, moments[rows].astype(np.int64), statuses[rows]
