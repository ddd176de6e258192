"""Objects in a local folder: files that appear whole, at the speed of the disk.

A file is written without a name, synced, and given its name in one step, so that a process that is killed
leaves nothing behind. Where the file system cannot do this (NFS, some FUSE ones) the file is first written
under a name that starts with a dot. restic and this package pass such files over; they are removed when they
are a day old.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from holdfast.model import clock

from .buffer import Buffer, Content, pieces, same
from .draft import Draft, Spool
from .errors import ObjectDiffers, ObjectMissing, StoreError, StoreFull

# as restic has it: a file of a repository is never written to again
FILE_MODE = 0o400
FOLDER_MODE = 0o700
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR)
_CANNOT = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.EPERM, errno.ENOENT, errno.EXDEV, errno.ENOSYS)
_MOST_PIECES = 512
_DAY_NS = 24 * 3600 * 10**9
_LEFTOVER = ".part-"


class Folder:
    """Files below a folder, each written once and durable when its `put` returns."""

    def __init__(self, root: Path) -> None:
        """`root` is made, durably, if it is not there."""
        self._root = os.path.abspath(root)
        with _translated(self._root, StoreError):
            _make_folder(self._root)
        self._known = {self._root}
        self._nameless = True

    def put(self, name: str, content: Content) -> None:
        """Write a file, once, also when two processes do it in the same moment.

        Where the file system has no links (some FUSE ones), two processes that put different bytes under one
        name in the same moment may both succeed.
        """
        parts = pieces(content)
        self.place(name, lambda file: self._write(file, parts), lambda: parts)

    def place(self, name: str, write: Callable[[str], None], content: Callable[[], list[memoryview]]) -> None:
        """Have a synced file made where the name belongs, unless the same content is there.

        `write` raises FileExistsError where another process was faster.
        """
        file = self._path(name)
        with _translated(name, StoreError):
            folder = self._ready_folder(file)
            if not os.path.exists(file):
                try:
                    write(file)
                except FileExistsError:
                    pass
                else:
                    return _sync(folder)
            if not same(content(), _read(file)):
                raise ObjectDiffers(f"{name} is there already with other bytes")
            # another process may have been killed before it did this
            _sync(folder)
        return None

    def draft(self) -> Draft:
        """A file to be: without a name where the file system can do that, otherwise a temporary file."""
        if self._nameless:
            try:
                return _Nameless(
                    self, os.open(self._root, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, FILE_MODE)
                )
            except OSError as error:
                if error.errno not in _CANNOT:
                    with _translated(self._root, StoreError):
                        raise
        return Spool(self.put)

    def get(self, name: str) -> bytes:
        """The whole file."""
        with _translated(name):
            return _read(self._path(name))

    def get_part(self, name: str, offset: int, length: int) -> bytes:
        """A part; fewer bytes when the file ends before."""
        with _translated(name), _opened(self._path(name), os.O_RDONLY) as file:
            part = os.pread(file, length, offset)
            while len(part) < length and (more := os.pread(file, length - len(part), offset + len(part))):
                part += more
            return part

    def size(self, name: str) -> int:
        """How many bytes the file has."""
        with _translated(name):
            found = os.stat(self._path(name))
            if not stat.S_ISREG(found.st_mode):
                raise FileNotFoundError(errno.ENOENT, "not a file")
            return found.st_size

    def names(self, folder: str) -> Iterator[tuple[str, int]]:
        """Names and sizes of the files below a folder (`"data/"`; `""` for all)."""
        with _translated(folder or self._root):
            yield from _walk(self._path(folder.rstrip("/")) if folder else self._root, folder)

    def delete(self, name: str) -> None:
        """Remove a file, durably; one that is not there is fine."""
        file = self._path(name)
        with suppress(ObjectMissing), _translated(name):
            os.unlink(file)
            _sync(os.path.dirname(file))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _ready_folder(self, file: str) -> str:
        """The folder for a file; it and every folder above it that is new to us is there, and durable."""
        folder = os.path.dirname(file)
        if not os.path.isdir(folder):
            # whoever took it away may have taken those above it too
            self._known = {self._root}
            _make_folder(folder)
        above, fresh = folder, []
        while above not in self._known:
            fresh.append(above)
            above = os.path.dirname(above)
            _sync(above)
        if fresh:
            _remove_leftovers(folder)
            self._known.update(fresh)
        return folder

    def _write(self, file: str, parts: list[memoryview]) -> None:
        """Make the file, synced, in one step; raises FileExistsError."""
        if self._nameless:
            try:
                return _write_nameless(file, parts)
            except FileExistsError:
                raise
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                self._nameless = False
        return _write_named(file, parts)


class _Nameless:
    """A file that has no name yet."""

    def __init__(self, folder: Folder, file: int) -> None:
        """`file` is its descriptor, which is closed in the end."""
        self._folder = folder
        self._file = file
        self._length = 0

    def write(self, content: Buffer) -> None:
        """Add bytes."""
        with _translated("a new file", StoreError):
            _append(self._file, pieces(content))
        self._length += len(content)

    def read(self, offset: int, length: int) -> bytes:
        """Bytes that were added."""
        with _translated("a new file", StoreError):
            return os.pread(self._file, length, offset)

    def put(self, name: str) -> None:
        """Sync it and give it its name; where it cannot get one, its bytes are written anew."""
        try:
            self._folder.place(name, self._give_name, lambda: pieces(self.read(0, self._length)))
        except _NoNameError:
            self._folder.put(name, self.read(0, self._length))
        finally:
            self.close()

    def close(self) -> None:
        """Drop it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _give_name(self, file: str) -> None:
        os.fsync(self._file)
        try:
            _link(self._file, file)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            raise _NoNameError from error


