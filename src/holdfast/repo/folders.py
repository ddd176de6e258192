"""What the last save saw of each folder: where nothing changed since, its listing is taken as it is.

A provider can tell a fingerprint of what is directly in a folder. With the fingerprints of the snapshot
before and the ids of its listings at hand, an unchanged folder costs no reading, decoding or writing of its
listing. They are kept in the repository's cache, sealed, and can be lost: then the listings of the snapshot
before decide, file by file.
"""

from hashlib import blake2b
from typing import NamedTuple

from .ids import ID_BYTES
from .repository import Repository

_KEY_BYTES = 16
_PRINT_BYTES = 32
_RECORD_BYTES = _KEY_BYTES + _PRINT_BYTES + ID_BYTES
_MOST = 500_000  # folders: beyond it memory counts for more than the time saved


class Folder(NamedTuple):
    """What is known of a folder: its provider's fingerprint, and the id of its listing."""

    fingerprint: bytes
    tree_id: bytes


class Folders:
    """Folders by their paths."""

    def __init__(self) -> None:
        self._records: dict[bytes, bytes] = {}

    def find(self, path: bytes) -> Folder | None:
        """What is known of the folder at a path."""
        record = self._records.get(_key(path))
        return Folder(record[:_PRINT_BYTES], record[_PRINT_BYTES:]) if record else None

    def add(self, path: bytes, folder: Folder) -> None:
        """The folder at a path is this."""
        if len(folder.fingerprint) == _PRINT_BYTES and len(self._records) < _MOST:
            self._records[_key(path)] = folder.fingerprint + folder.tree_id

    def keep(self, repository: Repository, snapshot_id: str) -> None:
        """Keep these for the save after this snapshot."""
        if repository.cache is not None and self._records:
            content = b"".join([key + record for key, record in self._records.items()])
            repository.cache.put(_name(snapshot_id), content)


def kept(repository: Repository, snapshot_id: str | None) -> Folders:
    """What was kept for the save after a snapshot; nothing where it was lost."""
    found = Folders()
    if repository.cache is None or snapshot_id is None:
        return found
    content = repository.cache.get(_name(snapshot_id)) or b""
    for start in range(0, len(content) - _RECORD_BYTES + 1, _RECORD_BYTES):
        record = content[start : start + _RECORD_BYTES]
        found._records[record[:_KEY_BYTES]] = record[_KEY_BYTES:]
    return found


def forget(repository: Repository, snapshot_id: str | None) -> None:
    """What was kept for the save after a snapshot is not to be relied on."""
    if repository.cache is not None and snapshot_id is not None:
        repository.cache.put(_name(snapshot_id), b"")


def _name(snapshot_id: str) -> str:
    return f"folders/{snapshot_id}"


def _key(path: bytes) -> bytes:
    return blake2b(path, digest_size=_KEY_BYTES).digest()
