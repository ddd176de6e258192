"""Whether an error of the operating system concerns one entry alone or ends the whole reading or writing."""

import errno
from contextlib import AbstractContextManager
from types import TracebackType

from holdfast.model.entry import Unreadable

# No other entry would fare better: the disk is full, memory or descriptors ran out, the share is gone.
_ENDS_IT = {errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOTCONN}


def blame(path: bytes, error: OSError) -> Unreadable:
    """The error as one of this entry; raises it again where it concerns all."""
    if error.errno in _ENDS_IT:
        raise error
    return Unreadable(path, error.strerror or str(error))


class _About:
    """Entered several times for every file that is restored: a generator would cost three times as much."""

    __slots__ = ("_path",)

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise blame(self._path, error) from error
        if isinstance(error, (ValueError, OverflowError)):
            raise Unreadable(self._path, str(error)) from error


def about(path: bytes) -> AbstractContextManager[None]:
    """Raise an OSError as `Unreadable` of this entry, unless it concerns all; and so what cannot even be said
    to the system (a zero byte in a name, a number out of range)."""
    return _About(path)
