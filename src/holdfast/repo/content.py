"""The content of a file in a snapshot: ranges, read and proven when they are pulled, here or elsewhere."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice, repeat

from holdfast.model.entry import Data, Hole, Portable, Range, Unreadable

from . import ahead
from .blob import BlobKind
from .blobs import Blobs
from .errors import Damaged
from .loaded import LoadedNode, Run
from .source import Source, Wanted
from .zeros import ZERO_LENGTHS

_MOST_TO_TRAVEL = 64  # blobs: a file of more is worth every core by itself


class Content(Portable):
    """A file's ranges. Raises Unreadable, naming the pack, where a blob is missing or damaged."""

    __slots__ = ("_blobs", "_node", "_path")

    def __init__(self, blobs: Blobs, path: bytes, node: LoadedNode) -> None:
        self._blobs = blobs
        self._path = path
        self._node = node

    def __iter__(self) -> Iterator[Range]:
        try:
            with closing(self._contents()) as contents:
                yield from _placed(self._node.runs(), contents)
        except Damaged as error:
            raise Unreadable(self._path, str(error)) from error

    def travelling(self) -> "DistantContent | None":
        """The file by the places of its blobs, unless it is large, has holes, or cannot be had."""
        if self._node.id_count > _MOST_TO_TRAVEL or not self._blobs.source.store.shared:
            return None
        places = []
        try:
            for blob_id, count in self._node.runs():
                if blob_id in ZERO_LENGTHS:
                    return None
                places += [self._blobs.place(BlobKind.DATA, blob_id)] * count
        except Damaged:
            return None  # pulling it here will say why
        return DistantContent(self._blobs.source, self._path, places)

    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        """Nothing is kept of it here."""

    def _contents(self) -> Generator[bytes | memoryview, None, None]:
        if self._node.id_count == 1:
            return (self._blobs.open(place) for place in self._places())
        return ahead.read(self._blobs.source, self._places())

    def _places(self) -> Iterator[Wanted]:
        for blob_id, count in self._node.runs():
            if blob_id not in ZERO_LENGTHS:
                yield from repeat(self._blobs.place(BlobKind.DATA, blob_id), count)


class DistantContent:
    """The same in another process, which needs no index for it."""

    __slots__ = ("_path", "_places", "_source")

    def __init__(self, source: Source, path: bytes, places: Sequence[Wanted]) -> None:
        self._source = source
        self._path = path
        self._places = places

    def __reduce__(self) -> tuple[Callable[..., "DistantContent"], tuple[object, ...]]:
        """Pickled flat, because there are many of them."""
        return _arrived, (self._source, self._path, *map(tuple, self._places))

    def __iter__(self) -> Iterator[Range]:
        offset = 0
        for place in self._places:
            try:
                content = self._source.get(place)
            except Damaged as error:
                raise Unreadable(self._path, str(error)) from error
            yield Data(offset, content)
            offset += len(content)


def _arrived(source: Source, path: bytes, *places: tuple[str, int, int, int, bytes]) -> DistantContent:
    wanted = list(map(Wanted._make, places))
    source.expect(wanted)  # those that arrive together are read together
    return DistantContent(source, path, wanted)


def _placed(runs: Iterable[Run], contents: Iterator[bytes | memoryview]) -> Iterator[Range]:
    """Ranges from the blobs of a file and the contents of those that are no zeros."""
    offset = zeros = 0
    for blob_id, count in runs:
        if blob_id in ZERO_LENGTHS:
            zeros += ZERO_LENGTHS[blob_id] * count
            continue
        if zeros:
            yield Hole(offset, zeros)
            offset, zeros = offset + zeros, 0
        for content in islice(contents, count):
            yield Data(offset, content)
            offset += len(content)
    if zeros:
        yield Hole(offset, zeros)
