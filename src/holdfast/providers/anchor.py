"""A folder held open, below which everything is reached by name without ever following a symbolic link.

Paths below an anchor are bytes without a leading slash, `b""` is the anchor itself. The folders last used
stay open (as path descriptors, which need no right to read), so a walk that goes depth first costs one call
per name, and a tree of any depth needs few descriptors. Needs /proc.
"""

import errno
import os
from collections import OrderedDict
from threading import Lock
from types import TracebackType

from .kernel import sync_file_system

_OPEN_FOLDERS = 64
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def split(path: bytes) -> tuple[bytes, bytes]:
    """The folder of a path and the name in it: `b"a/b/c"` is `(b"a/b", b"c")`."""
    folder, _, name = path.rpartition(b"/")
    return folder, name


def join(folder: bytes, name: bytes) -> bytes:
    """A name below a folder, either of which may be empty."""
    return folder + b"/" + name if folder and name else folder or name


def link_of(fd: int) -> bytes:
    """A path that means exactly what a descriptor has open, also where that is a symbolic link."""
    return b"/proc/self/fd/%d" % fd


def attribute_names(place: int | bytes, *, follow_symlinks: bool = True) -> tuple[str, ...]:
    """The names of the extended attributes at a place; none where the file system has none."""
    try:
        return tuple(os.listxattr(place, follow_symlinks=follow_symlinks))
    except OSError:
        return ()


class Anchor:
    """A folder held open; several threads may ask it at once.

    Every method raises OSError as the kernel gives it: FileNotFoundError, NotADirectoryError for a path that
    leads through a symbolic link, and so on.
    """

    def __init__(self, path: bytes = b"/") -> None:
        self._root = _open_strictly(path)
        self._open: OrderedDict[bytes, int] = OrderedDict()
        self._lock = Lock()

    def __enter__(self) -> "Anchor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let all folders go; whatever is asked afterwards fails with OSError."""
        with self._lock:
            for fd in self._open.values():
                os.close(fd)
            self._open.clear()
            if self._root >= 0:
                os.close(self._root)
            self._root = -1

    def stat(self, path: bytes) -> os.stat_result:
        """What stands at the path, a symbolic link itself included."""
        folder, name = split(path)
        with self._lock:
            fd = self._folder(folder)
            return os.stat(name, dir_fd=fd, follow_symlinks=False) if name else os.fstat(fd)

    def link_target(self, path: bytes) -> bytes:
        """Where a symbolic link points."""
        folder, name = split(path)
        with self._lock:
            return os.readlink(name, dir_fd=self._folder(folder))

    def names(self, path: bytes) -> list[bytes]:
        """The names in a folder, in byte order."""
        with self._lock:
            fd = _open_quietly(b".", os.O_DIRECTORY, self._folder(path))
        try:
            return sorted(map(os.fsencode, os.listdir(fd)))
        finally:
            os.close(fd)

    def attributes(self, path: bytes) -> tuple[tuple[str, bytes], ...]:
        """The extended attributes of what stands at the path, those that may be read."""
        folder, name = split(path)
        with self._lock:
            place = join(link_of(self._folder(folder)), name or b".")
            found = []
            for attribute in attribute_names(place, follow_symlinks=False):
                try:
                    found.append((attribute, os.getxattr(place, attribute, follow_symlinks=False)))
                except OSError:
                    continue
            return tuple(found)

    def open(self, path: bytes) -> int:
        """A descriptor for reading a file. Never waits for the other end of a pipe, and leaves the access
        time alone where that is allowed."""
        folder, name = split(path)
        with self._lock:
            return _open_quietly(name, 0, self._folder(folder))

    def folder(self, path: bytes) -> int:
        """The open folder at the path. The descriptor is the anchor's and may be closed by the next call."""
        with self._lock:
            return self._folder(path)

    def make_folder(self, path: bytes, mode: int = 0o777) -> int:
        """Like `folder`, but what is missing is made, and what is no folder gives way to one."""
        with self._lock:
            return self._folder(path, mode)

    def sync(self) -> None:
        """Wait until all that was written to the anchor's file system is on the disk."""
        try:
            fd = _open_quietly(b".", os.O_DIRECTORY, self.folder(b""))
        except PermissionError:
            os.sync()
            return
        try:
            sync_file_system(fd)
        finally:
            os.close(fd)

    def forget(self, path: bytes) -> None:
        """Let a folder go that is about to be removed."""
        with self._lock:
            fd = self._open.pop(path, None)
            if fd is not None:
                os.close(fd)

    def _folder(self, path: bytes, make_mode: int | None = None) -> int:
        known = self._open.get(path)
        if known is not None:
            self._open.move_to_end(path)
            return known
        if self._root < 0:
            raise OSError(errno.EBADF, "the resource is not open any more")
        above, missing = path, []
        while above and above not in self._open:
            above, name = split(above)
            missing.append(name)
        fd = self._open[above] if above else self._root
        for name in reversed(missing):
            above = join(above, name)
            if make_mode is None:
                fd = os.open(name, _FOLDER, dir_fd=fd)
            else:
                fd = _enter_or_make(name, fd, make_mode)
            self._keep(above, fd)
        return fd

    def _keep(self, path: bytes, fd: int) -> None:
        self._open[path] = fd
        if len(self._open) > _OPEN_FOLDERS:
            os.close(self._open.popitem(last=False)[1])


def make_folders(path: bytes) -> tuple[bytes, ...]:
    """Make the folders of an absolute path that are missing; returns the paths made, outermost first.

    Raises OSError, NotADirectoryError where a symbolic link or a file stands in the way.
    """
    made: list[bytes] = []
    above = b""
    for name in filter(None, path.split(b"/")):
        with Anchor(above) as anchor:
            above += b"/" + name
            try:
                anchor.stat(name)
            except FileNotFoundError:
                os.mkdir(name, dir_fd=anchor.folder(b""))
                made.append(above)
    return tuple(made)


def _open_strictly(path: bytes) -> int:
    fd = os.open(b"/", _FOLDER)
    for name in filter(None, path.split(b"/")):
        try:
            below = os.open(name, _FOLDER, dir_fd=fd)
        finally:
            os.close(fd)
        fd = below
    return fd


def _open_quietly(name: bytes, flags: int, folder: int) -> int:
    try:
        return os.open(name, _READ | os.O_NOATIME | flags, dir_fd=folder)
    except PermissionError as error:
        if error.errno != errno.EPERM:
            raise
        return os.open(name, _READ | flags, dir_fd=folder)


def _enter_or_make(name: bytes, folder: int, mode: int) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        os.mkdir(name, mode, dir_fd=folder)
    except NotADirectoryError:
        os.unlink(name, dir_fd=folder)
        os.mkdir(name, mode, dir_fd=folder)
    return os.open(name, _FOLDER, dir_fd=folder)
