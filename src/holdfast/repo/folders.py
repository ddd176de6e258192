"""What the last save saw of each folder: where nothing changed since, its listing is taken as it is.

A provider can tell a fingerprint of what is directly in a folder. With the fingerprints of the snapshot
before and the ids of its listings at hand, an unchanged folder costs no reading, decoding or writing of its
listing. They are kept in the repository's cache, sealed, and can be lost: then the listings of the snapshot
before decide, file by file.
"""

import struct
from hashlib import blake2b
from typing import NamedTuple

from .ids import ID_BYTES
from .index import Index
from .repository import Repository

_KEY_BYTES = 16
_PRINT_BYTES = 32
_RECORD_BYTES = _KEY_BYTES + _PRINT_BYTES + ID_BYTES
_PACK_BYTES = 8
_COUNT = struct.Struct("<Q")
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

    def keep(self, repository: Repository, snapshot_id: str, known: Index) -> None:
        """Keep these for the save after this snapshot; `known` has all that the snapshot needs."""
        if repository.cache is None or not self._records:
            return
        packs = _packs(known)
        records = [key + record for key, record in self._records.items()]
        content = b"".join([_COUNT.pack(len(packs)), *packs, *records])
        repository.cache.put(_name(snapshot_id), content)


def kept(repository: Repository, snapshot_id: str | None, known: Index) -> Folders:
    """What was kept for the save after a snapshot; nothing where it was lost.

    Nothing too where a pack has left the index since: what the listings need may have been in it.
    """
    found = Folders()
    if repository.cache is None or snapshot_id is None:
        return found
    content = repository.cache.get(_name(snapshot_id)) or b""
    if len(content) < _COUNT.size:
        return found
    start = _COUNT.size + _COUNT.unpack_from(content)[0] * _PACK_BYTES
    packs = {content[at : at + _PACK_BYTES] for at in range(_COUNT.size, start, _PACK_BYTES)}
    if not packs <= _packs(known):
        return found
    for at in range(start, len(content) - _RECORD_BYTES + 1, _RECORD_BYTES):
        record = content[at : at + _RECORD_BYTES]
        found._records[record[:_KEY_BYTES]] = record[_KEY_BYTES:]
    return found


def _packs(known: Index) -> set[bytes]:
    """The packs of an index, each by the beginning of its id."""
    return {bytes.fromhex(pack_id[: 2 * _PACK_BYTES]) for pack_id in known.pack_ids()}


def forget(repository: Repository, snapshot_id: str | None) -> None:
    """What was kept for the save after a snapshot is not to be relied on."""
    if repository.cache is not None and snapshot_id is not None:
        repository.cache.put(_name(snapshot_id), b"")


def _name(snapshot_id: str) -> str:
    return f"folders/{snapshot_id}"


def _key(path: bytes) -> bytes:
    return blake2b(path, digest_size=_KEY_BYTES).digest()
