"""What a backup holds, for people: its files and folders, and what is different from another backup."""

from enum import StrEnum

import msgspec

from .entry import Kind


class BackupFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file, folder or special file in a backup; `path` is absolute, as `spelling` has it.

    `size_bytes` is that of a file's content, 0 for all else; `mode` are Unix permission bits. `problem` says
    what cannot be read of it, and is empty where all is well.
    """

    path: str
    kind: Kind
    size_bytes: int
    mtime_ns: int
    mode: int
    uid: int
    gid: int
    link_target: str
    problem: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


class FolderContent(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what is right in a folder; `count` is all of it. `root` is where the resource begins."""

    root: str
    path: str
    files: tuple[BackupFile, ...]
    count: int


class FoundFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found; there may be `more`, because there is too much, or the search took too long.

    `root` is where the resource begins.
    """

    root: str
    files: tuple[BackupFile, ...]
    more: bool


class ChangeAction(StrEnum):
    """What became of a file or folder. `metadata`: only its mode, owner, time or attributes are others."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    METADATA = "metadata"
    RETYPED = "retyped"


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that is different; what was not there on a side has neither kind nor size on it."""

    path: str
    action: ChangeAction
    kind_before: Kind | None
    kind_after: Kind | None
    bytes_before: int | None
    bytes_after: int | None


class ChangeTotal(msgspec.Struct):
    """How many entries an action befell, and how large the files among them are on each side."""

    count: int = 0
    bytes_before: int = 0
    bytes_after: int = 0


class FoundChanges(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the changes, and the totals of all of them, unless they are not `complete`.

    `root` is where the resource begins.
    """

    root: str
    changes: tuple[FileChange, ...]
    more: bool
    totals: dict[ChangeAction, ChangeTotal]
    complete: bool
