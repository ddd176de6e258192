"""Which blobs the snapshots need: a byte for each blob of an index, set by walking the trees.

Nothing here is forgiven: what cannot be read might need anything, so it ends the walk.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import closing

import msgspec

from . import snapshot, trees
from .blob import BlobKind
from .errors import BlobMissing, Damaged, SnapshotMissing
from .ids import ID_BYTES
from .index import Index
from .pack import Pack
from .progress import Progress
from .repository import Repository
from .source import Source


class _Branch(msgspec.Struct):
    type: str
    content: list[str] | None = None
    subtree: str | None = None


class _Branches(msgspec.Struct):
    nodes: list[_Branch] | None


_DECODER = msgspec.json.Decoder(_Branches)
_Needs = tuple[list[bytes], list[bytes]]


class Usage:
    """The blobs that are needed by the snapshots that were added."""

    def __init__(self, repository: Repository, index: Index, retired: Callable[[], Iterable[Pack]]) -> None:
        """`retired` tells, when it must be asked, of packs that the index does not have any more."""
        self.needed = bytearray()
        self.fresh: list[int] | None = None  # once a list, it gets every number that is newly needed
        self.revived: dict[str, Pack] = {}
        self._repository = repository
        self._source = Source(repository.store, repository.key)
        self._index = index
        self._retired = retired
        self._graves: dict[tuple[BlobKind, bytes], Pack] | None = None

    def add(self, snapshot_ids: Collection[str], progress: Progress) -> None:
        """Find out what these snapshots need; raises Damaged when that cannot be known."""
        roots = []
        for snapshot_id in snapshot_ids:
            try:
                roots.append(snapshot.get(self._repository, snapshot_id).tree)
            except SnapshotMissing:
                continue  # forgotten by somebody since the names were read
        progress.begin("reading the listings of folders", None)
        level = self._new(BlobKind.TREE, roots)
        while level:
            below: list[bytes] = []
            with closing(trees.read(self._source, self._index, level, _needs)) as listings:
                for _, found in listings:
                    if isinstance(found, Damaged):
                        raise found
                    subtrees, contents = found
                    below += self._new(BlobKind.TREE, subtrees)
                    self._new(BlobKind.DATA, contents)
                    progress.advance(1)
            level = below

    def needs(self, number: int) -> bool:
        """Whether the blob of that number is needed."""
        return number < len(self.needed) and bool(self.needed[number])

    def _new(self, kind: BlobKind, blob_ids: Iterable[bytes]) -> list[bytes]:
        """Those that were not known to be needed, which they are from now on; raises BlobMissing."""
        found = []
        needed = self.needed
        for blob_id in blob_ids:
            number = self._index.number(kind, blob_id)
            if number is None:
                number = self._revived_number(kind, blob_id)
            if number >= len(needed):
                needed.extend(bytes(self._index.numbers() - len(needed)))
            if not needed[number]:
                needed[number] = 1
                found.append(blob_id)
                if self.fresh is not None:
                    self.fresh.append(number)
        return found

    def _revived_number(self, kind: BlobKind, blob_id: bytes) -> int:
        """Find a blob in a retired pack, and bring the whole pack back; raises BlobMissing."""
        if self._graves is None:
            self._graves = {(blob.kind, blob.id): pack for pack in self._retired() for blob in pack.blobs}
        pack = self._graves.get((kind, blob_id))
        if pack is not None:
            self.revived[pack.id] = pack
            self._index.add(pack)
        number = self._index.number(kind, blob_id)
        if number is None:
            raise BlobMissing(f"blob {blob_id.hex()} is needed and in no index")
        return number


def _needs(content: bytes) -> _Needs:
    """The ids of the listings and of the data that a listing needs; raises Damaged."""
    subtrees: list[bytes] = []
    contents: list[bytes] = []
    try:
        for node in _DECODER.decode(content).nodes or ():
            if node.subtree is not None:
                subtrees.append(bytes.fromhex(node.subtree))
            elif node.type == "dir":
                raise Damaged("a folder without a listing")
            if node.content:
                contents += map(bytes.fromhex, node.content)
    except (msgspec.DecodeError, ValueError) as error:
        raise Damaged(f"the listing of a folder: {error}") from error
    if any(len(one) != ID_BYTES for one in (*subtrees, *contents)):
        raise Damaged("the listing of a folder has an id that is none")
    return subtrees, contents
