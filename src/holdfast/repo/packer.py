"""The packer: takes new blobs, and sees to it that they are sealed, packed, uploaded and indexed.

The caller's thread decides what is new; one thread for each lane compresses and seals (the libraries let
Python's lock go meanwhile), others put finished packs. What waits in between is bounded. Each lane has a pack
open, and pieces are spread over the lanes at random, so that the lengths of neighbours in a pack tell little
about a file.
"""

import os
import secrets
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType

from holdfast.store.objects import StoreError

from . import index
from .blob import BlobKind
from .crypto import Buffer
from .errors import RepositoryError
from .ids import blob_id
from .index import Index
from .pack import Pack
from .repository import Repository, put_file
from .writer import Uploads, Writer
from .zeros import ZEROS, zero_id

_LANES = max(2, min(4, os.cpu_count() or 1))
_BATCH_BYTES = 1 << 20
_BATCH_BLOBS = 96
_BATCHES_AHEAD = 4
_INDEX_PACKS = 256
_INDEX_BLOBS = 50_000

_Waiting = tuple[BlobKind, bytes, Buffer, Buffer | None]


class Packer:
    """Where a save puts its blobs; a `with` block that ends without `finish` keeps only whole packs."""

    def __init__(self, repository: Repository, known: Index) -> None:
        """`known` is the repository's index; it learns of every pack that is uploaded."""
        self.stored_bytes = 0
        self._repository = repository
        self._claims = _Claims(known)
        self._batches: dict[BlobKind, list[_Waiting]] = {kind: [] for kind in BlobKind}
        self._sizes = dict.fromkeys(BlobKind, 0)
        self._unwritten: list[Pack] = []
        self._uploads = Uploads(repository)
        self._lanes = [_Lane(Writer(repository, self._uploads)) for _ in range(_LANES)]
        self._hashers = ThreadPoolExecutor(_LANES, "hash")

    def __enter__(self) -> "Packer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._hashers.shutdown(cancel_futures=True)
        for lane in self._lanes:
            lane.close()
        if error is not None and not isinstance(error, StoreError):
            # the save failed for its source's sake: what is uploaded is sound, and the next one can use it
            with suppress(StoreError, RepositoryError):
                self.land(self._uploads.wait())
                self._write_index()
        self._uploads.close()

    def has(self, kind: BlobKind, content_id: bytes) -> bool:
        """Whether the blob is in the repository or on its way there."""
        return self._claims.has(kind, content_id)

    def claim(self, kind: BlobKind, ids: Iterable[bytes]) -> list[bool]:
        """Which of these blobs are new; whoever asks puts them, and `land`s their packs. For any thread."""
        return self._claims.claim(kind, ids)

    def adopt(self, packs: Sequence[Pack]) -> None:
        """Take packs that are in the store and that no index file tells of."""
        self._claims.land(packs)
        self._unwritten += packs

    def put(self, kind: BlobKind, content: Buffer) -> bytes:
        """Store a blob unless it is known; its id. The content must not change any more."""
        content_id = blob_id(content)
        self.put_known(kind, content_id, content)
        return content_id

    def put_known(
        self, kind: BlobKind, content_id: bytes, content: Buffer, packed: Buffer | None = None
    ) -> None:
        """The same for a blob whose id is known; `packed` is the content compressed, if that is at hand."""
        if not self._claims.claim(kind, (content_id,))[0]:
            return
        self._batches[kind].append((kind, content_id, content, packed))
        self._sizes[kind] += len(content)
        if self._sizes[kind] >= _BATCH_BYTES or len(self._batches[kind]) >= _BATCH_BLOBS:
            self._submit(kind)

    def put_data(self, pieces: Sequence[Buffer]) -> list[bytes]:
        """Store data blobs unless they are known, hashing them side by side; their ids."""
        if len(pieces) == 1:
            return [self.put(BlobKind.DATA, pieces[0])]
        ids = list(self._hashers.map(blob_id, pieces))
        for content_id, content in zip(ids, pieces, strict=True):
            self.put_known(BlobKind.DATA, content_id, content)
        return ids

    def put_zeros(self, length: int) -> bytes:
        """Store a data blob of so many zeros, at most 64 MiB, unless it is known; its id."""
        content_id = zero_id(length)
        self.put_known(BlobKind.DATA, content_id, ZEROS[:length])
        return content_id

    def land(self, packs: Sequence[Pack]) -> None:
        """These packs are in the store."""
        if not packs:
            return
        self._claims.land(packs)
        self.stored_bytes += sum(one.size for one in packs)
        self._unwritten += packs
        if len(self._unwritten) >= _INDEX_PACKS or sum(len(p.blobs) for p in self._unwritten) >= _INDEX_BLOBS:
            self._write_index()

    def finish(self) -> None:
        """Upload all that was put, then write the index of it."""
        for kind in BlobKind:
            self._submit(kind)
        first, *others = self._lanes
        first.wait()
        for lane in others:
            lane.wait()
            first.writer.take_over(lane.writer)
        first.writer.close()
        self.land(self._uploads.wait())
        self._write_index()

    def _submit(self, kind: BlobKind) -> None:
        if self._batches[kind]:
            # one lane is enough for listings: they are few, and a pack that is open takes room
            lane = self._lanes[0] if kind is BlobKind.TREE else self._some_lane()
            lane.give(self._batches[kind])
            self._batches[kind], self._sizes[kind] = [], 0
        self.land(self._uploads.landed())

    def _some_lane(self) -> "_Lane":
        """One at random of those that have room, or of all."""
        return secrets.choice([lane for lane in self._lanes if not lane.is_full] or self._lanes)

    def _write_index(self) -> None:
        """Write index files of the packs that none tells of yet: after a kill they need not be sent again."""
        packs, self._unwritten = self._unwritten, []
        while packs:
            count = blobs = 0
            while count < len(packs) and blobs < _INDEX_BLOBS:
                blobs += len(packs[count].blobs)
                count += 1
            _, size = put_file(self._repository, "index", index.encode(packs[:count]))
            self.stored_bytes += size
            packs = packs[count:]


