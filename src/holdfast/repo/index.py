"""The index: in which pack, and where in it, every blob of a repository is.

Index files are JSON; several together make the index. What is in memory hides behind `Index`, so that it can
become something more compact than a dictionary.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from .blob import Blob, BlobKind
from .crypto import OVERHEAD
from .errors import Damaged
from .ids import ID_BYTES, is_file_id
from .pack import Pack

_NAMES = {BlobKind.DATA: "data", BlobKind.TREE: "tree"}
_KINDS = {name: kind for kind, name in _NAMES.items()}


@dataclass(frozen=True, slots=True)
class Location:
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
    """Every blob that can be read, by kind and id."""

    def __init__(self) -> None:
        self._packs: list[str] = []
        self._numbers: dict[str, int] = {}
        self._ends: list[int] = []
        self._blobs: dict[BlobKind, dict[bytes, tuple[int, int, int, int]]] = {kind: {} for kind in BlobKind}

    def add(self, pack: Pack) -> None:
        """Learn what a pack holds; learning it twice is fine."""
        number = self._numbers.setdefault(pack.id, len(self._packs))
        if number == len(self._packs):
            self._packs.append(pack.id)
            self._ends.append(0)
        for blob in pack.blobs:
            self._blobs[blob.kind][blob.id] = (number, blob.offset, blob.length, blob.plain_length)
            self._ends[number] = max(self._ends[number], blob.offset + blob.length)

    def has(self, kind: BlobKind, blob_id: bytes) -> bool:
        """Whether the blob can be read."""
        return blob_id in self._blobs[kind]

    def find(self, kind: BlobKind, blob_id: bytes) -> Location | None:
        """Where the blob is, or None."""
        found = self._blobs[kind].get(blob_id)
        return Location(self._packs[found[0]], *found[1:]) if found else None

    def has_pack(self, pack_id: str) -> bool:
        """Whether some index file tells of the pack."""
        return pack_id in self._numbers

    def end(self, pack_id: str) -> int:
        """Where the last known blob of a known pack ends, in bytes."""
        return self._ends[self._numbers[pack_id]]

    def __len__(self) -> int:
        return sum(len(blobs) for blobs in self._blobs.values())


class _BlobRecord(msgspec.Struct, omit_defaults=True):
    id: str
    type: str
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
    try:
        record = _DECODER.decode(content)
    except msgspec.DecodeError as error:
        raise Damaged(f"an index file: {error}") from error
    for pack in record.packs:
        if not is_file_id(pack.id):
            raise Damaged(f"an index file tells of a pack {pack.id!r}")
        yield Pack(pack.id, tuple([_blob(blob) for blob in pack.blobs]))


def _record(blob: Blob) -> _BlobRecord:
    return _BlobRecord(blob.id.hex(), _NAMES[blob.kind], blob.offset, blob.length, blob.plain_length)


def _blob(record: _BlobRecord) -> Blob:
    try:
        blob_id = bytes.fromhex(record.id)
    except ValueError as error:
        raise Damaged(f"an index file tells of a blob {record.id!r}") from error
    if len(blob_id) != ID_BYTES or record.type not in _KINDS:
        raise Damaged(f"an index file tells of a blob {record.id!r} of type {record.type!r}")
    return Blob(_KINDS[record.type], blob_id, record.offset, record.length, record.uncompressed_length)
