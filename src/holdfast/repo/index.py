"""The index: in which pack, and where in it, every blob of a repository is.

Index files are JSON; several together make the index. In memory it is two tables: one that is shared with
others and does not change, as the cache keeps it, and one that learns.
"""

from array import array
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Literal, NamedTuple

import msgspec

from .blob import Blob, BlobKind
from .crypto import OVERHEAD
from .errors import Damaged
from .ids import ID_BYTES, is_file_id
from .pack import Pack
from .table import Columns, Table

_DATA: Literal["data"] = "data"
_TREE: Literal["tree"] = "tree"
_NOTHING = Table()
_PACK_NAMES = 10_000


class Location(NamedTuple):
    """Where a blob is; `plain_length` is 0 where it is not compressed."""

    pack_id: str
    offset: int
    length: int
    plain_length: int

    @property
    def size(self) -> int:
        """How many bytes of content the blob has."""
        return self.plain_length or self.length - OVERHEAD


class Index:
    """Every blob that can be read, by kind and id; not for use by other threads while one adds to it.

    A blob's number is below `numbers()`, is the same for as long as the index lives, and may stand for it in
    a bitmap; some numbers belong to second copies of blobs, and are nobody's `number`.
    """

    def __init__(self, shared: Table = _NOTHING) -> None:
        """`shared` is known already, and is not changed."""
        self._shared = shared
        self._own = Table()
        self._first = len(shared)
        self._blobs = tuple(zip(shared.blobs, self._own.blobs, strict=True))  # where to look, by kind
        self._pack_names: dict[int, str] = {}  # of the packs asked of lately, so that many share a text

    def add(self, pack: Pack) -> None:
        """Learn what a pack holds; learning it twice is fine. What a pack holds by any telling, it holds."""
        known = frozenset(self.blobs_of(pack.id))
        blobs = [blob for blob in pack.blobs if blob not in known] if known else pack.blobs
        if blobs or not self.has_pack(pack.id):
            self._append([(bytes.fromhex(pack.id), len(blobs))], Columns.of(blobs))

    def learn(self, content: bytes) -> None:
        """Learn what an index file tells, without making an object of each blob; raises Damaged."""
        fresh: list[_PackRecord] = []
        known: list[Pack] = []
        seen: set[str] = set()
        for pack in _packs(content):
            if pack.id in seen or self.has_pack(pack.id):
                known.append(_pack(pack))
            else:
                fresh.append(pack)
                seen.add(pack.id)
        tellings = [(bytes.fromhex(pack.id), len(pack.blobs)) for pack in fresh]
        self._append(tellings, _columns(list(chain.from_iterable([pack.blobs for pack in fresh]))))
        for told_before in known:
            self.add(told_before)

    def has(self, kind: BlobKind, blob_id: bytes) -> bool:
        """Whether the blob can be read."""
        shared, own = self._blobs[kind]
        return (shared.used > 0 and shared.find(blob_id) >= 0) or (own.used > 0 and own.find(blob_id) >= 0)

    def unknown(self, kind: BlobKind, blob_ids: Sequence[bytes]) -> list[bytes]:
        """Those of some blobs that cannot be read, in their order; faster than asking for one by one."""
        missing = list(blob_ids)
        for slots in self._blobs[kind]:
            if slots.used:
                missing = slots.missing(missing)
        return missing

    def find(self, kind: BlobKind, blob_id: bytes) -> Location | None:
        """Where the blob is, or None."""
        number = self.number(kind, blob_id)
        return None if number is None else self.location(number)

    def number(self, kind: BlobKind, blob_id: bytes) -> int | None:
        """The blob's number, or None."""
        shared, own = self._blobs[kind]
        if shared.used:
            row = shared.find(blob_id)
            if row >= 0:
                return row
        row = own.find(blob_id)
        return None if row < 0 else self._first + row

    def numbers(self) -> int:
        """All numbers are below this one."""
        return self._first + len(self._own)

    def location(self, number: int) -> Location:
        """Where the blob of a number is."""
        table, row = self._row(number)
        pack = table.row_packs[row]
        place = 2 * pack + (table is self._own)
        pack_id = self._pack_names.get(place)
        if pack_id is None:
            if len(self._pack_names) == _PACK_NAMES:
                self._pack_names.clear()
            pack_id = self._pack_names[place] = table.pack_id(pack).hex()
        rows = table.rows
        return Location(pack_id, rows.offsets[row], rows.lengths[row], rows.plain_lengths[row])

    def blob(self, number: int) -> tuple[BlobKind, bytes]:
        """The kind and the id of the blob of a number."""
        table, row = self._row(number)
        return BlobKind(table.rows.kinds[row]), table.rows.id(row)

    def has_pack(self, pack_id: str) -> bool:
        """Whether some index file tells of the pack."""
        wanted = bytes.fromhex(pack_id)
        return self._shared.packs.find(wanted) >= 0 or self._own.packs.find(wanted) >= 0

    def pack_ids(self) -> Iterator[str]:
        """The packs that index files tell of, each once."""
        for table in (self._shared, self._own):
            for number in range(len(table.pack_firsts)):
                pack_id = table.pack_id(number)
                first_told = table.packs.find(pack_id) == number
                if first_told and (table is self._shared or self._shared.packs.find(pack_id) < 0):
                    yield pack_id.hex()

    def blobs_of(self, pack_id: str) -> list[Blob]:
        """What a pack was told to hold, in the order of telling; nothing for a pack that is not known."""
        return [
            table.rows.blob(row) for table, number in self._told(pack_id) for row in table.rows_of(number)
        ]

    def end(self, pack_id: str) -> int:
        """Where the last known blob of a known pack ends, in bytes; raises KeyError for one that is not."""
        ends = [table.pack_ends[number] for table, number in self._told(pack_id)]
        if not ends:
            raise KeyError(pack_id)
        return max(ends)

    def merged(self) -> Table:
        """All of it as one table with the same numbers; this index must not learn any more."""
        if not self._shared.pack_firsts:
            return self._own
        whole = self._shared.copy()
        whole.append(list(self._own.tellings()), self._own.rows)
        return whole

    def __len__(self) -> int:
        return self._shared.findable + self._own.findable

    def _append(self, tellings: list[tuple[bytes, int]], columns: Columns) -> None:
        self._own.append(tellings, columns, self._shared if self._first else None)

    def _row(self, number: int) -> tuple[Table, int]:
        if number < self._first:
            return self._shared, number
        return self._own, number - self._first

    def _told(self, pack_id: str) -> Iterator[tuple[Table, int]]:
        wanted = bytes.fromhex(pack_id)
        for table in (self._shared, self._own):
            for number in table.tellings_of(wanted):
                yield table, number


