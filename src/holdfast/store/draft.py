"""A draft: bytes that are written piece by piece and become an object when their name is known.

What a pack is called is the hash of all its bytes. A draft keeps them on the disk until then, so that a pack
under way takes no memory.
"""

import errno
import mmap
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Protocol

from .buffer import Buffer
from .errors import StoreError, StoreFull

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Draft(Protocol):
    """One object to be; for one thread at a time."""

    def write(self, content: Buffer) -> None:
        """Add bytes; raises StoreFull or StoreError."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes that were added."""

    def put(self, name: str) -> None:
        """Make it an object, as `Objects.put` does, and raise what that does; the draft is gone then."""

    def close(self) -> None:
        """Drop it; what has been put stays."""


class Spool:
    """A draft in a nameless file of this machine's folder for temporary files, or in memory."""

    def __init__(self, put: Callable[[str, Buffer], None], *, in_memory: bool = False) -> None:
        """`put` makes an object of bytes."""
        self._put = put
        with _translated():
            self._file: IO[bytes] = BytesIO() if in_memory else tempfile.TemporaryFile()  # noqa: SIM115 - see close

    def write(self, content: Buffer) -> None:
        """Add bytes; raises StoreFull where the temporary files have no room."""
        with _translated():
            self._file.write(content)

    def read(self, offset: int, length: int) -> bytes:
        """Bytes that were added."""
        with _translated():
            self._file.seek(offset)
            content = self._file.read(length)
            self._file.seek(0, 2)
            return content

    def put(self, name: str) -> None:
        """Make it an object."""
        try:
            if isinstance(self._file, BytesIO):
                self._put(name, self._file.getvalue())
                return
            with _translated():
                self._file.flush()
                content = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._put(name, memoryview(content))
        finally:
            self.close()

    def close(self) -> None:
        """Drop it."""
        self._file.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        kind = StoreFull if error.errno in _FULL else StoreError
        raise kind(f"a temporary file: {error.strerror or error}") from error
