"""Recovering packs that no index file tells of: what a killed save had already sent.

A save writes an index file every few gigabytes, so there are few. Their whole content is read and proven by
their id: after a power failure a file may be there whose bytes are not.
"""

from collections.abc import Iterator

from holdfast.store.objects import StoreError

from . import marks, pack
from .crypto import OVERHEAD
from .errors import Damaged
from .ids import is_file_id
from .index import Index
from .pack import Pack
from .repository import Repository

_LENGTH_BYTES = 4
_FIRST_READ = 32 << 10  # more than the header of most packs


def unindexed(repository: Repository, known: Index) -> Iterator[Pack]:
    """Sound packs that the index does not know; damaged ones are left alone, pruning removes them.

    A pack that a prune has marked may be removed at any moment and is passed over. So that none is missed,
    the marks are read before the packs are listed: a mark goes later than its packs.
    """
    try:
        marked = marks.newest(marks.find(repository))
    except Damaged:
        return  # which packs are marked is not known: to send some again is the lesser evil
    for name, _ in list(repository.store.names("data")):
        pack_id = name.rpartition("/")[2]
        if not is_file_id(pack_id) or known.has_pack(pack_id) or pack_id in marked:
            continue
        try:
            yield proven(repository, pack_id)
        except (Damaged, StoreError):
            continue


def proven(repository: Repository, pack_id: str) -> Pack:
    """A pack by its whole content; raises Damaged or StoreError."""
    return pack.parse(repository.key, pack_id, repository.store.get(pack.name(pack_id)))


def header(repository: Repository, pack_id: str, size: int) -> Pack:
    """What a pack of `size` bytes says of itself at its end; raises Damaged or StoreError."""
    end = _tail(repository, pack_id, size, _FIRST_READ)
    length = int.from_bytes(end[-_LENGTH_BYTES:], "little")
    if not OVERHEAD <= length <= size - _LENGTH_BYTES:
        raise Damaged(f"pack {pack_id}: no header of {length} bytes")
    if length + _LENGTH_BYTES > len(end):
        end = _tail(repository, pack_id, size, length + _LENGTH_BYTES)
    sealed = end[-length - _LENGTH_BYTES : -_LENGTH_BYTES]
    found = Pack(pack_id, pack.decode_header(repository.key.open(sealed)))
    if found.size != size:
        raise Damaged(f"pack {pack_id} has {size} bytes, and its header tells of {found.size}")
    return found


def _tail(repository: Repository, pack_id: str, size: int, length: int) -> bytes:
    length = min(size, length)
    return repository.store.get_part(pack.name(pack_id), size - length, length)
