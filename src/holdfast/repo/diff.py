"""What is different between two snapshots: entry by entry, and in bytes.

Both trees are walked side by side. Where a folder has the same id in both, nothing below it is different and
it is not looked into, so that two large backups that differ little are compared quickly.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.model.entry import Kind

from . import moment, snapshot, tree
from .blob import BlobKind
from .blobs import Blobs
from .errors import Damaged
from .node import Node
from .repository import Repository, load_index


class Action(StrEnum):
    """What became of an entry; the letters are those of `restic diff`."""

    ADDED = "+"
    REMOVED = "-"
    MODIFIED = "M"
    """The content of a file, the target of a link, or the number of a device is another."""
    METADATA = "U"
    """Only mode, owner, time of change or extended attributes are: what a restore would set."""
    RETYPED = "T"
    """It is of another kind; what was or is below a folder follows by itself."""


@dataclass(frozen=True, slots=True)
class State:
    """What an entry was in one of the snapshots; `size` is that of a file in bytes, 0 for all else."""

    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is different. `path` is absolute without its leading slash."""

    path: bytes
    action: Action
    older: State | None
    newer: State | None


@dataclass(slots=True)
class Total:
    """What only one of the snapshots has: entries, and blobs with the bytes of their content."""

    files: int = 0
    folders: int = 0
    others: int = 0
    pieces: int = 0
    piece_bytes: int = 0
    listings: int = 0
    listing_bytes: int = 0


@dataclass(slots=True)
class DiffTotals:
    """All changes together; the last three count entries that both snapshots have, by what became of them."""

    added: Total = field(default_factory=Total)
    removed: Total = field(default_factory=Total)
    modified: int = 0
    touched: int = 0
    retyped: int = 0


def diff(repository: Repository, older_id: str, newer_id: str, paths: Sequence[bytes] = ()) -> "Diff":
    """Compare two snapshots; `paths` limits that to these files and folders with what is in them.

    Call this inside `locked(repository)`. Raises SnapshotMissing, or Damaged when a snapshot or an index
    cannot be read; a damaged listing raises Damaged while changes are pulled.
    """
    roots = [snapshot.get(repository, one).tree for one in (older_id, newer_id)]
    return Diff(repository, roots[0], roots[1], paths)


_OLDER, _NEWER, _BOTH = 1, 2, 4  # which of the snapshots is known to have a blob; the last one outweighs
_Pair = tuple[bytes, Node | None, Node | None]