class _NoNameError(Exception):
    """The file system makes nameless files, and does not let them have a name later."""


def _write_nameless(file: str, parts: list[memoryview]) -> None:
    with _opened(os.path.dirname(file), os.O_TMPFILE | os.O_WRONLY) as new:
        _fill(new, parts)
        _link(new, file)


def _link(new: int, file: str) -> None:
    # linkat(2): a nameless file gets its name by this path; a folder's handle makes it linkat, not link
    with _opened(os.path.dirname(file), os.O_RDONLY | os.O_DIRECTORY) as folder:
        os.link(f"/proc/self/fd/{new}", os.path.basename(file), dst_dir_fd=folder)


def _write_named(file: str, parts: list[memoryview]) -> None:
    folder, name = os.path.split(file)
    temporary = f"{folder}/.{name}{_LEFTOVER}{uuid4().hex}"
    try:
        with _opened(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY) as new:
            _fill(new, parts)
        _give_name(temporary, file)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _give_name(temporary: str, file: str) -> None:
    try:
        os.link(temporary, file)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        # a file system without links: between the look and the renaming, another process may do the same
        if os.path.exists(file):
            raise FileExistsError(errno.EEXIST, "there already") from error
        os.rename(temporary, file)


def _fill(file: int, parts: list[memoryview]) -> None:
    _append(file, parts)
    os.fsync(file)


def _append(file: int, parts: list[memoryview]) -> None:
    rest = list(parts)
    while rest:
        written = os.writev(file, rest[:_MOST_PIECES])
        while rest and written >= len(rest[0]):
            written -= len(rest.pop(0))
        if rest:
            rest[0] = rest[0][written:]


def _read(file: str) -> bytes:
    with _opened(file, os.O_RDONLY) as opened:
        length = os.fstat(opened).st_size
        stored = os.read(opened, length)
        while len(stored) < length and (more := os.read(opened, length - len(stored))):
            stored += more
    if len(stored) != length:
        raise StoreError(f"{file}: {len(stored)} bytes came of {length}")
    return stored


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, int]]:
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file():
                # one that was deleted since the folder was read is not there
                with suppress(FileNotFoundError):
                    yield prefix + entry.name, entry.stat().st_size


def _remove_leftovers(folder: str) -> None:
    """Remove what a process that was killed a day ago or more had begun to write."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and _LEFTOVER in entry.name:
                with suppress(FileNotFoundError):
                    if clock.now_ns() - entry.stat().st_mtime_ns > _DAY_NS:
                        os.unlink(entry.path)


def _make_folder(folder: str) -> None:
    """Create a folder and those above it, durably, and for nobody else to look into."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for new in reversed(missing):
        try:
            os.mkdir(new, FOLDER_MODE)
        except FileExistsError:
            # another process was faster, or a file is in the way
            if not os.path.isdir(new):
                raise
        _sync(os.path.dirname(new))


def _sync(folder: str) -> None:
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY) as handle:
        os.fsync(handle)


@contextmanager
def _opened(path: str, flags: int) -> Iterator[int]:
    handle = os.open(path, flags | os.O_CLOEXEC, FILE_MODE)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _translated(name: str, missing: type[StoreError] = ObjectMissing) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_THERE and missing is ObjectMissing:
            raise ObjectMissing(f"{name} is not in the store") from error
        kind = StoreFull if error.errno in _FULL else StoreError
        raise kind(f"{name}: {error.strerror or error}") from error
