"""The parent snapshot: what a save compares with, folder by folder, file by file."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from holdfast.model.entry import Kind

from . import snapshot, tree
from .blob import BlobKind
from .blobs import Blobs
from .errors import BlobMissing, Damaged, NoParent, SnapshotMissing
from .node import Node
from .pieces import Pieces
from .repository import Repository
from .zeros import ZERO_LENGTHS


def listing(blobs: Blobs, tree_id: bytes | None) -> dict[bytes, Node]:
    """The nodes of a parent's folder by name; empty where there is none or it cannot be read any more.

    A parent only saves work: what is wrong with it must not stop a backup.
    """
    if tree_id is None:
        return {}
    try:
        return {node.file_name: node for node in tree.decode(blobs.get(BlobKind.TREE, tree_id))}
    except Damaged:
        return {}


def listing_of(blobs: Blobs, folder: Node | None) -> dict[bytes, Node]:
    """The same of a folder by its node; empty where the parent has none, or something else of that name."""
    if folder is None or folder.kind is not Kind.DIRECTORY:
        return {}
    return listing(blobs, folder.subtree_id)


def root(repository: Repository, snapshot_id: str | None) -> bytes | None:
    """The id of the parent snapshot's root listing; None without a parent or when it is forgotten."""
    if snapshot_id is None:
        return None
    try:
        return snapshot.get(repository, snapshot_id).tree
    except (SnapshotMissing, Damaged):
        return None


class ParentFile:
    """The content of a file as the parent snapshot has it, by ranges."""

    def __init__(self, blobs: Blobs, path: bytes, node: Node | None) -> None:
        """Raises NoParent when there is no such file in the parent, or its blobs are gone."""
        name = path.decode(errors="backslashreplace")
        if node is None or node.content is None:
            raise NoParent(f"{name} is said to be partly unchanged, but there is no parent of it")
        self._blobs = blobs
        self._name = name
        self._ids = node.content_ids
        try:
            sizes = [blobs.size(BlobKind.DATA, one) for one in self._ids]
        except BlobMissing as error:
            raise NoParent(f"{name} is said to be partly unchanged, but of its parent {error}") from error
        self._ends = list(accumulate(sizes))

    def copy(self, offset: int, length: int, pieces: Pieces) -> None:
        """Hand a range on: whole blobs by their id, zeros as zeros, parts of others by reading them.

        Raises NoParent when the file was shorter, Damaged when a blob that must be read cannot be.
        """
        zeros = 0
        for blob_id, start, end, size in self._covering(offset, offset + length):
            if blob_id in ZERO_LENGTHS:
                zeros += end - start  # told in one run: a long one is cut into larger blobs
                continue
            if zeros:
                pieces.zeros(zeros)
                zeros = 0
            if end - start < size or not pieces.reuse(blob_id, size):
                pieces.write(memoryview(self._blobs.get(BlobKind.DATA, blob_id))[start:end])
        if zeros:
            pieces.zeros(zeros)

    def _covering(self, offset: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
        """The blobs that cover a range: id, the part of it from and to, and its size."""
        if not self._ends or end > self._ends[-1]:
            raise NoParent(f"{self._name} is said to be unchanged up to byte {end}, but was shorter")
        number = bisect_right(self._ends, offset)
        while offset < end:
            first = self._ends[number - 1] if number else 0
            last = min(end, self._ends[number])
            yield self._ids[number], offset - first, last - first, self._ends[number] - first
            offset = last
            number += 1
