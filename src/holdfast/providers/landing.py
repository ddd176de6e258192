"""Putting a tree of entries down below a folder, and never anywhere else.

A file comes into being under a temporary name and takes its place when it is complete, so what stood there
stays until then. What concerns one entry alone is counted and told; a disk that is full ends it all.
"""

import os
import stat
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import NamedTuple

from holdfast.model.entry import Entry, Kind, Metadata, Portable, Range, Unreadable

from . import metadata
from .anchor import Anchor, join, link_of, split
from .blame import about
from .placing import Look, Placer
from .porters import Flaw, Porters
from .provider import Written
from .stand_in import standing_in
from .tally import Tally

_DEVICE_FORMAT = {Kind.BLOCK_DEVICE: stat.S_IFBLK, Kind.CHARACTER_DEVICE: stat.S_IFCHR}
_LARGE = 8 << 20  # bytes: a larger file keeps every core busy by itself
_MOST_LATER = 4096


class Alone(NamedTuple):
    """How much a restore puts down in its own process before it calls for helpers."""

    files: int
    bytes: int


ALONE = Alone(256, 64 << 20)


class First(NamedTuple):
    """A file with several names: where it is put down first, how many names may follow, and the batch after
    which it is there."""

    path: bytes
    left: int
    batch: int


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


class _Last(NamedTuple):
    """Where the last entry was put: its folder in the backup, its folder here, its name."""

    entry_folder: bytes
    folder: bytes
    name: bytes
    is_leaf: bool


