"""The bytes of an open file as ranges of data and holes, in buffers that any machine has room for."""

import errno
import os
from collections.abc import Iterator

from holdfast.model.entry import Data, Hole

from .kernel import punch_hole

BUFFER = 4 << 20
_SECTOR = 512
_ZEROS = bytes(1 << 20)


def allocated_bytes(status: os.stat_result) -> int:
    """The space that a file takes."""
    return status.st_blocks * _SECTOR


def may_have_holes(status: os.stat_result) -> bool:
    """Whether the file takes less space than its size says."""
    return allocated_bytes(status) < status.st_size


def extents(fd: int, size: int, block: int = 1) -> Iterator[tuple[int, int]]:
    """Where a file has data: (start, end) pairs widened to multiples of `block`, in order, never touching.

    Only asks the file system, reads nothing. Where it does not know, all is data. Raises OSError.
    """
    start = end = 0
    for found, stop in _raw_extents(fd, 0, size):
        aligned = found - found % block
        if aligned > end:
            if end > start:
                yield start, end
            start = aligned
        end = min(size, -(-stop // block) * block)
    if end > start:
        yield start, end


def _raw_extents(fd: int, position: int, size: int) -> Iterator[tuple[int, int]]:
    while position < size:
        try:
            start = os.lseek(fd, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):  # /proc, say, has no holes to ask for
                raise
            yield position, size
            return
        if start >= size:
            return
        position = min(size, os.lseek(fd, start, os.SEEK_HOLE))
        if position <= start:  # cut off between the two questions
            return
        yield start, position


def data_bytes(fd: int, size: int, block: int = 1) -> int:
    """How many bytes `with_holes` would read; raises OSError."""
    return sum(end - start for start, end in extents(fd, size, block))


def with_holes(fd: int, size: int, block: int = 1) -> Iterator[Data | Hole]:
    """The first `size` bytes, holes as holes. Ends early where the file has become shorter; raises OSError.

    One buffer serves all ranges, so each is valid only until the next is pulled.
    """
    position = 0
    for start, end in extents(fd, size, block):
        if start > position:
            yield Hole(position, start - position)
        for piece in without_holes(fd, start, end):
            yield piece
            position = piece.offset + piece.length
        if position < end:
            return
    last = min(size, os.fstat(fd).st_size)
    if last > position:
        yield Hole(position, last - position)


def without_holes(fd: int, start: int, end: int) -> Iterator[Data]:
    """The bytes from `start` to `end`, or to the end of the file where that comes first; raises OSError."""
    buffer = memoryview(bytearray(min(end - start, BUFFER)))
    while start < end:
        wanted = min(end - start, BUFFER)
        count = _read(fd, buffer[:wanted], start)
        if count:
            yield Data(start, buffer[:count])
        if count < wanted:
            return
        start += count


def _read(fd: int, buffer: memoryview, offset: int) -> int:
    """Fill a buffer, however little the system gives at a time; less only at the end of the file."""
    filled = 0
    while filled < len(buffer):
        count = os.preadv(fd, [buffer[filled:]], offset + filled)
        if count == 0:
            break
        filled += count
    return filled


def to_the_end(fd: int) -> Iterator[Data]:
    """All bytes of a file that does not know its size, as some virtual file systems have; raises OSError."""
    offset = 0
    while content := os.read(fd, BUFFER):
        yield Data(offset, content)
        offset += len(content)


def write(fd: int, piece: Data) -> None:
    """Put data where it belongs; raises OSError."""
    _write(fd, memoryview(piece.content), piece.offset)


def clear(fd: int, hole: Hole) -> None:
    """Make a range read as zeros: as a hole, or where there can be none, by zeros over what is there.

    Does not make the file longer. Raises OSError.
    """
    if hole.length <= 0 or punch_hole(fd, hole.offset, hole.length):
        return
    for start, end in _raw_extents(fd, hole.offset, hole.offset + hole.length):
        for offset in range(start, end, len(_ZEROS)):
            _write(fd, memoryview(_ZEROS)[: end - offset], offset)


def _write(fd: int, content: memoryview, offset: int) -> None:
    while content:
        count = os.pwrite(fd, content, offset)
        content = content[count:]
        offset += count
