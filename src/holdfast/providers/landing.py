"""Putting a tree of entries down below a folder, and never anywhere else.

A file comes into being under a temporary name and takes its place when it is complete, so what stood there
stays until then. What concerns one entry alone is counted and told; a disk that is full ends it all.
"""

import os
import stat
from dataclasses import dataclass

from holdfast.model.entry import Data, Entry, Kind, Metadata, Same, Unreadable

from . import metadata, ranges
from .anchor import Anchor, join, link_of, split
from .blame import about
from .provider import Written
from .stand_in import NEW_FILE, standing_in
from .tally import Tally

_DEVICE_FORMAT = {Kind.BLOCK_DEVICE: stat.S_IFBLK, Kind.CHARACTER_DEVICE: stat.S_IFCHR}


@dataclass(frozen=True, slots=True)
class Route:
    """How the paths of a backup become paths below an anchor: `root` gives way to `prefix`.

    A root that is no folder keeps its name where there is no prefix.
    """

    root: bytes
    prefix: bytes = b""

    def of(self, entry: Entry) -> bytes:
        """The entry's place; raises Unreadable for a path that leads out of the root."""
        below = self._below_root(entry.path)
        if below is None or {b"", b".", b".."} & set(entry.path.split(b"/")) or b"\0" in entry.path:
            raise Unreadable(entry.path, "the path leads out of the backup's root")
        if not below and not self.prefix and entry.kind is not Kind.DIRECTORY:
            return split(self.root)[1]
        return join(self.prefix, below)

    def _below_root(self, path: bytes) -> bytes | None:
        if not self.root or path == self.root:
            return path if not self.root else b""
        return path[len(self.root) + 1 :] if path.startswith(self.root + b"/") else None


class Landing:
    """Where a restore puts entries down, one after the other, and what has become of them.

    With `keep_root` the metadata of the folder at the empty path is left as it is.
    """

    def __init__(self, anchor: Anchor, route: Route, *, keep_root: bool) -> None:
        self._anchor = anchor
        self._route = route
        self._keep_root = keep_root
        self._folders: list[tuple[bytes, Entry]] = []
        self._links: dict[tuple[int, int], tuple[bytes, int]] = {}
        self._tally = Tally()

    def put(self, item: Entry | Unreadable) -> None:
        """Put one entry down. Raises OSError where nothing more can be written, and whatever pulling the
        content raises except Unreadable."""
        if isinstance(item, Unreadable):
            self._tally.fail(item)
            return
        try:
            path = self._route.of(item)
            self._leave_folders(path)
            self._put(path, item)
        except Unreadable as problem:
            self._tally.fail(problem)

    def finish(self) -> Written:
        """Complete the folders that are still open, wait for the disk, and tell what was done."""
        self._leave_folders(b"")
        self._anchor.sync()
        return self._tally.written()

    def _put(self, path: bytes, entry: Entry) -> None:
        if entry.kind is Kind.DIRECTORY:
            with about(entry.path):
                self._anchor.make_folder(path, 0o700)
            self._folders.append((path, entry))
        elif entry.kind is not Kind.SOCKET and not self._link(path, entry):
            self._tally.add(self._put_new(path, entry))
            if entry.metadata.links > 1 and entry.metadata.inode:
                self._links[_identity(entry.metadata)] = (path, entry.metadata.links - 1)

    def _put_new(self, path: bytes, entry: Entry) -> int:
        """Put down what is no folder; returns its bytes of data."""
        if entry.kind is Kind.FILE:
            return self._put_file(path, entry)
        self._put_special(path, entry)
        return 0

    def _put_file(self, path: bytes, entry: Entry) -> int:
        with standing_in(self._anchor, path, entry.path) as (folder, name):
            with about(entry.path):
                fd = os.open(name, NEW_FILE, 0o600, dir_fd=folder)
            try:
                written = _fill(fd, entry)
                self._dress(fd, entry)
            finally:
                os.close(fd)
        return written

    def _put_special(self, path: bytes, entry: Entry) -> None:
        with standing_in(self._anchor, path, entry.path) as (folder, name), about(entry.path):
            if entry.kind is Kind.SYMLINK:
                os.symlink(entry.metadata.link_target, name, dir_fd=folder)
            elif entry.kind is Kind.FIFO:
                os.mkfifo(name, 0o600, dir_fd=folder)
            else:
                os.mknod(name, _DEVICE_FORMAT[entry.kind] | 0o600, entry.metadata.device, dir_fd=folder)
            fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                self._dress(link_of(fd), entry)
            finally:
                os.close(fd)

    def _link(self, path: bytes, entry: Entry) -> bool:
        """Make a further name of a file a hard link to the first; False where it must be written anew."""
        first, left = self._links.get(_identity(entry.metadata), (b"", 0))
        if not left:
            return False
        source, source_name = split(first)
        try:
            with standing_in(self._anchor, path, entry.path) as (folder, name), about(entry.path):
                os.link(
                    source_name,
                    name,
                    src_dir_fd=self._anchor.folder(source),
                    dst_dir_fd=folder,
                    follow_symlinks=False,
                )
        except Unreadable:
            return False
        self._tally.add(0)
        self._links[_identity(entry.metadata)] = (first, left - 1)
        return True

    def _leave_folders(self, path: bytes) -> None:
        """Complete the folders that the path is not in: their times are right only now."""
        while self._folders and not _is_in(path, self._folders[-1][0]):
            folder, entry = self._folders.pop()
            if not folder and self._keep_root:
                continue
            try:
                with about(entry.path):
                    self._dress(link_of(self._anchor.folder(folder)), entry)
            except Unreadable as problem:
                self._tally.fail(problem)

    def _dress(self, place: int | bytes, entry: Entry) -> None:
        problems = metadata.apply(place, entry.kind, entry.metadata)
        if problems:
            self._tally.fail(Unreadable(entry.path, "; ".join(problems)))


def _identity(known: Metadata) -> tuple[int, int]:
    return known.device_id, known.inode


def _is_in(path: bytes, folder: bytes) -> bool:
    return bool(path) and (not folder or path.startswith(folder + b"/"))


def _fill(fd: int, entry: Entry) -> int:
    """Write a file's ranges, holes by leaving them out; returns the bytes of data."""
    size = written = 0
    for piece in entry.content:
        if isinstance(piece, Same):
            raise Unreadable(entry.path, "the backup leaves out a part of the file")
        if isinstance(piece, Data):
            with about(entry.path):
                ranges.write(fd, piece)
            written += piece.length
        size = piece.offset + piece.length
    with about(entry.path):
        os.ftruncate(fd, size)
    return written
