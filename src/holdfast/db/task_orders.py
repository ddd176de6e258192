"""Other orders than by number.

By a word, tasks are listed value after value. By a moment, what comes first is gathered from the recent tasks
and from the segments that can have any of it.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from holdfast.model.task import Task
from holdfast.model.task_filter import Order, SortKey

from .codes import CODE_OF_OPERATION, CODE_OF_STATUS, RANK_OF_OPERATION, RANK_OF_STATUS
from .columns import microseconds_of
from .history.older import Older
from .history.segments import Segment
from .task_conditions import Between, Conditions, OneOf, above, below
from .task_selection import Selection

_RANKS: Mapping[SortKey, tuple[str, Mapping[int, int]]] = MappingProxyType(
    {
        SortKey.STATUS: ("status", RANK_OF_STATUS),
        SortKey.OPERATION_TYPE: ("operation", RANK_OF_OPERATION),
    }
)
_MOMENTS: Mapping[SortKey, str] = MappingProxyType(
    {SortKey.STARTED_AT: "started_at", SortKey.ENDED_AT: "ended_at"}
)

_AT_ONCE = 100_000  # are gathered before what cannot be among the first is left out


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


class Ordered:
    """Some tasks in some order."""

    def __init__(self, tx: Connection, older: Older | None, asked: Conditions, order: Order) -> None:
        """Nothing is read before it is asked for."""
        self._tx = tx
        self._older = older
        self._asked = asked
        self._order = order

    def page(self, limit: int, offset: int, after: Place | None) -> list[int]:
        """The numbers of a page of those behind a place."""
        if self._order.key in _MOMENTS:
            return self._by_moment(_MOMENTS[self._order.key], limit, offset, after)
        found: list[int] = []
        for conditions in self._groups(after):
            group = Selection(self._tx, self._older, conditions)
            count = group.count()
            found += self._by_number(group, limit - len(found), offset)
            offset = max(0, offset - count)
            if len(found) == limit:
                break
        return found

    def _groups(self, after: Place | None) -> Iterator[Conditions]:
        """Conditions on the tasks of one value each, in order; of the first those behind the place."""
        if self._order.key not in _RANKS:
            yield self._behind(self._asked, after)
            return
        column, ranks = _RANKS[self._order.key]
        for code in sorted(ranks, key=lambda code: ranks[code], reverse=self._order.descending):
            keys = (*self._asked.keys, OneOf(column, frozenset((code,))))
            group = msgspec.structs.replace(self._asked, keys=keys)
            if after is None or ranks[code] == after.value:
                yield self._behind(group, after)
            elif (ranks[code] > (after.value or 0)) is not self._order.descending:
                yield group

    def _behind(self, conditions: Conditions, after: Place | None) -> Conditions:
        if after is None:
            return conditions
        return (below if self._order.descending else above)(conditions, after.seq)

    def _by_number(self, group: Selection, limit: int, offset: int) -> list[int]:
        return (group.newest if self._order.descending else group.oldest)(limit, offset)

    def _by_moment(self, column: str, limit: int, offset: int, after: Place | None) -> list[int]:
        """A page of those that have a moment, and then of those that have none."""
        first: list[int] = []
        if after is None or after.value is not None:
            having = msgspec.structs.replace(
                self._asked, moments=(*self._asked.moments, Between(column, None, None))
            )
            group = Selection(self._tx, self._older, having)
            first = _Gathered(column, self._order, offset + limit, after).of(group)
            after = None
        found = first[offset:]
        if len(found) == limit:
            return found
        lacking = msgspec.structs.replace(self._asked, lacking=(*self._asked.lacking, column))
        rest = Selection(self._tx, self._older, self._behind(lacking, after))
        return found + self._by_number(rest, limit - len(found), max(0, offset - len(first)))


class _Gathered:
    """The tasks that come first by a moment, as many as wanted."""

    def __init__(self, column: str, order: Order, most: int, after: Place | None) -> None:
        self._column = column
        self._sign = -1 if order.descending else 1
        self._most = most
        # What is sorted has its sign turned where the highest come first; so has what it is compared with.
        self._after = None if after is None else (self._sign * (after.value or 0), self._sign * after.seq)
        self._heap = [np.zeros((0, 2), dtype=np.int64)]
        self._heaped = 0

    def of(self, group: Selection) -> list[int]:
        """Their numbers, in order."""
        recent = group.recent((self._column, "seq"))
        self._add(recent[self._column], recent["seq"])
        parts = [(self._best(segment), older, segment, rows) for older, segment, rows in group.sealed()]
        for best, older, segment, rows in sorted(parts, key=lambda part: part[0]):
            if self._is_beyond(best):
                break
            moments = self._sign * older.moments(segment, rows, self._column)
            chosen = self._promising(moments)
            self._add(self._sign * moments[chosen], older.seqs(segment, rows[chosen]))
        seqs: list[int] = (self._sign * self._cut()[:, 1]).tolist()
        return seqs

    def _is_beyond(self, best: int) -> bool:
        """Whether as many are found as wanted, and all come before this."""
        if self._heaped < self._most or not self._most:
            return not self._most
        if self._most <= _AT_ONCE:
            return bool(self._cut()[-1, 0] < best)
        return bool(np.count_nonzero(np.concatenate(self._heap)[:, 0] < best) >= self._most)

    def _best(self, segment: Segment) -> int:
        """No task of the segment comes before this."""
        first, last = segment.span(self._column)
        return self._sign * ((last if self._sign < 0 else first) or 0)

    def _promising(self, moments: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where there is a moment that could be among the first, or as one that is."""
        chosen = np.arange(len(moments)) if self._after is None else np.flatnonzero(moments >= self._after[0])
        if len(chosen) <= self._most or self._after is not None:
            return chosen
        last = np.partition(moments[chosen], self._most - 1)[self._most - 1]
        promising: NDArray[np.intp] = chosen[moments[chosen] <= last]
        return promising

    def _add(self, moments: NDArray[np.int64], seqs: NDArray[np.int64]) -> None:
        found = self._sign * np.column_stack((moments, seqs))
        if self._after is not None:
            moment, seq = self._after
            found = found[(found[:, 0] > moment) | ((found[:, 0] == moment) & (found[:, 1] > seq))]
        self._heap.append(found)
        self._heaped += len(found)
        if self._heaped > _AT_ONCE + 2 * self._most:
            self._cut()

    def _cut(self) -> NDArray[np.int64]:
        """What comes first of all that was added, in order."""
        found = np.concatenate(self._heap)
        if len(found) > 2 * self._most:
            last = np.partition(found[:, 0], self._most - 1)[self._most - 1]
            found = found[found[:, 0] <= last]
        found = found[np.lexsort((found[:, 1], found[:, 0]))][: self._most]
        self._heap, self._heaped = [found], len(found)
        return found
