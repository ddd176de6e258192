"""Putting one file down below a folder: under a temporary name, and in its place when it is complete.

A restore of many small files is bound by the calls made for each of them, so a new file gets only those that
change something: what it has from the start is found out once for each folder.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from holdfast.model.entry import Data, Kind, Metadata, Range, Same, Unreadable

from . import metadata, ranges
from .anchor import Anchor, attribute_names, split
from .blame import about
from .stand_in import open_new, take_place, temporary_name
from .writeback import Writeback


class Look(NamedTuple):
    """What a restored file gets besides its content; a small picture of `Metadata`, quickly passed on."""

    mode: int
    uid: int
    gid: int
    mtime_ns: int
    atime_ns: int
    xattrs: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, known: Metadata) -> "Look":
        """The part of the metadata that is put onto a file."""
        return cls(known.mode, known.uid, known.gid, known.mtime_ns, known.atime_ns, known.xattrs)

    @property
    def metadata(self) -> Metadata:
        """As `metadata.apply` wants it."""
        return Metadata(
            mode=self.mode,
            uid=self.uid,
            gid=self.gid,
            user="",
            group="",
            mtime_ns=self.mtime_ns,
            atime_ns=self.atime_ns,
            ctime_ns=self.mtime_ns,
            xattrs=self.xattrs,
        )


class Newborn(NamedTuple):
    """What a file has that was just made in a folder; `plain` when it took over no attributes from it."""

    mode: int
    uid: int
    gid: int
    plain: bool


class Placer:
    """Puts files down below an anchor, one after the other."""

    def __init__(self, anchor: Anchor) -> None:
        self._anchor = anchor
        self._newborn: tuple[bytes, Newborn] | None = None

    def put(self, path: bytes, look: Look, content: Iterable[Range]) -> tuple[int, tuple[str, ...]]:
        """Write a file and give it its look; its bytes of data, and what could not be set, in words.

        Raises Unreadable for what is wrong with this file alone, OSError where nothing more can be written,
        and whatever pulling the content raises. Nothing half done is left.
        """
        folder_path, name = split(path)
        temporary = temporary_name(name)
        with about(path):
            folder = self._anchor.make_folder(folder_path)
            fd = open_new(temporary, folder)
        try:
            try:
                written = _fill(fd, path, content)
                problems = self._dress(fd, folder_path, look)
            finally:
                os.close(fd)
            with about(path):
                take_place(self._anchor, path, temporary)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=self._anchor.folder(folder_path))
            raise
        return written, problems

    def _dress(self, fd: int, folder: bytes, look: Look) -> tuple[str, ...]:
        new = self._newborn_in(folder, fd)
        if new.plain and not look.xattrs and (look.uid, look.gid) == (new.uid, new.gid):
            with suppress(OSError, ValueError, OverflowError):
                if look.mode != new.mode:
                    os.chmod(fd, look.mode)
                os.utime(fd, ns=(look.atime_ns, look.mtime_ns))
                return ()
        return metadata.apply(fd, Kind.FILE, look.metadata)

    def _newborn_in(self, folder: bytes, fd: int) -> Newborn:
        """What a new file in the folder is like, of which this is one."""
        if self._newborn is None or self._newborn[0] != folder:
            status = os.fstat(fd)
            plain = not any(name.startswith(metadata.INHERITED) for name in attribute_names(fd))
            new = Newborn(status.st_mode & 0o7777, status.st_uid, status.st_gid, plain)
            self._newborn = folder, new
        return self._newborn[1]


def _fill(fd: int, path: bytes, content: Iterable[Range]) -> int:
    """Write a file's ranges, holes by leaving them out; returns the bytes of data."""
    end = written = size = 0
    writeback = Writeback(fd)
    for piece in content:
        if isinstance(piece, Same):
            raise Unreadable(path, "the backup leaves out a part of the file")
        end = piece.offset + piece.length
        if isinstance(piece, Data):
            with about(path):
                ranges.write(fd, piece)
            written += piece.length
            size = end
            writeback.reached(end)
    if end > size:  # it ends with a hole
        with about(path):
            os.ftruncate(fd, end)
    return written
