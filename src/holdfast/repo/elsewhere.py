"""Reading small files in helper processes: what a small file costs is mostly Python, and Python has one lock.

Helpers pull the content of files, tell the ids, are told which are new, and seal and put those in packs of
their own. The owner decides what is new, so that every blob is stored once, and learns of every pack.
"""

import pickle
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple

from holdfast.crew import crew
from holdfast.crew.crew import Crew, CrewLost, Member
from holdfast.model.entry import Data, Hole, Range, Unreadable

from . import pack
from .blob import BlobKind
from .chunker import MIN_CHUNK
from .errors import HelperLost, RepositoryError
from .ids import blob_id
from .pack import Pack
from .packer import Packer
from .repository import Repository
from .writer import Uploads, Writer

LARGEST = MIN_CHUNK
"""Files up to so many bytes are one blob, wherever they are read."""
_BATCH_FILES = 128
_BATCH_BYTES = 4 << 20
_ALONE_FILES = 1024  # a helper costs a quarter of a second: so much is read here before one is asked
_ALONE_BYTES = 32 << 20
_BATCHES_AHEAD = 2

Told = tuple[bytes, int] | Unreadable | None
_Landed = list[tuple[str, bytes]]


class Outcome(NamedTuple):
    """What came of a file: the ids of its blobs and its size, or the problem that ended it."""

    ids: list[bytes]
    size: int
    problem: Unreadable | None


Deliver = Callable[[Outcome | None], None]
"""Is told what came of a file, or None where it has become too large and must be read here."""


class _Errand(NamedTuple):
    content: Iterable[Range]
    deliver: Deliver


class Elsewhere:
    """The owner's side; outcomes are delivered while files are added and in `finish`, in its thread."""

    def __init__(self, repository: Repository, packer: Packer) -> None:
        self._packer = packer
        self._alone = not repository.store.shared or crew.size() < 2
        self._files = self._bytes = 0
        self._is_used = False
        self._batch: list[_Errand] = []
        self._batch_bytes = 0
        self._going: deque[tuple[list[_Errand], Future[tuple[list[Told], list[Pack]]]]] = deque()
        self._crew = Crew(partial(Reader, b"" if self._alone else pickle.dumps(repository)))
        self._free: SimpleQueue[Member] = SimpleQueue()
        for member in self._crew.members:
            self._free.put(member)
        self._callers = ThreadPoolExecutor(len(self._crew.members), "elsewhere")

    def __enter__(self) -> "Elsewhere":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._callers.shutdown(cancel_futures=True)
        self._crew.close()

    def takes(self, size: int) -> bool:
        """Whether the next file, of so many bytes, is to be read elsewhere; the first ones are not."""
        if size > LARGEST:
            return False
        self._files += 1
        self._bytes += size
        if not self._is_little(2):
            self._crew.start()  # it will be ready when it is needed
        return not self._is_little(1)

    def add(self, content: Iterable[Range], size: int, deliver: Deliver) -> None:
        """Read a small file's content, which can be pickled, and deliver what comes of it."""
        self._batch.append(_Errand(content, deliver))
        self._batch_bytes += size
        if len(self._batch) >= _BATCH_FILES or self._batch_bytes >= _BATCH_BYTES:
            self._submit()

    def finish(self) -> None:
        """Deliver all that is outstanding, and have the helpers put what they have open."""
        self._submit()
        self._collect(0)
        if self._is_used:
            finishing = [self._callers.submit(_call, member, "finish") for member in self._crew.members]
            for one in finishing:
                self._packer.land(_packs(one.result()))

    def _is_little(self, times: int) -> bool:
        """Whether there was so little to read until now that helpers are not worth while."""
        return self._alone or (self._files * times <= _ALONE_FILES and self._bytes * times <= _ALONE_BYTES)

    def _submit(self) -> None:
        if self._batch:
            self._is_used = True
            contents = [errand.content for errand in self._batch]
            self._going.append((self._batch, self._callers.submit(self._work, contents)))
            self._batch, self._batch_bytes = [], 0
        self._collect(_BATCHES_AHEAD * len(self._crew.members))

    def _work(self, contents: list[Iterable[Range]]) -> tuple[list[Told], list[Pack]]:
        member = self._free.get()
        try:
            told: list[Told] = _call(member, "look", contents)
            ids = [one[0] for one in told if isinstance(one, tuple) and one[1]]
            landed: _Landed = _call(member, "keep", self._packer.claim(BlobKind.DATA, ids))
            return told, _packs(landed)
        finally:
            self._free.put(member)

    def _collect(self, remaining: int) -> None:
        """Deliver what has come back, and wait until no more than so many batches are out."""
        while len(self._going) > remaining or (self._going and self._going[0][1].done()):
            batch, future = self._going.popleft()
            told, packs = future.result()
            self._packer.land(packs)
            for errand, one in zip(batch, told, strict=True):
                errand.deliver(None if one is None else _outcome(one))


