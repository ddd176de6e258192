"""Parts of files: any range of a file in a snapshot, at the cost of the blobs that cover it.

Call this inside `locked(repository)`.
"""

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import NamedTuple

from holdfast.model.entry import Kind

from . import ahead, loaded, snapshot
from .blob import BlobKind
from .blobs import Blobs
from .errors import NotAFile, PathMissing
from .ids import ID_BYTES
from .loaded import LoadedNode
from .repository import Repository, load_index
from .source import Wanted
from .zeros import ZERO_LENGTHS

_LITTLE = 4 << 20  # bytes: so much is read without threads
_BYTES_KEPT = 16 << 20
_ZEROS = bytes(1 << 20)


def read_part(
    repository: Repository, snapshot_id: str, path: bytes, offset: int, length: int
) -> Iterator[bytes]:
    """A range of a file, piece by piece; it ends where the file does. Raises as `open_file` and `read` do."""
    return open_file(repository, snapshot_id, path).pieces(offset, length)


def open_file(repository: Repository, snapshot_id: str, path: bytes) -> "OpenFile":
    """A file of a snapshot, for reading here and there.

    Raises PathMissing, NotAFile, SnapshotMissing; Damaged where a listing on the way cannot be read, or a
    blob of the file is in no index.
    """
    blobs = Blobs(repository, load_index(repository))
    return OpenFile(blobs, _find(blobs, snapshot.get(repository, snapshot_id).tree, path))


def _find(blobs: Blobs, root: bytes, path: bytes) -> LoadedNode:
    shown = path.decode(errors="backslashreplace")
    *folders, name = path.strip(b"/").split(b"/")
    listing = root
    for folder in folders:
        node = _node(blobs, listing, folder)
        if node is None or node.type != Kind.DIRECTORY:
            raise PathMissing(f"{shown} is not in the snapshot")
        listing = node.subtree_id
    node = _node(blobs, listing, name)
    if node is None and name:
        raise PathMissing(f"{shown} is not in the snapshot")
    if node is None or node.type != Kind.FILE:
        raise NotAFile(f"{shown or 'the root'} is a {node.type if node else Kind.DIRECTORY}, not a file")
    return node


def _node(blobs: Blobs, listing: bytes, name: bytes) -> LoadedNode | None:
    nodes = loaded.decode(blobs.get(BlobKind.TREE, listing))
    return next((node for node in nodes if node.file_name == name), None)


class _Cut(NamedTuple):
    """A blob's part in a range: its place, None for a hole; from and to in it."""

    place: Wanted | None
    start: int
    end: int


class OpenFile:
    """A file of a snapshot. Memory does not depend on the length of its holes. For one thread at a time."""

    def __init__(self, blobs: Blobs, node: LoadedNode) -> None:
        """Raises BlobMissing."""
        self._blobs = blobs
        self._ids = bytearray()  # of the runs: the same blob, several times
        self._sizes = array("Q")
        self._ends = array("Q")
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        end = 0
        for blob_id, times in node.runs():
            size = ZERO_LENGTHS.get(blob_id) or blobs.size(BlobKind.DATA, blob_id)
            end += size * times
            self._ids += blob_id
            self._sizes.append(size)
            self._ends.append(end)
        self.size = end

    def read(self, offset: int, length: int) -> bytes:
        """A range of the file, shorter where the file ends before; raises Damaged, naming the pack."""
        return b"".join(self.pieces(offset, length))

    def pieces(self, offset: int, length: int) -> Generator[bytes, None, None]:
        """The same, piece by piece: for ranges that are too large to hold."""
        if offset < 0 or length < 0:
            raise ValueError(f"no range begins at {offset} and has {length} bytes")
        end = min(self.size, offset + length)
        with closing(self._contents(offset, end)) as contents:
            for place, start, stop in self._cuts(offset, end):
                if place is not None:
                    content = next(contents)
                    yield bytes(content[start:stop])
                    continue
                for zeros in range(start, stop, len(_ZEROS)):
                    yield _ZEROS[: stop - zeros]

    def _contents(self, offset: int, end: int) -> Generator[bytes | memoryview, None, None]:
        places = (cut.place for cut in self._cuts(offset, end) if cut.place is not None)
        if end - offset > _LITTLE:
            return ahead.read(self._blobs.source, places)
        return (self._opened(place) for place in places)

    def _cuts(self, offset: int, end: int) -> Iterator[_Cut]:
        number = bisect_right(self._ends, offset)
        while offset < end:
            run_end, size = self._ends[number], self._sizes[number]
            blob_id = bytes(self._ids[number * ID_BYTES : (number + 1) * ID_BYTES])
            stop = min(end, run_end)
            if blob_id in ZERO_LENGTHS:
                yield _Cut(None, offset, stop)
            else:
                run_start = self._ends[number - 1] if number else 0
                yield from _cut_up(
                    self._blobs.place(BlobKind.DATA, blob_id), size, offset - run_start, stop - run_start
                )
            offset = stop
            number += 1

    def _opened(self, place: Wanted) -> bytes:
        """A blob's content, kept for the next reads: they often go on where this one ended."""
        content = self._kept.pop(place.id, None)
        if content is None:
            source = self._blobs.source
            content = source.open(place, source.read_group([place]).sealed(place))
        self._kept[place.id] = content
        while sum(map(len, self._kept.values())) > _BYTES_KEPT and len(self._kept) > 1:
            self._kept.popitem(last=False)
        return content


def _cut_up(place: Wanted, size: int, offset: int, end: int) -> Iterator[_Cut]:
    """The cuts of a range of a run: of the same blob of that size, again and again."""
    while offset < end:
        start = offset % size
        stop = min(size, start + end - offset)
        yield _Cut(place, start, stop)
        offset += stop - start