class _Claims:
    """What is in the repository or on its way there; threads may ask and claim at once."""

    def __init__(self, known: Index) -> None:
        self._index = known
        self._pending: dict[BlobKind, set[bytes]] = {kind: set() for kind in BlobKind}
        self._lock = threading.Lock()

    def has(self, kind: BlobKind, content_id: bytes) -> bool:
        """For the thread that lands packs, which needs no lock to look."""
        return self._index.has(kind, content_id) or content_id in self._pending[kind]

    def claim(self, kind: BlobKind, ids: Iterable[bytes]) -> list[bool]:
        pending = self._pending[kind]
        claimed = []
        with self._lock:
            for one in ids:
                new = one not in pending and not self._index.has(kind, one)
                if new:
                    pending.add(one)
                claimed.append(new)
        return claimed

    def land(self, packs: Iterable[Pack]) -> None:
        with self._lock:
            for packed in packs:
                self._index.add(packed)
                for one in packed.blobs:
                    self._pending[one.kind].discard(one.id)


class _Lane:
    """A thread with a writer, and what waits for it."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._thread = ThreadPoolExecutor(1, "seal")
        self._going: deque[Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether giving it more would have to wait."""
        return len(self._going) >= _BATCHES_AHEAD and not self._going[0].done()

    def give(self, batch: list[_Waiting]) -> None:
        """Have blobs written; waits while too many wait already. Raises what writing earlier ones raised."""
        while self._going and (len(self._going) >= _BATCHES_AHEAD or self._going[0].done()):
            self._going.popleft().result()
        self._going.append(self._thread.submit(self._write, batch))

    def wait(self) -> None:
        """Wait for all that was given; raises as `give`."""
        while self._going:
            self._going.popleft().result()

    def close(self) -> None:
        """Finish what is being written, drop the rest."""
        self._thread.shutdown(cancel_futures=True)

    def _write(self, batch: list[_Waiting]) -> None:
        for kind, content_id, content, packed in batch:
            self.writer.add(kind, content_id, content, packed)