def _outcome(told: tuple[bytes, int] | Unreadable) -> Outcome:
    if isinstance(told, Unreadable):
        return Outcome([], 0, told)
    content_id, size = told
    return Outcome([content_id] if size else [], size, None)


class Reader:
    """The helper's side."""

    def __init__(self, repository: bytes) -> None:
        """`repository` is pickled: it is opened by the member, because what opens it may start threads."""
        self._pickled = repository
        self._found: list[tuple[bytes, bytes]] = []
        self._uploads: Uploads | None = None
        self._writer: Writer | None = None

    def look(self, contents: list[Iterable[Range]]) -> list[Told]:
        """Pull these; for each its id and size, what is wrong with it, or None where it is too large."""
        self._found = []
        return [self._look_at(content) for content in contents]

    def keep(self, wanted: list[bool]) -> _Landed:
        """Store those that are wanted of what was looked at last and has bytes; packs put meanwhile."""
        uploads, writer = self._opened()
        for (content_id, content), is_wanted in zip(self._found, wanted, strict=True):
            if is_wanted:
                writer.add(BlobKind.DATA, content_id, content)
        self._found = []
        return _told(uploads.landed())

    def finish(self) -> _Landed:
        """Put what is open."""
        uploads, writer = self._opened()
        writer.close()
        return _told(uploads.wait())

    def _look_at(self, pulled: Iterable[Range]) -> Told:
        try:
            content = _pulled(pulled)
        except Unreadable as problem:
            return problem
        if content is None:
            return None
        content_id = blob_id(content)
        if content:
            self._found.append((content_id, content))
        return content_id, len(content)

    def _opened(self) -> tuple[Uploads, Writer]:
        if self._uploads is None or self._writer is None:
            repository: Repository = pickle.loads(self._pickled)  # noqa: S301 - from our owner
            self._uploads = Uploads(repository)
            self._writer = Writer(repository, self._uploads)
        return self._uploads, self._writer


def _pulled(content: Iterable[Range]) -> bytes | None:
    """The whole content, or None where it is larger than a small file."""
    parts = []
    size = 0
    for part in content:
        size += part.length
        if size > LARGEST:
            return None
        if isinstance(part, Data):
            parts.append(bytes(part.content))
        elif isinstance(part, Hole):
            parts.append(bytes(part.length))
        else:
            raise RepositoryError("a file that travels has no parent to be the same as")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _call(member: Member, method: str, *arguments: object) -> Any:
    try:
        return member.call(method, *arguments)
    except CrewLost as error:
        raise HelperLost(f"{error}: nothing was saved") from error


def _told(packs: list[Pack]) -> _Landed:
    return [(one.id, pack.encode_header(one.blobs)) for one in packs]


def _packs(landed: _Landed) -> list[Pack]:
    return [Pack(pack_id, pack.decode_header(header)) for pack_id, header in landed]
