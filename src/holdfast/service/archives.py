"""Files of a backup as one zip archive, made while it is sent: neither a file nor the archive is ever held.

What cannot be had is left out and named in a text file at the end of the archive, so that a file in it is
always whole. A large file in which damage is found after it has begun to be sent breaks the archive off.
"""

import stat
import struct
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from holdfast.model import spelling
from holdfast.model.entry import Data, Entry, Kind, Range, Unreadable

MISSING = "MISSING FROM THIS ARCHIVE.txt"
READ_FIRST = 8 << 20  # bytes: so much of a file is read before it begins in the archive
PIECE = 1 << 20
_LEVEL = 1  # of compression: who waits wants bytes, not fewer of them
_LONGEST_NAME = 60_000  # bytes; the format has room for 65,535
_ZEROS = bytes(PIECE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a zip archive can say of a time in its oldest field.
_FIRST, _LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, tzinfo=UTC)
_TIMES = struct.Struct("<HHBi")
_TYPES = {Kind.FILE: stat.S_IFREG, Kind.DIRECTORY: stat.S_IFDIR, Kind.SYMLINK: stat.S_IFLNK}


def zipped(entries: Iterable[Entry | Unreadable], above: bytes) -> Generator[bytes, None, None]:
    """An archive of entries with their paths below the folder `above`; what is not below it is left out.

    Raises Unreadable where a large file turns out to be damaged: what was sent is no archive then.
    """
    sink = _Sink()
    missing: list[str] = []
    prefix = above + b"/" if above else b""
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for entry in entries:
            if not entry.path.startswith(prefix):
                continue
            name = _name(entry.path[len(prefix) :])
            for _ in _added(archive, name, entry, missing):
                if sink.size >= PIECE:
                    yield sink.taken()
        if missing:
            archive.writestr(MISSING, "".join(f"{line}\n" for line in missing))
    yield sink.taken()


class _Sink:
    """Where an archive is written: it knows no way back."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def write(self, part: bytes) -> int:
        """Take some bytes."""
        self._parts.append(part)
        self.size += len(part)
        return len(part)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts, self.size = self._parts, [], 0
        return b"".join(parts)


def _added(archive: ZipFile, name: str, entry: Entry | Unreadable, missing: list[str]) -> Iterator[None]:
    """Put an entry into the archive, or why not to what is missing; yields often in between."""
    reason = _reason(name, entry)
    if reason or isinstance(entry, Unreadable):
        missing.append(f"{name}: {reason}")
    elif entry.kind is Kind.FILE:
        yield from _file(archive, name, entry, missing)
    else:
        info = _info(name + "/" if entry.kind is Kind.DIRECTORY else name, entry)
        archive.writestr(info, entry.metadata.link_target)
    yield


def _reason(name: str, entry: Entry | Unreadable) -> str:
    """Why something cannot be in an archive; empty where it can."""
    if isinstance(entry, Unreadable):
        return entry.reason
    if entry.kind not in _TYPES:
        return f"a {entry.kind} cannot be in an archive"
    return "the path is too long for an archive" if len(name.encode()) > _LONGEST_NAME else ""


def _file(archive: ZipFile, name: str, entry: Entry, missing: list[str]) -> Iterator[None]:
    content: Iterable[bytes | memoryview] = _pieces(entry.content)
    if entry.metadata.size <= READ_FIRST:
        try:
            content = [b"".join(content)]
        except Unreadable as error:
            missing.append(f"{name}: {error.reason}")
            return
    with archive.open(_info(name, entry), "w", force_zip64=True) as file:
        for piece in content:
            file.write(piece)
            yield


def _pieces(content: Iterable[Range]) -> Iterator[bytes | memoryview]:
    for part in content:
        if isinstance(part, Data):
            yield part.content
            continue
        for offset in range(0, part.length, PIECE):
            yield memoryview(_ZEROS)[: part.length - offset]


def _name(path: bytes) -> str:
    """What a path is called in an archive; a backslash would be a slash to some who unpack it."""
    return spelling.written(path).replace("\\", "%5C")


def _info(name: str, entry: Entry) -> ZipInfo:
    seconds = entry.metadata.mtime_ns // 10**9
    try:
        moment = min(max(_EPOCH + timedelta(seconds=seconds), _FIRST), _LAST)
    except OverflowError:
        moment = _FIRST
    info = ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    info.create_system = 3  # Unix: what follows is a mode of it
    info.external_attr = (_TYPES[entry.kind] | (entry.metadata.mode & 0o777)) << 16
    info.compress_type = ZIP_DEFLATED
    info._compresslevel = _LEVEL  # type: ignore[attr-defined] # its name before Python 3.13
    if -(1 << 31) <= seconds < 1 << 31:
        info.extra = _TIMES.pack(0x5455, 5, 1, seconds)  # the same time with a zone: UTC
    return info
