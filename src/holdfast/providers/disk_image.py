"""Disks kept as raw image files on this machine.

Settings: `path` (absolute). An image is one file of fixed blocks; where the file has holes nothing is read,
so an image costs what is allocated of it and not what it could hold.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from holdfast.model.entry import Data, Entry, Hole, Kind, Range, Unreadable
from holdfast.model.errors import InvalidParameter, ResourceNotFound, TargetTooSmall
from holdfast.model.resource import ResourceType

from . import metadata, ranges
from .anchor import Anchor, split
from .blame import about, blame
from .foresight import Fate, Foreseen, Thing, Why, may_write, nearest_folder
from .leading import make_leading, open_target, read_leading, take_leading
from .metadata import Owners
from .provider import Extent, Inspection, Part, Reading, Target, Written
from .settings import check, check_path
from .stand_in import NEW_FILE, standing_in
from .tally import Tally
from .writeback import Writeback

BLOCK = 1 << 20


class DiskImageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of a disk image in the configuration."""

    path: str

    @property
    def real_path(self) -> bytes:
        """The absolute path without symbolic links; raises InvalidParameter."""
        return os.path.realpath(check_path("path", self.path))


@dataclass(frozen=True, slots=True)
class Blocks:
    """An image's ranges, aligned to `BLOCK`, which open the image when they are pulled and not before.

    They cover exactly the size that the image had when the reading began; an image that was replaced or cut
    off since then is Unreadable.
    """

    anchor: Anchor
    path: bytes
    status: os.stat_result

    def __iter__(self) -> Iterator[Range]:
        end = 0
        try:
            fd = self.anchor.open(self.path)
            try:
                if not os.path.samestat(os.fstat(fd), self.status):
                    raise Unreadable(self.path, "was replaced while it was being read")
                for piece in ranges.with_holes(fd, self.status.st_size, BLOCK):
                    yield piece
                    end = piece.offset + piece.length
            finally:
                os.close(fd)
        except OSError as error:
            raise blame(self.path, error) from error
        if end != self.status.st_size:
            raise Unreadable(self.path, "was cut off while it was being read")


