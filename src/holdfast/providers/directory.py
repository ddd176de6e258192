"""Folders and single files, as they are on this machine.

Settings: `path` (absolute), `exclude` (patterns, see `walk.excluding`), `one_file_system` (default false).
A symbolic link in `path` is followed once, when the resource is opened; none is followed below it.
"""

import functools
import glob
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from holdfast.model.entry import Entry, Kind, Portable, Range, Unreadable
from holdfast.model.errors import ResourceNotFound
from holdfast.model.resource import ResourceType

from . import foresight, metadata, ranges
from .anchor import Anchor
from .blame import blame
from .foresight import Foreseen, Why, may_write, nearest_folder
from .landing import Landing, Route
from .leading import make_leading, open_target, read_leading, take_leading
from .lookout import Lookout
from .metadata import Owners, kind_of
from .provider import Extent, Inspection, Part, Reading, Target, Written
from .settings import check, check_path
from .walk import Found, Selection, excluding, walk


class DirectorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a directory in the configuration."""

    path: str
    exclude: tuple[str, ...] = ()
    one_file_system: bool = False

    @property
    def real_path(self) -> bytes:
        """The absolute path without symbolic links; raises InvalidParameter."""
        return os.path.realpath(check_path("path", self.path))

    def selection(self, without: Sequence[str]) -> Selection:
        """What is left out, the folders `without` always; patterns below `path` mean the real path."""
        said, real = self.path.rstrip("/") + "/", glob.escape(os.fsdecode(self.real_path).rstrip("/")) + "/"
        patterns = [real + one.removeprefix(said) if one.startswith(said) else one for one in self.exclude]
        never = [glob.escape(os.path.realpath(folder)) for folder in without]
        return Selection(excluding([*patterns, *never]), self.one_file_system)


@dataclass(frozen=True, slots=True)
class Content(Portable):
    """A file's ranges, which open the file when they are pulled and not before.

    What is read is what the file holds when it is opened: up to its size at that moment, or less if it is cut
    off meanwhile. So the ranges, not the entry's `metadata.size`, say how long the content is.
    """

    anchor: Anchor
    path: bytes

    def __iter__(self) -> Iterator[Range]:
        return _pull(self.anchor, self.path)

    def travelling(self) -> "DistantContent":
        """The file by its path."""
        return DistantContent(self.path)

    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        """Nothing is kept of it here."""


@dataclass(frozen=True, slots=True)
class DistantContent:
    """The same, pulled in another process of this machine, which holds the file system open by itself."""

    path: bytes

    def __iter__(self) -> Iterator[Range]:
        return _pull(_own_anchor(), self.path)


@functools.cache
def _own_anchor() -> Anchor:
    return Anchor()


def _pull(anchor: Anchor, path: bytes) -> Iterator[Range]:
    try:
        fd = anchor.open(path)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(path, "is not a file any more")
            if status.st_size == 0:
                yield from ranges.to_the_end(fd)
            elif ranges.may_have_holes(status):
                yield from ranges.with_holes(fd, status.st_size)
            else:
                yield from ranges.without_holes(fd, 0, status.st_size)
        finally:
            os.close(fd)
    except OSError as error:
        raise blame(path, error) from error


class Directory:
    """Reads and writes a folder with all that is below it, or a single file."""

    resource_type = ResourceType.FILE_SHARE

    def __init__(self, without: Sequence[str] = ()) -> None:
        """`without` names folders that are never read: a backup of the vault it goes to has no end."""
        self._without = tuple(without)

    def inspect(self, settings: Mapping[str, Any]) -> Inspection:
        """Look at the folder; its size is what a backup would read."""
        extent = self.measure(settings)
        path = check(settings, DirectorySettings).real_path
        return Inspection(extent.bytes, {"path": os.fsdecode(path), "files": extent.files})

    def parts(self, settings: Mapping[str, Any]) -> tuple[Part, ...]:
        """None: a folder is one thing."""
        check(settings, DirectorySettings)
        return ()

    def measure(self, settings: Mapping[str, Any]) -> Extent:
        """Add up sizes without opening files, save those that have holes."""
        with _opened(settings, self._without) as (anchor, root, selection):
            size = files = 0
            for found in walk(anchor, root, selection):
                if isinstance(found, Found) and not stat.S_ISDIR(found.status.st_mode):
                    size += _bytes_to_read(anchor, found)
                    files += 1
            return Extent(size, files)

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - a folder has no bookmark to go by
        """Open the folder. Raises PermissionError where the folder itself may not be listed."""
        with _opened(settings, self._without) as (anchor, root, selection):
            yield Reading(root, _entries(anchor, root, selection))

    def write(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Written:
        """Restore: what is missing is made, what is in the backup replaced, everything else left alone.

        In place, a folder gets the owner, mode and times of the backup; so does a destination that has to be
        made, but not one that exists. No component of the destination may be a symbolic link
        (InvalidParameter).
        """
        folder, prefix = _place(target)
        leading, stream = take_leading(entries, target.root)
        made = make_leading(folder, leading if target.destination is None else {})
        with (
            open_target(folder) as anchor,
            Landing(anchor, folder, Route(target.root, prefix), keep_root=not made) as landing,
        ):
            landing.tell(target.failed)
            for item in stream:
                landing.put(item)
            return landing.finish()

    def foresee(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Foreseen:
        """Look at each place that `write` would put something at; raises as it does."""
        folder, prefix = _place(target)
        stream = take_leading(entries, target.root)[1]
        foreseen = Foreseen(os.path.join(folder, prefix) if prefix else folder)
        with ExitStack() as held:
            anchor = held.enter_context(open_target(folder)) if _is_there(folder) else None
            if anchor is None and not may_write(nearest_folder(folder)):
                foreseen.warn(Why.NOT_WRITABLE, nearest_folder(folder), "the server may not write here")
            lookout = Lookout(anchor, folder, Route(target.root, prefix), foreseen)
            for count, item in enumerate(stream):
                if count == foresight.MOST_LOOKED_AT:
                    foreseen.complete = foreseen.left_alone_complete = False
                    break
                lookout.put(item)
            else:
                lookout.finish()
        foreseen.look_at_room()
        return foreseen


def _place(target: Target) -> tuple[bytes, bytes]:
    """The folder that a restore writes into, and what the root is called in it, if it has a name there."""
    wanted = check(target.settings, DirectorySettings)
    if target.destination is None:
        return os.path.split(wanted.real_path)
    return os.path.normpath(check_path("destination", target.destination)), b""


def _is_there(folder: bytes) -> bool:
    """Whether the folder is there; raises as `open_target` does where something is in the way."""
    try:
        open_target(folder).close()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _opened(settings: Mapping[str, Any], without: Sequence[str]) -> Iterator[tuple[Anchor, bytes, Selection]]:
    """The file system held open, the root in it, and what to leave out."""
    wanted = check(settings, DirectorySettings)
    path = wanted.real_path
    with Anchor() as anchor:
        try:
            status = anchor.stat(path[1:])
            if stat.S_ISDIR(status.st_mode):
                anchor.names(path[1:])
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ResourceNotFound(wanted.path) from error
        except OSError as error:
            raise OSError(error.errno, error.strerror, wanted.path) from error
        yield anchor, path[1:], wanted.selection(without)


def _entries(anchor: Anchor, root: bytes, selection: Selection) -> Iterator[Entry | Unreadable]:
    owners = Owners()
    yield from read_leading(anchor, root, owners)
    for found in walk(anchor, root, selection):
        yield found if isinstance(found, Unreadable) else _entry(anchor, found, owners)


def _entry(anchor: Anchor, found: Found, owners: Owners) -> Entry | Unreadable:
    kind = kind_of(found.status)
    try:
        known = metadata.read(anchor, found.path, found.status, owners)
    except OSError as error:
        return blame(found.path, error)
    content = Content(anchor, found.path) if kind is Kind.FILE else ()
    return Entry(found.path, kind, known, content, listing=found.listing)


def _bytes_to_read(anchor: Anchor, found: Found) -> int:
    status = found.status
    if not stat.S_ISREG(status.st_mode):
        return 0
    if not ranges.may_have_holes(status):
        return status.st_size
    try:
        fd = anchor.open(found.path)
        try:
            return ranges.data_bytes(fd, status.st_size)
        finally:
            os.close(fd)
    except OSError:  # what cannot be read will be told when it is read
        return 0
