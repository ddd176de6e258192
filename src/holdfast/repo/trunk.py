"""The trunk of a snapshot: the one path under which all that was saved lies.

Stock restic notes absolute paths in a snapshot, but keeps in its tree what it was told on the command line:
`/srv/mail` lies there as `srv/mail`, a relative `mail` as `mail`, and of `.` only what is in it. So the
trunk is the longest end of the noted path that leads through the tree without a fork.
"""

import posixpath

from holdfast.model.entry import Kind

from . import tree
from .blob import BlobKind
from .blobs import Blobs
from .repository import Repository, load_index
from .snapshot import Snapshot


def path_of(snapshot: Snapshot) -> str:
    """What was saved, as the snapshot notes it: the path, or what several paths have in common."""
    paths = [path.decode(errors="replace") for path in snapshot.paths]
    try:
        return posixpath.commonpath(paths) if paths else "/"
    except ValueError:  # absolute and relative ones
        return "/"


def of(repository: Repository, snapshot: Snapshot) -> bytes:
    """The trunk, without a leading slash; empty where the tree forks at once. Raises Damaged."""
    names = [name.encode() for name in path_of(snapshot).split("/") if name]
    stem = _stem(repository, snapshot.tree, len(names))
    for start in range(len(names)):
        if names[start:] == stem[: len(names) - start]:
            return b"/".join(names[start:])
    return b""


def _stem(repository: Repository, root: bytes, most: int) -> list[bytes]:
    """The names from the top of the tree on, as long as each folder holds one thing; at most so many."""
    blobs = Blobs(repository, load_index(repository))
    stem: list[bytes] = []
    while len(stem) < most:
        nodes = tree.decode(blobs.get(BlobKind.TREE, root))
        if len(nodes) != 1:
            break
        stem.append(nodes[0].file_name)
        if nodes[0].type != Kind.DIRECTORY:
            break
        root = nodes[0].subtree_id
    return stem
