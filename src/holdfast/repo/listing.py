"""What a snapshot holds, for people: a folder's entries, all of them, or those that fit a pattern.

Paths are absolute without their leading slash. The first full listing walks the trees; with a cache it is
kept there, so that the next one, and every search, reads one file of this machine. Call this inside
`locked(repository)`.
"""

import sys
from collections.abc import Callable, Iterator

import msgspec

from holdfast.model.entry import Kind

from . import snapshot, tree
from .blob import BlobKind
from .blobs import Blobs
from .errors import Damaged
from .listed import Listed, Listing, Recorder, no_folder
from .node import Node
from .pattern import Pattern
from .repository import Repository, load_index


def entries(repository: Repository, snapshot_id: str, folder: bytes = b"") -> list[Listed]:
    """What is right in a folder of a snapshot, sorted by name; the root's path is empty.

    Raises PathMissing where there is no such folder, SnapshotMissing, or Damaged.
    """
    root = snapshot.get(repository, snapshot_id).tree
    path = folder.strip(b"/")
    kept = _kept(repository, root)
    if kept is not None:
        return kept.folder(path)
    blobs = Blobs(repository, load_index(repository))
    nodes = _nodes(blobs, root)
    for name in path.split(b"/") if path else ():
        node = next((one for one in nodes if one.file_name == name and one.type == Kind.DIRECTORY), None)
        if node is None:
            raise no_folder(path)
        nodes = _nodes(blobs, node.subtree_id)
    above = path + b"/" if path else b""
    return [_listed(above, node) for node in nodes]


def all_entries(repository: Repository, snapshot_id: str) -> Iterator[Listed]:
    """Every entry of a snapshot, each folder before what is in it.

    A folder whose content cannot be read says so itself. Raises SnapshotMissing, or Damaged when the
    snapshot, an index or the root's listing cannot be read.
    """
    root = snapshot.get(repository, snapshot_id).tree
    kept = _kept(repository, root)
    return iter(kept) if kept is not None else _walked(repository, root)


def find(
    repository: Repository,
    snapshot_id: str,
    pattern: bytes,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Listed]:
    """The entries whose name fits a shell pattern, or whose path does where the pattern has a slash.

    `*`, `?` and `[…]` stand for characters of a name, `**` for any number of folders; see `all_entries`.
    `meanwhile` is called for each entry that is looked at in the trees; what it raises ends the search.
    """
    wanted = Pattern(pattern)
    root = snapshot.get(repository, snapshot_id).tree
    kept = _kept(repository, root)
    if kept is not None:
        return kept.find(wanted)
    return _fitting(_walked(repository, root), wanted, meanwhile)


def _fitting(walked: Iterator[Listed], wanted: Pattern, meanwhile: Callable[[], object]) -> Iterator[Listed]:
    for one in walked:
        meanwhile()
        if wanted.matches(one.path):
            yield one


def _kept(repository: Repository, root: bytes) -> Listing | None:
    content = repository.cache.get(_name(root)) if repository.cache else None
    try:
        return Listing(content) if content is not None else None
    except Damaged:
        return None


def _name(root: bytes) -> str:
    """What a listing is called in the cache: its columns are in this machine's byte order."""
    return f"listing 1 {sys.byteorder} {root.hex()}"


def _walked(repository: Repository, root: bytes) -> Iterator[Listed]:
    """Every entry by the trees; what has come by to the end is kept."""
    found = _walk(Blobs(repository, load_index(repository)), root)
    if repository.cache is None:
        yield from found
        return
    recorder = Recorder()
    for one in found:
        recorder.add(one)
        yield one
    content = recorder.content()
    if content is not None:
        repository.cache.put(_name(root), content)


def _walk(blobs: Blobs, root: bytes) -> Iterator[Listed]:
    """Depth first, with a stack of half-read folders, because they may be very deep."""
    stack = [(b"", iter(_nodes(blobs, root)))]
    while stack:
        above, nodes = stack[-1]
        node = next(nodes, None)
        if node is None:
            stack.pop()
            continue
        listed = _listed(above, node)
        if node.type == Kind.DIRECTORY:
            try:
                stack.append((listed.path + b"/", iter(_nodes(blobs, node.subtree_id))))
            except Damaged as error:
                listed = msgspec.structs.replace(listed, problem=f"the content of this folder: {error}")
        yield listed


def _nodes(blobs: Blobs, tree_id: bytes) -> list[Node]:
    return tree.decode(blobs.get(BlobKind.TREE, tree_id))


def _listed(above: bytes, node: Node) -> Listed:
    path = above + node.file_name
    try:
        known = node.metadata()
    except Damaged as error:
        return Listed(path, node.kind, 0, 0, 0, 0, 0, problem=str(error))
    size = node.size if node.type == Kind.FILE else 0
    return Listed(path, node.kind, size, known.mtime_ns, known.mode, known.uid, known.gid, known.link_target)
