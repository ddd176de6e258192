"""The ended tasks that segments hold, as one transaction sees them: which match, how many, in what order.

A condition becomes a bitmap over all segments, which stays on the shelf and follows the segments as they are
written anew. Segments hold no marks: which tasks have one is told by the index, and by the segments where
they are. A range of numbers needs no bitmap, one of moments only the segments at its ends.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection

from holdfast.db import task_marks
from holdfast.db.task_conditions import Between, Conditions, OneOf
from holdfast.db.task_projects import TaskProject

from . import bitmaps, segments, shelf
from .bitmaps import ROWS
from .column import between
from .segments import HAS, Catalogue, Segment

FEW_KEYS = 24  # have a bitmap each, which others can use

_BYTES_OF_A_KEY = 100  # in a set
_BYTES_OF_A_VERSION = 60


@dataclass(frozen=True)
class Kept:
    """A bitmap on the shelf, of which versions of which segments it is, and up to where they were trimmed."""

    versions: Mapping[int, int]
    trimmed_to: int | None
    bitmap: BitMap


class Older:
    """The tasks in a project's segments."""

    def __init__(self, tx: Connection, catalogue: Catalogue) -> None:
        """Nothing is read before it is asked for."""
        self._tx = tx
        self._catalogue = catalogue
        self._segments = catalogue.segments
        self._by_number = {segment.number: segment for segment in self._segments}
        self._firsts = np.array([segment.first_seq for segment in self._segments], dtype=np.int64)

    @classmethod
    def of(cls, tx: Connection, project: TaskProject) -> "Older | None":
        """Those of this project; None where it has no segment."""
        found = segments.catalogue(tx, project)
        return None if found is None else cls(tx, found)

    @property
    def last_seq(self) -> int:
        """The highest number of them all."""
        return self._segments[-1].last_seq

    def matching(self, asked: Conditions) -> BitMap:
        """Those that match. The bitmap may be on the shelf: nobody changes it."""
        parts = [self._one_of(one) for one in (*asked.keys, *asked.marks)]
        parts += [self._between(one) for one in asked.moments]
        parts += [self.with_key(HAS[name], 0) for name in asked.lacking]
        if asked.either is not None:
            parts.append(BitMap.union(*(self._one_of(one) for one in asked.either)))
        first = max(
            (one for one in (asked.first, self._catalogue.trimmed_to) if one is not None), default=None
        )
        if first is not None or asked.end is not None or not parts:
            parts.append(self._range(first, asked.end))
        return reduce(lambda found, part: found & part, sorted(parts, key=len))

    def newer(self, matching: BitMap, seq: int) -> int:
        """How many of these have a higher number than this one."""
        return len(matching) - int(matching.rank(self._place(seq + 1) - 1) if self._place(seq + 1) else 0)

    def page(self, matching: BitMap, ranks: range) -> list[int]:
        """The numbers of the tasks at these ranks, of which the newest is 0; newest first."""
        if not ranks:
            return []
        last = len(matching) - 1
        low, high = matching[last - ranks[-1]], matching[last - ranks[0]]
        numbers = (matching & BitMap(range(low, high + 1))).to_array()
        seqs: list[int] = self._seqs(np.frombuffer(numbers, dtype=np.uint32)[::-1]).tolist()
        return seqs

    def parts(self, matching: BitMap) -> Iterator[tuple[Segment, NDArray[np.uint16]]]:
        """The segments with any of these, in order, and their rows."""
        for number in bitmaps.segments_of(matching):
            yield self._by_number[number], bitmaps.rows_in(matching, number)

    def with_key(self, column: str, key: int) -> BitMap:
        """All that have this value in a column of keys."""
        return self._one_of(OneOf(column, frozenset((key,))))

    def moments(self, segment: Segment, rows: NDArray[np.uint16], column: str) -> NDArray[np.int64]:
        """The moments that these rows of a segment have in a column."""
        ((_, found),) = segments.plain_columns(self._tx, [segment], column)
        return found[rows]

    def seqs(self, segment: Segment, rows: NDArray[np.uint16]) -> NDArray[np.int64]:
        """The numbers of the tasks in these rows of a segment."""
        return segments.seqs(self._tx, segment, rows)

    def table(
        self, segment: Segment, rows: NDArray[np.uint16], columns: Sequence[str]
    ) -> dict[str, NDArray[np.int64]]:
        """What these rows of a segment have in some columns, `seq` included."""
        found = segments.table(self._tx, segment, columns)
        if len(rows) == segment.rows:
            return found
        return {name: values[rows] for name, values in found.items()}

    def _seqs(self, numbers: NDArray[np.uint32]) -> NDArray[np.int64]:
        found = np.empty(len(numbers), dtype=np.int64)
        places = numbers // ROWS
        for number in np.unique(places):
            here = places == number
            rows = (numbers[here] % ROWS).astype(np.uint16)
            found[here] = segments.seqs(self._tx, self._by_number[int(number)], rows)
        return found

    def _one_of(self, asked: OneOf) -> BitMap:
        if not asked.keys:
            return BitMap()
        if len(asked.keys) <= FEW_KEYS and asked.column not in task_marks.COLUMNS:
            found = [self._follow((asked.column, key)) for key in sorted(asked.keys)]
            return found[0] if len(found) == 1 else BitMap.union(*found)
        return self._follow((asked.column, asked.keys))

    def _follow(self, wanted: tuple[str, int | frozenset[int]]) -> BitMap:
        """The bitmap from the shelf, with what changed since; or a new one."""
        name = (self._catalogue.project_key, *wanted)
        kept, versions = self._kept(name), self._catalogue.versions
        if kept is not None and kept.versions == versions:
            return kept.bitmap
        before = {} if kept is None else kept.versions
        changed = [one for one in self._segments if before.get(one.number) != one.version]
        found = self._made(changed, *wanted)
        if kept is not None:
            found |= _without(kept.bitmap, {one for one in before if before[one] != versions.get(one)})
        if wanted[0] not in task_marks.COLUMNS or (found and shelf.is_settled(self._tx)):
            keys = 1 if isinstance(wanted[1], int) else len(wanted[1])
            size = bitmaps.size_of(found) + _BYTES_OF_A_KEY * keys + _BYTES_OF_A_VERSION * len(versions)
            shelf.of(self._tx).put(name, Kept(versions, self._catalogue.trimmed_to, found), size)
        return found

    def _kept(self, name: Hashable) -> Kept | None:
        """What is on the shelf, unless somebody made it who no longer saw all that is seen here."""
        kept, mine = shelf.of(self._tx).get(name, Kept), self._catalogue.trimmed_to
        if kept is None or kept.trimmed_to is None or (mine is not None and mine >= kept.trimmed_to):
            return kept
        return None

    def _made(self, some: Sequence[Segment], column: str, keys: int | frozenset[int]) -> BitMap:
        if column in task_marks.COLUMNS and not isinstance(keys, int):
            span = (some[0].first_seq, some[-1].last_seq) if some else (0, -1)
            return self._locate(task_marks.seqs(self._tx, OneOf(column, keys), *span))
        found = segments.columns(self._tx, some, column)
        if isinstance(keys, int):
            return bitmaps.of_rows([(segment.number, one.rows_of(keys)) for segment, one in found])
        wanted = np.sort(np.fromiter(keys, dtype=np.int64, count=len(keys)))
        return bitmaps.of_masks([(segment.number, one.has_any(wanted)) for segment, one in found])

    def _between(self, asked: Between) -> BitMap:
        """Those with a moment in a span: all that have one, of segments that lie within."""
        within: list[Segment] = []
        across: list[Segment] = []
        for segment in self._segments:
            first, last = segment.span(asked.column)
            if first is None or last is None or _ends_before(asked, first) or _begins_after(asked, last):
                continue
            inside = not _ends_before(asked, last) and not _begins_after(asked, first)
            (within if inside else across).append(segment)
        found = self._edges(across, asked)
        for segment in within:
            found.add_range(segment.number * ROWS, segment.number * ROWS + segment.rows)
        return found & self.with_key(HAS[asked.column], 1)

    def _edges(self, across: Sequence[Segment], asked: Between) -> BitMap:
        found = segments.plain_columns(self._tx, across, asked.column)
        return bitmaps.of_masks(
            [(segment.number, between(moments, asked.first, asked.end)) for segment, moments in found]
        )

    def _range(self, first: int | None, end: int | None) -> BitMap:
        """Those with these numbers."""
        begin = 0 if first is None else self._place(first)
        limit = (self._segments[-1].number + 1) * ROWS if end is None else self._place(end)
        found = BitMap()
        for segment in self._segments:
            low = max(begin, segment.number * ROWS)
            high = min(limit, segment.number * ROWS + segment.rows)
            if low < high:
                found.add_range(low, high)
        return found

    def _locate(self, seqs: NDArray[np.int64]) -> BitMap:
        """Those of these numbers, which are ascending, that are here."""
        ends = np.append(np.searchsorted(seqs, self._firsts), len(seqs)).tolist()
        pieces = [
            (segment, seqs[begin:end])
            for segment, (begin, end) in zip(self._segments, pairwise(ends), strict=True)
            if begin < end
        ]
        segments.fetch_blocks(self._tx, pieces)
        return bitmaps.of_rows(
            [(segment.number, segments.rows_with(self._tx, segment, mine)) for segment, mine in pieces]
        )

    def _place(self, seq: int) -> int:
        """The number in a bitmap of the first task whose number is not below this one."""
        at = int(np.searchsorted(self._firsts, seq, side="right")) - 1
        if at < 0:
            return self._segments[0].number * ROWS
        segment = self._segments[at]
        return segment.number * ROWS + segments.rows_below(self._tx, segment, seq)


def _without(bitmap: BitMap, gone: Iterable[int]) -> BitMap:
    """The same but for these segments."""
    kept = bitmap.copy()
    for number in gone:
        kept.remove_range(number * ROWS, (number + 1) * ROWS)
    return kept


def _ends_before(asked: Between, moment: int) -> bool:
    return asked.end is not None and moment >= asked.end


def _begins_after(asked: Between, moment: int) -> bool:
    return asked.first is not None and moment < asked.first
