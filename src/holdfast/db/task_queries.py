"""Which tasks match a filter, how many, and in what order."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from holdfast.model.task_filter import NEWEST_FIRST, Order, TaskFilter

from . import task_filters, task_projects
from .history.column import NEVER as NEVER  # in a batch: there is no such moment
from .history.older import Older
from .sequences import PLACES
from .task_conditions import Conditions, below
from .task_orders import Ordered, Place
from .task_selection import Selection

# Columns of the tasks that match, all of one length: whole numbers, moments in microseconds since 1970.
Batch = Mapping[str, NDArray[np.int64]]


class Matches:
    """The tasks that match a filter, as one transaction sees them."""

    def __init__(self, tx: Connection, wanted: TaskFilter) -> None:
        """Nothing but the names in the filter is looked up before it is asked for."""
        self._tx = tx
        self._asked: Conditions | None = None
        self._older: Older | None = None
        self._all: Selection | None = None
        project = task_projects.find(tx, wanted.project_id)
        if project is not None:
            self._asked = task_filters.resolve(tx, project, wanted)
        if project is not None and self._asked is not None:
            self._older = Older.of(tx, project)
            self._all = Selection(tx, self._older, self._asked)

    def count(self) -> int:
        """How many there are, exactly."""
        return 0 if self._all is None else self._all.count()

    def page(
        self, limit: int, offset: int = 0, order: Order = NEWEST_FIRST, after: Place | None = None
    ) -> list[int]:
        """The numbers of a page of them in this order; with `after`, of those behind that place."""
        if self._asked is None or self._all is None:
            return []
        if order != NEWEST_FIRST:
            return Ordered(self._tx, self._older, self._asked, order).page(limit, offset, after)
        if after is None:
            return self._all.newest(limit, offset)
        return Selection(self._tx, self._older, below(self._asked, after.seq)).newest(limit, offset)

    def batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """These columns of all of them, some at a time; `created_at` and `seq` may be among them."""
        if self._all is None:
            return
        kept = ["seq" if name == "created_at" else name for name in columns]
        recent = self._all.recent(kept)
        yield {name: _told(name, recent[under]) for name, under in zip(columns, kept, strict=True)}
        for older, segment, rows in self._all.sealed():
            part = older.table(segment, rows, list(dict.fromkeys(kept)))
            yield {name: _told(name, part[under]) for name, under in zip(columns, kept, strict=True)}


def _told(name: str, values: NDArray[np.int64]) -> NDArray[np.int64]:
    """A task was made at the moment that its number holds."""
    return values // PLACES if name == "created_at" else values
