"""Repacking: the needed blobs of some packs are copied into new ones, sealed as they are.

Every blob is opened and proven before it is copied, so that damage never travels. The new packs are indexed
before this returns; the old ones are not touched.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from os import sched_getaffinity

from .blob import BlobKind, Sealed
from .errors import Damaged
from .pack import OpenPack, Pack
from .progress import Progress
from .repository import Repository
from .source import Source, Wanted, together
from .survey import Survey
from .writer import Uploads

INDEX_BLOBS = 50_000  # in one index file


@dataclass(slots=True)
class Repacked:
    """What became of it: packs that were copied, bytes that were written, and packs that are damaged.

    A damaged pack stays where it is, with a sentence that says what is wrong.
    """

    copied: list[int] = field(default_factory=list)
    written_packs: int = 0
    written_bytes: int = 0
    damaged: dict[int, str] = field(default_factory=dict)


def repack(repository: Repository, survey: Survey, numbers: Sequence[int], progress: Progress) -> Repacked:
    """Copy what is needed of these packs; raises StoreError."""
    done = Repacked()
    if not numbers:
        return done
    progress.begin("repacking", sum(survey.packs[number].size for number in numbers))
    uploads = Uploads(repository)
    try:
        mover = _Mover(survey, uploads, done)
        for number, found in _fetched(repository, survey, frozenset(numbers)):
            mover.take(number, found)
            progress.advance(survey.packs[number].size)
        mover.finish()
    finally:
        uploads.close()
    return done


_Found = list[Sealed] | Damaged


def _fetched(repository: Repository, survey: Survey, numbers: frozenset[int]) -> Iterator[tuple[int, _Found]]:
    """What is needed of each pack, or why it cannot be had; a few packs are read ahead by threads."""
    source = Source(repository.store, repository.key)
    threads = len(sched_getaffinity(0))
    with ThreadPoolExecutor(threads, "repack") as pool:
        waiting: deque[tuple[int, Future[_Found]]] = deque()
        try:
            for number, told in _told(survey, numbers):
                waiting.append((number, pool.submit(_fetch, source, _needed(survey, number, told))))
                if len(waiting) > threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _told(survey: Survey, numbers: frozenset[int]) -> Iterator[tuple[int, Pack]]:
    """These packs as the index files tell of them, each once."""
    left = set(numbers)
    for name, listed in list(survey.files.items()):
        if left.isdisjoint(listed):
            continue
        for told in survey.packs_in(name):
            number = survey.number(told.id)
            if number in left:
                left.discard(number)
                yield number, told


_Places = dict[Wanted, BlobKind]


def _needed(survey: Survey, number: int, told: Pack) -> _Places:
    found: dict[tuple[BlobKind, bytes], Wanted] = {}
    for one in told.blobs:
        if survey.is_home(number, one.kind, one.id):
            place = Wanted(told.id, one.offset, one.length, one.plain_length, one.id)
            found.setdefault((one.kind, one.id), place)
    return {place: kind for (kind, _), place in found.items()}


def _fetch(source: Source, places: _Places) -> _Found:
    """Read and prove the blobs of a pack."""
    found = []
    try:
        for group in together(places):
            part = source.read_group(group)
            for place in group:
                sealed = part.sealed(place)
                source.open(place, sealed)
                found.append(Sealed(places[place], place.id, place.plain_length, sealed))
    except Damaged as error:
        return error
    return found


class _Mover:
    """Fills new packs, and indexes them once they are in the store."""

    def __init__(self, survey: Survey, uploads: Uploads, done: Repacked) -> None:
        self._survey = survey
        self._uploads = uploads
        self._done = done
        self._open: dict[BlobKind, OpenPack] = {}
        self._unwritten: list[Pack] = []

    def take(self, number: int, found: _Found) -> None:
        """Put the blobs of one pack into new ones."""
        if isinstance(found, Damaged):
            self._done.damaged[number] = str(found)
            return
        for sealed in found:
            if sealed.kind not in self._open:
                self._open[sealed.kind] = self._uploads.open()
            self._open[sealed.kind].take(sealed)
            if self._open[sealed.kind].is_full:
                self._uploads.send(self._open.pop(sealed.kind))
        self._done.copied.append(number)
        self._land(self._uploads.landed())

    def finish(self) -> None:
        """Put what is left."""
        for kind in list(self._open):
            self._uploads.send(self._open.pop(kind))
        self._land(self._uploads.wait())
        self._write_index()

    def _land(self, packs: list[Pack]) -> None:
        for one in packs:
            self._done.written_packs += 1
            self._done.written_bytes += one.size
            self._unwritten.append(one)
        if sum(len(one.blobs) for one in self._unwritten) >= INDEX_BLOBS:
            self._write_index()

    def _write_index(self) -> None:
        if self._unwritten:
            for one in self._unwritten:
                self._survey.move_in(one)
            self._survey.tell(self._unwritten)
        self._unwritten = []
