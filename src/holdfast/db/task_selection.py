"""The tasks under some conditions, in the order of their numbers: recent ones by their rows, older ones by
their segments.

Recent tasks that are newer than all segments come before those that segments hold; the few recent ones that
are older, because they ran for long, are put between these.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property, partial, reduce

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection

from . import task_marks
from . import task_recent_queries as recent_queries
from .history.column import NEVER
from .history.older import Older
from .history.segments import Segment
from .task_conditions import Conditions, above, below


class Selection:
    """The tasks of one project that match, as one transaction sees them."""

    def __init__(self, tx: Connection, older: Older | None, asked: Conditions) -> None:
        """Nothing is read before it is asked for."""
        self._tx = tx
        self._older = older
        self._asked = asked
        self._number: int | None = None  # of the recent ones, once it is known

    def count(self) -> int:
        """How many there are, exactly."""
        if self._number is None:
            self._number = recent_queries.count(self._tx, self._recent)
        return self._number + len(self._sealed)

    def newest(self, limit: int, offset: int = 0) -> list[int]:
        """The numbers of a page of them, highest first."""
        found = self._recent_page(limit, offset)
        last = None if self._older is None else self._older.last_seq
        newer = found if last is None else [seq for seq in found if seq > last]
        if last is None or len(newer) == limit:
            return newer
        passed = recent_queries.count(self._tx, above(self._recent, last)) if offset else 0
        return newer + self._mixed(limit - len(newer), max(0, offset - passed))

    def _recent_page(self, limit: int, offset: int) -> list[int]:
        """A page of the recent ones alone; with the first one comes how many they are."""
        if offset:
            return recent_queries.newest(self._tx, self._recent, limit, offset)
        found, self._number = recent_queries.first_page(self._tx, self._recent, limit)
        return found

    def oldest(self, limit: int, offset: int = 0) -> list[int]:
        """The numbers of a page of them, lowest first."""
        end = self.count() - offset
        return self.newest(min(limit, end), max(0, end - limit))[::-1] if end > 0 else []

    def recent(self, columns: Sequence[str]) -> dict[str, NDArray[np.int64]]:
        """These columns of the recent ones."""
        rows = recent_queries.rows(self._tx, self._recent, columns)
        values = [[NEVER if value is None else value for value in row] for row in rows]
        table = np.array(values, dtype=np.int64).reshape(len(values), len(columns)).T
        return dict(zip(columns, table, strict=True))

    def sealed(self) -> Iterator[tuple[Older, Segment, NDArray[np.uint16]]]:
        """The segments that hold any of them, oldest first, and their rows there, ascending."""
        if self._older is not None:
            for segment, rows in self._older.parts(self._sealed):
                yield self._older, segment, rows

    @cached_property
    def _recent(self) -> Conditions:
        asked = self._asked
        if asked.marks:
            last = None if self._older is None else self._older.last_seq
            marked = [task_marks.recent_seqs(self._tx, asked.project_key, one, last) for one in asked.marks]
            seqs = reduce(partial(np.intersect1d, assume_unique=True), marked)
            asked = replace(asked, marks=(), seqs=seqs)
        return recent_queries.narrowed(self._tx, asked)

    @cached_property
    def _sealed(self) -> BitMap:
        return BitMap() if self._older is None else self._older.matching(self._asked)

    def _late(self, last: int) -> list[int]:
        return recent_queries.newest(self._tx, below(self._recent, last))

    def _mixed(self, limit: int, offset: int) -> list[int]:
        """A page of those that are not newer than all segments."""
        if self._older is None or limit <= 0:
            return []
        late = [] if self._number == 0 else self._late(self._older.last_seq)
        places = [self._older.newer(self._sealed, seq) + before for before, seq in enumerate(late)]
        end = min(offset + limit, len(self._sealed) + len(late))
        passed, last = bisect_left(places, offset), bisect_left(places, end)
        here = dict(zip(places[passed:last], late[passed:last], strict=True))
        ranks = range(offset - passed, end - last)
        sealed = iter(self._older.page(self._sealed, ranks))
        return [here[place] if place in here else next(sealed) for place in range(offset, end)]