class Landing:
    """Where a restore puts entries down, one after the other, and what has become of them.

    With `keep_root` the metadata of the folder at the empty path is left as it is. Many small files go to
    helper processes; what must come after them, the times of their folders and further names of hard-linked
    files, waits until they are there.
    """

    def __init__(self, anchor: Anchor, folder: bytes, route: Route, *, keep_root: bool) -> None:
        """`folder` is the path of the anchor."""
        self._anchor = anchor
        self._route = route
        self._keep_root = keep_root
        self._placer = Placer(anchor)
        self._porters = Porters(folder, anchor, self._settle)
        self._alone = ALONE
        self._folders: list[tuple[bytes, Entry]] = []
        self._last = _Last(b"", b"", b"", is_leaf=False)
        self._ready: bytes | None = None  # the folder that porters can go to
        self._links: dict[tuple[int, int], First] = {}
        self._later: deque[tuple[int, Callable[[], None]]] = deque()
        self._tally = Tally()

    def __enter__(self) -> "Landing":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._porters.close()

    def tell(self, failed: Callable[[Unreadable], object]) -> None:
        """Have this told of each failure; to be said before anything is put down."""
        self._tally = Tally(failed)

    def put(self, item: Entry | Unreadable) -> None:
        """Put one entry down. Raises OSError where nothing more can be written, and whatever pulling the
        content raises except Unreadable."""
        if isinstance(item, Unreadable):
            self._tally.fail(item)
            return
        try:
            self._put(self._reached(item), item)
        except Unreadable as problem:
            self._tally.fail(problem)

    def finish(self) -> Written:
        """Complete the folders that are still open, wait for the disk, and tell what was done."""
        self._leave_folders(b"")
        self._catch_up()
        self._anchor.sync()
        return self._tally.written()

    def _put(self, path: bytes, entry: Entry) -> None:
        if entry.kind is Kind.DIRECTORY:
            with about(entry.path):
                self._anchor.make_folder(path, 0o700)
            self._folders.append((path, entry))
        elif entry.kind is not Kind.SOCKET:
            self._put_or_link(path, entry)

    def _put_or_link(self, path: bytes, entry: Entry) -> None:
        first = self._links.get(_identity(entry.metadata)) if _is_linked(entry) else None
        if first is not None and first.batch > self._porters.settled:
            self._afterwards(partial(self._put_late, path, entry))
        elif first is None or not self._link(path, entry, first):
            self._make_ready(path, entry)
            carried = self._carried(entry)
            if carried is None:
                self._put_here(path, entry)
            else:
                self._porters.take(path, entry, carried)
                self._remember(path, entry, self._porters.latest)
                self._do_later()

    def _put_late(self, path: bytes, entry: Entry) -> None:
        """Put a further name of a file down, now that it is known what became of the first."""
        first = self._links.get(_identity(entry.metadata))
        try:
            if first is None or first.batch > self._porters.settled or not self._link(path, entry, first):
                self._put_here(path, entry)
        except Unreadable as problem:
            self._tally.fail(problem)

    def _carried(self, entry: Entry) -> Iterable[Range] | None:
        """The content for a porter, None where the entry is put down here: a few do not need porters."""
        content = entry.content
        if entry.kind is not Kind.FILE or entry.metadata.size > _LARGE or not isinstance(content, Portable):
            return None
        if self._alone.files > 0 and self._alone.bytes > 0:
            self._alone = Alone(self._alone.files - 1, self._alone.bytes - entry.metadata.size)
            return None
        return content.travelling()

    def _make_ready(self, path: bytes, entry: Entry) -> None:
        """Make the folder of what is put down: two porters might try at the same moment."""
        folder = split(path)[0]
        if folder != self._ready:
            with about(entry.path):
                self._anchor.make_folder(folder)
            self._ready = folder

    def _put_here(self, path: bytes, entry: Entry) -> None:
        """Put down what is no folder, in this process."""
        written = 0
        if entry.kind is Kind.FILE:
            written = self._put_file(path, entry)
        else:
            self._put_special(path, entry)
        self._tally.add(written)
        self._remember(path, entry, 0)

    def _put_file(self, path: bytes, entry: Entry) -> int:
        try:
            written, problems = self._placer.put(path, Look.of(entry.metadata), entry.content)
        except Unreadable as problem:
            raise Unreadable(entry.path, problem.reason) from problem
        self._warn(entry, problems)
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

    def _settle(self, entry: Entry, outcome: int | Flaw) -> None:
        """A porter has put a file down, or could not."""
        flaw = Flaw(outcome, "") if isinstance(outcome, int) else outcome
        problem = Unreadable(entry.path, flaw.reason) if flaw.reason else None
        if isinstance(entry.content, Portable):
            entry.content.arrived(flaw.bytes, None if flaw.came else problem)
        if flaw.is_put:
            self._tally.add(flaw.bytes)
        else:
            self._links.pop(_identity(entry.metadata), None)
        if problem is not None:
            self._tally.fail(problem)

    def _remember(self, path: bytes, entry: Entry, batch: int) -> None:
        """Further names of this file can be links to it, once the batch is settled."""
        if _is_linked(entry):
            self._links[_identity(entry.metadata)] = First(path, entry.metadata.links - 1, batch)

    def _link(self, path: bytes, entry: Entry, first: First) -> bool:
        """Make a further name of a file a hard link to the first; False where it must be written anew."""
        source, source_name = split(first.path)
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
        self._links[_identity(entry.metadata)] = first._replace(left=first.left - 1)
        if first.left == 1:
            del self._links[_identity(entry.metadata)]
        return True

    def _leave_folders(self, path: bytes) -> None:
        """Complete the folders that the path is not in, when all in them is there: their times are right
        only then."""
        while self._folders and not _is_in(path, self._folders[-1][0]):
            folder, entry = self._folders.pop()
            if folder or not self._keep_root:
                self._afterwards(partial(self._dress_folder, folder, entry))

    def _dress_folder(self, folder: bytes, entry: Entry) -> None:
        try:
            with about(entry.path):
                self._dress(link_of(self._anchor.folder(folder)), entry)
        except Unreadable as problem:
            self._tally.fail(problem)

    def _dress(self, place: int | bytes, entry: Entry) -> None:
        self._warn(entry, metadata.apply(place, entry.kind, entry.metadata))

    def _warn(self, entry: Entry, problems: tuple[str, ...]) -> None:
        if problems:
            self._tally.fail(Unreadable(entry.path, "; ".join(problems)))

    def _reached(self, entry: Entry) -> bytes:
        """The entry's place, reached in the tree: folders that it is not in are left."""
        folder, _, name = entry.path.rpartition(b"/")
        last = self._last
        if last.is_leaf and folder == last.entry_folder and name > last.name and _is_plain(name):
            path = join(last.folder, name)
        else:
            path = self._route.of(entry)
            self._keep_order(path)
            self._leave_folders(path)
            self._ready = None
            if entry.path == self._route.root:
                folder = b"\0"  # what is beside it has no place
        self._last = _Last(folder, split(path)[0], name, is_leaf=entry.kind is not Kind.DIRECTORY)
        return path

    def _keep_order(self, path: bytes) -> None:
        """Where names do not come in order, one may come twice, or stand where a folder was: then all that
        came before has to be there first."""
        last = join(self._last.folder, self._last.name)
        if path.split(b"/") <= last.split(b"/") or (self._last.is_leaf and path.startswith(last + b"/")):
            self._catch_up()

    def _afterwards(self, action: Callable[[], None]) -> None:
        """Do this when all that came before is there."""
        if len(self._later) >= _MOST_LATER:
            self._catch_up()
        self._later.append((self._porters.latest, action))
        self._do_later()

    def _do_later(self) -> None:
        while self._later and self._later[0][0] <= self._porters.settled:
            self._later.popleft()[1]()

    def _catch_up(self) -> None:
        self._porters.wait()
        self._do_later()


def _is_linked(entry: Entry) -> bool:
    return entry.metadata.links > 1 and entry.metadata.inode > 0


def _identity(known: Metadata) -> tuple[int, int]:
    return known.device_id, known.inode


def _is_plain(name: bytes) -> bool:
    return name not in (b".", b"..") and b"\0" not in name


def _is_in(path: bytes, folder: bytes) -> bool:
    return bool(path) and (not folder or path.startswith(folder + b"/"))
