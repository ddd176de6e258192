"""Trees of entries made in memory, and what a load brings back in a form that compares."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from holdfast.model.entry import Data, Entry, Hole, Kind, Metadata, Range, Unreadable
from holdfast.repo import load, save
from holdfast.repo.repository import Repository
from holdfast.repo.save import Origin, Saved

METADATA = Metadata(
    mode=0o640,
    uid=1000,
    gid=100,
    user="ada",
    group="users",
    mtime_ns=1_700_000_000_123_456_789,
    atime_ns=1_700_000_000_123_456_789,
    ctime_ns=1_700_000_001_000_000_000,
    inode=7,
    device_id=9,
)

_MOMENTS = count(METADATA.mtime_ns)
Files = Mapping[bytes, bytes]


def origin(parent: str | None = None, *tags: str) -> Origin:
    return Origin((b"srv/data",), "host", "root", tags, datetime(2024, 2, 29, 12, 30, 1, 500000, UTC), parent)


def folder(path: bytes) -> Entry:
    return Entry(path, Kind.DIRECTORY, replace(METADATA, mode=0o750))


def file(path: bytes, content: bytes, *, inode: int = 7, mtime_ns: int = METADATA.mtime_ns) -> Entry:
    known = replace(METADATA, size=len(content), inode=inode, mtime_ns=mtime_ns)
    return Entry(path, Kind.FILE, known, lent(content))


def lent(content: bytes, step: int = 700_001) -> Iterator[Range]:
    """Ranges over one buffer that is overwritten each time, as a provider may do it."""
    buffer = bytearray(step)
    for offset in range(0, len(content), step):
        part = content[offset : offset + step]
        buffer[: len(part)] = part
        yield Data(offset, memoryview(buffer)[: len(part)])
        buffer[:] = b"\xee" * step


def image(path: bytes, ranges: Iterable[Range], size: int, block_size: int = 1 << 20) -> Entry:
    """An image that changed: its time is another one at each call."""
    known = replace(METADATA, size=size, mtime_ns=next(_MOMENTS))
    return Entry(path, Kind.FILE, known, ranges, block_size)


def tree_of(files: Files) -> Iterator[Entry]:
    """Files with the folders they need, depth first, in the byte order of the names."""
    seen = set()
    for path in sorted(files, key=lambda path: path.split(b"/")):
        parts = path.split(b"/")
        for end in range(1, len(parts)):
            above = b"/".join(parts[:end])
            if above not in seen:
                seen.add(above)
                yield folder(above)
        yield file(path, files[path])


def save_files(repository: Repository, files: Files, parent: str | None = None) -> Saved:
    return save.save(repository, tree_of(files), origin(parent))


def content_of(entry: Entry) -> bytes:
    """A file's bytes, proving that its ranges follow each other."""
    content = bytearray()
    for part in entry.content:
        assert part.offset == len(content)
        content += part.content if isinstance(part, Data) else bytes(part.length)
    return bytes(content)


def loaded(repository: Repository, snapshot_id: str, *paths: bytes) -> list[Entry]:
    """All entries; there must be nothing unreadable among them."""
    found = []
    for item in load.load(repository, snapshot_id, paths):
        assert isinstance(item, Entry), item
        found.append(item)
    return found


def loaded_files(repository: Repository, snapshot_id: str, *paths: bytes) -> dict[bytes, bytes]:
    return {
        entry.path: content_of(entry)
        for entry in loaded(repository, snapshot_id, *paths)
        if entry.kind is Kind.FILE
    }


def load_all(repository: Repository, snapshot_id: str) -> tuple[dict[bytes, bytes], list[Unreadable]]:
    """The files that can be loaded, and what cannot."""
    files = {}
    problems = []
    for item in load.load(repository, snapshot_id):
        if isinstance(item, Unreadable):
            problems.append(item)
        elif item.kind is Kind.FILE:
            try:
                files[item.path] = content_of(item)
            except Unreadable as error:
                problems.append(error)
    return files, problems


def holes_of(entry: Entry) -> list[tuple[int, int]]:
    return [(part.offset, part.length) for part in entry.content if isinstance(part, Hole)]
