"""The chapter about tasks: tables in Markdown, written by the bench itself."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import report

from . import figures, targets
from .figures import Http, Kept, Progress, Queries, Streaming, Times, Upkeep
from .places import SETTINGS, TITLES
from .targets import Measured

_REPEATED = (
    "The same list again and again, as whoever watches tasks asks for it. Nothing happens to the project's"
    " tasks meanwhile: which they are is remembered, what they say is read each time."
)


def find(folder: Path) -> list[Measured]:
    """All that was measured, small databases first."""
    names = {path.stem.rpartition("-")[0] for path in folder.glob("*-*-*.json")}
    found = [_measured(folder, *name.split("-")) for name in names]
    return sorted(found, key=lambda one: (one.rows, one.kind != "sqlite"))


def _measured(folder: Path, kind: str, rows: str) -> Measured:
    return Measured(
        kind,
        int(rows),
        figures.find(folder, f"{kind}-{rows}-queries", Queries),
        figures.find(folder, f"{kind}-{rows}-http", Http),
        figures.find(folder, f"{kind}-{rows}-progress", Progress),
    )


def write(folder: Path, plot: str) -> str:
    """The chapter, from what lies in the folder; `plot` is the picture's address, seen from the page."""
    measured = find(folder)
    parts = [
        "\n".join(_conditions(folder)),
        "### Promises",
        "\n".join(_promises(measured)),
        f"![What a page and its count cost, by the number of tasks]({plot})",
        "### A page of ten and its exact count",
        "\n".join(_queries(measured)),
        "### Half of the list passed over",
        "\n".join(_deep(measured)),
        "### Another order, and the first question of a process",
        "\n".join(_orders(measured)),
        "### Over HTTP",
        _REPEATED,
        "\n".join(_http(measured)),
        "### Progress",
        "\n".join(_progress(measured)),
        "### Memory",
        "\n".join(_memory(measured)),
        "### Sealing and trimming",
        "\n".join(_upkeep(folder)),
    ]
    slow = list(_slowest(measured))
    if slow:
        parts += ["### The slowest questions where a promise is missed", "\n".join(slow)]
    return "\n\n".join(part for part in parts if part)


def _conditions(folder: Path) -> Iterator[str]:
    kept = [figures.kept_as(folder, path.stem) for path in sorted(folder.glob("*.json"))]
    known: Sequence[Kept] = [one for one in kept if one is not None]
    yield from dict.fromkeys(f"- {one.measured_on}; source {one.source_digest}" for one in known)
    settings = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
    yield f"- PostgreSQL with {settings}; SQLite as holdfast opens it."


def _promises(measured: Sequence[Measured]) -> Iterator[str]:
    by_kind = {kind: [one for one in measured if one.kind == kind] for kind in TITLES}
    yield from report.head(["", "database", "tasks", "promised", "measured"])
    for kind, sizes in by_kind.items():
        for promise in targets.of(sizes) if sizes else ():
            rows = f"{sizes[-1].rows:,}"
            yield report.row([promise.what, TITLES[kind], rows, promise.promised, promise.told])


def _queries(measured: Sequence[Measured]) -> Iterator[str]:
    yield from report.head(["milliseconds", "database", "tasks", "asked", "50 %", "95 %", "99 %", "slowest"])
    for one in measured:
        for name, times in one.queries.groups.items() if one.queries else ():
            yield report.row([name, one.title, f"{one.rows:,}", *_times(times)])


def _times(times: Times) -> list[str]:
    return [f"{times.asked:,}", *(f"{ms:.2f}" for ms in (times.p50, times.p95, times.p99, times.worst))]


def _deep(measured: Sequence[Measured]) -> Iterator[str]:
    yield from report.head(["what is asked for", "database", "tasks", "offset", "by offset", "by marker"])
    for one in measured:
        for deep in one.queries.deep if one.queries else ():
            took = (f"{deep.by_offset:.2f} ms", f"{deep.by_marker:.2f} ms")
            yield report.row([deep.name, one.title, f"{one.rows:,}", f"{deep.offset:,}", *took])


