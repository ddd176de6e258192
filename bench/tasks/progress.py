"""What the progress of running tasks costs: writes of one task, and what lists notice of a hundred."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection, event

from holdfast.config import Config
from holdfast.db import tasks, work
from holdfast.db.database import Database
from holdfast.db.task_tables import work as work_table
from holdfast.db.work import Claim
from holdfast.engine.deadline import Deadline
from holdfast.engine.halt import Halt
from holdfast.engine.meter import Meter
from holdfast.engine.telling import Telling
from holdfast.model import clock
from holdfast.model.task import Figures, Phase

from . import figures, fresh, upkeep
from .figures import Progress, Times
from .fresh import Bell
from .places import Place

RUNNING = 100
_STREAM_SECONDS = 6.0
_TURN_SECONDS = 8.0
_TURNS = 3
_KIB, _MIB = 1 << 10, 1 << 20
_STREAMS = {"4 KiB at a time": 4 * _KIB, "64 KiB at a time": 64 * _KIB, "4 MiB at a time": 4 * _MIB}

Result = TypeVar("Result")


def measure(place: Place) -> Progress:
    """Both, in this database."""
    db = place.open()
    written = {name: _stream(db, place, size) for name, size in _STREAMS.items()}
    db.close()
    alone: list[float] = []
    beside: list[float] = []
    told: list[float] = []
    for _ in range(_TURNS):
        alone += _lists(place)
        with fresh.beside(tell, place) as telling:
            beside += _lists(place)
        told.append(telling.result)
    sizes = [size for writes in written.values() for size in writes.sizes]
    return Progress(
        writes_per_second={name: writes.per_second for name, writes in written.items()},
        bytes_per_write=sum(sizes) / len(sizes),
        alone=Times.of(alone),
        beside=Times.of(beside),
        tasks=RUNNING,
        tells_per_second=sum(told) / len(told),
        mean_ratio=figures.mean(beside) / figures.mean(alone),
    )


def _lists(place: Place) -> list[float]:
    with fresh.beside(upkeep.asked, place) as asking:
        time.sleep(_TURN_SECONDS)
    return asking.result


@dataclass
class _Writes:
    """When rows were written, and how many bytes went with each write."""

    at: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def note(self, statement: str, values: Any) -> None:
        if statement.startswith(("UPDATE", "INSERT", "DELETE")):
            self.at.append(time.monotonic())
            self.sizes.append(len(statement) + len(str(values)))

    @property
    def per_second(self) -> float:
        return (len(self.at) - 1) / (self.at[-1] - self.at[0])


def _stream(db: Database, place: Place, piece: int) -> _Writes:
    """A task whose bytes come as fast as they can be counted, told as a worker tells it."""
    claim = _claims(db)[0]
    config = Config(data=place.folder, database=place.url)
    task = replace(claim.task, started_at=clock.now())
    claim = replace(claim, task=task)

    def ask(do: Callable[[Connection], Result]) -> Result:
        with db.transaction() as tx:
            return do(tx)

    meter = Meter(Telling(claim, ask, Deadline(task, config)).tell, Halt())
    meter.expect(1 << 50, 1, holes=False)
    meter.begin(Phase.READING)
    with _watching(db) as writes:
        until = time.monotonic() + _STREAM_SECONDS
        while time.monotonic() < until:
            meter.moved(piece)
    return writes


@contextmanager
def _watching(db: Database) -> Iterator[_Writes]:
    writes = _Writes()

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        writes.note(statement, values)

    event.listen(db.engine, "before_cursor_execute", note)
    yield writes
    event.remove(db.engine, "before_cursor_execute", note)


def tell(bell: Bell, place: Place) -> float:
    """Have a hundred running tasks tell their progress each second; how many a second did."""
    db = place.open()
    claims = _claims(db)
    bell.ready.set()
    begun, told = time.monotonic(), 0
    while not bell.stop.is_set():
        claim = claims[told % len(claims)]
        with db.transaction() as tx:
            work.tell(tx, claim.task.id, claim.epoch, told % 100, Figures(bytes_done=told * _MIB))
        told += 1
        time.sleep(max(0.0, begun + told / RUNNING - time.monotonic()))
    db.close()
    return told / (time.monotonic() - begun)


def _claims(db: Database) -> Sequence[Claim]:
    with db.reading() as tx:
        wanted = sa.select(work_table.c.task_id, work_table.c.epoch).where(work_table.c.epoch > 0)
        rows = tx.execute(wanted.limit(RUNNING)).all()
        known = [(tasks.known(tx, row.task_id), row.epoch) for row in rows]
    return [
        Claim(task=task, epoch=epoch, attempt=1, cancel_requested=False)
        for task, epoch in known
        if task is not None
    ]
