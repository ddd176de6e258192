"""Saving: a stream of entries becomes packs, then index files, then a snapshot, which makes it visible.

Trees are built bottom-up while the stream is pulled: a folder is written when the first entry outside of it
comes. A file that did not change since the parent snapshot keeps its content without being read. Call this
inside `locked(repository)`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from holdfast.model.entry import Data, Entry, Hole, Kind, Listing, Metadata, Portable, Range, Unreadable

from . import folders, node, parent, recover, snapshot, tree
from .arena import Arena
from .blob import BlobKind
from .blobs import Blobs
from .chunker import Chunker
from .elsewhere import Elsewhere, Outcome
from .errors import Damaged, RepositoryError
from .folders import Folder, Folders
from .node import Node
from .packer import Packer
from .parent import ParentFile
from .pieces import Pieces, Workshop, pieces_of
from .repository import Repository
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


def save(
    repository: Repository,
    entries: Iterable[Entry | Unreadable],
    origin: Origin,
    promise: Callable[[], object] | None = None,
) -> Saved:
    """Write a snapshot of the entries.

    `promise` is called when everything is stored, before the snapshot is written; what it raises ends the
    save without one, as `Held.check` does where the lock was lost meanwhile.
    What the stream raises ends the save without a snapshot; packs that were complete stay and are used by
    the next one. Raises NoParent for a range that is the same as nothing, StoreFull, StoreError.
    """
    known, strays = recover.index_of_what_is_there(repository)
    with Packer(repository, known) as packer, _forgetting(repository, origin.parent):
        packer.adopt(strays)
        pull = _Pull(Workshop(packer, Chunker(repository.key), Arena()), Blobs(repository, known))
        known_root = parent.root(repository, origin.parent)
        before = folders.kept(repository, origin.parent if known_root else None, known)
        with Elsewhere(repository, packer) as elsewhere:
            scribe = _Scribe(packer, pull, elsewhere, before)
            scribe.open_root(known_root)
            for entry in entries:
                scribe.add(entry)
            elsewhere.finish()
        root = scribe.close_all()
        packer.finish()
    if promise is not None:
        promise()
    snapshot_id, size = snapshot.add(repository, _snapshot(origin, root))
    scribe.folders.keep(repository, snapshot_id, known)
    return Saved(
        snapshot_id=snapshot_id,
        read_bytes=scribe.read_bytes,
        stored_bytes=packer.stored_bytes + size,
        file_count=scribe.file_count,
        warning_count=scribe.warning_count,
        warnings=tuple(scribe.warnings),
    )


@contextmanager
def _forgetting(repository: Repository, snapshot_id: str | None) -> Iterator[None]:
    """Where a listing is damaged that was taken as it is, the next save must look at everything again."""
    try:
        yield
    except Damaged:
        folders.forget(repository, snapshot_id)
        raise


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
    """A folder that is being listed: its own path and metadata, what is in it, what the parent has in it.

    `waiting` counts what is in it and not written yet: files that are read elsewhere, folders that wait.
    `taken` is the id of the listing that it has, but for folders in it, where its files did not change;
    `is_same` tells that these have not changed either.
    """

    path: bytes
    name: bytes
    metadata: Metadata
    above: "_Folder | None"
    known: dict[bytes, Node] = field(default_factory=dict)
    nodes: dict[bytes, str] = field(default_factory=dict)
    fingerprint: bytes = b""
    before: Folder | None = None
    taken: bytes | None = None
    is_same: bool = True
    waiting: int = 0
    is_left: bool = False


class _Scribe:
    """Turns entries into trees."""

    def __init__(self, packer: Packer, pull: "_Pull", elsewhere: Elsewhere, before: Folders) -> None:
        self.read_bytes = 0
        self.file_count = 0
        self.warning_count = 0
        self.warnings: list[str] = []
        self.folders = Folders()
        self._before = before
        self._packer = packer
        self._pull = pull
        self._elsewhere = elsewhere
        self._open: list[_Folder] = []

    def open_root(self, known_tree: bytes | None) -> None:
        """Begin; `known_tree` is the parent's root listing."""
        self._open = [_Folder(b"", b"", _UNKNOWN, None, parent.listing(self._pull.blobs, known_tree))]

    def add(self, entry: Entry | Unreadable) -> None:
        """The next item of the stream."""
        if isinstance(entry, Unreadable):
            self._warn(entry, *self._open)
            return
        path, slash, name = entry.path.rpartition(b"/")
        if slash and not path:
            raise RepositoryError(f"{entry.path!r} begins with a slash")
        if path != self._open[-1].path:
            self._move_to(path)
        if entry.kind is Kind.DIRECTORY:
            self._enter(name, entry.metadata, entry.listing)
        elif entry.kind is Kind.FILE:
            self._add_file(entry, name)
        else:
            self._list(name, node.encode(name, entry.kind, entry.metadata, None, None))

    def close_all(self) -> bytes:
        """End, when nothing is outstanding; the id of the root's listing."""
        while len(self._open) > 1:
            self._leave()
        return self._packer.put(BlobKind.TREE, tree.encode(self._open[0].nodes))

    def _add_file(self, entry: Entry, name: bytes) -> None:
        before = self._open[-1].known.get(name)
        content = self._unchanged(before, entry.metadata)
        if content is not None:
            self._list(name, self._file(entry.metadata, name, content, entry.metadata.size))
            return
        travelling = self._travelling(entry)
        if travelling is None:
            self._read(self._open[-1], entry, name, before)
            return
        folder = self._open[-1]
        self._list(name, "")  # its place is taken
        folder.waiting += 1
        self._elsewhere.add(
            travelling, entry.metadata.size, lambda outcome: self._arrive(folder, entry, name, outcome)
        )

    def _travelling(self, entry: Entry) -> Iterable[Range] | None:
        """The content of a file as another process can pull it, where it should."""
        if entry.block_size or not isinstance(entry.content, Portable):
            return None
        return entry.content.travelling() if self._elsewhere.takes(entry.metadata.size) else None

    def _read(self, folder: _Folder, entry: Entry, name: bytes, before: Node | None) -> None:
        """Read a file here."""
        outcome = self._pull.pull(entry, before)
        if outcome.problem is not None:
            self._warn(outcome.problem, folder)
        else:
            self._list(name, self._file(entry.metadata, name, _digits(outcome.ids), outcome.size), folder)

    def _arrive(self, folder: _Folder, entry: Entry, name: bytes, outcome: Outcome | None) -> None:
        """A file was read elsewhere, or was to be."""
        del folder.nodes[name]
        if outcome is None:
            self._read(folder, entry, name, None)
        else:
            if isinstance(entry.content, Portable):
                entry.content.arrived(outcome.size, outcome.problem)
            if outcome.problem is not None:
                self._warn(outcome.problem, folder)
            else:
                self._list(name, self._file(entry.metadata, name, _digits(outcome.ids), outcome.size), folder)
        self._settle(folder)

    def _file(self, metadata: Metadata, name: bytes, content: list[str], size: int) -> str:
        if size != metadata.size:  # it grew or shrank while it was read
            metadata = replace(metadata, size=size)
        self.file_count += 1
        self.read_bytes += size
        return node.encode(name, Kind.FILE, metadata, content, None)

    def _unchanged(self, before: Node | None, metadata: Metadata) -> list[str] | None:
        """The content of a file that did not change, if it can still be read."""
        if before is None or not before.is_unchanged(metadata):
            return None
        if all(self._packer.has(BlobKind.DATA, one) for one in before.content_ids):
            return before.content or []
        return None

    def _move_to(self, path: bytes) -> None:
        """Close folders until `path` is below the open one, then open those in between."""
        while self._open[-1].path and not (path + b"/").startswith(self._open[-1].path + b"/"):
            self._leave()
        below = path.removeprefix(self._open[-1].path).removeprefix(b"/" if self._open[-1].path else b"")
        for name in below.split(b"/") if below else ():
            self._enter(name, _UNKNOWN, None)

    def _enter(self, name: bytes, metadata: Metadata, listing: Listing | None) -> None:
        outer = self._open[-1]
        path = outer.path + b"/" + name if outer.path else name
        folder = _Folder(path, name, metadata, outer)
        self._open.append(folder)
        if listing is not None:
            folder.fingerprint = listing.fingerprint
            folder.before = self._before.find(path)
            if folder.before is not None and self._take(folder, folder.before):
                listing.is_known = True
                self.file_count += listing.file_count
                self.read_bytes += listing.byte_count
                return
        folder.known = parent.listing_of(self._pull.blobs, outer.known.get(name))

    def _take(self, folder: _Folder, before: Folder) -> bool:
        """Whether the folder's listing can be taken as it was; its own folders may still differ."""
        if before.fingerprint == folder.fingerprint and self._packer.has(BlobKind.TREE, before.tree_id):
            folder.taken = before.tree_id
        return folder.taken is not None

    def _leave(self) -> None:
        folder = self._open.pop()
        folder.is_left = True
        folder.known = {}
        if not folder.waiting:
            self._list(folder.name, self._written(folder))
            return
        self._list(folder.name, "")
        self._open[-1].waiting += 1

    def _settle(self, folder: _Folder) -> None:
        """One thing less is waited for in a folder; if it was the last, write it, and so on upwards."""
        folder.waiting -= 1
        while folder.is_left and not folder.waiting and folder.above is not None:
            folder.above.nodes[folder.name] = self._written(folder)
            folder = folder.above
            folder.waiting -= 1

    def _written(self, folder: _Folder) -> str:
        """The node of a folder whose listing is complete, and has been stored."""
        tree_id = self._tree_of(folder)
        if folder.fingerprint:
            self.folders.add(folder.path, Folder(folder.fingerprint, tree_id))
        if folder.above is not None and (folder.before is None or folder.before.tree_id != tree_id):
            folder.above.is_same = False
        return node.encode(folder.name, Kind.DIRECTORY, folder.metadata, None, tree_id)

    def _tree_of(self, folder: _Folder) -> bytes:
        if folder.taken is None:
            return self._packer.put(BlobKind.TREE, tree.encode(folder.nodes))
        if folder.is_same:
            return folder.taken
        before = tree.nodes(self._pull.blobs.get(BlobKind.TREE, folder.taken))
        return self._packer.put(BlobKind.TREE, tree.encode(before | folder.nodes))

    def _list(self, name: bytes, encoded: str, folder: _Folder | None = None) -> None:
        folder = folder or self._open[-1]
        if name in (b"", b".", b"..") or b"\0" in name:
            raise RepositoryError(f"{name!r} in {folder.path!r} is not a name for an entry")
        if name in folder.nodes:
            raise RepositoryError(f"{name!r} in {folder.path!r} came twice, or not depth first")
        folder.nodes[name] = encoded

    def _warn(self, problem: Unreadable, *affected: _Folder) -> None:
        for folder in affected:
            folder.fingerprint = b""  # the next save must look again, and say so again
        self.warning_count += 1
        if len(self.warnings) < _WARNINGS_KEPT:
            self.warnings.append(str(problem))


class _Pull:
    """Turns a file's content into blobs, in this process."""

    def __init__(self, workshop: Workshop, blobs: Blobs) -> None:
        self.blobs = blobs
        self._workshop = workshop

    def pull(self, entry: Entry, before: Node | None) -> Outcome:
        """Pull an entry's content; `before` is what the parent has in its place."""
        pieces = pieces_of(self._workshop, entry.block_size)
        try:
            size = self._hand_on(entry, before, pieces)
        except Unreadable as problem:
            return Outcome([], 0, problem)
        return Outcome(pieces.finish(), size, None)

    def _hand_on(self, entry: Entry, before: Node | None, pieces: Pieces) -> int:
        """Give an entry's ranges to the pieces; how many bytes came."""
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
                known = known or ParentFile(self.blobs, entry.path, before)
                known.copy(part.offset, part.length, pieces)
            position += part.length
        return position


def _digits(ids: Sequence[bytes]) -> list[str]:
    """Ids in hexadecimal digits, one text for each that is another: a long hole has one id many times."""
    known = {one: one.hex() for one in set(ids)}
    return [known[one] for one in ids]
