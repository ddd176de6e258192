"""Runs: many blobs read at once, neighbours of a pack in one request, several requests side by side.

Which blobs are wanted is known beforehand here, unlike in a restore that pulls one file after another: so
they are read in the order of the packs. What is read ahead is bounded.
"""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from holdfast.store.objects import ObjectMissing, StoreError

from . import pack
from .blob import BlobKind, unsealed
from .errors import BlobMissing, Damaged
from .index import Index, Location
from .repository import Repository

_RUN_BYTES = 4 << 20
_GAP_BYTES = 64 << 10  # reading this much that nobody wants costs less than one more request
_AHEAD_BYTES = 16 << 20
_THREADS = 4

Content = tuple[bytes, bytes, bytes | None]
"""A blob's id, its content, and the same compressed if it was stored so."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring blobs of one pack; `size` is how many bytes their content has."""

    pack_id: str
    places: tuple[tuple[bytes, Location], ...]

    @property
    def size(self) -> int:
        """How many bytes of content its blobs have."""
        return sum(place.size for _, place in self.places)

    @property
    def start(self) -> int:
        """Where in the pack it begins."""
        return self.places[0][1].offset

    @property
    def end(self) -> int:
        """Where in the pack it ends."""
        return self.places[-1][1].offset + self.places[-1][1].length


class Runs:
    """Reads a repository's blobs by the list; a `with` block, because it has threads."""

    def __init__(self, repository: Repository, index: Index) -> None:
        self._repository = repository
        self._index = index
        self._threads = ThreadPoolExecutor(_THREADS, "read runs")

    def __enter__(self) -> "Runs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def plan(self, kind: BlobKind, wanted: Collection[bytes]) -> list[Run]:
        """How these blobs are to be read; raises BlobMissing."""
        places = []
        for blob_id in wanted:
            place = self._index.find(kind, blob_id)
            if place is None:
                raise BlobMissing(f"blob {blob_id.hex()} is in no index")
            places.append((blob_id, place))
        places.sort(key=lambda known: (known[1].pack_id, known[1].offset))
        return list(_grouped(places))

    def read(self, plan: Sequence[Run]) -> Iterator[list[Content]]:
        """The blobs of each run, every one proven to be what its id says.

        Raises Damaged, naming the pack, or StoreError when the store is out of reach.
        """
        under_way: deque[tuple[Future[list[Content]], int]] = deque()
        ahead = 0
        try:
            for run in plan:
                while under_way and ahead + run.size > _AHEAD_BYTES:
                    ahead -= under_way[0][1]
                    yield under_way.popleft()[0].result()
                under_way.append((self._threads.submit(self._read, run), run.size))
                ahead += run.size
            while under_way:
                yield under_way.popleft()[0].result()
        finally:
            for future, _ in under_way:
                future.cancel()

    def _read(self, run: Run) -> list[Content]:
        sealed = memoryview(self._part(run))
        found = []
        for blob_id, place in run.places:
            start = place.offset - run.start
            part = sealed[start : start + place.length]
            try:
                content, packed = unsealed(self._repository.key, part, blob_id, place.plain_length)
            except Damaged as error:
                raise Damaged(f"pack {run.pack_id} is damaged: {error}") from error
            found.append((blob_id, content, packed))
        return found

    def _part(self, run: Run) -> bytes:
        name = pack.name(run.pack_id)
        try:
            return self._repository.store.get_part(name, run.start, run.end - run.start)
        except ObjectMissing as error:
            raise Damaged(f"pack {run.pack_id} is missing") from error
        except StoreError as error:
            if self._repository.store.size(name) < run.end:
                raise Damaged(f"pack {run.pack_id} is cut off") from error
            raise


def _grouped(places: Sequence[tuple[bytes, Location]]) -> Iterator[Run]:
    """Runs of places that are sorted by pack and offset."""
    group: list[tuple[bytes, Location]] = []
    content = 0
    for known in places:
        place = known[1]
        if group and (content + place.size > _RUN_BYTES or not _follows(group[-1][1], place)):
            yield Run(group[0][1].pack_id, tuple(group))
            group, content = [], 0
        group.append(known)
        content += place.size
    if group:
        yield Run(group[0][1].pack_id, tuple(group))


def _follows(before: Location, place: Location) -> bool:
    gap = place.offset - before.offset - before.length
    return before.pack_id == place.pack_id and gap <= _GAP_BYTES