def _orders(measured: Sequence[Measured]) -> Iterator[str]:
    yield from report.head(["", "database", "tasks", "median", "slowest"])
    for one in measured:
        if one.queries is None:
            continue
        place = (one.title, f"{one.rows:,}")
        for name, times in one.queries.orders.items():
            yield report.row([f"sorted by {name}", *place, f"{times.p50:.2f} ms", f"{times.worst:.2f} ms"])
        cold = sorted(one.queries.cold.values())
        middle = cold[len(cold) // 2]
        yield report.row(["first of a process", *place, f"{middle:.2f} ms", f"{cold[-1]:.2f} ms"])


def _http(measured: Sequence[Measured]) -> Iterator[str]:
    cells = [
        "list",
        "database",
        "tasks",
        "connections",
        "lists a second",
        "constant bodies a second",
        "share",
    ]
    yield from report.head(cells)
    for one in measured:
        for load in one.http.loads if one.http else ():
            yield report.row(
                [
                    f"{load.question} ({load.body_bytes / 1024:.1f} KiB)",
                    one.title,
                    f"{one.rows:,}",
                    str(load.connections),
                    f"{load.listed:,.0f}",
                    f"{load.constant:,.0f}",
                    f"{load.ratio:.0%} {'✓' if load.ratio >= targets.HTTP_SHARE else '✗'}",
                ]
            )


def _progress(measured: Sequence[Measured]) -> Iterator[str]:
    yield from report.head(["", "database", "tasks", "writes a second", "bytes of a write"])
    for one in measured:
        for name, writes in one.progress.writes_per_second.items() if one.progress else ():
            size = f"{one.progress.bytes_per_write:.0f}" if one.progress else ""
            yield report.row([f"a task, {name}", one.title, f"{one.rows:,}", f"{writes:.2f}", size])
    yield ""
    yield from report.head(
        ["lists, milliseconds", "database", "tasks", "asked", "50 %", "95 %", "99 %", "slowest"]
    )
    for one in measured:
        if one.progress is not None:
            place = (one.title, f"{one.rows:,}")
            yield report.row(["alone", *place, *_times(one.progress.alone)])
            beside = f"beside {one.progress.tells_per_second:.0f} tellings a second"
            yield report.row([beside, *place, *_times(one.progress.beside)])


def _memory(measured: Sequence[Measured]) -> Iterator[str]:
    yield from report.head(["PSS, MiB", "database", "tasks", "before", "after", "at the end"])
    for one in measured:
        place = (one.title, f"{one.rows:,}")
        if one.queries is not None:
            memory = one.queries.memory
            name = f"all questions, then {memory.requests:,} requests"
            yield report.row([name, *place, *map(_mib, (memory.before, memory.after, memory.later[-1]))])
        if one.http is not None:
            yield from _streaming("an export of {:,} tasks", place, one.http.export)
            yield from _streaming("{:,} clients of events", place, one.http.clients)


def _streaming(name: str, place: Sequence[str], told: Streaming | None) -> Iterator[str]:
    if told is not None:
        memory = (_mib(told.before), _mib(told.peak), "")
        yield report.row([name.format(told.items), *place, *memory])


def _mib(count: int) -> str:
    return f"{count / 2**20:.0f}"


def _upkeep(folder: Path) -> Iterator[str]:
    cells = ["", "database", "rows a second", "longest write", "lists: 50 %", "99 %"]
    yield from report.head(cells)
    for kind, title in TITLES.items():
        upkeep = figures.find(folder, f"{kind}-upkeep", Upkeep)
        if upkeep is None:
            continue
        alone = upkeep.alone
        yield report.row(["neither", title, "", "", f"{alone.p50:.2f} ms", f"{alone.p99:.2f} ms"])
        for name, steps in (("sealing", upkeep.sealing), ("trimming, without pauses", upkeep.trimming)):
            lists = (f"{steps.lists.p50:.2f} ms", f"{steps.lists.p99:.2f} ms")
            yield report.row(
                [name, title, f"{steps.rows_per_second:,.0f}", f"{steps.longest:.0f} ms", *lists]
            )


def _slowest(measured: Sequence[Measured]) -> Iterator[str]:
    for one in measured:
        if one.queries is not None and targets.few(one.queries) > targets.P99_MS:
            for slow in one.queries.slowest:
                place = f"{one.title}, {one.rows:,} tasks"
                yield f"- {place}: {slow.name}: {slow.took:.1f} ms, {slow.count:,} match"