class Diff:
    """The changes, in the order of the trees: a folder before what is in it, siblings by their names' bytes.

    Iterate once; `totals` may be asked at any time.
    """

    def __init__(self, repository: Repository, older: bytes, newer: bytes, paths: Iterable[bytes]) -> None:
        """`older` and `newer` are the ids of the snapshots' root listings."""
        self._index = load_index(repository)
        self._blobs = Blobs(repository, self._index)
        self._wanted = _Wanted(paths)
        self._totals = DiffTotals()
        self._sides = bytearray(self._index.numbers())  # by the number of the blob
        self._equal: list[tuple[bytes, bytes]] = []
        self._changes = self._walk(older, newer)

    def __iter__(self) -> Iterator[Change]:
        return self

    def __next__(self) -> Change:
        return next(self._changes)

    def totals(self) -> DiffTotals:
        """Everything counted, after the changes that were not pulled yet are passed over.

        Which blobs only one snapshot has is told by all listings: those that are equal in both are read here,
        unless it is clear before that nothing is left which they could have. Raises Damaged.
        """
        for _ in self._changes:
            continue
        self._mark_equal()
        for total, side in ((self._totals.removed, _OLDER), (self._totals.added, _NEWER)):
            total.pieces = total.piece_bytes = total.listings = total.listing_bytes = 0
            number = self._sides.find(side)
            while number >= 0:
                _count_blob(total, self._index.blob(number)[0], self._index.location(number).size)
                number = self._sides.find(side, number + 1)
        return self._totals

    def _walk(self, older: bytes, newer: bytes) -> Iterator[Change]:
        """A stack of half-read pairs of listings, because folders may be very deep."""
        stack = [(b"", self._pairs(b"", older, newer))]
        while stack:
            above, pairs = stack[-1]
            pair = next(pairs, None)
            if pair is None:
                stack.pop()
                continue
            name, before, after = pair
            path = above + name
            if not self._wanted.touches(path):
                continue
            if self._wanted.has(path):
                for side, node in ((_OLDER, before), (_NEWER, after)):
                    self._mark(side, BlobKind.DATA, node.content_ids if node is not None else ())
                change = _change(path, before, after)
                if change is not None:
                    self._count(change)
                    yield change
            below = _subtree(before), _subtree(after)
            if below != (None, None):
                stack.append((path + b"/", self._pairs(path + b"/", *below)))

    def _pairs(self, path: bytes, older: bytes | None, newer: bytes | None) -> Iterator[_Pair]:
        """The entries of a folder as both snapshots have them; none where it is the same in both."""
        if older == newer and older is not None:
            self._equal.append((path, older))
            return
        if self._wanted.has(path):
            for side, listing in ((_OLDER, older), (_NEWER, newer)):
                if listing is not None:
                    self._mark(side, BlobKind.TREE, (listing,))
        before, after = self._nodes(path, older), self._nodes(path, newer)
        for name in sorted(before.keys() | after.keys()):
            yield name, before.get(name), after.get(name)

    def _nodes(self, path: bytes, listing: bytes | None) -> dict[bytes, Node]:
        if listing is None:
            return {}
        try:
            return {node.file_name: node for node in tree.decode(self._blobs.get(BlobKind.TREE, listing))}
        except Damaged as error:
            folder = path.rstrip(b"/").decode(errors="backslashreplace")
            raise Damaged(f"the listing of /{folder}: {error}") from error

    def _mark(self, side: int, kind: BlobKind, blob_ids: Iterable[bytes]) -> int:
        """One side has these blobs; of how many it becomes clear by this that not only one side has them.

        A blob that no index knows, which a check would tell, is not counted anywhere.
        """
        settled = 0
        for blob_id in blob_ids:
            number = self._index.number(kind, blob_id)
            if number is not None:
                settled += side == _BOTH and self._sides[number] in (_OLDER, _NEWER)
                self._sides[number] |= side
        return settled

    def _count(self, change: Change) -> None:
        if change.action is Action.ADDED and change.newer is not None:
            _count_entry(self._totals.added, change.newer.kind)
        elif change.action is Action.REMOVED and change.older is not None:
            _count_entry(self._totals.removed, change.older.kind)
        elif change.action is Action.RETYPED:
            self._totals.retyped += 1
        elif change.action is Action.METADATA:
            self._totals.touched += 1
        else:
            self._totals.modified += 1

    def _mark_equal(self) -> None:
        """Look through folders that are the same in both snapshots, as long as that can change the sums."""
        left = self._sides.count(_OLDER) + self._sides.count(_NEWER)
        seen: set[bytes] = set()
        while self._equal and left:
            path, listing = self._equal.pop()
            if self._wanted.has(path):
                if listing in seen:
                    continue
                seen.add(listing)
                left -= self._mark(_BOTH, BlobKind.TREE, (listing,))
            for name, node in self._nodes(path, listing).items():
                if self._wanted.touches(path + name):
                    left -= self._mark(_BOTH, BlobKind.DATA, node.content_ids)
                    subtree = _subtree(node)
                    if subtree is not None:
                        self._equal.append((path + name + b"/", subtree))


class _Wanted:
    """Which paths are compared."""

    def __init__(self, paths: Iterable[bytes]) -> None:
        self._paths = {path.strip(b"/") for path in paths} - {b""}
        self._above = {path[:end] for path in self._paths for end, byte in enumerate(path) if byte == 0x2F}

    def has(self, path: bytes) -> bool:
        """Whether the path is one of those, or below one."""
        if not self._paths:
            return True
        path = path.rstrip(b"/")
        ends = [end for end, byte in enumerate(path) if byte == 0x2F]
        return path in self._paths or any(path[:end] in self._paths for end in ends)

    def touches(self, path: bytes) -> bool:
        """Whether the path is one of those, below one, or above one."""
        return path in self._above or self.has(path)


def _change(path: bytes, before: Node | None, after: Node | None) -> Change | None:
    action = _action(before, after)
    return Change(path, action, _state(before), _state(after)) if action else None


def _action(before: Node | None, after: Node | None) -> Action | None:
    if before is None:
        return Action.ADDED
    if after is None:
        return Action.REMOVED
    if before.type != after.type:
        return Action.RETYPED
    if _content(before) != _content(after):
        return Action.MODIFIED
    return None if _metadata(before) == _metadata(after) else Action.METADATA


def _state(node: Node | None) -> State | None:
    if node is None:
        return None
    return State(node.kind, node.size if node.kind is Kind.FILE else 0)


def _subtree(node: Node | None) -> bytes | None:
    return node.subtree_id if node is not None and node.type == Kind.DIRECTORY else None


def _content(node: Node) -> tuple[object, ...]:
    return (node.content or []), node.linktarget, node.linktarget_raw, node.device


def _metadata(node: Node) -> tuple[object, ...]:
    attributes = [(one.name, one.value or b"") for one in node.extended_attributes or ()]
    owner = (node.uid, node.gid, node.user, node.group)
    return node.mode, owner, moment.nanoseconds(node.mtime), sorted(attributes)


def _count_entry(total: Total, kind: Kind) -> None:
    if kind is Kind.FILE:
        total.files += 1
    elif kind is Kind.DIRECTORY:
        total.folders += 1
    else:
        total.others += 1


def _count_blob(total: Total, kind: BlobKind, size: int) -> None:
    if kind is BlobKind.TREE:
        total.listings += 1
        total.listing_bytes += size
    else:
        total.pieces += 1
        total.piece_bytes += size
