"""The writer: seals new blobs into open packs, proves them, and puts full packs, each pack under its id.

A writer belongs to one thread. Full packs are synced and put by a few other threads meanwhile; how many are
open or under way is bounded.
"""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore

from . import blob, compression, pack
from .blob import BlobKind
from .crypto import Buffer
from .errors import Damaged
from .pack import OpenPack, Pack
from .repository import Repository

_THREADS = 2
_UNDER_WAY = 4


class Uploads:
    """Opens packs, and puts them on threads of its own."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._threads = ThreadPoolExecutor(_THREADS, "upload")
        self._going: deque[Future[Pack]] = deque()
        self._room = BoundedSemaphore(_UNDER_WAY)
        self._open: set[OpenPack] = set()

    def open(self) -> OpenPack:
        """A new pack; raises StoreError."""
        new = OpenPack(self._repository.key, self._repository.store.draft())
        self._open.add(new)
        return new

    def send(self, full: OpenPack) -> None:
        """Have a pack put; waits while too many are on their way."""
        self._room.acquire()
        self._going.append(self._threads.submit(self._put, full))

    def landed(self) -> list[Pack]:
        """The packs that have been put since this was last asked; raises what putting one raised."""
        found = []
        while self._going and self._going[0].done():
            found.append(self._going.popleft().result())
        return found

    def wait(self) -> list[Pack]:
        """Wait for all that is under way; returns and raises as `landed`."""
        found = []
        while self._going:
            found.append(self._going.popleft().result())
        return found

    def close(self) -> None:
        """Wait for what is being put now, drop the rest."""
        self._threads.shutdown(cancel_futures=True)
        for one in self._open:
            one.drop()

    def _put(self, full: OpenPack) -> Pack:
        try:
            return full.put()
        finally:
            self._open.discard(full)
            full.drop()
            self._room.release()


class Writer:
    """One thread's open packs, one for each kind of blob."""

    def __init__(self, repository: Repository, uploads: Uploads) -> None:
        self._repository = repository
        self._uploads = uploads
        self._open: dict[BlobKind, OpenPack] = {}
        self._scratch = bytearray()

    def add(self, kind: BlobKind, content_id: bytes, content: Buffer, packed: Buffer | None = None) -> None:
        """Seal a blob, compressed, which it may be already; see `Packer.put_known`.

        Raises Damaged where what was sealed does not open to the same again.
        """
        plain_length = len(content)
        if packed is None or not self._repository.compressing:
            packed, plain_length = blob.pressed(content, compressing=self._repository.compressing)
        open_pack = self._open.get(kind)
        if open_pack is None:
            open_pack = self._open[kind] = self._uploads.open()
        self._prove(open_pack.add(kind, content_id, packed, plain_length), packed, content)
        if open_pack.is_full:
            self._uploads.send(self._open.pop(kind))

    def close(self) -> None:
        """Send what is still open."""
        for open_pack in self._open.values():
            self._uploads.send(open_pack)
        self._open.clear()

    def take_over(self, other: "Writer") -> None:
        """Take another writer's open packs, joined with the own ones where they fit into one."""
        for kind, theirs in other._open.items():
            mine = self._open.get(kind)
            if mine is None:
                self._open[kind] = theirs
            elif mine.size + theirs.size <= pack.TARGET_BYTES:
                mine.take_all(theirs)
            else:
                self._uploads.send(theirs)
        other._open.clear()

    def _prove(self, sealed: memoryview, packed: Buffer, content: Buffer) -> None:
        """Open what was sealed and compare: a fault of memory or a library must not reach the store."""
        if len(self._scratch) < len(sealed):
            self._scratch = bytearray(len(sealed))
        opened = self._repository.key.open_into(sealed, memoryview(self._scratch))
        # views are compared byte by byte, `startswith` at the speed of memory
        if not self._scratch.startswith(packed):
            raise Damaged("a blob was not what it should be after it was sealed")
        if packed is not content and not compression.decompress(opened, len(content)).startswith(content):
            raise Damaged("a blob was not what it should be after it was compressed")
