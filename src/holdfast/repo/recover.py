"""Recovering packs that no index file tells of: what a killed save had already sent.

A save writes an index file every few gigabytes, so there are few. Their whole content is read and proven by
their id: after a power failure a file may be there whose bytes are not.
"""

from collections.abc import Iterator

from holdfast.store.objects import StoreError

from . import pack
from .errors import Damaged
from .ids import is_file_id
from .index import Index
from .pack import Pack
from .repository import Repository


def unindexed(repository: Repository, known: Index) -> Iterator[Pack]:
    """Sound packs that the index does not know; damaged ones are left alone, pruning removes them."""
    for name, _ in list(repository.store.names("data")):
        pack_id = name.rpartition("/")[2]
        if not is_file_id(pack_id) or known.has_pack(pack_id):
            continue
        try:
            yield pack.parse(repository.key, pack_id, repository.store.get(name))
        except (Damaged, StoreError):
            continue
