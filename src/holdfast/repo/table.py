"""Rows of blobs as columns of plain bytes: what an index holds millions of, without an object for each.

A row is a blob as a pack was told to hold it: 32 bytes of id, 17 bytes of where it is, and, of millions, 6 to
11 bytes in a hash table of row numbers. Rows of one pack lie side by side. A row's number never changes.
"""

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import TypeAlias

from .blob import Blob, BlobKind
from .ids import ID_BYTES

_FIRST_SLOTS = 64
_MANY_SLOTS = 1 << 20  # from here on it grows by little: moving everything is slow, memory is dear
_FULLEST = 0.7  # of the slots: above it, to find out that an id is not there takes more than three steps
_KEY = struct.Struct("=Q").unpack_from
_KEYS_PER_ID = ID_BYTES // 8
_KINDS = tuple(BlobKind)

Words: TypeAlias = "array[int]"  # quoted, because Python 3.11 cannot evaluate it
Tellings = Sequence[tuple[bytes, int]]


def words(length: int = 0, code: str = "I") -> Words:
    """A column of so many zeros, of 4 bytes each, or of 8 for the code `Q`."""
    return array(code, [0]) * length


class Slots:
    """Where in a column of ids an id stands: double hashing on the first 8 bytes, which are random enough.

    A slot holds a row's number plus one, or 0. Not for use by other threads while one inserts.
    """

    def __init__(self, ids: bytearray, slots: "Words | None" = None, used: int = 0) -> None:
        """`ids` may grow; `slots` are those of a table made before, and are a power of two."""
        self.slots = words(_FIRST_SLOTS) if slots is None else slots
        self.used = used
        self._ids = ids
        self._stands = ids.startswith  # whether some bytes stand at some place
        self._mask = len(self.slots) - 1

    def find(self, wanted: bytes) -> int:
        """The row of an id, or -1."""
        slots, mask = self.slots, self._mask
        key: int = _KEY(wanted)[0]
        slot = key & mask
        while row := slots[slot]:
            if self._stands(wanted, row * ID_BYTES - ID_BYTES):
                return row - 1
            slot = (slot + (key >> 32 | 1)) & mask
        return -1

    def missing(self, wanted: Sequence[bytes]) -> list[bytes]:
        """Those of some ids that have no row, in their order; faster than one by one."""
        slots, mask, stands = self.slots, self._mask, self._stands
        missing = []
        keys = memoryview(b"".join(wanted)).cast("Q")[::_KEYS_PER_ID]
        for key, one in zip(keys, wanted, strict=True):
            slot = key & mask
            while (row := slots[slot]) and not stands(one, row * ID_BYTES - ID_BYTES):
                slot = (slot + (key >> 32 | 1)) & mask
            if not row:
                missing.append(one)
        return missing

    def insert(self, rows: Sequence[int]) -> None:
        """Make rows findable; where an id is findable already, it stays with its first row."""
        self._reserve(len(rows))
        slots, mask, ids = self.slots, self._mask, self._ids
        inserted = 0
        for row, key in zip(rows, self._keys(rows), strict=True):
            slot = key & mask
            while other := slots[slot]:
                place = other * ID_BYTES - ID_BYTES
                if _KEY(ids, place)[0] == key and self._stands(_id(ids, row), place):
                    break
                slot = (slot + (key >> 32 | 1)) & mask
            else:
                slots[slot] = row + 1
                inserted += 1
        self.used += inserted

    def copy(self, ids: bytearray) -> "Slots":
        """The same over a copy of the ids."""
        return Slots(ids, self.slots[:], self.used)

    def _keys(self, rows: Sequence[int]) -> Iterable[int]:
        """The first 8 bytes of each row's id."""
        if isinstance(rows, range):
            ids = memoryview(self._ids)[rows.start * ID_BYTES : rows.stop * ID_BYTES]
            return ids.cast("Q")[::_KEYS_PER_ID]
        return [_KEY(self._ids, row * ID_BYTES)[0] for row in rows]

    def _reserve(self, more: int) -> None:
        size = len(self.slots)
        while self.used + more > size * _FULLEST:
            size *= 2 if size >= _MANY_SLOTS else 4
        if size > len(self.slots):
            self._grow(size)

    def _grow(self, size: int) -> None:
        slots, mask = words(size), size - 1
        keys = memoryview(self._ids).cast("Q")[::_KEYS_PER_ID]
        for row in filter(None, self.slots):
            key = keys[row - 1]
            slot = key & mask
            while slots[slot]:
                slot = (slot + (key >> 32 | 1)) & mask
            slots[slot] = row
        self.slots, self._mask = slots, mask


def _id(ids: bytearray, row: int) -> bytearray:
    return ids[row * ID_BYTES : row * ID_BYTES + ID_BYTES]


