"""Calls of the Linux kernel that Python does not offer."""

import ctypes
import errno
import os

_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate64.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
_libc.syncfs.argtypes = (ctypes.c_int,)
_libc.sync_file_range.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)

_KEEP_SIZE = 1
_PUNCH_HOLE = 2
_BEGIN_WRITING = 2
_NO_HOLES_HERE = {errno.EOPNOTSUPP, errno.ENOSYS}


def punch_hole(fd: int, offset: int, length: int) -> bool:
    """Give a range of a file back, so that it reads as zeros; the size stays.

    False where the file system cannot. Raises OSError.
    """
    if _libc.fallocate64(fd, _PUNCH_HOLE | _KEEP_SIZE, offset, length) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NO_HOLES_HERE:
        return False
    raise OSError(code, os.strerror(code))


def sync_file_system(fd: int) -> None:
    """Wait until all that was written to this descriptor's file system is on the disk; raises OSError."""
    if _libc.syncfs(fd) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def begin_writing(fd: int, offset: int, length: int) -> None:
    """Have a range of a file written to the disk from now on, without waiting: so a sync at the end is short.

    A wish only: what the file system says to it does not matter.
    """
    _libc.sync_file_range(fd, offset, length, _BEGIN_WRITING)
