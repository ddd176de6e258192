"""What the tasks of a segment are filtered by: columns of keys, and columns of plain numbers.

Many tasks have the same key. A column of keys is its values, and for each the rows that have it:

    header   little-endian uint32: number of values, number of rows
    values   int64, each as the difference to the one before, ascending
    ends     uint32, for each value the end of its rows in `rows`
    rows     uint16, places in the segment; of one value ascending

Moments and bytes are seldom the same twice. A plain column is one int64 a row, the first bytes of all of them
before the second ones of all, and so on: so what they have in common is together.

Both are compressed with zstd. A moment that there is not is NEVER, which is lower than all that are.
"""

import struct
from dataclasses import dataclass

import numpy as np
import zstandard
from numpy.typing import NDArray

NEVER = -(1 << 63)
MOST_ROWS = 1 << 16

_HEADER = struct.Struct("<II")
_LEVEL = 3
_WIDEST = 1 << 22  # span of keys that a table of truths is made of: looking up is quicker than searching


@dataclass(frozen=True, slots=True)
class Column:
    """The distinct `values`, ascending; those rows have the value at `i` that are in `rows` before `ends[i]`
    and not before `ends[i - 1]`."""

    values: NDArray[np.int64]
    ends: NDArray[np.uint32]
    rows: NDArray[np.uint16]

    @classmethod
    def of(cls, by_row: NDArray[np.int64]) -> "Column":
        """The column of these values, one a row, at most 65,536."""
        rows = np.argsort(by_row, kind="stable")
        ordered = by_row[rows]
        last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, dtype=bool)
        ends = np.flatnonzero(last) + 1
        return cls(ordered[last], ends.astype(np.uint32), rows.astype(np.uint16))

    @classmethod
    def read(cls, data: bytes) -> "Column":
        """What `write` wrote."""
        plain = zstandard.ZstdDecompressor().decompress(data)
        values, rows = _HEADER.unpack_from(plain)
        at = _HEADER.size
        steps = np.frombuffer(plain, np.int64, values, at)
        at += steps.nbytes
        ends = np.frombuffer(plain, np.uint32, values, at)
        by_value = np.frombuffer(plain, np.uint16, rows, at + ends.nbytes)
        # Copied: what only looks into `plain` would keep all of it.
        return cls(np.cumsum(steps), ends.copy(), by_value.copy())

    def write(self) -> bytes:
        """The column as it is kept."""
        steps = np.diff(self.values, prepend=np.int64(0))
        header = _HEADER.pack(len(self.values), len(self.rows))
        plain = header + steps.tobytes() + self.ends.tobytes() + self.rows.tobytes()
        return zstandard.ZstdCompressor(level=_LEVEL).compress(plain)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory."""
        return self.values.nbytes + self.ends.nbytes + self.rows.nbytes

    def by_row(self) -> NDArray[np.int64]:
        """The value of each row."""
        values = np.empty(len(self.rows), dtype=np.int64)
        values[self.rows] = np.repeat(self.values, np.diff(self.ends, prepend=np.uint32(0)))
        return values

    def rows_of(self, key: int) -> NDArray[np.uint16]:
        """The rows that have this value, ascending."""
        at = int(np.searchsorted(self.values, key))
        if at == len(self.values) or self.values[at] != key:
            return self.rows[:0]
        return self.rows[self._begin(at) : self._begin(at + 1)]

    def has_any(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Of each row, whether it has one of these values, which are ascending."""
        having = np.empty(len(self.rows), dtype=bool)
        having[self.rows] = np.repeat(self._among(keys), np.diff(self.ends, prepend=np.uint32(0)))
        return having

    def _among(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Of each value, whether it is one of these."""
        first, last = keys[0], keys[-1]
        if last - first > _WIDEST:
            return np.isin(self.values, keys, assume_unique=True)
        among = np.zeros(last - first + 2, dtype=bool)
        among[keys - first] = True
        inside: NDArray[np.bool_] = among[np.clip(self.values, first, last + 1) - first]
        inside &= self.values >= first
        return inside

    def _begin(self, at: int) -> int:
        return int(self.ends[at - 1]) if at else 0


def write_plain(by_row: NDArray[np.int64]) -> bytes:
    """A plain column as it is kept."""
    shuffled = np.ascontiguousarray(by_row).view(np.uint8).reshape(len(by_row), 8).T
    return zstandard.ZstdCompressor(level=_LEVEL).compress(shuffled.tobytes())


def read_plain(data: bytes) -> NDArray[np.int64]:
    """What `write_plain` wrote."""
    plain = zstandard.ZstdDecompressor().decompress(data)
    shuffled = np.frombuffer(plain, dtype=np.uint8).reshape(8, -1)
    return np.ascontiguousarray(shuffled.T).view(np.int64).reshape(-1)


def between(by_row: NDArray[np.int64], first: int | None, end: int | None) -> NDArray[np.bool_]:
    """Of each row, whether its moment is from `first` on and before `end`; never where there is none."""
    inside: NDArray[np.bool_] = by_row >= (NEVER + 1 if first is None else max(first, NEVER + 1))
    if end is not None:
        inside &= by_row < end
    return inside
