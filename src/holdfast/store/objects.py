"""Objects by name under a URL, each put once: a folder, memory, or any object store that obstore speaks to.

All schemes are made equal here. What a put wrote is durable when it returns: on `file://` the file and the
folders that are new are synced. Credentials of cloud stores are read from the environment by obstore.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MAX_NAME = 512
_FULL = tuple(f"(os error {number})" for number in (errno.ENOSPC, errno.EDQUOT))
_FULL_NUMBERS = (errno.ENOSPC, errno.EDQUOT)
_MEMORY: dict[str, ObjectStore] = {}


class StoreError(Exception):
    """The store could not do what was asked; the message is its own."""


class ObjectMissing(StoreError):  # noqa: N818 - named by what happened
    """There is no object of that name."""


class ObjectDiffers(StoreError):  # noqa: N818 - named by what happened
    """An object of that name is there already, with other bytes: nothing is ever overwritten."""


class StoreFull(StoreError):  # noqa: N818 - named by what happened
    """The disk behind the store is full, or a quota is used up."""


class BadName(StoreError):  # noqa: N818 - named by what happened
    """A name that is not letters, digits, `.`, `_`, `-` in parts separated by single slashes."""


class Objects:
    """Put-once objects below a prefix of a store."""

    def __init__(self, store: ObjectStore, prefix: str, folder: Path | None) -> None:
        """`folder` is where the objects lie when the store is a local folder; it exists."""
        self._store = store
        self._prefix = prefix
        self._folder = folder
        self._synced = {folder}

    def put(self, name: str, data: bytes | bytearray | memoryview) -> None:
        """Write an object; it is durable when this returns.

        Putting the same bytes again is fine. Raises ObjectDiffers, StoreFull, BadName or StoreError.
        """
        path = self._path(name)
        with _translated(name):
            try:
                obstore.put(self._store, path, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                if self.get(name) != data:
                    raise ObjectDiffers(f"{name} is there already with other bytes") from None
            if self._folder is not None:
                self._sync(self._folder / name)

    def get(self, name: str) -> bytes:
        """The whole object; raises ObjectMissing."""
        with _translated(name):
            return obstore.get(self._store, self._path(name)).bytes().to_bytes()

    def get_part(self, name: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`; raises ObjectMissing, or StoreError when the object ends before."""
        if length == 0:
            return b""
        with _translated(name):
            part = obstore.get_range(self._store, self._path(name), start=offset, length=length).to_bytes()
        if len(part) != length:
            raise StoreError(f"{name} ends before byte {offset + length}")
        return part

    def size(self, name: str) -> int:
        """How many bytes the object has; raises ObjectMissing."""
        with _translated(name):
            return obstore.head(self._store, self._path(name))["size"]

    def names(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Name and size of every object in the folder `prefix` (`"data"`; `""` for all), in no order."""
        folder = self._prefix + (f"{_checked(prefix.rstrip('/'))}/" if prefix else "")
        with _translated(prefix):
            for page in obstore.list(self._store, prefix=folder or None):
                yield from ((item["path"][len(self._prefix) :], item["size"]) for item in page)

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is fine."""
        try:
            with _translated(name):
                obstore.delete(self._store, self._path(name))
        except ObjectMissing:
            return
        if self._folder is not None:
            with _translated(name):
                _sync_folder((self._folder / name).parent)

    def _path(self, name: str) -> str:
        return self._prefix + _checked(name)

    def _sync(self, file: Path) -> None:
        """Sync a new file, its folder, and the folder of every folder not known to be durable."""
        try:
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
        except OSError:
            file.unlink(missing_ok=True)
            raise
        fresh = []
        folder = file.parent
        _sync_folder(folder)
        while folder not in self._synced:
            fresh.append(folder)
            folder = folder.parent
            _sync_folder(folder)
        self._synced.update(fresh)


def open_store(url: str, *below: str) -> Objects:
    """The objects under a URL: `file:///folder`, `s3://bucket/prefix`, `az://…`, `gs://…`, `memory://name`.

    `below` are folders appended to the URL's prefix. A memory store lives as long as the process; the same
    URL names the same one. Raises StoreError for an address that cannot be used.
    """
    prefix = "".join(f"{_checked(part)}/" for part in below)
    with _translated(url):
        scheme = urlsplit(url).scheme
        if scheme == "file":
            root = Path(unquote(urlsplit(url).path))
            _make_folder(root / prefix)
            return Objects(LocalStore(root), prefix, root / prefix)
        if scheme == "memory":
            return Objects(_MEMORY.setdefault(url, MemoryStore()), prefix, None)
        return Objects(from_url(url), prefix, None)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what obstore and the system raise into this module's errors."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(f"{name} is not in the store") from error
    except OSError as error:
        kind = StoreFull if error.errno in _FULL_NUMBERS else StoreError
        raise kind(f"{name}: {error.strerror or error}") from error
    except BaseError as error:
        reason = str(error).partition("\n")[0]
        kind = StoreFull if any(sign in reason for sign in _FULL) else StoreError
        raise kind(f"{name}: {reason}") from error


def _checked(name: str) -> str:
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise BadName(f"{name!r} is not a name for an object")
    return name


def _make_folder(folder: Path) -> None:
    """Create a folder and those above it, durably, and for nobody else to look into."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(new.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
