"""A table of blobs as a file: its columns as they are in memory, and a tag that nobody else can make.

It is for this machine only, and is read without a loop over the rows. The tag is Poly1305 under a key that is
derived from the repository's key for each file anew: it proves that every byte is as this house wrote it for
this repository. What is in the file are hashes and lengths, and these are not encrypted.
"""

import hmac
import os
import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, BufferedWriter
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.poly1305 import Poly1305

from .crypto import TAG_BYTES, Key
from .errors import Damaged
from .ids import ID_BYTES
from .table import Columns, Slots, Table, Words, words

_MAGIC = b"holdfast blobs 1 " + sys.byteorder[:3].encode()
_NONCE_BYTES = 16
_COUNTS = struct.Struct("=10Q")
_HEAD_BYTES = len(_MAGIC) + _NONCE_BYTES + _COUNTS.size


@dataclass(frozen=True, slots=True)
class Kept:
    """A table, and the index files (by their ids) that it was made of."""

    names: frozenset[str]
    table: Table


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many there are of everything in a file; of the slots, those of packs come last."""

    names: int
    rows: int
    packs: int
    again: int
    slots: tuple[int, ...]
    used: tuple[int, ...]

    def shape(self) -> Iterator[tuple[str, int]]:
        """Type and length of each column, in the order of the file."""
        yield "B", self.rows * ID_BYTES
        yield "B", self.rows
        yield from [("I", self.rows)] * 4
        yield "B", self.packs * ID_BYTES
        yield "I", self.packs
        yield "Q", self.packs
        yield "I", self.again * 2
        yield from (("I", length) for length in self.slots)

    @property
    def file_bytes(self) -> int:
        """How long the file is."""
        columns = sum(array(code).itemsize * length for code, length in self.shape())
        return _HEAD_BYTES + self.names * ID_BYTES + columns + TAG_BYTES


def write(file: BufferedWriter, key: Key, kept: Kept) -> None:
    """Write a table; raises OSError."""
    nonce = os.urandom(_NONCE_BYTES)
    tag = _tag(key, nonce)
    table = kept.table
    again = [(first, later) for first, others in table.again.items() for later in others]
    slots = [*table.blobs, table.packs]
    counts = (len(kept.names), len(table), len(table.pack_firsts), len(again))
    head = _COUNTS.pack(*counts, *(len(one.slots) for one in slots), *(one.used for one in slots))
    rows = table.rows
    parts: list[bytes | bytearray | Words] = [
        _MAGIC + nonce + head,
        bytes.fromhex("".join(sorted(kept.names))),
        *(rows.ids, rows.kinds, rows.offsets, rows.lengths, rows.plain_lengths, table.row_packs),
        *(table.pack_ids, table.pack_firsts, table.pack_ends),
        array("I", [number for pair in again for number in pair]),
        *(one.slots for one in slots),
    ]
    for part in parts:
        with memoryview(part).cast("B") as content:
            tag.update(content)
            file.write(content)
    file.write(tag.finalize())


def read(file: BufferedReader, key: Key, names: frozenset[str]) -> Kept:
    """Read a table that was made of no other index files than `names`.

    Raises Damaged for a file that is anything else, OSError.
    """
    head = file.read(_HEAD_BYTES)
    if len(head) < _HEAD_BYTES or not head.startswith(_MAGIC):
        raise Damaged("not a table of blobs")
    numbers = _COUNTS.unpack_from(head, _HEAD_BYTES - _COUNTS.size)
    names_count, rows, packs, again = numbers[:4]
    counts = _Counts(names_count, rows, packs, again, numbers[4:7], numbers[7:])
    if os.fstat(file.fileno()).st_size != counts.file_bytes:
        raise Damaged("a table of blobs is too short or too long")
    ids = file.read(counts.names * ID_BYTES)
    known = frozenset(ids[start : start + ID_BYTES].hex() for start in range(0, len(ids), ID_BYTES))
    if not known <= names:
        raise Damaged("a table of blobs was made of index files that are gone")
    tag = _tag(key, head[len(_MAGIC) : -_COUNTS.size])
    tag.update(head)
    tag.update(ids)
    columns = [_column(file, tag, code, length) for code, length in counts.shape()]
    try:
        tag.verify(file.read(TAG_BYTES))
    except InvalidSignature as error:
        raise Damaged("the tag of a table of blobs does not fit") from error
    return Kept(known, _table(columns, counts))


def _column(file: BufferedReader, tag: Poly1305, code: str, length: int) -> Any:
    column: Any = bytearray(length) if code == "B" else words(length, code)
    with memoryview(column).cast("B") as content:
        if file.readinto(content) != len(content):
            raise Damaged("a table of blobs is too short")
        tag.update(content)
    return column


def _table(columns: list[Any], counts: _Counts) -> Table:
    table = Table()
    table.rows = Columns(*columns[:5])
    table.row_packs, table.pack_ids, table.pack_firsts, table.pack_ends = columns[5:9]
    pairs = iter(columns[9])
    for first, later in zip(pairs, pairs, strict=True):
        table.again.setdefault(first, []).append(later)
    *blobs, packs = zip(columns[10:], counts.used, strict=True)
    table.blobs = tuple(Slots(table.rows.ids, *one) for one in blobs)
    table.packs = Slots(table.pack_ids, *packs)
    return table


def _tag(key: Key, nonce: bytes) -> Poly1305:
    """Poly1305 under a key for one file: it must never tag two."""
    return Poly1305(hmac.digest(key.mac_k + key.mac_r, _MAGIC + nonce, "sha256"))
