"""Sealing and trimming: how fast they are, how long others wait for them, and what lists notice of it."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace

from holdfast.crew import collector
from holdfast.db import projects
from holdfast.db.columns import moment_of
from holdfast.db.database import Database
from holdfast.db.history import sealing, trimming

from . import cases, fresh, queries
from .columns import write
from .figures import Steps, Times, Upkeep
from .fresh import Bell
from .generate import Filling
from .history import DAY, DAYS, END, draw
from .places import Place
from .world import World

ROWS = 250_000
UNSEALED = 80_000
_QUIET_SECONDS = 8.0
_TRIMS = 150


class _PartlySealed(Filling):
    """A database of which the newest tasks have not been sealed yet."""

    def _slices(self) -> Iterator[tuple[int, int]]:
        yield 0, ROWS - UNSEALED
        super()._seal()
        yield ROWS - UNSEALED, ROWS

    def _seal(self) -> None:
        return


def measure(place: Place) -> Upkeep:
    """Make a database beside this one that is sealed in part; seal the rest, trim it, and take it away."""
    own = replace(place, rows=ROWS, folder=place.folder / "upkeep", label="upkeep")
    world = World(ROWS)
    own.folder.mkdir(exist_ok=True)
    write(own.columns, draw(world))
    filling = _PartlySealed(own, world)
    filling.fill()
    filling.seal()
    try:
        return _measure(own, world.project_ids[0])
    finally:
        own.remove()


def _measure(place: Place, project_id: str) -> Upkeep:
    cases.of(place.columns, place.rows)
    db = place.open()
    with fresh.beside(lists, place) as beside:
        sealed = _run(_seals(db, project_id))
    with fresh.beside(lists, place) as alone:
        time.sleep(_QUIET_SECONDS)
    with fresh.beside(lists, place) as later:
        trimmed = _run(_trims(db, project_id))
    db.close()
    return Upkeep(alone.result, _steps(sealed, beside.result), _steps(trimmed, later.result))


def lists(bell: Bell, place: Place) -> Times:
    """Ask for lists until told to end."""
    return Times.of(asked(bell, place))


def asked(bell: Bell, place: Place) -> list[float]:
    """The milliseconds of each list of those that were asked for, of one or two filters."""
    collector.relax()
    db = place.open()
    few = [case for case in cases.of(place.columns, place.rows).asked if len(case.filters) <= 2]
    dice = random.Random(3)
    for case in few[:200]:
        queries.timed(db, case.wanted)
    bell.ready.set()
    took = []
    while not bell.stop.is_set():
        took.append(queries.timed(db, dice.choice(few).wanted))
    db.close()
    return took


def _seals(db: Database, project_id: str) -> Iterator[tuple[int, float]]:
    """What `sealing.seal` does, with its writing timed: rows and milliseconds of each step."""
    while True:
        with db.reading() as tx:
            prepared = sealing.prepare(tx, project_id)
        if prepared is None:
            return
        begun = time.perf_counter()
        with db.transaction() as tx:
            projects.lock(tx, project_id)
            rows = prepared.write(tx)
        yield rows, (time.perf_counter() - begun) * 1e3


def _trims(db: Database, project_id: str) -> Iterator[tuple[int, float]]:
    """Steps of trimming without the pauses that the product makes between them."""
    old = trimming.OldTasks(project_id, moment_of(END - DAYS * DAY // 2))
    for _ in range(_TRIMS):
        begun = time.perf_counter()
        with db.transaction() as tx:
            rows = old.forget(tx)
        yield rows, (time.perf_counter() - begun) * 1e3


def _run(steps: Iterator[tuple[int, float]]) -> tuple[int, float, float]:
    """Rows, seconds in all, and the longest write in milliseconds."""
    begun = time.perf_counter()
    done = list(steps)
    took = time.perf_counter() - begun
    return sum(rows for rows, _ in done), took, max((longest for _, longest in done), default=0.0)


def _steps(done: tuple[int, float, float], lists: Times) -> Steps:
    rows, took, longest = done
    return Steps(rows, rows / took, longest, lists)
