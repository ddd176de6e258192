"""Going through a tree of files depth first, looking at each name once and opening nothing."""

import os
import re
import stat
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from holdfast.model.entry import Listing, Unreadable
from holdfast.model.errors import InvalidParameter

from .anchor import Anchor, join
from .blame import blame

_LISTED = 4096
"""A folder with more names than this is looked at name by name: it must not be held in memory at once."""
_STATUS = struct.Struct("<IQQQIIQqq")
_TOKEN = re.compile(r"\*\*/?|\*|\?|\[(?:![^/]|[^!/])[^\]/]*\]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """A name that is there, its status, which for a symbolic link is its own, and what is in it if it is a
    folder that could be listed as a whole."""

    path: bytes
    status: os.stat_result
    listing: Listing | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What a walk leaves out: paths that match `excluded`, and, with `one_file_system`, what is mounted
    below the folder it started from (the empty mount point stays)."""

    excluded: re.Pattern[str] | None = None
    one_file_system: bool = False

    def leaves_out(self, path: bytes) -> bool:
        """Whether a path is excluded by its name."""
        return self.excluded is not None and self.excluded.fullmatch("/" + os.fsdecode(path)) is not None


def excluding(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """The paths that any of the patterns means.

    A pattern with a leading slash means a whole path, any other the last part or parts of one. `*`, `?` and
    `[…]` stand for parts of a name, `**` for any number of folders. What is below an excluded folder is
    never looked at. Raises InvalidParameter for a range that runs backwards (`[z-a]`).
    """
    if not patterns:
        return None
    try:
        return re.compile("|".join(f"(?:{_expression(pattern)})" for pattern in patterns), re.DOTALL)
    except re.error as error:
        raise InvalidParameter("exclude", f"{', '.join(patterns)}: {error.msg}") from error


def _expression(pattern: str) -> str:
    whole = "" if pattern.startswith("/") else "/(?:.*/)?"
    body = pattern if len(pattern) == 1 else pattern.rstrip("/")
    return whole + "".join(map(_meaning, _TOKEN.findall(body)))


def _meaning(token: str) -> str:
    fixed = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in fixed:
        return fixed[token]
    if len(token) > 1:
        negated = token.startswith("[!")
        members = re.sub(r"([\\\[\]^&~|]|-(?=-))", r"\\\1", token[2 if negated else 1 : -1])
        return f"(?!/)[{'^' if negated else ''}{members}]"
    return re.escape(token)


def walk(anchor: Anchor, root: bytes, selection: Selection) -> Iterator[Found | Unreadable]:
    """The root and all that is below it: a folder before what is in it, siblings in the byte order of their
    names, sockets left out. What cannot be looked at comes as `Unreadable`, a folder that cannot be listed
    as both. With the root `b""` the anchor itself is left out. Of a folder whose listing was told to be known
    only the folders come."""
    start = _look(anchor, root)
    if isinstance(start, Unreadable):
        yield start
        return
    pending: list[Iterator[Found | Unreadable]] = [iter((start,))]
    while pending:
        found = next(pending[-1], None)
        if found is None:
            pending.pop()
        elif isinstance(found, Unreadable) or not _enters(found, start, selection):
            yield found
        else:
            yield from _enter(anchor, found, selection, pending)


def _enter(
    anchor: Anchor, folder: Found, selection: Selection, pending: list[Iterator[Found | Unreadable]]
) -> Iterator[Found | Unreadable]:
    """The folder itself; what is in it is added to what is pending."""
    try:
        names = anchor.names(folder.path)
    except OSError as error:
        yield folder
        yield blame(folder.path, error)
        return
    found = _one_by_one(anchor, folder.path, names, selection)
    inside = list(found) if len(names) <= _LISTED else None
    listing = _listing(inside) if inside is not None else None
    if folder.path:
        yield Found(folder.path, folder.status, listing)
    if inside is not None and listing is not None and listing.is_known:
        inside = [one for one in inside if isinstance(one, Found) and stat.S_ISDIR(one.status.st_mode)]
    pending.append(found if inside is None else iter(inside))


def _one_by_one(
    anchor: Anchor, folder: bytes, names: Sequence[bytes], selection: Selection
) -> Iterator[Found | Unreadable]:
    for name in names:
        path = join(folder, name)
        if selection.leaves_out(path):
            continue
        found = _look(anchor, path)
        if isinstance(found, Unreadable) or not stat.S_ISSOCK(found.status.st_mode):
            yield found


def _listing(inside: Sequence[Found | Unreadable]) -> Listing | None:
    """A fingerprint of all that is in a folder; None where some of it could not be looked at.

    What changes a file, be it content, owner, mode or attribute, changes the moment of its last change.
    """
    parts = []
    file_count = byte_count = 0
    for one in inside:
        if isinstance(one, Unreadable):
            return None
        status = one.status
        mode = status.st_mode
        if not stat.S_ISDIR(mode):
            file_count += 1
            if stat.S_ISREG(mode):
                byte_count += status.st_size
        parts.append(one.path.rpartition(b"/")[2] + b"\0")
        parts.append(
            _STATUS.pack(
                mode,
                status.st_ino,
                status.st_dev,
                status.st_nlink,
                status.st_uid,
                status.st_gid,
                status.st_size,
                status.st_mtime_ns,
                status.st_ctime_ns,
            )
        )
    return Listing(sha256(b"".join(parts)).digest(), file_count, byte_count)


def _look(anchor: Anchor, path: bytes) -> Found | Unreadable:
    try:
        return Found(path, anchor.stat(path))
    except FileNotFoundError:
        return Unreadable(path, "vanished while its folder was being read")
    except OSError as error:
        return blame(path, error)


def _enters(found: Found, start: Found, selection: Selection) -> bool:
    if not stat.S_ISDIR(found.status.st_mode):
        return False
    return not selection.one_file_system or found.status.st_dev == start.status.st_dev
