"""Which tasks match, how many, and in what order: recent ones by their rows, older ones by their segments."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from holdfast.model.task import NEWEST_FIRST, Order, SortKey, Task, TaskFilter

from . import task_filters, task_recent
from .codes import CODE_OF_OPERATION, CODE_OF_STATUS, RANK_OF_OPERATION, RANK_OF_STATUS
from .columns import microseconds_of
from .sequences import PLACES
from .task_conditions import Conditions, below

# Columns of the tasks that match, all of one length: whole numbers, moments in microseconds since 1970.
Batch = Mapping[str, NDArray[np.int64]]

NEVER = -(1 << 63)  # in a batch: there is no such moment

_COLUMNS: Mapping[SortKey, str] = {
    SortKey.STARTED_AT: "started_at",
    SortKey.ENDED_AT: "ended_at",
    SortKey.STATUS: "status",
    SortKey.OPERATION_TYPE: "operation",
}


class Place(msgspec.Struct, frozen=True):
    """Where a task stands in an order: by a value, which it may not have, and then by its number."""

    value: int | None
    seq: int

    @classmethod
    def of(cls, task: Task, seq: int, order: Order) -> "Place":
        """The place of this task."""
        moments = {SortKey.STARTED_AT: task.started_at, SortKey.ENDED_AT: task.ended_at}
        if order.key in moments:
            moment = moments[order.key]
            return cls(None if moment is None else microseconds_of(moment), seq)
        if order.key is SortKey.STATUS:
            return cls(RANK_OF_STATUS[CODE_OF_STATUS[task.status]], seq)
        if order.key is SortKey.OPERATION_TYPE:
            return cls(RANK_OF_OPERATION[CODE_OF_OPERATION[task.operation]], seq)
        return cls(0, seq)

    def key(self, order: Order) -> tuple[bool, int, int]:
        """The lowest comes first in this order; what has no value comes last."""
        sign = -1 if order.descending else 1
        return self.value is None, sign * (self.value or 0), sign * self.seq


class Matches:
    """The tasks that match a filter, as one transaction sees them."""

    def __init__(self, tx: Connection, wanted: TaskFilter) -> None:
        """Nothing but the names in the filter is looked up before it is asked for."""
        self._tx = tx
        self._asked = task_filters.resolve(tx, wanted)

    def count(self) -> int:
        """How many there are, exactly."""
        return 0 if self._asked is None else task_recent.count(self._tx, self._asked)

    def page(
        self, limit: int, offset: int = 0, order: Order = NEWEST_FIRST, after: Place | None = None
    ) -> list[int]:
        """The numbers of a page of them in this order; with `after`, of those behind that place."""
        if self._asked is None:
            return []
        if order == NEWEST_FIRST:
            asked = self._asked if after is None else below(self._asked, after.seq)
            return task_recent.newest(self._tx, asked, limit, offset)
        places = sorted(_places(self._tx, self._asked, order), key=lambda place: place.key(order))
        behind = [place.seq for place in places if after is None or place.key(order) > after.key(order)]
        return behind[offset : offset + limit]

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """These columns of all of them, some at a time; `created_at` may be one of them."""
        if self._asked is not None:
            yield _batch(self._tx, self._asked, columns)


def _places(tx: Connection, asked: Conditions, order: Order) -> Iterator[Place]:
    column = _COLUMNS.get(order.key)
    if column is None:
        return (Place(0, row.seq) for row in task_recent.rows(tx, asked, ("seq",)))
    ranks = {SortKey.STATUS: RANK_OF_STATUS, SortKey.OPERATION_TYPE: RANK_OF_OPERATION}.get(order.key)
    rows = task_recent.rows(tx, asked, ("seq", column))
    return (Place(row[1] if ranks is None else ranks[row[1]], row.seq) for row in rows)


def _batch(tx: Connection, asked: Conditions, columns: Sequence[str]) -> Batch:
    kept = ["seq" if name == "created_at" else name for name in columns]
    rows = task_recent.rows(tx, asked, kept)
    values = {
        name: np.array([NEVER if row[place] is None else row[place] for row in rows], dtype=np.int64)
        for place, name in enumerate(columns)
    }
    if "created_at" in values:
        values["created_at"] //= PLACES
    return values
