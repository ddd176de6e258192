"""Saving: a stream of entries becomes packs, then index files, then a snapshot, which makes it visible.

Trees are built bottom-up while the stream is pulled: a folder is written when the first entry outside of it
comes. A file that did not change since the parent snapshot keeps its content without being read. Call this
inside `locked(repository)`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from holdfast.model.entry import Data, Entry, Hole, Kind, Metadata, Unreadable

from . import node, parent, recover, snapshot, tree
from .blob import BlobKind
from .blobs import Blobs
from .chunker import Chunker
from .errors import RepositoryError
from .node import Node
from .packer import Packer
from .parent import ParentFile
from .pieces import pieces_of
from .repository import Repository, load_index
from .snapshot import Snapshot

_WARNINGS_KEPT = 100
# a folder above the first entry, of which nobody told anything; always the same, so that trees stay the same
_UNKNOWN = Metadata(0o755, uid=0, gid=0, user="", group="", mtime_ns=0, atime_ns=0, ctime_ns=0)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a snapshot comes from: absolute paths, a host, and the id of the snapshot before it."""

    paths: tuple[bytes, ...]
    hostname: str
    username: str
    tags: tuple[str, ...]
    time: datetime
    parent: str | None


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did.

    `read_bytes` is the size of all files in the snapshot, read or known to be unchanged; `stored_bytes` is
    what the repository grew by; `warnings` are the first 100 of `warning_count` sentences.
    """

    snapshot_id: str
    read_bytes: int
    stored_bytes: int
    file_count: int
    warning_count: int
    warnings: tuple[str, ...]


def save(repository: Repository, entries: Iterable[Entry | Unreadable], origin: Origin) -> Saved:
    """Write a snapshot of the entries.

    What the stream raises ends the save without a snapshot; packs that were complete stay and are used by
    the next one. Raises NoParent for a range that is the same as nothing, StoreFull, StoreError.
    """
    known = load_index(repository)
    with Packer(repository, known) as packer:
        packer.adopt(list(recover.unindexed(repository, known)))
        scribe = _Scribe(packer, Chunker(repository.key), Blobs(repository, known))
        scribe.open_root(parent.root(repository, origin.parent))
        for entry in entries:
            scribe.add(entry)
        root = scribe.close_all()
        packer.finish()
    snapshot_id, size = snapshot.add(repository, _snapshot(origin, root))
    return Saved(
        snapshot_id=snapshot_id,
        read_bytes=scribe.read_bytes,
        stored_bytes=packer.stored_bytes + size,
        file_count=scribe.file_count,
        warning_count=scribe.warning_count,
        warnings=tuple(scribe.warnings),
    )


def _snapshot(origin: Origin, root: bytes) -> Snapshot:
    return Snapshot(
        id="",
        time=origin.time,
        tree=root,
        paths=tuple(b"/" + path.lstrip(b"/") for path in origin.paths),
        hostname=origin.hostname,
        username=origin.username,
        tags=origin.tags,
        parent=origin.parent,
    )


@dataclass(slots=True)
class _Folder:
    """A folder that is being listed: its own path and metadata, what is in it, what the parent has in it."""

    path: bytes
    name: bytes
    metadata: Metadata
    known: dict[bytes, Node]
    nodes: dict[bytes, str] = field(default_factory=dict)


class _Scribe:
    """Turns entries into trees."""

    def __init__(self, packer: Packer, chunker: Chunker, blobs: Blobs) -> None:
        self.read_bytes = 0
        self.file_count = 0
        self.warning_count = 0
        self.warnings: list[str] = []
        self._packer = packer
        self._chunker = chunker
        self._blobs = blobs
        self._open: list[_Folder] = []

    def open_root(self, known_tree: bytes | None) -> None:
        """Begin; `known_tree` is the parent's root listing."""
        self._open = [_Folder(b"", b"", _UNKNOWN, parent.listing(self._blobs, known_tree))]

    def add(self, entry: Entry | Unreadable) -> None:
        """The next item of the stream."""
        if isinstance(entry, Unreadable):
            self._warn(entry)
            return
        path, slash, name = entry.path.rpartition(b"/")
        if slash and not path:
            raise RepositoryError(f"{entry.path!r} begins with a slash")
        if path != self._open[-1].path:
            self._move_to(path)
        if entry.kind is Kind.DIRECTORY:
            self._enter(name, entry.metadata)
        elif entry.kind is Kind.FILE:
            self._add_file(entry, name)
        else:
            self._list(name, node.encode(name, entry.kind, entry.metadata, None, None))

    def close_all(self) -> bytes:
        """End; the id of the root's listing."""
        while len(self._open) > 1:
            self._leave()
        return self._packer.put(BlobKind.TREE, tree.encode(self._open[0].nodes))

    def _add_file(self, entry: Entry, name: bytes) -> None:
        before = self._open[-1].known.get(name)
        metadata = entry.metadata
        content = self._unchanged(before, metadata)
        if content is None:
            try:
                ids, size = self._read(entry, before)
            except Unreadable as error:
                self._warn(error)
                return
            content = [one.hex() for one in ids]
            if size != metadata.size:  # it grew or shrank while it was read
                metadata = replace(metadata, size=size)
        self.file_count += 1
        self.read_bytes += metadata.size
        self._list(name, node.encode(name, Kind.FILE, metadata, content, None))

    def _unchanged(self, before: Node | None, metadata: Metadata) -> list[str] | None:
        """The content of a file that did not change, if it can still be read."""
        if before is None or not before.is_unchanged(metadata):
            return None
        if all(self._packer.has(BlobKind.DATA, one) for one in before.content_ids):
            return before.content or []
        return None

    def _read(self, entry: Entry, before: Node | None) -> tuple[list[bytes], int]:
        """Pull a file's content; the ids of its blobs and how many bytes came."""
        pieces = pieces_of(self._packer, self._chunker, entry.block_size)
        known: ParentFile | None = None
        position = 0
        for part in entry.content:
            if part.offset != position:
                raise RepositoryError(f"{entry.path!r}: a range begins at {part.offset}, not at {position}")
            if isinstance(part, Data):
                pieces.write(part.content)
            elif isinstance(part, Hole):
                pieces.zeros(part.length)
            else:
                known = known or ParentFile(self._blobs, entry.path, before)
                known.copy(part.offset, part.length, pieces)
            position += part.length
        return pieces.finish(), position

    def _move_to(self, path: bytes) -> None:
        """Close folders until `path` is below the open one, then open those in between."""
        while self._open[-1].path and not (path + b"/").startswith(self._open[-1].path + b"/"):
            self._leave()
        below = path.removeprefix(self._open[-1].path).removeprefix(b"/" if self._open[-1].path else b"")
        for name in below.split(b"/") if below else ():
            self._enter(name, _UNKNOWN)

    def _enter(self, name: bytes, metadata: Metadata) -> None:
        outer = self._open[-1]
        before = outer.known.get(name)
        path = outer.path + b"/" + name if outer.path else name
        self._open.append(_Folder(path, name, metadata, parent.listing_of(self._blobs, before)))

    def _leave(self) -> None:
        folder = self._open.pop()
        tree_id = self._packer.put(BlobKind.TREE, tree.encode(folder.nodes))
        self._list(folder.name, node.encode(folder.name, Kind.DIRECTORY, folder.metadata, None, tree_id))

    def _list(self, name: bytes, encoded: str) -> None:
        nodes = self._open[-1].nodes
        if name in (b"", b".", b"..") or b"\0" in name:
            raise RepositoryError(f"{name!r} in {self._open[-1].path!r} is not a name for an entry")
        if name in nodes:
            raise RepositoryError(f"{name!r} in {self._open[-1].path!r} came twice, or not depth first")
        nodes[name] = encoded

    def _warn(self, problem: Unreadable) -> None:
        self.warning_count += 1
        if len(self.warnings) < _WARNINGS_KEPT:
            self.warnings.append(str(problem))