@dataclass(slots=True)
class Columns:
    """Blobs side by side: their ids joined, and in every column a value for each; kinds are a byte each."""

    ids: bytearray = field(default_factory=bytearray)
    kinds: bytearray = field(default_factory=bytearray)
    offsets: Words = field(default_factory=words)
    lengths: Words = field(default_factory=words)
    plain_lengths: Words = field(default_factory=words)

    @classmethod
    def of(cls, blobs: Sequence[Blob]) -> "Columns":
        """Blobs as columns; raises OverflowError for a number that has more than 32 bits."""
        return cls(
            bytearray().join([one.id for one in blobs]),
            bytearray([one.kind for one in blobs]),
            array("I", [one.offset for one in blobs]),
            array("I", [one.length for one in blobs]),
            array("I", [one.plain_length for one in blobs]),
        )

    def __len__(self) -> int:
        return len(self.kinds)

    def id(self, row: int) -> bytes:
        """The id in a row."""
        return bytes(_id(self.ids, row))

    def blob(self, row: int) -> Blob:
        """The blob in a row."""
        return Blob(
            _KINDS[self.kinds[row]],
            self.id(row),
            self.offsets[row],
            self.lengths[row],
            self.plain_lengths[row],
        )

    def extend(self, more: "Columns") -> None:
        """Append the rows of others."""
        self.ids += more.ids
        self.kinds += more.kinds
        self.offsets += more.offsets
        self.lengths += more.lengths
        self.plain_lengths += more.plain_lengths

    def copy(self) -> "Columns":
        """The same rows, to be appended to."""
        made = Columns()
        made.extend(self)
        return made


class Table:
    """Rows of blobs, and the packs that hold them.

    A pack has a number for each time it was told of; `again` has the numbers of later tellings by the first.
    A table that several indexes share is not appended to any more.
    """

    def __init__(self) -> None:
        self.rows = Columns()
        self.row_packs = words()
        self.pack_ids = bytearray()
        self.pack_firsts = words()
        self.pack_ends = words(code="Q")
        self.again: dict[int, list[int]] = {}
        self.blobs = tuple(Slots(self.rows.ids) for _ in _KINDS)
        self.packs = Slots(self.pack_ids)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.rows)

    @property
    def findable(self) -> int:
        """How many blobs can be found: one that several packs hold is counted once."""
        return sum(slots.used for slots in self.blobs)

    def append(self, tellings: Tellings, columns: Columns, below: "Table | None" = None) -> None:
        """Append the rows of packs, given the packs' ids and how many of the rows are of each.

        What can be found in the table `below` is listed here, but cannot be found here too.
        """
        first = len(self)
        start = 0
        for pack_id, count in tellings:
            end = start + count
            self._tell(pack_id, first + start, count)
            ends = map(add, columns.offsets[start:end], columns.lengths[start:end])
            self.pack_ends.append(max(ends, default=0))
            start = end
        self.rows.extend(columns)
        for kind, rows in _by_kind(columns.kinds, first):
            elsewhere = below.blobs[kind] if below is not None else None
            new = self._not_in(elsewhere, rows) if elsewhere is not None and elsewhere.used else rows
            self.blobs[kind].insert(new)

    def tellings_of(self, pack_id: bytes) -> list[int]:
        """The numbers of a pack, which are none where it is not known."""
        number = self.packs.find(pack_id)
        return [] if number < 0 else [number, *self.again.get(number, ())]

    def rows_of(self, number: int) -> range:
        """The rows of a telling."""
        after = number + 1
        end = self.pack_firsts[after] if after < len(self.pack_firsts) else len(self)
        return range(self.pack_firsts[number], end)

    def pack_id(self, number: int) -> bytes:
        """The id of the pack that a telling is of."""
        return bytes(_id(self.pack_ids, number))

    def tellings(self) -> Iterator[tuple[bytes, int]]:
        """The id of the pack and how many rows there are, of each telling, in the order of the rows."""
        for number in range(len(self.pack_firsts)):
            yield self.pack_id(number), len(self.rows_of(number))

    def copy(self) -> "Table":
        """The same, to be appended to."""
        made = Table()
        made.rows = self.rows.copy()
        made.row_packs = self.row_packs[:]
        made.pack_ids = self.pack_ids[:]
        made.pack_firsts = self.pack_firsts[:]
        made.pack_ends = self.pack_ends[:]
        made.again = {first: later[:] for first, later in self.again.items()}
        made.blobs = tuple(slots.copy(made.rows.ids) for slots in self.blobs)
        made.packs = self.packs.copy(made.pack_ids)
        return made

    def _tell(self, pack_id: bytes, first: int, count: int) -> None:
        number = len(self.pack_firsts)
        known = self.packs.find(pack_id)
        self.pack_ids += pack_id
        self.pack_firsts.append(first)
        self.row_packs.extend(array("I", [number]) * count)
        if known < 0:
            self.packs.insert([number])
        else:
            self.again.setdefault(known, []).append(number)

    def _not_in(self, below: Slots, rows: Sequence[int]) -> list[int]:
        return [row for row in rows if below.find(self.rows.id(row)) < 0]


def _by_kind(kinds: bytearray, first: int) -> Iterator[tuple[BlobKind, Sequence[int]]]:
    """The rows of each kind, the first row being numbered `first`: most often they are all of one kind."""
    for kind in _KINDS:
        count = kinds.count(kind)
        if count == len(kinds):
            yield kind, range(first, first + count)
        elif count:
            yield kind, [row for row, one in enumerate(kinds, first) if one == kind]
