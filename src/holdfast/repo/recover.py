"""Recovering packs that no index file tells of: what a killed save had already sent.

A save writes an index file every few gigabytes, so there are few. Their whole content is read and proven by
their id: after a power failure a file may be there whose bytes are not.
"""

from collections.abc import Iterable, Iterator, Mapping, Set

from holdfast.store.objects import ObjectMissing, StoreError

from . import index, marks, pack
from .crypto import OVERHEAD
from .errors import Damaged
from .ids import is_file_id
from .index import Index
from .pack import Pack
from .repository import Repository, file_names, get_file, load_index, put_file

_LENGTH_BYTES = 4
_FIRST_READ = 32 << 10  # more than the header of most packs


def index_of_what_is_there(repository: Repository) -> tuple[Index, list[Pack]]:
    """The index, free of packs that are not in the store, and sound packs that no index file told of.

    A save relies on what the index tells. A pack that is gone is therefore taken out of the index files: what
    was in it is stored again where it is met. Raises Damaged for a pack that was cut off, because some of it
    may still be needed, StoreError.
    """
    known = load_index(repository)
    try:
        marked = marks.newest(marks.find(repository))
    except Damaged:
        marked = None  # which packs are marked is not known: to send some again is the lesser evil
    sizes = {name.rpartition("/")[2]: size for name, size in repository.store.names("data")}
    lost = {pack_id for pack_id in known.pack_ids() if _is_lost(repository, known, pack_id, sizes)}
    if lost:
        _take_out(repository, lost)
        known = load_index(repository)
    if marked is None:
        return known, []
    return known, list(_unindexed(repository, known, sizes.keys() - marked.keys()))


def _is_lost(repository: Repository, known: Index, pack_id: str, sizes: Mapping[str, int]) -> bool:
    size = sizes.get(pack_id, 0)
    if size == 0:
        return _size(repository, pack_id) == 0  # asked for itself: a listing may be older than the index
    if size < known.end(pack_id):
        raise Damaged(
            f"pack {pack_id} was cut off at {size} bytes of {known.end(pack_id)} and more: restore what is"
            f" needed of the backups that it is part of, then remove {pack.name(pack_id)}"
        )
    return False


def _size(repository: Repository, pack_id: str) -> int:
    try:
        return repository.store.size(pack.name(pack_id))
    except ObjectMissing:
        return 0


def _take_out(repository: Repository, lost: Set[str]) -> None:
    """Replace the index files that tell of these packs by files that do not."""
    for name in file_names(repository, "index"):
        told = list(index.decode(get_file(repository, "index", name)))
        sound = [one for one in told if one.id not in lost]
        if len(sound) == len(told):
            continue
        if sound:
            put_file(repository, "index", index.encode(sound))
        repository.store.delete(f"index/{name}")


def _unindexed(repository: Repository, known: Index, there: Iterable[str]) -> Iterator[Pack]:
    """Sound packs that the index does not know; damaged ones are left alone, pruning removes them.

    A pack that a prune has marked may be removed at any moment and is passed over. So that none is missed,
    the marks are read before the packs are listed: a mark goes later than its packs.
    """
    for pack_id in there:
        if not is_file_id(pack_id) or known.has_pack(pack_id):
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
