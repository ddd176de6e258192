"""Reading blobs: parts of packs are read ahead where blobs lie side by side, and kept for a while.

Files of one folder were written one after another, so their blobs are neighbours. The first blob asked of a
pack is read alone; as long as the next ones follow, ever larger parts are read at once. Memory is bounded by
the number of packs kept times the largest part.
"""

from collections import OrderedDict

from holdfast.store.objects import ObjectMissing, StoreError

from . import pack
from .blob import BlobKind, unseal
from .errors import BlobMissing, Damaged
from .index import Index, Location
from .repository import Repository

_FIRST_PART = 64 << 10
_LARGEST_PART = 4 << 20
_PARTS_KEPT = 12


class Blobs:
    """The blobs of a repository by id; not for use by several threads at once."""

    def __init__(self, repository: Repository, index: Index) -> None:
        self._repository = repository
        self._index = index
        self._parts: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def get(self, kind: BlobKind, blob_id: bytes) -> bytes:
        """The content of a blob; raises BlobMissing or Damaged, naming the pack."""
        location = self._index.find(kind, blob_id)
        if location is None:
            raise BlobMissing(f"blob {blob_id.hex()} is in no index")
        try:
            return unseal(self._repository.key, self._sealed(location), blob_id, location.plain_length)
        except ObjectMissing as error:
            raise Damaged(f"pack {location.pack_id} is missing") from error
        except StoreError as error:
            raise Damaged(f"pack {location.pack_id} cannot be read: {error}") from error
        except Damaged as error:
            raise Damaged(f"pack {location.pack_id} is damaged: {error}") from error

    def size(self, kind: BlobKind, blob_id: bytes) -> int:
        """How many bytes of content the blob has; raises BlobMissing."""
        location = self._index.find(kind, blob_id)
        if location is None:
            raise BlobMissing(f"blob {blob_id.hex()} is in no index")
        return location.size

    def _sealed(self, wanted: Location) -> memoryview:
        start, part = self._parts.get(wanted.pack_id, (0, b""))
        end = wanted.offset + wanted.length
        if not start <= wanted.offset <= end <= start + len(part):
            follows = (
                part and start + len(part) - wanted.length <= wanted.offset <= start + len(part) + _FIRST_PART
            )
            start, part = wanted.offset, self._read(wanted, len(part) * 2 if follows else _FIRST_PART)
            self._parts[wanted.pack_id] = (start, part)
            while len(self._parts) > _PARTS_KEPT:
                self._parts.popitem(last=False)
        self._parts.move_to_end(wanted.pack_id)
        return memoryview(part)[wanted.offset - start : end - start]

    def _read(self, wanted: Location, ahead: int) -> bytes:
        length = max(wanted.length, min(ahead, _LARGEST_PART))
        available = self._index.end(wanted.pack_id) - wanted.offset
        return self._repository.store.get_part(
            pack.name(wanted.pack_id), wanted.offset, min(length, available)
        )
