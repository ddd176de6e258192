"""How fast tasks are found, counted and served, however many there are.

    make bench-tasks SIZES="10000 1000000" DATABASES=sqlite     # or: python -m bench.tasks --help

Databases are generated where they are not there yet, and stay; what was measured of the present source is
not measured again.
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from bench import machine, report

from . import figures, generate, page, plot, progress, queries, serving, upkeep
from .places import TITLES, Place, free_bytes, places

SIZES = (10_000, 1_000_000, 10_000_000)
BYTES_PER_TASK = 2_300
_MEASURES: Mapping[str, Callable[[Place], msgspec.Struct]] = {
    "queries": queries.measure,
    "http": serving.measure,
    "progress": progress.measure,
}
UPKEEP = "upkeep"
MARKER = "bench-tasks"


def main(arguments: Sequence[str]) -> None:
    """Generate, measure, write the chapter; or one of these."""
    asked = _parser().parse_args(arguments)
    logging.disable(logging.WARNING)
    warnings.filterwarnings(
        "ignore", message="XDG_RUNTIME_DIR"
    )  # where there is none, the server finds a place
    steps = asked.steps or ["generate", "measure", "write"]
    results = machine.work_folder() / "tasks" / "results"
    if set(steps) & {"generate", "measure"}:
        with places(asked.databases, asked.sizes) as wanted:
            for place in wanted:
                _make(place)
                if "measure" in steps:
                    _measure(place, results, asked.parts, again=asked.fresh)
                if asked.one_by_one:
                    place.remove()
            if "measure" in steps and UPKEEP in asked.parts:
                _keep_up(wanted, results, again=asked.fresh)
    if "write" in steps:
        _write(results, asked.page)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.tasks", description=sys.modules[__name__].__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="TASKS")
    parser.add_argument("--databases", nargs="+", default=list(TITLES), choices=list(TITLES))
    parser.add_argument("--parts", nargs="+", default=[*_MEASURES, UPKEEP], choices=[*_MEASURES, UPKEEP])
    for step in ("generate", "measure", "write"):
        told = f"only {step}, or what else is named"
        parser.add_argument(f"--{step}", dest="steps", action="append_const", const=step, help=told)
    parser.add_argument("--fresh", action="store_true", help="measure again what has been measured")
    parser.add_argument(
        "--one-by-one", action="store_true", help="remove each database before the next is made"
    )
    parser.add_argument("--page", type=Path, default=report.PAGE, help="where the chapter goes")
    return parser


def _make(place: Place) -> None:
    needed = place.rows * BYTES_PER_TASK
    if not place.is_there and free_bytes(place.folder) < needed:
        raise SystemExit(
            f"{place.title}, {place.rows:,} tasks: {needed >> 30} GiB are needed; BENCH_DIR is too full"
        )
    generate.generate(place)


def _measure(place: Place, results: Path, parts: Sequence[str], *, again: bool) -> None:
    for name, measure in _MEASURES.items():
        kept = f"{place.kind}-{place.rows}-{name}"
        if name in parts and (again or not _is_known(results, kept)):
            print(f"{place.title}, {place.rows:,} tasks: {name}", flush=True)
            figures.keep(results, kept, measure(place))


def _keep_up(wanted: Sequence[Place], results: Path, *, again: bool) -> None:
    for place in {place.kind: place for place in wanted}.values():
        kept = f"{place.kind}-{UPKEEP}"
        if again or not _is_known(results, kept):
            print(f"{place.title}: {UPKEEP}", flush=True)
            figures.keep(results, kept, upkeep.measure(place))


def _is_known(results: Path, name: str) -> bool:
    kept = figures.kept_as(results, name)
    return kept is not None and kept.source_digest == machine.source_digest()


def _write(results: Path, where: Path) -> None:
    picture = where.with_name("benchmarks-tasks.svg")
    picture.write_text(plot.draw(page.find(results)))
    report.put(where, MARKER, page.write(results, picture.name))
    print(f"written into {where}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
