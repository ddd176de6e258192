"""The plug between holdfast and the things it protects: what a provider can do, and the values it speaks in.

A provider is any class that fits `Provider`; it does not inherit. A built-in one is a file next to this one,
a foreign one is named in the configuration as `package.module:Class`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from holdfast.model.entry import Entry, Unreadable
from holdfast.model.resource import ResourceType

FAILURES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a resource looks like now: its size in bytes as a person would give it (the virtual size of a
    disk), and whatever else the provider can tell about it."""

    size_bytes: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A resource inside another one, a server's disk, which is read and written on its own.

    `name` is the same every time and unique within the whole; `provider` and `settings` open the part.
    """

    name: str
    type: ResourceType
    provider: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much reading a resource would move: the sum of the lengths of the `Data` ranges that `read` would
    yield now, holes not counted, and the number of entries that are no folders."""

    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A resource being read.

    `root` is the absolute path of the resource without its leading slash; the folders that lead to it come
    first in `entries`. `bookmark` is the opaque string to keep with the backup and to give to the next
    `read`, None where the provider has none.
    """

    root: bytes
    entries: Iterator[Entry | Unreadable]
    bookmark: str | None = None


def unheard(problem: Unreadable) -> None:
    """Nobody wants to hear of it before the end."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup is restored to: the resource of these settings, or the path `destination` where given.

    `root` is the root that the backup was read from (`Reading.root`). `failed` is told of each failure as it
    comes, from the thread that pulls the entries: a provider that does so has all of them in the task's log,
    and not only those that it keeps.
    """

    settings: Mapping[str, Any]
    root: bytes
    destination: str | None = None
    failed: Callable[[Unreadable], object] = unheard


@dataclass(frozen=True, slots=True)
class Written:
    """What a restore did: bytes of `Data` put down (holes take none), entries other than folders put down,
    the first `FAILURES_KEPT` of the failures, and how many there were."""

    bytes: int
    files: int
    failures: tuple[Unreadable, ...] = ()
    failure_count: int = 0


@runtime_checkable
class Provider(Protocol):
    """A kind of resource: how to look at it, read it and write it back.

    Every call raises InvalidParameter for settings that cannot be used and ResourceNotFound for a resource
    that is gone. Any other fault is an OSError and ends the task; what concerns one file alone is an
    `Unreadable`, which is counted.
    """

    @property
    def resource_type(self) -> ResourceType:
        """The CBR type of the resources that this provider opens."""

    def inspect(self, settings: Mapping[str, Any]) -> Inspection:
        """Look at the resource."""

    def parts(self, settings: Mapping[str, Any]) -> tuple[Part, ...]:
        """The parts of which a resource consists (a server's disks); none for all others."""

    def measure(self, settings: Mapping[str, Any]) -> Extent:
        """Find out quickly how much `read` would move; an estimate for progress."""

    def read(self, settings: Mapping[str, Any], bookmark: str | None) -> AbstractContextManager[Reading]:
        """Open the resource for a backup. Content can be pulled only while the context is open."""

    def write(self, target: Target, entries: Iterable[Entry | Unreadable]) -> Written:
        """Restore. Raises TargetTooSmall, and OSError where nothing more can be written (a full disk)."""
