"""What was promised of tasks, and whether the figures keep it."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from .figures import Http, Progress, Queries
from .places import TITLES

P99_MS = 10.0
GROWTH = 3.0
OFFSET_MS = 150.0
MARKER_MS = 10.0
HTTP_SHARE = 0.6
WRITES = 1.0
SLOWDOWN = 1.2
MEMORY_GROWTH = 1.1  # of 20,000 further requests
FEW = ("one filter", "two filters")

_WRITE_ROOM = 0.02  # seconds are counted by their edges


class Measured(msgspec.Struct, frozen=True):
    """The figures of one database; what was not measured is None."""

    kind: str
    rows: int
    queries: Queries | None
    http: Http | None
    progress: Progress | None

    @property
    def title(self) -> str:
        """The kind of database, as people call it."""
        return TITLES[self.kind]


class Promise(msgspec.Struct, frozen=True):
    """A promise: what was measured, and the most that it may be, or the least."""

    what: str
    measured: float
    bound: float
    unit: str
    is_least: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether the figure keeps it."""
        return self.measured >= self.bound if self.is_least else self.measured <= self.bound

    @property
    def told(self) -> str:
        """The figure and a mark."""
        return f"{_figure(self.measured, self.unit)} {'✓' if self.is_kept else '✗'}"

    @property
    def promised(self) -> str:
        """The bound in words."""
        return f"{'at least' if self.is_least else 'at most'} {_figure(self.bound, self.unit)}"


def of(all_sizes: Sequence[Measured]) -> Iterator[Promise]:
    """The promises about one kind of database, from its figures of all sizes, small ones first."""
    largest = all_sizes[-1]
    if largest.queries is not None:
        yield from _of_queries(largest.queries, all_sizes[0].queries)
    if largest.http is not None:
        share = min(load.ratio for load in largest.http.loads)
        yield Promise("requests a second, by those of a constant body", share, HTTP_SHARE, "%", is_least=True)
    if largest.progress is not None:
        yield from _of_progress(largest.progress)


def few(queries: Queries) -> float:
    """The 99th percentile of the lists with one filter or two, in milliseconds: the worse of the two."""
    return max(queries.groups[name].p99 for name in FEW)


def _of_queries(queries: Queries, smallest: Queries | None) -> Iterator[Promise]:
    for name in FEW:
        yield Promise(f"page and count, {name}, 99 %", queries.groups[name].p99, P99_MS, "ms")
    if smallest is not None and smallest is not queries:
        growth = few(queries) / few(smallest)
        yield Promise("the same, by that of the smallest database", growth, GROWTH, "×")
    yield Promise("half of the list passed over", max(one.by_offset for one in queries.deep), OFFSET_MS, "ms")
    yield Promise("the same by a marker", max(one.by_marker for one in queries.deep), MARKER_MS, "ms")
    yield Promise("wrong answers", float(len(queries.wrong)), 0.0, "")
    later = queries.memory.later
    yield Promise("memory after 20,000 further requests", later[-1] / later[0], MEMORY_GROWTH, "×")


def _of_progress(progress: Progress) -> Iterator[Promise]:
    fastest = max(progress.writes_per_second.values())
    yield Promise("writes a second of a running task", fastest, WRITES + _WRITE_ROOM, "")
    yield Promise("lists beside 100 running tasks, mean", progress.mean_ratio, SLOWDOWN, "×")


_PATTERNS: Mapping[str, str] = {"ms": "{:.2f} ms", "×": "{:.2f} ×", "%": "{:.0%}", "": "{:g}"}


def _figure(value: float, unit: str) -> str:
    return _PATTERNS[unit].format(round(value, 3))
