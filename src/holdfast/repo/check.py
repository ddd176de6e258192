"""Checking: is everything that the snapshots need there, and, if asked, is every byte of it sound?"""

from collections.abc import Iterator

from holdfast.model.entry import Kind
from holdfast.store.objects import StoreError

from . import blob, index, pack, snapshot, tree
from .blob import BlobKind
from .blobs import Blobs
from .errors import Damaged
from .index import Index
from .node import Node
from .pack import Pack
from .repository import Repository, file_names, get_file


def check(repository: Repository, read_data: bool) -> list[str]:
    """What is wrong with the repository, as sentences; empty when nothing is.

    Without `read_data`, listings are read, and data only looked up in the index; with it, every pack is
    read and every blob opened.
    """
    problems: list[str] = []
    known = Index()
    packs = _indexed(repository, problems)
    for one in packs.values():
        known.add(one)
    sizes = {name.rpartition("/")[2]: size for name, size in repository.store.names("data")}
    for pack_id, one in packs.items():
        problems += _misfits(one, sizes.get(pack_id))
    seen: set[bytes] = set()
    for name in file_names(repository, "snapshots"):
        problems += _check_snapshot(repository, name, known, seen)
    if read_data:
        for pack_id in packs.keys() & sizes.keys():
            problems += _check_pack(repository, pack_id)
    return problems


def _indexed(repository: Repository, problems: list[str]) -> dict[str, Pack]:
    packs = {}
    for name in file_names(repository, "index"):
        try:
            for one in index.decode(get_file(repository, "index", name)):
                packs[one.id] = one
        except (Damaged, StoreError) as error:
            problems.append(f"index {name}: {error}")
    return packs


def _misfits(indexed: Pack, size: int | None) -> Iterator[str]:
    if size is None:
        yield f"pack {indexed.id} is missing"
    elif size != indexed.size:
        yield f"pack {indexed.id} has {size} bytes, not {indexed.size}"


def _check_snapshot(repository: Repository, name: str, known: Index, seen: set[bytes]) -> Iterator[str]:
    """Walk the trees that no snapshot before had."""
    blobs = Blobs(repository, known)
    try:
        root = snapshot.get(repository, name).tree
    except (Damaged, StoreError) as error:
        yield f"snapshot {name}: {error}"
        return
    waiting = [root] if root not in seen else []
    seen.add(root)
    while waiting:
        tree_id = waiting.pop()
        try:
            nodes = tree.decode(blobs.get(BlobKind.TREE, tree_id))
        except Damaged as error:
            yield f"snapshot {name}: tree {tree_id.hex()}: {error}"
            continue
        yield from _missing(name, nodes, known)
        below = {node.subtree_id for node in nodes if node.type == Kind.DIRECTORY} - seen
        seen |= below
        waiting += below


def _missing(name: str, nodes: list[Node], known: Index) -> Iterator[str]:
    for node in nodes:
        for blob_id in node.content_ids:
            if not known.has(BlobKind.DATA, blob_id):
                yield f"snapshot {name}: {node.name}: blob {blob_id.hex()} is in no index"


def _check_pack(repository: Repository, pack_id: str) -> Iterator[str]:
    try:
        content = memoryview(repository.store.get(pack.name(pack_id)))
        parsed = pack.parse(repository.key, pack_id, content)
    except (Damaged, StoreError) as error:
        yield f"pack {pack_id} is damaged: {error}"
        return
    for one in parsed.blobs:
        try:
            blob.unseal(
                repository.key, content[one.offset : one.offset + one.length], one.id, one.plain_length
            )
        except Damaged as error:
            yield f"pack {pack_id}: blob {one.id.hex()}: {error}"
