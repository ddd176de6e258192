"""A disposable folder on this machine that saves reading things again from a repository.

Nothing in it is needed, and nothing in it is trusted: what is missing, cut off, changed, foreign or of
another version is as if it were not there, and is made anew. A disk that is full and a folder that cannot be
written only mean that there is no cache. Files are replaced as a whole, so that several processes may share
the folder. Its size is bounded: one table of the blobs, and of everything else the least used goes first.
"""

import hmac
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path

from holdfast.model import clock

from . import compression, table_file
from .crypto import Key
from .errors import Damaged
from .ids import is_file_id
from .table_file import Kept

_TABLE = "blobs"
_SEALED = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = re.compile(r"\.[0-9a-f]{16}")
_LIMIT = 256 << 20
_LEFT_NS = 3600 * 10**9  # so long nobody takes to write a file
_LARGEST_RECENT = 1 << 20  # rows, which take 57 MB


class Cache:
    """The folder of one repository; it need not exist."""

    def __init__(self, folder: Path, key: Key, limit: int = _LIMIT) -> None:
        """`key` is the repository's; `limit` are bytes, of all files but the table."""
        self.folder = folder
        self._key = key
        self._limit = limit

    def get(self, name: str) -> bytes | None:
        """What was kept under a name, or None."""
        path = self._path(name)
        try:
            content = self._key.open(path.read_bytes())
        except (OSError, Damaged):
            return None
        with suppress(OSError):
            os.utime(path)  # it is in use
        label = _label(name)
        if not content.startswith(label):
            return None
        with suppress(Damaged):
            return compression.decompress_all(memoryview(content)[len(label) :])
        return None

    def put(self, name: str, content: bytes) -> None:
        """Keep something under a name, compressed and sealed; what was kept under it is replaced."""
        sealed = self._key.seal(_label(name) + compression.compress(content))
        if self._write(self._path(name), lambda file: file.write(sealed)):
            self._make_room()

    def table(self, names: frozenset[str]) -> Kept | None:
        """The table that was kept, if it was made of no other index files than `names`."""
        try:
            with (self.folder / _TABLE).open("rb") as file:
                return table_file.read(file, self._key, names)
        except (OSError, Damaged):
            return None

    def put_table(self, kept: Kept) -> None:
        """Keep a table; the one that was kept is replaced."""
        self._write(self.folder / _TABLE, lambda file: table_file.write(file, self._key, kept))

    def remove(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        """Where something lies; its name may tell what is in a backup, and is not shown."""
        secret = self._key.mac_k + self._key.mac_r
        return self.folder / hmac.digest(secret, _label(name), "sha256").hex()

    def _write(self, path: Path, write: Callable[[BufferedWriter], object]) -> bool:
        """Write a file beside the one it replaces; whether that went well."""
        unfinished = self.folder / f".{os.urandom(8).hex()}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(unfinished, "xb", opener=_private) as file:
                write(file)
            unfinished.replace(path)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            return False
        return True

    def _make_room(self) -> None:
        """Remove what was not used for longest, and what others began to write and left."""
        total = 0
        for used, size, path in sorted(self._files(), reverse=True):
            if _UNFINISHED.fullmatch(path.name):
                gone = clock.now_ns() - used > _LEFT_NS
            else:
                total += size
                gone = total > self._limit
            if gone:
                with suppress(OSError):
                    path.unlink()

    def _files(self) -> list[tuple[int, int, Path]]:
        """When it was last used, size and path of every file but the table."""
        found = []
        with suppress(OSError):
            for path in self.folder.iterdir():
                if _SEALED.fullmatch(path.name) or _UNFINISHED.fullmatch(path.name):
                    known = path.stat()
                    found.append((known.st_mtime_ns, known.st_size, path))
        return found


def open_cache(root: Path | None, repository_id: str, key: Key) -> Cache | None:
    """The folder of a repository below the root of all; None without a root, or for an id that is none."""
    return Cache(root / repository_id, key) if root and is_file_id(repository_id) else None


class Recent:
    """The table that was used last in this process, if it is not too large to be kept for the next use."""

    def __init__(self) -> None:
        self._recent: tuple[str, bytes, Kept] | None = None

    def find(self, repository_id: str, key: Key, names: frozenset[str]) -> Kept | None:
        """The table of a repository, if it was made of no other index files than `names`.

        An id can be copied by others, a key cannot.
        """
        recent = self._recent
        if recent is None:
            return None
        known_id, secret, kept = recent
        own = known_id == repository_id and hmac.compare_digest(secret, key.encrypt)
        return kept if own and kept.names <= names else None

    def keep(self, repository_id: str, key: Key, kept: Kept) -> None:
        """Remember a table, which is not appended to any more, and forget the one before."""
        fits = len(kept.table) <= _LARGEST_RECENT
        self._recent = (repository_id, key.encrypt, kept) if fits else None


def _label(name: str) -> bytes:
    """What the content of a file starts with, so that none can stand in for another."""
    return b"holdfast cache 1\0" + name.encode() + b"\0"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
