"""Porters: helper processes that put many small files down, on every core.

What Python does for each file holds its lock, so threads would not help. Files are handed over in batches;
what came of them is told in the order in which they were handed over.
"""

import gc
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from typing import NamedTuple

from holdfast.crew.crew import Crew, Member
from holdfast.model.entry import Entry, Range, Unreadable

from .anchor import Anchor
from .placing import Look, Placer

_BATCH_FILES = 600
_BATCH_BYTES = 6 << 20
_BATCHES_EACH = 2  # one is being put down, the others wait so that nobody does

Item = tuple[bytes, Look, Iterable[Range]]


class Flaw(NamedTuple):
    """What is wrong with a file, or with its metadata; its bytes of data.

    `is_put` when it is in its place all the same; `came` unless its content could not be had.
    """

    bytes: int
    reason: str
    is_put: bool = True
    came: bool = True


Settle = Callable[[Entry, int | Flaw], None]
"""Is told of a file the bytes of data that were put down, or a flaw."""


class Porter:
    """Puts batches of files down below a folder, in a process of its own."""

    def __init__(self, folder: bytes, identity: tuple[int, int], *_: type) -> None:
        """The types are those of contents: to name them here imports them once for all porters."""
        self._folder = folder
        self._identity = identity
        self._anchor: Anchor | None = None

    def put(self, items: Sequence[Item]) -> list[int | Flaw]:
        """Put files down in the order given. Raises OSError where nothing more can be written."""
        placer = Placer(self._reached())
        return [put(placer, *item) for item in items]

    def _reached(self) -> Anchor:
        """The folder, which must be the one that the owner has open."""
        if self._anchor is None:
            anchor = Anchor(self._folder)
            if identity(anchor) != self._identity:
                anchor.close()
                raise FileNotFoundError(f"{os.fsdecode(self._folder)} was replaced while it was written to")
            self._anchor = anchor
            gc.disable()  # there are no cycles in what a porter makes, and it does not live long
        return self._anchor


def identity(anchor: Anchor) -> tuple[int, int]:
    """Which folder an anchor has open: the device and the inode; raises OSError."""
    status = anchor.stat(b"")
    return status.st_dev, status.st_ino


def put(placer: Placer, path: bytes, look: Look, content: Iterable[Range]) -> int | Flaw:
    """Put one file down and tell what came of it; raises what ends it all."""
    pulled = _Pulled(content)
    try:
        written, problems = placer.put(path, look, pulled)
    except Unreadable as problem:
        return Flaw(0, problem.reason, is_put=False, came=not pulled.broke)
    return Flaw(written, "; ".join(problems)) if problems else written


class _Pulled:
    """A content that remembers whether it was the content that failed."""

    __slots__ = ("_content", "broke")

    def __init__(self, content: Iterable[Range]) -> None:
        self._content = content
        self.broke = False

    def __iter__(self) -> Iterator[Range]:
        try:
            yield from self._content
        except Unreadable:
            self.broke = True
            raise


class Porters:
    """Hands files to porters, and tells what became of them, on the thread that calls."""

    def __init__(self, folder: bytes, anchor: Anchor, settle: Settle) -> None:
        """`folder` is the anchor's path."""
        self.settled = 0  # batches of which all that became of them was told
        self._anchor = anchor
        self._make = partial(Porter, folder, identity(anchor))
        self._settle = settle
        self._crew: Crew | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._free: SimpleQueue[Member] = SimpleQueue()
        self._under_way: deque[tuple[Future[list[int | Flaw]], list[Entry]]] = deque()
        self._entries: list[Entry] = []
        self._items: list[Item] = []
        self._bytes = 0

    @property
    def latest(self) -> int:
        """The number of the batch that a file handed over last is in."""
        return self.settled + len(self._under_way) + bool(self._items)

    def take(self, path: bytes, entry: Entry, content: Iterable[Range]) -> None:
        """Have a file put down. Raises what ended the putting down of others, and what `settle` raises."""
        self._items.append((path, Look.of(entry.metadata), content))
        self._entries.append(entry)
        self._bytes += entry.metadata.size
        if len(self._items) >= _BATCH_FILES or self._bytes >= _BATCH_BYTES:
            self._send()

    def wait(self) -> None:
        """Wait for all that was handed over; raises as `take` does."""
        if self._items and self._crew is not None:
            self._send()
        while self._under_way:
            self._settle_first()
        if self._items:  # too few to call for helpers
            placer = Placer(self._anchor)
            outcomes = [put(placer, *item) for item in self._items]
            self._settle_all(self._handed_over(), outcomes)

    def close(self) -> None:
        """Let the porters go. What they are doing is finished first, what they have not begun is not done."""
        if self._crew is not None and self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._crew.close()

    def _send(self) -> None:
        crew, threads = self._started()
        while self._under_way and (
            self._under_way[0][0].done() or len(self._under_way) >= _BATCHES_EACH * len(crew.members)
        ):
            self._settle_first()
        future = threads.submit(self._carry, self._items)
        self._under_way.append((future, self._handed_over()))

    def _handed_over(self) -> list[Entry]:
        """The entries of the batch that is complete; another one begins."""
        entries = self._entries
        self._items, self._entries, self._bytes = [], [], 0
        return entries

    def _started(self) -> tuple[Crew, ThreadPoolExecutor]:
        if self._crew is None or self._threads is None:
            self._crew = Crew(partial(self._make, *{type(item[2]) for item in self._items}))
            self._threads = ThreadPoolExecutor(len(self._crew.members), "porter")
            for member in self._crew.members:
                self._free.put(member)
        return self._crew, self._threads

    def _carry(self, items: list[Item]) -> list[int | Flaw]:
        member = self._free.get()
        try:
            outcomes: list[int | Flaw] = member.call("put", items)
        finally:
            self._free.put(member)
        return outcomes

    def _settle_first(self) -> None:
        future, entries = self._under_way[0]
        outcomes = future.result()
        self._under_way.popleft()
        self._settle_all(entries, outcomes)

    def _settle_all(self, entries: list[Entry], outcomes: list[int | Flaw]) -> None:
        self.settled += 1
        for entry, outcome in zip(entries, outcomes, strict=True):
            self._settle(entry, outcome)
