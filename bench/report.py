"""The results as tables in Markdown, put into a page between two markers."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import targets
from .data_sets import DATA_SETS
from .measure import Figures
from .results import Flat, Measured, Phase, cpu, memory, wall

OTHERS = ("restic-newest", "restic", "borg")
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_NO_TARGET = "borg"  # the targets are about restic
_COLUMNS = ("holdfast", *OTHERS)
_Table = Iterator[str]


def put(page: Path, marker: str, text: str) -> None:
    """Replace what stands in a page between the markers of that name. A page that is not there is made."""
    begin, end = f"<!-- {marker}: begin -->", f"<!-- {marker}: end -->"
    before = page.read_text() if page.exists() else f"{begin}\n{end}\n"
    head, _, rest = before.partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"{page} has no {begin} … {end}")
    page.write_text(f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}")


def pages(measured: Sequence[Measured], flat: Flat | None, plot: str) -> str:
    """All tables. `plot` is the address of the picture, seen from the page."""
    parts = [
        "\n".join(_conditions(measured)),
        f"![Wall time as a share of restic's]({plot})",
        "### Wall time, holdfast by another tool",
        "\n".join(_wall_table(measured)),
        "### Size, memory and age",
        "\n".join(_promises_table(measured)),
    ]
    for one in measured:
        parts += [f"### {_title(one)}", "\n".join(_figures_table(one))]
    if flat:
        parts += ["### Long sparse images", "\n".join(_flat_table(flat))]
    missed = [f"- {line}" for one in measured for line in _missed(one)]
    if missed:
        parts += ["### What misses its target", "\n".join(missed)]
    failures = [f"- {line}" for one in measured for line in (*one.left_out, *one.failures())]
    if failures:
        parts += ["### What did not run", "\n".join(dict.fromkeys(failures))]
    return "\n\n".join(parts)


def _conditions(measured: Sequence[Measured]) -> Iterator[str]:
    for one in measured:
        titles = ", ".join(one.tools.values())
        runs = one.runs("holdfast", Phase.FIRST)
        yield (
            f"- **{DATA_SETS[one.data_set].title}**: {_bytes(one.source_bytes)} in {one.source_files:,} "
            f"files (scale {one.scale:g}), {one.revisions} revisions, {_runs(runs)}; {titles}; "
            f"holdfast's source {one.source_digest}"
        )
    for line in dict.fromkeys(one.measured_on for one in measured):
        yield f"- {line}"


def _wall_table(measured: Sequence[Measured]) -> _Table:
    yield from head(["", *(f"{DATA_SETS[one.data_set].title}" for one in measured)])
    for phase in Phase:
        for other in OTHERS:
            if any(other in one.tools for one in measured):
                judge = targets.plain if other == _NO_TARGET else targets.wall
                ratios = [judge(one.ratio(other, phase, wall)) for one in measured]
                yield row([f"{phase} ÷ {_column(measured, other)}", *ratios])


def _promises_table(measured: Sequence[Measured]) -> _Table:
    yield from head(["", *(DATA_SETS[one.data_set].title for one in measured)])
    for number, when in enumerate(("first", "last")):
        for other in OTHERS:
            sizes = [_size_ratio(one, other, number) for one in measured]
            if any(sizes):
                marks = [_judge(other, size, targets.SIZE) for size in sizes]
                yield row([f"size after the {when} revision ÷ {_column(measured, other)}", *marks])
    for other in OTHERS:
        peaks = [_memory_ratio(one, other) for one in measured]
        if any(peaks):
            marks = [_judge(other, peak, targets.MEMORY) for peak in peaks]
            yield row([f"largest peak of memory ÷ {_column(measured, other)}", *marks])
    for tool in _COLUMNS:
        ages = [_age_ratio(one, tool) for one in measured]
        if any(ages):
            told = targets.plain if tool != "holdfast" else _judge_age
            yield row([f"oldest ÷ newest revision, {_column(measured, tool)}", *map(told, ages)])


def _figures_table(one: Measured) -> _Table:
    tools = [tool for tool in _COLUMNS if tool in one.tools]
    yield from head(["wall · CPU · memory", *(one.tools[tool] for tool in tools)])
    for phase in Phase:
        if one.runs("holdfast", phase):
            yield row([str(phase), *(_figures(one, tool, phase) for tool in tools)])
    for number, when in enumerate(("first", "last")):
        sizes = [_bytes(one.sizes[tool][number]) if len(one.sizes[tool]) > number else "—" for tool in tools]
        yield row([f"size after the {when} revision", *sizes])
    yield ""
    yield from head(
        [
            "holdfast ÷",
            *(f"{one.tools[tool]}: {what}" for tool in tools[1:] for what in ("wall", "CPU", "memory")),
        ]
    )
    for phase in Phase:
        if one.runs("holdfast", phase):
            yield row([str(phase), *(cell for tool in tools[1:] for cell in _ratios(one, tool, phase))])


def _missed(one: Measured) -> Iterator[str]:
    """A line for each promise that was not kept, with the figure."""
    title = DATA_SETS[one.data_set].title
    for other in (tool for tool in OTHERS if tool in one.tools and tool != _NO_TARGET):
        for phase in Phase:
            for name, what, most in (("wall time", wall, targets.WALL), ("memory", memory, targets.MEMORY)):
                ratio = one.ratio(other, phase, what)
                if ratio is not None and ratio > most:
                    yield f"{title}, {phase}: {ratio:.2f} × the {name} of {one.tools[other]}"
        for number, when in enumerate(("first", "last")):
            size = _size_ratio(one, other, number)
            if size is not None and size > targets.SIZE:
                yield f"{title}, after the {when} revision: {size:.2f} × the size of {one.tools[other]}"
    age = _age_ratio(one, "holdfast")
    if age is not None and age > targets.OLDEST_BY_NEWEST:
        yield f"{title}: the oldest revision took {age:.2f} × the time of the newest"


def _flat_table(flat: Flat) -> _Table:
    yield f"{_bytes(flat.data_bytes)} of data in a hole of each length, first backup by holdfast."
    yield "Restic reads the zeros of a hole, which takes hours at the larger lengths: it was not run."
    yield ""
    yield from head(["length", "wall · CPU · memory"])
    for length, figures in flat.lengths.items():
        yield row([_bytes(int(length)), figures.failure or _cell(figures.wall, figures.cpu, figures.memory)])


def _figures(one: Measured, tool: str, phase: Phase) -> str:
    found = [one.median(tool, phase, what) for what in (wall, cpu, memory)]
    seconds, cores, peak = found
    if seconds is None or cores is None or peak is None:
        return "failed" if one.runs(tool, phase) else "—"
    return _cell(seconds, cores, peak)


def _ratios(one: Measured, tool: str, phase: Phase) -> list[str]:
    def ratio(what: Callable[[Figures], float]) -> float | None:
        return one.ratio(tool, phase, what)

    seconds = targets.plain(ratio(wall)) if tool == _NO_TARGET else targets.wall(ratio(wall))
    return [seconds, targets.plain(ratio(cpu)), _judge(tool, ratio(memory), targets.MEMORY)]


def _size_ratio(one: Measured, other: str, number: int) -> float | None:
    own, theirs = one.sizes.get("holdfast", []), one.sizes.get(other, [])
    return own[number] / theirs[number] if min(len(own), len(theirs)) > number else None


def _memory_ratio(one: Measured, other: str) -> float | None:
    """The largest peak over all rows, by the other tool's largest."""
    peaks = [max(one.median(tool, phase, memory) or 0 for phase in Phase) for tool in ("holdfast", other)]
    return peaks[0] / peaks[1] if all(peaks) else None


def _age_ratio(one: Measured, tool: str) -> float | None:
    oldest, newest = one.median(tool, Phase.OLDEST, wall), one.median(tool, Phase.NEWEST, wall)
    return oldest / newest if oldest and newest else None


def _judge(other: str, ratio: float | None, most: float) -> str:
    return targets.plain(ratio) if other == _NO_TARGET else targets.against(ratio, most)


def _judge_age(ratio: float | None) -> str:
    return targets.against(ratio, targets.OLDEST_BY_NEWEST)


def _column(measured: Sequence[Measured], tool: str) -> str:
    return next((one.tools[tool] for one in measured if tool in one.tools), tool)


def _title(one: Measured) -> str:
    title = DATA_SETS[one.data_set].title
    return title[0].upper() + title[1:]


def _cell(seconds: float, cores: float, peak: float) -> str:
    return f"{seconds:.2f} s · {cores:.2f} s · {peak / 2**20:.0f} MiB"


def _bytes(count: int) -> str:
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count / 1024:.3g} KiB"


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"median of {count} runs"


def head(cells: Sequence[str]) -> Iterator[str]:
    """The two lines that begin a table."""
    yield row(cells)
    yield row(["---", *("--:" for _ in cells[1:])])


def row(cells: Sequence[str]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"
