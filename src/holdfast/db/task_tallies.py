"""Counting and adding up by group, a batch of tasks at a time: exact, and of a size that no row adds to.

Groups are numbered from 0. NumPy adds weights as floating-point numbers, which hold whole ones up to 2^53:
what is added at once stays below that, and what adds up is kept in two halves.
"""

from datetime import timedelta
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from holdfast.model.task import Status
from holdfast.model.task_summary import NO_DURATIONS, Durations, OfStatus, Tally, total

from .codes import CODE_OF_STATUS

Numbers = NDArray[np.int64]
Whole = TypeVar("Whole", np.int64, np.int32)

MOST_ROWS = 1 << 20  # are added at once
STATUSES = 8  # places for codes of statuses, 0 among them

_EXACT = 1 << 53
_HALF = 32
_LOW = (1 << _HALF) - 1
# Durations by their binary logarithm: 64 bins from each power of two to the next, which is one bin for all
# below 2^10 microseconds and 2,560 from there to 35 years.
_BITS = 6
_SHIFT = 52 - _BITS
_LOWEST = (1023 + 10) << _BITS
BINS = 1 + (40 << _BITS)


class Weights:
    """Whole numbers of a batch, made ready to be added up by group as often as needed."""

    def __init__(self, values: Numbers) -> None:
        """At most `MOST_ROWS` of them."""
        small = not values.size or (int(values.min()) >= 0 and int(values.max()) * values.size <= _EXACT)
        self._whole = values.astype(np.float64) if small else None
        self._high = None if small else (values >> _HALF).astype(np.float64)
        self._low = None if small else (values & _LOW).astype(np.float64)

    def added(self, groups: Numbers) -> tuple[Numbers, Numbers]:
        """The sums by group, as high and low halves."""
        if self._whole is not None:
            sums = np.bincount(groups, self._whole).astype(np.int64)
            return sums >> _HALF, sums & _LOW
        low = np.bincount(groups, self._low).astype(np.int64)
        return np.bincount(groups, self._high).astype(np.int64) + (low >> _HALF), low & _LOW


class Sums:
    """Sums by group, exact however large they become."""

    def __init__(self) -> None:
        self._high = self._low = np.zeros(0, dtype=np.int64)

    def add(self, groups: Numbers, weights: Weights) -> None:
        """Add each weight to its group."""
        high, low = weights.added(groups)
        self._high, self._low = widened(self._high, high.size), widened(self._low, low.size)
        self._high[: high.size] += high
        self._low[: low.size] += low

    def of(self, groups: slice) -> int:
        """The sum of these groups."""
        return (int(self._high[groups].sum()) << _HALF) + int(self._low[groups].sum())

    def by(self, number: int) -> list[int]:
        """The sums of so many groups at a time, one after another."""
        high, low = (_rows(half, number).sum(axis=1).tolist() for half in (self._high, self._low))
        return [(upper << _HALF) + lower for upper, lower in zip(high, low, strict=True)]


class Cells:
    """Tasks by group and status: how many, and their bytes."""

    def __init__(self) -> None:
        self._counts = np.zeros(0, dtype=np.int64)
        self._done, self._stored = Sums(), Sums()

    def add(self, groups: Numbers, statuses: Numbers, done: Weights, stored: Weights) -> None:
        """Add the tasks of a batch, of which these are the groups, statuses and bytes."""
        cells = groups * STATUSES + statuses
        counts = np.bincount(cells)
        self._counts = widened(self._counts, counts.size)
        self._counts[: counts.size] += counts
        self._done.add(cells, done)
        self._stored.add(cells, stored)

    def tallies(self, groups: int = 0) -> list[Tally]:
        """The tasks of each group, by its number; of at least so many groups."""
        found = [
            Tally(
                counts={status: counts[code] for status, code in CODE_OF_STATUS.items()},
                bytes_done=done,
                bytes_stored=stored,
            )
            for counts, done, stored in zip(
                _rows(self._counts, STATUSES).tolist(),
                self._done.by(STATUSES),
                self._stored.by(STATUSES),
                strict=True,
            )
        ]
        return found + [total(())] * (groups - len(found))

    def status(self, status: Status) -> OfStatus:
        """The tasks of all groups that have a status."""
        cells = slice(CODE_OF_STATUS[status], None, STATUSES)
        return OfStatus(
            status=status,
            count=int(self._counts[cells].sum()),
            bytes_done=self._done.of(cells),
            bytes_stored=self._stored.of(cells),
        )


