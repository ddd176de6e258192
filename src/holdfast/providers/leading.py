"""The folders that lead to a resource: `srv` and `srv/data` before what is in `/srv/data`."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain

from holdfast.model.entry import Entry, Kind, Metadata, Unreadable
from holdfast.model.errors import InvalidParameter

from . import metadata
from .anchor import Anchor, link_of, make_folders
from .metadata import Owners


def read_leading(anchor: Anchor, root: bytes, owners: Owners) -> tuple[Entry, ...]:
    """The folders above a root, outermost first; `anchor` is `/`. Raises OSError."""
    names = root.split(b"/")
    paths = [b"/".join(names[:count]) for count in range(1, len(names))]
    return tuple(
        Entry(path, Kind.DIRECTORY, metadata.read(anchor, path, anchor.stat(path), owners)) for path in paths
    )


def take_leading(
    entries: Iterable[Entry | Unreadable], root: bytes
) -> tuple[Mapping[bytes, Metadata], Iterator[Entry | Unreadable]]:
    """Part a stream into the folders above the root, by path, and the rest."""
    leading: dict[bytes, Metadata] = {}
    stream = iter(entries)
    for item in stream:
        if isinstance(item, Unreadable) or not root.startswith(item.path + b"/"):
            return leading, chain((item,), stream)
        leading[item.path] = item.metadata
    return leading, stream


def make_leading(path: bytes, leading: Mapping[bytes, Metadata]) -> bool:
    """Make the missing folders of an absolute path, as they were where that is known.

    Returns whether the last one was made. Raises OSError, and InvalidParameter as `open_target` does.
    """
    with _nothing_in_the_way(path):
        made = make_folders(path)
    for folder in made:
        known = leading.get(folder[1:])
        if known is not None:
            with Anchor(folder) as anchor:
                metadata.apply(link_of(anchor.folder(b"")), Kind.DIRECTORY, known)
    return path in made


def open_target(path: bytes) -> Anchor:
    """The folder that a restore writes into.

    Raises OSError, and InvalidParameter where the path leads through a symbolic link or a file: a link may
    have come with an earlier restore, from whoever could write into what was backed up.
    """
    with _nothing_in_the_way(path):
        return Anchor(path)


@contextmanager
def _nothing_in_the_way(path: bytes) -> Iterator[None]:
    try:
        yield
    except NotADirectoryError as error:
        reason = "a symbolic link or a file stands in the way"
        raise InvalidParameter("destination", f"{os.fsdecode(path)}: {reason}") from error
