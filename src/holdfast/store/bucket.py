"""Objects in a bucket of an object store that obstore speaks to, or in memory.

obstore makes single requests and does not try again; what failed for a passing reason is tried again here,
the same way for every operation and every store.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store

from .answers import translated
from .buffer import Content, length, pieces, same
from .draft import Draft, Spool
from .errors import ObjectDiffers, ObjectMissing, StoreError, StoreUnavailable
from .listing import Listing
from .patience import Patience
from .signed_ranges import get_signed_range

Store = S3Store | AzureStore | GCSStore | MemoryStore

# an object that may be sent a second time to learn the server's manners
_SMALL = 1 << 16
# what a server says to a condition that it has no code for
_UNKNOWN_CONDITION = ("status code: 501", "<Code>NotImplemented")
_NOT_PARTIAL = "non-partial response"


class Bucket:
    """Objects under a prefix; every operation is tried again for as long as the patience lasts.

    **Put once.** Azure, Google and S3 as Amazon, MinIO and Ceph serve it refuse in one step to make what is
    there already. Some servers of the S3 protocol do not look at that condition (rclone's). So it is asked
    first whether the object is there, until the server has shown that it refuses by itself; on one that never
    does, two processes that put different bytes under one name in the same moment may both succeed, and the
    last one's stay. Names that are hashes of their content cannot meet this.
    """

    def __init__(self, store: Store, prefix: str, name: str, patience: Patience) -> None:
        """`name` is what messages call the bucket; `prefix` ends with a slash, or is empty."""
        self._store = store
        self._prefix = prefix
        self._name = name
        self._patience = patience
        self._refuses = None if isinstance(store, S3Store) else True
        self._knows_conditions = True
        self._knows_ranges = True

    def put(self, name: str, content: Content) -> None:
        """Write an object, once; see the class for what that means on which server."""
        parts = pieces(content)
        if isinstance(self._store, MemoryStore):
            # it keeps the very buffers that it is given, and their owner may use them again
            parts = [memoryview(b"".join(parts))]
        if not self._refuses and self._is_there(name, parts):
            return
        self._patience.of(lambda: self._put(name, parts))
        if self._refuses is None and length(parts) <= _SMALL:
            self._learn(name, parts)

    def draft(self) -> Draft:
        """An object to be, kept on this machine until it has its name."""
        return Spool(self.put, in_memory=isinstance(self._store, MemoryStore))

    def get(self, name: str) -> bytes:
        """The whole object."""
        return self._patience.of(lambda: self._get(name))

    def get_part(self, name: str, offset: int, length: int) -> bytes:
        """A part; fewer bytes when the object ends before."""
        return self._patience.of(lambda: self._get_part(name, offset, offset + length))

    def size(self, name: str) -> int:
        """How many bytes the object has."""
        return self._patience.of(lambda: self._size(name))

    def names(self, folder: str) -> Iterator[tuple[str, int]]:
        """Names and sizes below a folder (`"data/"`; `""` for all)."""
        listing = Listing(self._store, self._prefix + folder, self._name)
        for path, size in listing.paths(self._patience):
            yield path[len(self._prefix) :], size

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is fine."""
        with suppress(ObjectMissing):
            self._patience.of(lambda: self._delete(name))

    def _put(self, name: str, parts: list[memoryview]) -> None:
        payload = parts[0] if len(parts) == 1 else parts or b""
        mode: Literal["create", "overwrite"] = "create" if self._knows_conditions else "overwrite"
        with translated(name, self._name):
            try:
                obstore.put(self._store, self._prefix + name, payload, mode=mode, use_multipart=False)
            except AlreadyExistsError:
                self._check_same(name, parts)
            except BaseError as error:
                if mode == "overwrite" or not any(sign in str(error) for sign in _UNKNOWN_CONDITION):
                    raise
                self._knows_conditions, self._refuses = False, False
                raise StoreUnavailable(f"{name}: the server knows no conditions") from error

    def _learn(self, name: str, parts: list[memoryview]) -> None:
        """Whether the server refuses by itself: tell it to make again what was made a moment ago."""
        payload = parts[0] if len(parts) == 1 else parts or b""
        with suppress(StoreError), translated(name, self._name):
            try:
                obstore.put(self._store, self._prefix + name, payload, mode="create", use_multipart=False)
                self._refuses = False
            except AlreadyExistsError:
                self._refuses = True

    def _is_there(self, name: str, parts: list[memoryview]) -> bool:
        """Whether the same bytes are there; raises ObjectDiffers for other ones."""
        try:
            self.size(name)
        except ObjectMissing:
            return False
        self._patience.of(lambda: self._check_same(name, parts))
        return True

    def _check_same(self, name: str, parts: list[memoryview]) -> None:
        try:
            stored = self._get(name)
        except ObjectMissing as error:
            raise StoreUnavailable(f"{name} is being written or deleted by another process") from error
        if not same(parts, stored):
            raise ObjectDiffers(f"{name} is there already with other bytes")

    def _get(self, name: str) -> bytes:
        with translated(name, self._name):
            answer = obstore.get(self._store, self._prefix + name)
            stored = answer.bytes().to_bytes()
        return _whole(name, stored, answer.meta["size"])

    def _get_part(self, name: str, start: int, end: int) -> bytes:
        path = self._prefix + name
        if self._knows_ranges:
            with translated(name, self._name):
                try:
                    return obstore.get_range(self._store, path, start=start, end=end).to_bytes()
                except BaseError as error:
                    if _NOT_PARTIAL not in str(error) or isinstance(self._store, MemoryStore):
                        raise
                    self._knows_ranges = False
        if isinstance(self._store, MemoryStore):
            raise StoreError(f"{name}: memory has no address")
        return get_signed_range(self._store, path, (start, end), self._patience.request_seconds)

    def _size(self, name: str) -> int:
        with translated(name, self._name):
            return obstore.head(self._store, self._prefix + name)["size"]

    def _delete(self, name: str) -> None:
        with translated(name, self._name):
            obstore.delete(self._store, self._prefix + name)


def _whole(name: str, stored: bytes, promised: int) -> bytes:
    if len(stored) != promised:
        raise StoreUnavailable(f"{name}: {len(stored)} bytes came of {promised}")
    return stored
