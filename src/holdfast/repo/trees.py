"""Reading many trees at once: neighbours in a pack with one read, and opened by several threads."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from os import sched_getaffinity
from typing import TypeVar

from .blob import BlobKind
from .errors import Damaged
from .index import Index
from .source import Source, Wanted, together

_AT_ONCE = 10_000  # trees whose places are looked up before reading begins
_READS = 2  # for each thread, under way or waiting to be used

Listing = TypeVar("Listing")
_Read = list[tuple[bytes, Listing | Damaged]]


def read(
    source: Source, index: Index, tree_ids: Sequence[bytes], decode: Callable[[bytes], Listing]
) -> Generator[tuple[bytes, Listing | Damaged]]:
    """Each of these trees, in no order, as `decode` makes it of its content, or why it cannot be read.

    All of them must be in the index.
    """
    threads = len(sched_getaffinity(0))
    with ThreadPoolExecutor(threads, "trees") as pool:
        waiting: deque[Future[_Read[Listing]]] = deque()
        try:
            for group in _groups(index, tree_ids):
                waiting.append(pool.submit(_read, source, group, decode))
                if len(waiting) > threads * _READS:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _groups(index: Index, tree_ids: Sequence[bytes]) -> Iterator[list[Wanted]]:
    for start in range(0, len(tree_ids), _AT_ONCE):
        wanted = []
        for tree_id in tree_ids[start : start + _AT_ONCE]:
            place = index.find(BlobKind.TREE, tree_id)
            if place is not None:
                wanted.append(Wanted(place.pack_id, place.offset, place.length, place.plain_length, tree_id))
        yield from together(wanted)


def _read(source: Source, group: list[Wanted], decode: Callable[[bytes], Listing]) -> _Read[Listing]:
    try:
        part = source.read_group(group)
    except Damaged as error:
        if len(group) == 1:
            return [(group[0].id, error)]
        return [found for one in group for found in _read(source, [one], decode)]
    found: _Read[Listing] = []
    for one in group:
        try:
            found.append((one.id, decode(source.open(one, part.sealed(one)))))
        except Damaged as error:
            found.append((one.id, error))
    return found
