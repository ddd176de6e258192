"""Going through a tree of files depth first, looking at each name once and opening nothing."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holdfast.model.entry import Kind, Unreadable
from holdfast.model.errors import InvalidParameter

from .anchor import Anchor, join
from .blame import blame
from .metadata import kind_of

_TOKEN = re.compile(r"\*\*/?|\*|\?|\[(?:![^/]|[^!/])[^\]/]*\]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """A name that is there, and its status, which for a symbolic link is its own."""

    path: bytes
    status: os.stat_result


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
    as both. With the root `b""` the anchor itself is left out."""
    start = _look(anchor, root)
    if isinstance(start, Unreadable):
        yield start
        return
    pending: list[Iterator[bytes]] = [iter((root,) if root else _below(anchor, root))]
    while pending:
        path = next(pending[-1], None)
        if path is None:
            pending.pop()
            continue
        if path != root and selection.leaves_out(path):
            continue
        found = _look(anchor, path)
        if isinstance(found, Found) and kind_of(found.status) is Kind.SOCKET:
            continue
        yield found
        if isinstance(found, Found) and _enters(found, start, selection):
            try:
                pending.append(_below(anchor, path))
            except OSError as error:
                yield blame(path, error)


def _below(anchor: Anchor, path: bytes) -> Iterator[bytes]:
    names = anchor.names(path)
    return (join(path, name) for name in names)


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
