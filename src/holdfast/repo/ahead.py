"""Reading ahead: the next blobs of a file are read and opened on every core while the last ones are used."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from os import sched_getaffinity

from .source import Source, Wanted, together

_WINDOW = 8 << 20
_AHEAD = 2  # windows that are on their way while one is used

_Opened = dict[tuple[str, int], bytes]
_Window = tuple[list[Wanted], dict[tuple[str, int], Future[_Opened]]]


def read(source: Source, wanted: Iterable[Wanted]) -> Generator[bytes, None, None]:
    """The contents of blobs in the order given; raises Damaged, naming the pack.

    Memory is bounded by a few windows of 8 MiB, however long the file is. Closing the iterator ends the
    threads.
    """
    windows = _windows(iter(wanted))
    with ThreadPoolExecutor(len(sched_getaffinity(0)), "ahead") as pool:
        under_way: deque[_Window] = deque()
        try:
            for window in windows:
                under_way.append(_begin(pool, source, window))
                if len(under_way) > _AHEAD:
                    yield from _contents(*under_way.popleft())
            while under_way:
                yield from _contents(*under_way.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _windows(wanted: Iterator[Wanted]) -> Iterator[list[Wanted]]:
    window: list[Wanted] = []
    room = _WINDOW
    for one in wanted:
        window.append(one)
        room -= one.plain_length or one.length
        if room <= 0:
            yield window
            window, room = [], _WINDOW
    if window:
        yield window


def _begin(pool: ThreadPoolExecutor, source: Source, window: list[Wanted]) -> _Window:
    jobs = {}
    for group in together(window):
        job = pool.submit(_open, source, group)
        for one in group:
            jobs[one[:2]] = job
    return window, jobs


def _open(source: Source, group: list[Wanted]) -> _Opened:
    part = source.read_group(group)
    return {one[:2]: source.open(one, part.sealed(one)) for one in group}


def _contents(window: list[Wanted], jobs: dict[tuple[str, int], Future[_Opened]]) -> Iterator[bytes]:
    for one in window:
        yield jobs[one[:2]].result()[one[:2]]
