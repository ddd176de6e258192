"""`make bench`: holdfast beside restic and borg on the same data in one run, as tables and a picture.

A data set that was measured is not measured again: a run that was broken off goes on where it stood, and
`--fresh` begins anew. A run at full size goes into docs/benchmarks.md, a smaller one into the work folder.
"""

import argparse
import fcntl
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from . import contest, flat, machine, measure, plot, report, results, tools
from .contest import Contest, Plan
from .data_sets import DATA_SETS
from .measure import Limits
from .results import Measured
from .tools import Tool

_TOOLS = ("holdfast", "restic-newest", "restic", "borg")
_FLAT = "flat"
_SMALL = 0.2
_FREE_BYTES = 36 << 30  # of which a run at full size may take this much
_UNFIT = ("tmpfs", "ramfs", "overlay")


def main(arguments: Sequence[str]) -> None:
    """Measure what the arguments name, and write the report."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # and not without clearing up
    folder: Path = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "results"
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another run is under way in {folder}")
        if asked.fresh:
            shutil.rmtree(kept, ignore_errors=True)
        _check_room(folder, asked.scale)
        _measure(asked, folder, kept)
        _report(kept, _page(asked, folder))


def _measure(asked: argparse.Namespace, folder: Path, kept: Path) -> None:
    """Everything that has no result yet."""
    missing = [name for name in asked.data if not (kept / f"{name}.json").exists()]
    if not missing:
        print(f"everything has been measured: {kept} (FRESH=1 measures it anew)")
        return
    measure.adopt_orphans()
    found = list(tools.find(asked.tools, folder / "downloads"))
    left_out = [one for one in found if isinstance(one, str)]
    print("\n".join(left_out) or "all tools are there")
    work = folder / "work"
    for name in missing:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            if name == _FLAT:
                results.write(kept, name, flat.run(work / name))
            else:
                compared = [one for one in found if not isinstance(one, str)]
                results.write(kept, name, _contest(name, compared, left_out, work, asked))
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _contest(
    name: str, compared: Sequence[Tool], left_out: list[str], work: Path, asked: argparse.Namespace
) -> Measured:
    runs = asked.runs or (3 if asked.scale <= _SMALL else 1)
    limits = Limits(memory=asked.memory_limit << 20)
    plan = Plan(asked.scale, asked.revisions, runs, asked.quick_runs or max(3, runs), limits)
    print(f"{name}: making the data", flush=True)
    one = Contest(DATA_SETS[name], compared, work, plan)
    one.run()
    found = [path.stat() for path in contest.files(one.source) if not path.is_symlink()]
    return Measured(
        data_set=name,
        scale=asked.scale,
        source_bytes=sum(status.st_size for status in found),
        data_bytes=sum(min(status.st_size, status.st_blocks * 512) for status in found),
        source_files=len(found),
        revisions=asked.revisions,
        measured_on=machine.describe(work),
        source_digest=machine.source_digest(),
        tools={tool.name: tool.title for tool in compared},
        left_out=left_out,
        samples=one.samples,
        sizes=one.sizes,
    )


def _report(kept: Path, page: Path) -> None:
    measured = results.find(kept, DATA_SETS)
    compared = {tool for one in measured for tool in one.tools}
    reference = next((tool for tool in report.OTHERS if tool in compared), "holdfast")
    picture = page.with_suffix(".svg")
    picture.write_text(plot.draw(measured, reference))
    text = report.pages(measured, results.find_flat(kept), picture.name)
    report.put(page, "bench", text)
    print(f"\n{text}\n\nwritten to {page} and {picture}")


def _page(asked: argparse.Namespace, folder: Path) -> Path:
    if asked.page:
        return Path(asked.page).resolve()
    return report.PAGE if asked.scale == 1 else folder / report.PAGE.name


def _check_room(folder: Path, scale: float) -> None:
    """Refuse a disk that is too small; say so when the folder is no disk at all."""
    kind = machine.file_system(folder)
    if kind in _UNFIT:
        print(
            f"{folder} is on {kind}: the figures say nothing about a disk (BENCH_DIR chooses another folder)"
        )
    free = shutil.disk_usage(folder).free
    if free < _FREE_BYTES * scale:
        sys.exit(f"{folder} has {free >> 30} GiB free, {_FREE_BYTES * scale / 2**30:.0f} are needed")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = (*DATA_SETS, _FLAT)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the full size")
    parser.add_argument("--data", nargs="+", choices=names, default=list(names), metavar="NAME")
    parser.add_argument("--tools", nargs="+", choices=_TOOLS, default=list(_TOOLS), metavar="TOOL")
    parser.add_argument("--runs", type=int, help="how often slow things are timed: 1, or 3 at a small scale")
    parser.add_argument("--quick-runs", type=int, help="how often quick things are timed: 3, or RUNS if more")
    parser.add_argument("--revisions", type=int, default=12)
    parser.add_argument(
        "--folder", type=Path, default=machine.work_folder(), help="where data and results are kept"
    )
    parser.add_argument("--memory-limit", type=int, default=6 << 10, help="MiB at which a run is stopped")
    parser.add_argument("--page", help="the page that gets the tables")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