class _BlobRecord(msgspec.Struct, omit_defaults=True, gc=False):
    id: str
    type: Literal["data", "tree"]
    offset: int
    length: int
    uncompressed_length: int = 0


class _PackRecord(msgspec.Struct):
    id: str
    blobs: list[_BlobRecord]


class _IndexRecord(msgspec.Struct):
    packs: list[_PackRecord]


_DECODER = msgspec.json.Decoder(_IndexRecord)


def encode(packs: Iterable[Pack]) -> bytes:
    """The JSON of an index file over these packs."""
    return msgspec.json.encode(
        _IndexRecord([_PackRecord(pack.id, [_record(b) for b in pack.blobs]) for pack in packs])
    )


def decode(content: bytes) -> Iterator[Pack]:
    """The packs that an index file tells of; raises Damaged."""
    return map(_pack, _packs(content))


def _packs(content: bytes) -> list[_PackRecord]:
    try:
        packs = _DECODER.decode(content).packs
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"an index file: {error}") from error
    for pack in packs:
        if not is_file_id(pack.id):
            raise Damaged(f"an index file tells of a pack {pack.id!r}")
    return packs


def _columns(blobs: list[_BlobRecord]) -> Columns:
    """The columns of these blobs; raises Damaged for an id that is none, or a number beyond the format."""
    ids = [blob.id for blob in blobs]
    if not {2 * ID_BYTES}.issuperset(map(len, ids)):
        raise Damaged("an index file tells of a blob whose id is too short or too long")
    try:
        return Columns(
            bytearray(unhexlify("".join(ids))),
            bytearray([blob.type == _TREE for blob in blobs]),
            array("I", [blob.offset for blob in blobs]),
            array("I", [blob.length for blob in blobs]),
            array("I", [blob.uncompressed_length for blob in blobs]),
        )
    except (ValueError, OverflowError) as error:
        raise Damaged(f"an index file tells of blobs that cannot be: {error}") from error


def _pack(record: _PackRecord) -> Pack:
    columns = _columns(record.blobs)
    return Pack(record.id, tuple([columns.blob(row) for row in range(len(columns))]))


def _record(blob: Blob) -> _BlobRecord:
    kind = _TREE if blob.kind is BlobKind.TREE else _DATA
    return _BlobRecord(blob.id.hex(), kind, blob.offset, blob.length, blob.plain_length)
