"""Looking at a folder that a restore would write into, entry by entry, in the way that `Landing` writes."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.model.entry import Entry, Kind, Unreadable

from . import foresight
from .anchor import Anchor, join, link_of, split
from .foresight import Fate, Foreseen, Thing, Why, may_write
from .landing import Route
from .metadata import DEVICES, kind_of


@dataclass(slots=True)
class _Folder:
    """A folder of the backup: whether it is there, and the names in it that the backup did not bring."""

    path: bytes
    is_there: bool
    names: set[bytes] | None = None


class Lookout:
    """What would become of entries below a folder; without an anchor the folder is not there."""

    def __init__(self, anchor: Anchor | None, folder: bytes, route: Route, foreseen: Foreseen) -> None:
        self._anchor = anchor
        self._folder = folder
        self._route = route
        self._foreseen = foreseen
        self._open: list[_Folder] = []
        self._asked: set[bytes] = set()

    def put(self, item: Entry | Unreadable) -> None:
        """One entry comes."""
        try:
            if isinstance(item, Unreadable):
                raise item
            path = self._route.of(item)
            self._leave(path)
            self._place(path, item)
        except Unreadable as problem:
            self._foreseen.warn(Why.UNREADABLE, b"/" + problem.path, problem.reason)

    def finish(self) -> None:
        """No more comes."""
        self._leave(b"")

    def _place(self, path: bytes, entry: Entry) -> None:
        status = self._status(path)
        above = self._above(path)
        if above is not None and above.names is not None:
            above.names.discard(split(path)[1])
        if entry.kind is Kind.DIRECTORY:
            self._enter(path, entry, status)
        elif entry.kind is not Kind.SOCKET:
            self._put_file(path, entry, status)

    def _enter(self, path: bytes, entry: Entry, status: os.stat_result | None) -> None:
        if status is not None and stat.S_ISDIR(status.st_mode):
            self._open.append(_Folder(path, is_there=True, names=self._names(path)))
            return
        self._check_writable(path)
        if status is None:
            self._foreseen.folders_made += 1
        else:
            self._foreseen.put(Fate(self._absolute(path), _coming(entry), _there(status)))
        self._open.append(_Folder(path, is_there=False))

    def _put_file(self, path: bytes, entry: Entry, status: os.stat_result | None) -> None:
        self._check_writable(path)
        if status is None:
            self._foreseen.put(Fate(self._absolute(path), _coming(entry)))
            return
        if stat.S_ISDIR(status.st_mode) and self._names(path) != set():
            message = "a folder that is not empty stands where a file was"
            self._foreseen.warn(Why.NOT_EMPTY, self._absolute(path), message)
            self._count_left(path)
            return
        there, coming = _there(status), _coming(entry)
        if there == coming and not self._is_alike(path, entry, status):
            there = Thing(there.kind, there.size, -1)
        self._foreseen.put(Fate(self._absolute(path), coming, there))

    def _is_alike(self, path: bytes, entry: Entry, status: os.stat_result) -> bool:
        """What size and time do not tell of links and devices."""
        if entry.kind is Kind.SYMLINK:
            return self._anchor is not None and self._anchor.link_target(path) == entry.metadata.link_target
        return entry.kind not in DEVICES or status.st_rdev == entry.metadata.device

    def _absolute(self, path: bytes) -> bytes:
        return os.path.join(self._folder, path) if path else self._folder

    def _above(self, path: bytes) -> _Folder | None:
        """The folder that something is put into, None for the one that the anchor is."""
        return self._open[-1] if self._open and path else None

    def _status(self, path: bytes) -> os.stat_result | None:
        """What stands at a path, None where nothing does, or nothing that a restore would go through."""
        above = self._above(path)
        if self._anchor is None or (above is not None and not above.is_there):
            return None
        if above is not None and above.names is not None and split(path)[1] not in above.names:
            return None
        try:
            return self._anchor.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            raise Unreadable(path, str(error)) from error

    def _names(self, path: bytes) -> set[bytes] | None:
        """The names in a folder, None where they are not to be had."""
        try:
            return set(self._anchor.names(path)) if self._anchor is not None else set()
        except OSError:
            return None

    def _check_writable(self, path: bytes) -> None:
        """Find out, once for each folder, whether this process may put something into it."""
        above = self._above(path)
        folder = split(path)[0]
        if folder in self._asked or self._anchor is None or (above is not None and not above.is_there):
            return
        self._asked.add(folder)
        try:
            if may_write(link_of(self._anchor.folder(folder))):
                return
        except OSError:
            return  # it is not there yet
        self._foreseen.warn(Why.NOT_WRITABLE, self._absolute(folder), "the server may not write here")

    def _leave(self, path: bytes) -> None:
        """Folders that the path is not in are done: what they have besides stays."""
        while self._open and not (path and _is_in(path, self._open[-1].path)):
            folder = self._open.pop()
            for name in folder.names or ():
                self._count_left(join(folder.path, name))

    def _count_left(self, path: bytes) -> None:
        for status in self._walk(path):
            if self._foreseen.left_alone >= foresight.MOST_LEFT_ALONE:
                self._foreseen.left_alone_complete = False
                return
            self._foreseen.left_alone += not stat.S_ISDIR(status.st_mode)

    def _walk(self, path: bytes) -> Iterator[os.stat_result]:
        """What is at a path and below it, but for what cannot be looked at."""
        waiting = [path]
        while waiting and self._anchor is not None:
            path = waiting.pop()
            try:
                status = self._anchor.stat(path)
            except OSError:
                continue
            yield status
            if stat.S_ISDIR(status.st_mode):
                waiting += [join(path, name) for name in self._names(path) or ()]


def _coming(entry: Entry) -> Thing:
    size = entry.metadata.size if entry.kind is Kind.FILE else 0
    return Thing(entry.kind, size, entry.metadata.mtime_ns)


def _there(status: os.stat_result) -> Thing:
    kind = kind_of(status)
    return Thing(kind, status.st_size if kind is Kind.FILE else 0, status.st_mtime_ns)


def _is_in(path: bytes, folder: bytes) -> bool:
    return not folder or path.startswith(folder + b"/")
