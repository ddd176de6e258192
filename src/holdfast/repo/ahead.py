"""Reading ahead: the next blobs of a file are read and opened on every core while the last ones are used.

They are opened into buffers that serve again: new memory for each would cost as much as to decrypt it.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from os import sched_getaffinity

from .blob import opened_room
from .source import Source, Wanted, together

_WINDOW = 4 << 20
_AHEAD = 3  # windows that are on their way while one is used
_PART = 2 << 20  # is read and opened by one thread
_LEAST_THREADS = 4  # to wait for a store that is far away is no work for a core

_Opened = dict[tuple[str, int], memoryview]


def read(source: Source, wanted: Iterable[Wanted]) -> Generator[memoryview, None, None]:
    """The contents of blobs in the order given, each valid until the next is asked for.

    Raises Damaged, naming the pack. Memory is bounded by a few windows of 4 MiB, however long the file is.
    Closing the iterator ends the threads.
    """
    with ThreadPoolExecutor(max(len(sched_getaffinity(0)), _LEAST_THREADS), "ahead") as pool:
        under_way: deque[_Window] = deque()
        try:
            for blobs in _windows(iter(wanted)):
                under_way.append(_Window(pool, source, blobs))
                if len(under_way) > _AHEAD:
                    yield from under_way.popleft().contents()
            while under_way:
                yield from under_way.popleft().contents()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _windows(wanted: Iterator[Wanted]) -> Iterator[list[Wanted]]:
    window: list[Wanted] = []
    room = _WINDOW
    for one in wanted:
        window.append(one)
        room -= max(one.length, one.plain_length)
        if room <= 0:
            yield window
            window, room = [], _WINDOW
    if window:
        yield window


class _Window:
    """Some blobs that follow each other in a file, being read and opened."""

    def __init__(self, pool: ThreadPoolExecutor, source: Source, blobs: list[Wanted]) -> None:
        self._source = source
        self._blobs = blobs
        self._taken: list[bytearray] = []
        self._jobs: dict[tuple[str, int], Future[_Opened]] = {}
        for group in together(blobs, _PART):
            job = pool.submit(self._open, group)
            self._jobs.update((one[:2], job) for one in group)

    def contents(self) -> Iterator[memoryview]:
        """What the blobs hold; the buffers are given back at the end."""
        for one in self._blobs:
            yield self._jobs[one[:2]].result()[one[:2]]
        self._jobs.clear()
        self._source.buffers.give_back(self._taken)

    def _open(self, group: list[Wanted]) -> _Opened:
        part = self._source.read_group(group)
        return {one[:2]: self._source.open_into(one, part.sealed(one), self._room(one)) for one in group}

    def _room(self, wanted: Wanted) -> memoryview:
        buffer = self._source.buffers.take(opened_room(wanted.length, wanted.plain_length))
        self._taken.append(buffer)
        return memoryview(buffer)
