"""Reading blobs: parts of packs are read ahead where blobs lie side by side, and kept for a while.

Files of one folder were written one after another, so their blobs are neighbours. The first blob asked of a
pack is read alone; as long as the next ones follow, ever larger parts are read at once. Memory is bounded by
the number of packs kept times the largest part.
"""

from collections import OrderedDict

from .blob import BlobKind
from .errors import BlobMissing, Damaged
from .index import Index, Location
from .repository import Repository
from .source import LARGEST_PART, Part, Source, Wanted

_FIRST_PART = 64 << 10
_PARTS_KEPT = 12


class Blobs:
    """The blobs of a repository by id; not for use by several threads at once."""

    def __init__(self, repository: Repository, index: Index) -> None:
        self.source = Source(repository.store, repository.key)
        self._index = index
        self._parts: OrderedDict[str, Part] = OrderedDict()

    def get(self, kind: BlobKind, blob_id: bytes) -> bytes:
        """The content of a blob; raises BlobMissing or Damaged, naming the pack."""
        return self.open(self.place(kind, blob_id))

    def open(self, wanted: Wanted) -> bytes:
        """The content of a blob whose place is known; raises Damaged, naming the pack."""
        return self.source.open(wanted, self._sealed(wanted))

    def place(self, kind: BlobKind, blob_id: bytes) -> Wanted:
        """Where a blob is; raises BlobMissing."""
        found = self._found(kind, blob_id)
        return Wanted(found.pack_id, found.offset, found.length, found.plain_length, blob_id)

    def size(self, kind: BlobKind, blob_id: bytes) -> int:
        """How many bytes of content the blob has; raises BlobMissing."""
        return self._found(kind, blob_id).size

    def _found(self, kind: BlobKind, blob_id: bytes) -> Location:
        location = self._index.find(kind, blob_id)
        if location is None:
            raise BlobMissing(f"blob {blob_id.hex()} is in no index")
        return location

    def _sealed(self, wanted: Wanted) -> memoryview:
        part = self._parts.get(wanted.pack_id)
        if part is None or not part.holds(wanted):
            part = self._parts[wanted.pack_id] = self._read(wanted, part)
            while len(self._parts) > _PARTS_KEPT:
                self._parts.popitem(last=False)
        self._parts.move_to_end(wanted.pack_id)
        return part.sealed(wanted)

    def _read(self, wanted: Wanted, last: Part | None) -> Part:
        """Read on: twice as much as the last time where this follows what was read then."""
        follows = last is not None and last.end - wanted.length <= wanted.offset <= last.end + _FIRST_PART
        ahead = len(last.content) * 2 if last is not None and follows else _FIRST_PART
        available = self._index.end(wanted.pack_id) - wanted.offset
        length = max(wanted.length, min(ahead, LARGEST_PART, available))
        try:
            return self.source.read(wanted.pack_id, wanted.offset, length)
        except Damaged:  # the pack may end before that
            return self.source.read(wanted.pack_id, wanted.offset, wanted.length)
