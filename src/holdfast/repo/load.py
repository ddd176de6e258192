"""Loading: a snapshot as a stream of entries, depth first, each folder before what is in it.

Content is read when it is pulled. What is damaged costs only the files and folders that need it. Call this
inside `locked(repository)`, and pull from one thread.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from holdfast.model.entry import Entry, Kind, Unreadable

from . import loaded, snapshot
from .blob import BlobKind
from .blobs import Blobs
from .content import Content
from .errors import Damaged
from .loaded import LoadedNode, Size
from .repository import Repository, load_index

Listed = TypeVar("Listed", LoadedNode, Size)


@dataclass(frozen=True, slots=True)
class Measured:
    """How much a load will bring: bytes of content, and files (each name of a hard-linked one)."""

    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What paths are, and how much a load of them will bring; `complete` where all of it was counted."""

    kinds: Mapping[bytes, Kind]
    size: Measured
    complete: bool


def load(
    repository: Repository, snapshot_id: str, paths: Sequence[bytes] = ()
) -> Iterator[Entry | Unreadable]:
    """The entries of a snapshot; `paths` limits them to these files and folders, and the folders above.

    A folder whose listing is damaged, or a path that is not in the snapshot, comes as Unreadable; a file
    with damaged content raises Unreadable, naming the pack, while its content is pulled. Raises
    SnapshotMissing, or Damaged when the snapshot, an index or the root's listing cannot be read.
    """
    root = snapshot.get(repository, snapshot_id).tree
    blobs = Blobs(repository, load_index(repository))
    for path, found in _walk(blobs, root, _Wanted(paths), loaded.decode):
        yield _entry(blobs, path, found) if isinstance(found, LoadedNode) else found


def measure(repository: Repository, snapshot_id: str, paths: Sequence[bytes] = ()) -> Measured:
    """What `load` of the same would bring, told by the listings alone; raises as `load` does."""
    return survey(repository, snapshot_id, paths).size


def survey(
    repository: Repository, snapshot_id: str, paths: Sequence[bytes] = (), most_files: int = sys.maxsize
) -> Surveyed:
    """The same with the kind of each path that is there; the walk ends where there are more files."""
    root = snapshot.get(repository, snapshot_id).tree
    blobs = Blobs(repository, load_index(repository))
    named = frozenset(paths)
    kinds: dict[bytes, Kind] = {}
    size = files = 0
    for path, node in _walk(blobs, root, _Wanted(paths), loaded.decode_sizes):
        if not isinstance(node, Size):
            continue
        if path in named:
            kinds[path] = node.kind
        if node.type == Kind.FILE:
            size, files = size + node.size, files + 1
        if files > most_files:
            return Surveyed(kinds, Measured(size, files), complete=False)
    return Surveyed(kinds, Measured(size, files), complete=True)


class _Wanted:
    """Which paths of a snapshot are asked for."""

    def __init__(self, paths: Iterable[bytes]) -> None:
        self._paths = {path.strip(b"/") for path in paths} - {b""}
        self.everything = not self._paths
        self._above = {
            path[:end] for path in self._paths for end, byte in enumerate(path) if byte == ord("/")
        }
        self._seen: set[bytes] = set()

    def names(self, path: bytes) -> bool:
        """Whether the path itself is asked for."""
        if path not in self._paths:
            return False
        self._seen.add(path)
        return True

    def leads(self, path: bytes) -> bool:
        """Whether something below the path is asked for."""
        return path in self._above

    def missing(self) -> list[bytes]:
        """What was asked for and has not come by."""
        return sorted(self._paths - self._seen)


def _walk(
    blobs: Blobs, root: bytes, wanted: _Wanted, decode: Callable[[bytes], list[Listed]]
) -> Iterator[tuple[bytes, Listed | Unreadable]]:
    """Every wanted node with its path; a stack of half-read listings, because folders may be very deep."""
    whole = wanted.everything
    stack = [(b"", whole, iter(decode(blobs.get(BlobKind.TREE, root))))]
    while stack:
        above, inside, nodes = stack[-1]
        node = next(nodes, None)
        if node is None:
            stack.pop()
            continue
        path = above + node.file_name
        whole = wanted.names(path) or inside
        if not whole and not wanted.leads(path):
            continue
        yield path, node
        if node.type == Kind.DIRECTORY:
            try:
                listing = decode(blobs.get(BlobKind.TREE, node.subtree_id))
            except Damaged as error:
                yield path, Unreadable(path, f"the listing of this folder: {error}")
                continue
            stack.append((path + b"/", whole, iter(listing)))
    for path in wanted.missing():
        yield path, Unreadable(path, "it is not in the snapshot")


def _entry(blobs: Blobs, path: bytes, node: LoadedNode) -> Entry | Unreadable:
    try:
        metadata = node.metadata()
    except Damaged as error:
        return Unreadable(path, str(error))
    content = Content(blobs, path, node) if node.type == Kind.FILE else ()
    return Entry(path, node.kind, metadata, content)