class Numbering:
    """Gives keys, which may be far apart, numbers from 0 on, in the order in which they come."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self._numbers = np.zeros(0, dtype=np.int64)  # by key; 0 where it has none yet, else one more

    def of(self, keys: Numbers) -> Numbers:
        """The numbers of these keys; there is at least one, and none is negative."""
        self._numbers = widened(self._numbers, int(keys.max()) + 1)
        numbers = self._numbers[keys]
        if not numbers.all():
            new = np.unique(keys[numbers == 0])
            self._numbers[new] = np.arange(len(self.keys), len(self.keys) + new.size) + 1
            self.keys += new.tolist()
            numbers = self._numbers[keys]
        return numbers - 1


class Lengths:
    """Durations of a batch, in microseconds, made ready to be counted by group; none is negative."""

    def __init__(self, durations: Numbers) -> None:
        """At most `MOST_ROWS` of them."""
        self.durations = durations
        self.weights = Weights(durations)
        self.bins = _bins(durations)


class Spread:
    """How durations, in microseconds, are spread, by group.

    They are counted in bins so narrow that the middle of each is less than one percent from all in it.
    """

    def __init__(self, groups: int) -> None:
        self._bins = np.zeros((groups, BINS), dtype=np.int32)
        self._sums = Sums()
        self._least = np.full(groups, np.iinfo(np.int64).max)
        self._most = np.zeros(groups, dtype=np.int64)

    def add(self, groups: Numbers, lengths: Lengths) -> None:
        """Count durations, of which these are the groups."""
        if not groups.size:
            return
        base, end = int(groups.min()), int(groups.max()) + 1
        counts = np.bincount((groups - base) * BINS + lengths.bins, minlength=(end - base) * BINS)
        self._bins[base:end] += counts.reshape(-1, BINS).astype(np.int32)
        self._sums.add(groups, lengths.weights)
        np.minimum.at(self._least, groups, lengths.durations)
        np.maximum.at(self._most, groups, lengths.durations)

    def told(self, group: int) -> Durations:
        """How long the tasks of a group ran."""
        return self._told(slice(group, group + 1))

    def whole(self) -> Durations:
        """How long those of all groups ran."""
        return self._told(slice(None))

    def _told(self, groups: slice) -> Durations:
        least, most = int(self._least[groups].min()), int(self._most[groups].max())
        if least > most:
            return NO_DURATIONS
        counts = np.cumsum(self._bins[groups].sum(axis=0, dtype=np.int64))
        count = int(counts[-1])
        median, p95 = (_percentile(counts, percent) for percent in (50, 95))
        return Durations(
            count=count,
            mean=timedelta(microseconds=self._sums.of(groups) // count),
            median=timedelta(microseconds=min(max(median, least), most)),
            p95=timedelta(microseconds=min(max(p95, least), most)),
            longest=timedelta(microseconds=most),
        )


class WithKey(msgspec.Struct, frozen=True):
    """How many tasks have a key, and the number of the newest of them."""

    key: int
    count: int
    seq: int


class Newest:
    """How many tasks have which key, and the newest of each."""

    def __init__(self) -> None:
        self._numbering = Numbering()
        self._counts = np.zeros(0, dtype=np.int64)
        self._newest = np.zeros(0, dtype=np.int64)

    @property
    def keys(self) -> list[int]:
        """The keys that tasks have."""
        return self._numbering.keys

    def add(self, keys: Numbers, seqs: Numbers) -> None:
        """Add the tasks with these keys and numbers."""
        if not keys.size:
            return
        groups = self._numbering.of(keys)
        known = self._newest.size
        self._counts, self._newest = (
            widened(self._counts, len(self.keys)),
            widened(self._newest, len(self.keys)),
        )
        self._newest[known:] = np.iinfo(np.int64).min
        self._counts += np.bincount(groups, minlength=len(self.keys))
        np.maximum.at(self._newest, groups, seqs)

    def told(self) -> list[WithKey]:
        """All of them, in no order."""
        return [
            WithKey(*one) for one in zip(self.keys, self._counts.tolist(), self._newest.tolist(), strict=True)
        ]


class Longest:
    """The few tasks that ran for the longest time; of equals the newest."""

    def __init__(self, number: int) -> None:
        """As many as that."""
        self._number = number
        self._durations = self._seqs = np.zeros(0, dtype=np.int64)

    @property
    def seqs(self) -> list[int]:
        """Their numbers, the one that ran for the longest time first."""
        return [int(seq) for seq in self._seqs]

    def add(self, durations: Numbers, seqs: Numbers) -> None:
        """Look at the tasks that ran so long and have these numbers."""
        if self._seqs.size == self._number:
            may = durations >= self._durations[-1]
            durations, seqs = durations[may], seqs[may]
        durations, seqs = np.append(self._durations, durations), np.append(self._seqs, seqs)
        first = np.lexsort((seqs, durations))[::-1][: self._number]
        self._durations, self._seqs = durations[first], seqs[first]


def widened(values: NDArray[Whole], size: int) -> NDArray[Whole]:
    """The same with zeros behind, so that there are at least so many."""
    if size <= values.size:
        return values
    wide = np.zeros(size, dtype=values.dtype)
    wide[: values.size] = values
    return wide


def _rows(values: Numbers, length: int) -> Numbers:
    """The same in rows of that length, with zeros behind the last."""
    return widened(values, -(-values.size // length) * length).reshape(-1, length)


def _bins(durations: Numbers) -> Numbers:
    """The bin of each: the leading bits of a floating-point number are its logarithm."""
    leading: Numbers = durations.astype(np.float64).view(np.int64) >> _SHIFT
    return (leading - (_LOWEST - 1)).clip(0, BINS - 1)


def _percentile(counts: Numbers, percent: int) -> int:
    """What so many percent do not exceed, of durations of which so many are in the bins up to each."""
    place = -(-percent * int(counts[-1]) // 100)
    return _middle(int(np.searchsorted(counts, place)))


def _middle(number: int) -> int:
    if number == 0:
        return 1 << 9
    edges = np.array([number - 1 + _LOWEST, number + _LOWEST], dtype=np.int64) << _SHIFT
    return round(float(edges.view(np.float64).sum()) / 2)
