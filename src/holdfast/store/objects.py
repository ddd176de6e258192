"""Objects by name under a URL, each put once: a folder, memory, or any object store that obstore speaks to.

All schemes are made equal here. What a put wrote is durable when it returns: on `file://` the file and the
folders that are new are synced. Credentials of cloud stores are read from the environment by obstore.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .address import open_bucket, parse
from .bucket import Bucket
from .buffer import Buffer, Content
from .draft import Draft
from .errors import (
    AccessDenied,
    BadName,
    ObjectDiffers,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreUnavailable,
)
from .folder import Folder
from .place import Place

__all__ = [
    "AccessDenied",
    "BadName",
    "Buffer",
    "Content",
    "Draft",
    "ObjectDiffers",
    "ObjectMissing",
    "Objects",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
    "open_store",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MAX_NAME = 512
# what others cannot open by the address alone: memory is a process's own, and a server asks who comes
_OWN = ("memory:", "http:", "https:")


class Objects:
    """Put-once objects below a prefix of a store.

    Every operation may raise StoreError or one of its kinds (see `errors`); StoreUnavailable after it was
    tried for as long as the address's patience lasts.
    """

    def __init__(self, place: Place, address: tuple[str, ...]) -> None:
        """`address` is what `open_store` or `open_remote` was given."""
        self._place = place
        self._address = address

    @property
    def shared(self) -> bool:
        """Whether another process that opens the same address sees the same objects."""
        return not self._address[0].startswith(_OWN)

    def __reduce__(self) -> tuple[Callable[..., "Objects"], tuple[str, ...]]:
        """Pickled as its address: another process opens the same store, unless it is not shared."""
        if not self.shared:
            raise TypeError(f"{self._address[0]} is opened by one process only")
        return open_store, self._address

    def put(self, name: str, data: Content) -> None:
        """Write an object from one buffer, or several one after the other; it is durable when this returns.

        Putting the same bytes again is fine, also when a first attempt's answer was lost on the way. Nothing
        half-written is ever seen. Raises ObjectDiffers (`Bucket` and `Folder` say how far that is guaranteed
        between two processes in the same moment), StoreFull or BadName.
        """
        self._place.put(_checked(name), data)

    def draft(self) -> Draft:
        """Begin an object whose name is not known yet."""
        return self._place.draft()

    def get(self, name: str) -> bytes:
        """The whole object; raises ObjectMissing."""
        return self._place.get(_checked(name))

    def get_part(self, name: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`; raises ObjectMissing, or StoreError when the object ends before."""
        if length == 0:
            return b""
        part = self._place.get_part(_checked(name), offset, length)
        if len(part) != length:
            raise StoreError(f"{name} ends before byte {offset + length}")
        return part

    def size(self, name: str) -> int:
        """How many bytes the object has; raises ObjectMissing."""
        return self._place.size(_checked(name))

    def names(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Name and size of every object in the folder `prefix` (`"data"`; `""` for all), in no order.

        What others put there under names that are none is passed over.
        """
        folder = f"{_checked(prefix.rstrip('/'))}/" if prefix else ""
        return ((name, size) for name, size in self._place.names(folder) if _is_name(name))

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is fine."""
        self._place.delete(_checked(name))


def open_store(url: str, *below: str) -> Objects:
    """The objects under a URL: `file:///folder`, `s3://bucket/prefix`, `az://…`, `gs://…`, `memory://name`.

    `below` are folders appended to the URL's prefix. `?patience=SECONDS` and `?endpoint=URL` belong to a
    bucket's URL; what else they need comes from the environment (`docs/operate/stores.md`). A memory store
    lives as long as the process; the same URL names the same one. Raises StoreError for an address that
    cannot be used.
    """
    address = parse(url)
    inner = "".join(f"{_checked(part)}/" for part in below)
    if address.scheme == "file":
        return Objects(Folder(Path(address.path) / inner), (url, *below))
    store = open_bucket(address)
    outer = "" if address.scheme == "memory" else address.path.strip("/")
    prefix = f"{_checked(outer)}/{inner}" if outer else inner
    return Objects(Bucket(store, prefix, address.name, address.patience), (url, *below))


def _is_name(name: str) -> bool:
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def _checked(name: str) -> str:
    if not _is_name(name):
        raise BadName(f"{name!r} is not a name for an object")
    return name