class DiskImage:
    """Reads and writes a disk kept as a raw image file."""

    resource_type = ResourceType.DISK

    def inspect(self, settings: Mapping[str, Any]) -> Inspection:
        """Look at the image; its size is that of the disk, `allocated_bytes` what the file takes."""
        with _opened(settings) as (_, path, fd):
            status = os.fstat(fd)
            allocated = ranges.allocated_bytes(status)
            return Inspection(status.st_size, {"path": "/" + os.fsdecode(path), "allocated_bytes": allocated})

    def parts(self, settings: Mapping[str, Any]) -> tuple[Part, ...]:
        """None: a disk is one thing."""
        check(settings, DiskImageSettings)
        return ()

    def measure(self, settings: Mapping[str, Any]) -> Extent:
        """Add up the allocated blocks, which are what a backup reads."""
        with _opened(settings) as (_, _, fd):
            return Extent(ranges.data_bytes(fd, os.fstat(fd).st_size, BLOCK), 1)

    @contextmanager
    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> Iterator[Reading]:  # noqa: ARG002 - a raw image keeps no record of what changed
        """Open the image. Raises PermissionError where it may not be read."""
        with _opened(settings) as (anchor, path, fd):
            owners = Owners()
            status = os.fstat(fd)
            known = metadata.read(anchor, path, status, owners)
            image = Entry(path, Kind.FILE, known, Blocks(anchor, path, status), block_size=BLOCK)
            yield Reading(path, iter((*read_leading(anchor, path, owners), image)))

    def write(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Written:
        """Restore into an image that is there and large enough, block by block, or else make it.

        A destination that is a folder, or ends in a slash, gets a file of the backup's name. What an existing
        image has beyond the backup's size stays. A part of the backup that cannot be had leaves an existing
        image half restored, and is a failure; a new image is then not made. Raises InvalidParameter where
        the target is no image file, TargetTooSmall, and OSError.
        """
        leading, stream = take_leading(entries, target.root)
        path = _place(target)
        folder, name = os.path.split(path)
        tally = Tally(target.failed)
        make_leading(folder, leading if target.destination is None else {})
        with open_target(folder) as anchor:
            for item in stream:
                try:
                    entry = _image(item, target.root)
                    tally.add(_put(anchor, name, entry, tally))
                except Unreadable as problem:
                    tally.fail(problem)
        return tally.written()

    def foresee(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Foreseen:
        """Look at the image that would be written, as a whole, or made; raises as `write` does."""
        _, stream = take_leading(entries, target.root)
        foreseen = Foreseen(_place(target))
        for item in stream:
            try:
                _foresee(foreseen, _image(item, target.root))
            except Unreadable as problem:
                foreseen.warn(Why.UNREADABLE, b"/" + problem.path, problem.reason)
        foreseen.look_at_room()
        return foreseen


@contextmanager
def _opened(settings: Mapping[str, Any]) -> Iterator[tuple[Anchor, bytes, int]]:
    """The file system held open, the path of the image in it, and the image itself.

    While that is open, no other file can be mistaken for it.
    """
    wanted = check(settings, DiskImageSettings)
    path = wanted.real_path[1:]
    with Anchor() as anchor:
        try:
            if not stat.S_ISREG(anchor.stat(path).st_mode):
                raise InvalidParameter("path", f"{wanted.path} is not an image file")
            fd = anchor.open(path)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ResourceNotFound(wanted.path) from error
        except OSError as error:
            raise OSError(error.errno, error.strerror, wanted.path) from error
        try:
            yield anchor, path, fd
        finally:
            os.close(fd)


def _place(target: Target) -> bytes:
    """The path of the image file that is to be written."""
    wanted = check(target.settings, DiskImageSettings)
    if target.destination is None:
        return wanted.real_path
    path = check_path("destination", target.destination)
    if path.endswith(b"/") or os.path.isdir(path):
        path = path + b"/" + split(target.root)[1]
    return os.path.normpath(path)


def _image(item: Entry | Unreadable, root: bytes) -> Entry:
    if isinstance(item, Unreadable):
        raise item
    if item.path != root or item.kind is not Kind.FILE:
        raise Unreadable(item.path, "is not the image of this disk")
    return item


def _foresee(foreseen: Foreseen, entry: Entry) -> None:
    path = foreseen.place
    coming = Thing(entry.kind, entry.metadata.size, entry.metadata.mtime_ns)
    try:
        with open_target(os.path.dirname(path)) as anchor:
            status = anchor.stat(os.path.basename(path))
    except FileNotFoundError:
        foreseen.put(Fate(path, coming))
        writable = may_write(nearest_folder(path))
    else:
        try:
            _check_holds(path, status, entry)
        except TargetTooSmall as refusal:
            foreseen.warn(Why.TOO_SMALL, path, str(refusal))
        allocated = min(status.st_size, ranges.allocated_bytes(status))
        foreseen.overwritten.add(Fate(path, coming, Thing(Kind.FILE, status.st_size, status.st_mtime_ns)))
        foreseen.needed_bytes += max(0, entry.metadata.size - allocated)
        writable = may_write(path)
    if not writable:
        foreseen.warn(Why.NOT_WRITABLE, path, "the server may not write here")


def _check_holds(name: bytes, status: os.stat_result, entry: Entry) -> None:
    """Raises InvalidParameter for what is no image, TargetTooSmall for one that is too small."""
    if not stat.S_ISREG(status.st_mode):
        raise InvalidParameter("destination", f"{os.fsdecode(name)} is not an image file")
    if status.st_size < entry.metadata.size:
        raise TargetTooSmall(
            f"{os.fsdecode(name)} holds {status.st_size} bytes, the backup {entry.metadata.size}"
        )


def _put(anchor: Anchor, name: bytes, entry: Entry, tally: Tally) -> int:
    """Write the image, and return the bytes of data written."""
    try:
        status = anchor.stat(name)
    except FileNotFoundError:
        written = _make(anchor, name, entry, tally)
        anchor.sync()
        return written
    _check_holds(name, status, entry)
    with about(entry.path):
        fd = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=anchor.folder(b""))
    try:
        return _fill(fd, entry)
    finally:
        os.close(fd)


def _make(anchor: Anchor, name: bytes, entry: Entry, tally: Tally) -> int:
    with standing_in(anchor, name, entry.path) as (folder, temporary):
        with about(entry.path):
            fd = os.open(temporary, NEW_FILE, 0o600, dir_fd=folder)
        try:
            with about(entry.path):
                os.ftruncate(fd, entry.metadata.size)
            written = _fill(fd, entry)
            problems = metadata.apply(fd, entry.kind, entry.metadata)
        finally:
            os.close(fd)
    if problems:
        tally.fail(Unreadable(entry.path, "; ".join(problems)))
    return written


def _fill(fd: int, entry: Entry) -> int:
    """Write a disk's ranges and wait until they are on the disk; returns the bytes of data.

    Raises Unreadable for a content that is not as long as the entry says.
    """
    written = end = 0
    writeback = Writeback(fd)
    for piece in entry.content:
        end = piece.offset + piece.length
        if end > entry.metadata.size:
            break
        with about(entry.path):
            if isinstance(piece, Data):
                ranges.write(fd, piece)
                written += piece.length
                writeback.reached(end)
            elif isinstance(piece, Hole):
                ranges.clear(fd, piece)
    if end != entry.metadata.size:
        raise Unreadable(entry.path, f"the backup holds {end} of {entry.metadata.size} bytes")
    with about(entry.path):
        os.fsync(fd)
    return written
