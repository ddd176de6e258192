"""What a restore would do to what is there: told by looking, and nothing is done.

A provider that can tell it has `foresee` besides what `Provider` asks for.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from holdfast.model.entry import Entry, Kind, Unreadable

from .provider import Target

LISTED = 200  # of each kind are named
MOST_LOOKED_AT = 200_000  # entries of a backup
MOST_LEFT_ALONE = 50_000  # entries that are there and not in the backup


class Why(StrEnum):
    """What will keep a part of a backup from being put down, as far as looking tells."""

    NOT_WRITABLE = "not_writable"
    NOT_EMPTY = "not_empty"
    TOO_SMALL = "too_small"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Problem:
    """One such thing, where, and in a sentence."""

    why: Why
    path: bytes
    message: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A file as the backup has it, or as it is there now."""

    kind: Kind
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What comes to an absolute path of this machine, and what is there."""

    path: bytes
    coming: Thing
    there: Thing | None = None


@dataclass(slots=True)
class Share:
    """Some of the entries: how many, the bytes that they bring, and the first of them."""

    count: int = 0
    bytes: int = 0
    first: list[Fate] = field(default_factory=list)

    def add(self, fate: Fate) -> None:
        """Count one more."""
        self.count += 1
        self.bytes += fate.coming.size
        if len(self.first) < LISTED:
            self.first.append(fate)


@dataclass(slots=True)
class Foreseen:
    """What would become of one target, at the absolute path `place`.

    Folders are in no share, but for one that takes the place of something else. `same` is there with the
    size and time of the backup, and is written again. `left_alone` are files that the backup does not have.
    `needed_bytes` is at most what the file system must hold besides what it has: holes count as if they were
    full. What is not `complete` is true of the first entries only.
    """

    place: bytes
    new: Share = field(default_factory=Share)
    overwritten: Share = field(default_factory=Share)
    same: Share = field(default_factory=Share)
    folders_made: int = 0
    left_alone: int = 0
    left_alone_complete: bool = True
    complete: bool = True
    needed_bytes: int = 0
    free_bytes: int = 0
    device: int = 0
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    _spare_bytes: int = 0

    def put(self, fate: Fate) -> None:
        """Something comes to a path: new, the same, or over something else."""
        there = fate.there
        if there is None:
            self.new.add(fate)
            self.needed_bytes += fate.coming.size
        else:
            (self.same if there == fate.coming else self.overwritten).add(fate)
            self.needed_bytes += max(0, fate.coming.size - there.size)
            self._keep_spare(fate.coming.size)

    def warn(self, why: Why, path: bytes, message: str) -> None:
        """Something will go wrong."""
        self.problem_count += 1
        if len(self.problems) < LISTED:
            self.problems.append(Problem(why, path, message))

    def look_at_room(self) -> None:
        """Find out how much room there is, where the deepest folder above the place is that exists."""
        folder = nearest_folder(self.place)
        room = os.statvfs(folder)
        self.free_bytes = room.f_bavail * room.f_frsize
        self.device = os.stat(folder).st_dev

    def _keep_spare(self, size: int) -> None:
        """A file takes the place of another when it is complete: for a while there are both."""
        self.needed_bytes += max(0, size - self._spare_bytes)
        self._spare_bytes = max(self._spare_bytes, size)


@runtime_checkable
class Foreseeing(Protocol):
    """A provider that can tell what `write` would do."""

    def foresee(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Foreseen:
        """Look at what is there; at most `MOST_LOOKED_AT` entries are pulled.

        Raises InvalidParameter where `write` would, and OSError.
        """


def nearest_folder(path: bytes) -> bytes:
    """The path, or the deepest folder above it that exists."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


def may_write(path: bytes) -> bool:
    """Whether this process may make files in a folder, or change a file."""
    wanted = os.W_OK | os.X_OK if os.path.isdir(path) else os.W_OK
    return os.access(path, wanted, effective_ids=True)
