"""What was measured, kept as a JSON file for each database and part, so that a run goes on where it stood."""

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from bench import machine, results

Figures = TypeVar("Figures", bound=msgspec.Struct)


class Times(msgspec.Struct, frozen=True):
    """How long so many requests took, in milliseconds."""

    asked: int
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, took: Iterable[float]) -> "Times":
        """Of these milliseconds: at most so many for that share of the requests."""
        ranked = sorted(took)
        last = len(ranked) - 1
        p50, p95, p99 = (ranked[min(last, int(len(ranked) * share))] for share in (0.50, 0.95, 0.99))
        return cls(len(ranked), p50, p95, p99, ranked[last])


class Slow(msgspec.Struct, frozen=True):
    """A question that took long: the median of its times, in milliseconds, and how many tasks matched."""

    name: str
    took: float
    count: int


class DeepTimes(msgspec.Struct, frozen=True):
    """A page behind so many tasks, by its offset and by a marker: milliseconds, the longest but one."""

    name: str
    offset: int
    by_offset: float
    by_marker: float


class Memory(msgspec.Struct, frozen=True):
    """PSS of a process, in bytes: before it asked, after every question was asked, and while it asked on."""

    before: int
    after: int
    later: list[int]
    requests: int


class Queries(msgspec.Struct, frozen=True):
    """Pages with their counts: times by the number of filters, the slowest of one or two filters, wrong
    answers, first answers of a process by question, milliseconds."""

    groups: dict[str, Times]
    orders: dict[str, Times]
    slowest: list[Slow]
    wrong: list[str]
    cold: dict[str, float]
    deep: list[DeepTimes]
    memory: Memory
    database_bytes: int


class Load(msgspec.Struct, frozen=True):
    """Requests a second by so many connections: of the list, and of a constant body as large."""

    question: str
    connections: int
    listed: float
    constant: float
    body_bytes: int

    @property
    def ratio(self) -> float:
        """The list's share."""
        return self.listed / self.constant


class Streaming(msgspec.Struct, frozen=True):
    """A long answer: its items, its seconds, and the server's PSS before and at most meanwhile."""

    items: int
    seconds: float
    before: int
    peak: int


class Http(msgspec.Struct, frozen=True):
    """What the server reached. An export or streams of events are missing where it has no such thing."""

    loads: list[Load]
    export: Streaming | None
    clients: Streaming | None


class Progress(msgspec.Struct, frozen=True):
    """What progress costs: writes a second and bytes of each by the speed of the stream, and times of lists
    with and without tasks that tell theirs."""

    writes_per_second: dict[str, float]
    bytes_per_write: float
    alone: Times
    beside: Times
    tasks: int
    tells_per_second: float
    mean_ratio: float


class Steps(msgspec.Struct, frozen=True):
    """Work in steps: rows a second, and the longest transaction that writes, in milliseconds; times of lists
    meanwhile."""

    rows: int
    rows_per_second: float
    longest: float
    lists: Times


class Upkeep(msgspec.Struct, frozen=True):
    """Sealing and trimming, beside lists that nothing disturbs."""

    alone: Times
    sealing: Steps
    trimming: Steps


class Kept(msgspec.Struct, frozen=True):
    """Figures as they are kept: when the source was this, on this machine."""

    source_digest: str
    measured_on: str
    figures: msgspec.Raw


def keep(folder: Path, name: str, figures: msgspec.Struct) -> None:
    """Keep what was measured just now."""
    raw = msgspec.Raw(msgspec.json.encode(figures))
    results.write(folder, name, Kept(machine.source_digest(), machine.describe(folder.parent), raw))


def find(folder: Path, name: str, kind: type[Figures]) -> Figures | None:
    """What was kept under this name."""
    kept = kept_as(folder, name)
    return None if kept is None else msgspec.json.decode(kept.figures, type=kind)


def kept_as(folder: Path, name: str) -> Kept | None:
    """The same with its circumstances."""
    path = folder / f"{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Kept) if path.exists() else None


def mean(took: Sequence[float]) -> float:
    """The mean without the slowest hundredth, which is the machine's."""
    ranked = sorted(took)
    return statistics.fmean(ranked[: max(1, len(ranked) * 99 // 100)])
