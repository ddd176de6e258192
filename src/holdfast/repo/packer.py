"""The packer: takes new blobs, and sees to it that they are sealed, packed, uploaded and indexed.

The caller's thread decides what is new and where it goes; a few threads compress and seal (the libraries
let Python's lock go meanwhile), others hash and upload finished packs. What waits in between is bounded.
Chunks are spread at random over some open packs, so that the lengths of neighbours in a pack tell little
about a file.
"""

import os
import secrets
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType

from holdfast.store.objects import StoreError

from . import blob, index, pack
from .blob import BlobKind, Sealed
from .crypto import Buffer
from .errors import RepositoryError
from .ids import blob_id
from .index import Index
from .pack import Pack
from .repository import Repository, put_file
from .zeros import ZEROS, zero_id

_OPEN_PACKS = 2
_PACK_BLOBS = 20_000  # a pack of tiny blobs ends here: its header must stay small
_BATCH_BYTES = 1 << 20
_BATCH_BLOBS = 96
_SEALING_BYTES = 32 << 20
_UPLOADS = 3
_INDEX_PACKS = 256
_INDEX_BLOBS = 50_000
_THREADS = min(4, os.cpu_count() or 1)

_Waiting = tuple[BlobKind, bytes, Buffer]


class Packer:
    """Where a save puts its blobs; a `with` block that ends without `finish` keeps only whole packs."""

    def __init__(self, repository: Repository, known: Index) -> None:
        """`known` is the repository's index; it learns of every pack that is uploaded."""
        self.stored_bytes = 0
        self._repository = repository
        self._index = known
        self._pending: set[tuple[BlobKind, bytes]] = set()
        self._batch: list[_Waiting] = []
        self._batch_bytes = 0
        self._sealing: deque[tuple[Future[list[Sealed]], int]] = deque()
        self._sealing_bytes = 0
        self._open = {kind: [_OpenPack() for _ in range(_OPEN_PACKS)] for kind in BlobKind}
        self._uploading: deque[Future[Pack]] = deque()
        self._unwritten: list[Pack] = []
        self._workers = ThreadPoolExecutor(_THREADS, "seal")
        self._uploaders = ThreadPoolExecutor(_UPLOADS, "upload")

    def __enter__(self) -> "Packer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._workers.shutdown(cancel_futures=True)
        if error is not None and not isinstance(error, StoreError):
            # the save failed for its source's sake: what is uploaded is sound, and the next one can use it
            with suppress(StoreError, RepositoryError):
                self._land_uploads(0)
                self._write_index()
        self._uploaders.shutdown(cancel_futures=True)

    def has(self, kind: BlobKind, content_id: bytes) -> bool:
        """Whether the blob is in the repository or on its way there."""
        return self._index.has(kind, content_id) or (kind, content_id) in self._pending

    def adopt(self, packs: Sequence[Pack]) -> None:
        """Take packs that are in the store and that no index file tells of."""
        for one in packs:
            self._index.add(one)
            self._unwritten.append(one)

    def put(self, kind: BlobKind, content: Buffer) -> bytes:
        """Store a blob unless it is known; its id. The content must not change any more."""
        content_id = blob_id(content)
        self._put_new(kind, content_id, content)
        return content_id

    def put_data(self, pieces: Sequence[Buffer]) -> list[bytes]:
        """Store data blobs unless they are known, hashing them side by side; their ids."""
        if len(pieces) == 1:
            return [self.put(BlobKind.DATA, pieces[0])]
        ids = list(self._workers.map(blob_id, pieces))
        for content_id, content in zip(ids, pieces, strict=True):
            self._put_new(BlobKind.DATA, content_id, content)
        return ids

    def put_zeros(self, length: int) -> bytes:
        """Store a data blob of so many zeros, at most 8 MiB, unless it is known; its id."""
        content_id = zero_id(length)
        self._put_new(BlobKind.DATA, content_id, ZEROS[:length])
        return content_id

    def finish(self) -> None:
        """Upload all that was put, then write the index of it."""
        self._submit()
        while self._sealing:
            self._land_sealed()
        for packs in self._open.values():
            self._close_last(packs)
        self._land_uploads(0)
        self._write_index()

    def _put_new(self, kind: BlobKind, content_id: bytes, content: Buffer) -> None:
        if self.has(kind, content_id):
            return
        self._pending.add((kind, content_id))
        self._batch.append((kind, content_id, content))
        self._batch_bytes += len(content)
        if self._batch_bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH_BLOBS:
            self._submit()

    def _submit(self) -> None:
        if not self._batch:
            return
        self._sealing.append((self._workers.submit(self._seal, self._batch), self._batch_bytes))
        self._sealing_bytes += self._batch_bytes
        self._batch, self._batch_bytes = [], 0
        while self._sealing and (self._sealing_bytes > _SEALING_BYTES or self._sealing[0][0].done()):
            self._land_sealed()
        self._land_uploads(_UPLOADS)

    def _seal(self, batch: list[_Waiting]) -> list[Sealed]:
        key, compressing = self._repository.key, self._repository.compressing
        return [
            blob.seal(key, kind, content, content_id, compressing=compressing)
            for kind, content_id, content in batch
        ]

    def _land_sealed(self) -> None:
        future, size = self._sealing.popleft()
        self._sealing_bytes -= size
        landed = future.result()
        for sealed, chance in zip(landed, os.urandom(len(landed)), strict=True):
            open_pack = self._open[sealed.kind][chance % _OPEN_PACKS]
            open_pack.add(sealed)
            if open_pack.size >= pack.TARGET_BYTES or len(open_pack.blobs) >= _PACK_BLOBS:
                self._upload(open_pack)

    def _close_last(self, packs: list["_OpenPack"]) -> None:
        """Upload what is still open, as one pack where it fits."""
        if sum(one.size for one in packs) <= pack.TARGET_BYTES:
            for one in packs[1:]:
                packs[0].take(one)
        for one in packs:
            self._upload(one)

    def _upload(self, open_pack: "_OpenPack") -> None:
        if not open_pack.blobs:
            return
        self._uploading.append(self._uploaders.submit(self._put_pack, open_pack.blobs))
        open_pack.clear()
        self._land_uploads(_UPLOADS)

    def _put_pack(self, sealed: list[Sealed]) -> Pack:
        packed, content = pack.build(self._repository.key, sealed)
        sealed.clear()  # the bytes are in the pack now: hold them once
        self._verify(packed, content)
        self._repository.store.put(pack.name(packed.id), content)
        return packed

    def _verify(self, packed: Pack, content: bytes) -> None:
        """Open again what was sealed: every listing, and one piece of data from each pack.

        A fault of a library or a key shows in every blob, so that one of a pack finds it; opening all would
        cost a third of the speed. A damaged listing would lose a whole folder, and listings are small. Raises
        Damaged, and the save fails before anything bad is in the store.
        """
        some = packed.blobs
        if packed.blobs[0].kind is BlobKind.DATA:
            some = (secrets.choice(packed.blobs),)
        view = memoryview(content)
        for one in some:
            blob.unseal(
                self._repository.key, view[one.offset : one.offset + one.length], one.id, one.plain_length
            )

    def _land_uploads(self, remaining: int) -> None:
        """Wait until no more than so many uploads are under way."""
        while len(self._uploading) > remaining or (self._uploading and self._uploading[0].done()):
            packed = self._uploading.popleft().result()
            self.stored_bytes += packed.size
            self._index.add(packed)
            self._pending.difference_update([(one.kind, one.id) for one in packed.blobs])
            self._unwritten.append(packed)
        if len(self._unwritten) >= _INDEX_PACKS or sum(len(p.blobs) for p in self._unwritten) >= _INDEX_BLOBS:
            self._write_index()

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


class _OpenPack:
    """Sealed blobs that become a pack when they are enough."""

    def __init__(self) -> None:
        self.blobs: list[Sealed] = []
        self.size = 0

    def add(self, sealed: Sealed) -> None:
        self.blobs.append(sealed)
        self.size += len(sealed.content)

    def take(self, other: "_OpenPack") -> None:
        self.blobs = [*self.blobs, *other.blobs]
        self.size += other.size
        other.clear()

    def clear(self) -> None:
        self.blobs, self.size = [], 0
