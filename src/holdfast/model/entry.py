"""The stream between providers and repositories: all that the two share.

A backup is `repository.save(metered(provider.read(resource)))`; a restore is the mirror. Entries come
depth first, a folder before what is in it, siblings in the byte order of their names. Content is pulled
lazily: whoever does not pull it has not read it, which is how an unchanged file costs nothing.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What an entry is; the values are the node types of restic's tree format."""

    FILE = "file"
    DIRECTORY = "dir"
    SYMLINK = "symlink"
    BLOCK_DEVICE = "dev"
    CHARACTER_DEVICE = "chardev"
    FIFO = "fifo"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of an entry besides its content.

    `mode` holds Unix permission bits (0o7777); times are nanoseconds since the epoch; `device` is the
    `st_rdev` of a device node; `device_id` and `inode` together name a hard-linked file.
    """

    mode: int
    uid: int
    gid: int
    user: str
    group: str
    mtime_ns: int
    atime_ns: int
    ctime_ns: int
    inode: int = 0
    device_id: int = 0
    links: int = 1
    size: int = 0
    link_target: bytes = b""
    device: int = 0
    xattrs: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes at an offset. The buffer is only valid until the next range is pulled."""

    offset: int
    content: bytes | memoryview

    @property
    def length(self) -> int:
        """How many bytes the range covers."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Hole:
    """A range that reads as zeros and takes no space."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Same:
    """A range that did not change since the bookmark the provider was given."""

    offset: int
    length: int


Range = Data | Hole | Same


@dataclass(slots=True)
class Listing:
    """What is directly in a folder, told before any of it comes, so that it need not come.

    `fingerprint` is a hash of all that the folder's listing in a backup would hold of its files: while it is
    the same, they are. Whoever has seen it before sets `is_known` before pulling the next entry, and then
    only the folders in this folder come. `file_count` and `byte_count` are of what is left out so.
    """

    fingerprint: bytes
    file_count: int
    byte_count: int
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or special file.

    `path` is absolute without its leading slash (`b"srv/data/letter.txt"`), as restic lays a tree out;
    `content` yields consecutive ranges from offset 0 to `metadata.size`, and raises `Unreadable` where the
    bytes cannot be had. `block_size` above zero asks for fixed aligned blocks (disk images); zero asks
    for content-defined chunks. `listing` may come with a folder.
    """

    path: bytes
    kind: Kind
    metadata: Metadata
    content: Iterable[Range] = ()
    block_size: int = 0
    listing: Listing | None = None


class Unreadable(Exception):  # noqa: N818 - it is an item of the stream as well as an error
    """An entry that could not be read or written: counted and told, never fatal for the others.

    Yielded in the stream for what could not even be looked at; raised while content is pulled.
    """

    def __init__(self, path: bytes, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path.decode(errors='backslashreplace')}: {self.reason}"


class Portable(ABC):
    """Content that another process can pull, so that many small files are read or written on every core.

    Whoever takes it elsewhere asks for `travelling` once instead of pulling, and tells what came of it with
    `arrived`, from the thread that pulls the entries.
    """

    @abstractmethod
    def __iter__(self) -> Iterator[Range]:
        """The ranges, pulled here."""

    @abstractmethod
    def travelling(self) -> Iterable[Range] | None:
        """The same ranges as something that can be pickled; None where they must be pulled here."""

    @abstractmethod
    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        """It was pulled elsewhere: so many bytes of data, or the problem that ended it."""
