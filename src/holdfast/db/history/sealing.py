"""Sealing: ended tasks that are no longer among a project's newest go from their rows into segments.

What is to be sealed is read, and the segment's columns made, before the project is locked; under the lock
they are only written, if nobody else has sealed or trimmed meanwhile. So tasks of the project wait for
milliseconds, and a seal that dies leaves everything as it was.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from holdfast.db import projects
from holdfast.db.codes import ENDED
from holdfast.db.database import Database
from holdfast.db.statements import Record, numbers
from holdfast.db.task_tables import task_column, task_project, task_recent, task_segment, task_word

from . import bitmaps, segments
from .column import NEVER, Column, write_plain
from .segments import BLOCK, COLUMNS, HAS, KEYS, PLAIN, Segment

_VERSION_BITS = 20


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks: a project seals what has ended when more than `seal_at` of its tasks are recent, but
    leaves the newest `keep`; one step takes `at_once` at most. A segment is filled up to `full`, and has room
    for `most`: for those that were still running when their neighbours were sealed. Segments are numbered
    in steps of `gap`. Fewer than `worth` are not worth writing a segment anew."""

    seal_at: int = 2048
    keep: int = 512
    at_once: int = 8192
    full: int = 60_000
    most: int = 65_536
    gap: int = 8
    worth: int = 256


USUAL = Limits()


class Planned(msgspec.Struct, frozen=True):
    """These tasks, by their numbers, ascending, go into a segment, one that is there or a new one; what does
    not fit goes into another new one."""

    number: int
    seqs: tuple[int, ...]
    beside: int | None = None


class Prepared(msgspec.Struct, frozen=True):
    """Segments ready to be written, with their columns and blocks by name, from these recent tasks."""

    project_key: int
    version: int
    seqs: Sequence[int]
    segments: Sequence[tuple[dict[str, Any], Mapping[str, bytes]]]

    def write(self, tx: Connection) -> int:
        """Write them in place of the recent rows; how many, 0 where the project is not as it was any more.

        The caller holds the project's lock.
        """
        mine = (task_recent.c.project_key == self.project_key, task_recent.c.seq.in_(numbers(tx, self.seqs)))
        there = sa.select(sa.func.count()).select_from(task_recent).where(*mine)
        here = task_project.c.project_key == self.project_key
        before = tx.scalar(sa.select(task_project.c.version).where(here))
        if before != self.version or tx.scalar(there) != len(self.seqs):
            return 0
        version = next_version(self.version)
        for values, contents in self.segments:
            self._put(tx, {**values, "version": version}, contents)
        tx.execute(sa.delete(task_recent).where(*mine))
        left = {"recent": task_project.c.recent - len(self.seqs), "version": version}
        tx.execute(sa.update(task_project).where(here).values(left))
        return len(self.seqs)

    def _put(self, tx: Connection, values: Mapping[str, Any], contents: Mapping[str, bytes]) -> None:
        remove(tx, self.project_key, values["number"])
        tx.execute(sa.insert(task_segment).values(project_key=self.project_key, **values))
        place = {"project_key": self.project_key, "number": values["number"]}
        rows = [{**place, "name": name, "data": data} for name, data in contents.items()]
        tx.execute(sa.insert(task_column), rows)


def due(tx: Connection, limits: Limits = USUAL) -> list[str]:
    """The ids of the projects with so many recent tasks that some may be sealed, the fullest first."""
    wanted = (
        sa.select(task_word.c.text)
        .join(task_project, task_project.c.project_key == task_word.c.key)
        .where(task_project.c.recent > limits.seal_at)
        .order_by(task_project.c.recent.desc())
    )
    return list(tx.scalars(wanted))


def seal(db: Database, project_id: str, limits: Limits = USUAL) -> int:
    """Seal some of a project's ended tasks; how many: 0 where too few have ended, or others were quicker."""
    with db.reading() as tx:
        prepared = prepare(tx, project_id, limits)
    if prepared is None:
        return 0
    with db.transaction() as tx:
        projects.lock(tx, project_id)
        return prepared.write(tx)


def prepare(tx: Connection, project_id: str, limits: Limits = USUAL) -> Prepared | None:
    """What `seal` would write; None where too few tasks have ended."""
    project = (
        sa.select(task_project)
        .join(task_word, task_project.c.project_key == task_word.c.key)
        .where(task_word.c.text == project_id)
    )
    row = tx.execute(project).first()
    if row is None or row.recent <= limits.seal_at:
        return None
    there = segments.find(tx, row.project_key)
    planned = plan(_ended(tx, row, there, limits), there, limits)
    if planned is None:
        return None
    before = next((segment for segment in there if segment.number == planned.number), None)
    table = _rows(tx, row.project_key, planned.seqs)
    if before is not None:
        table = _joined(_rows_of(tx, before, row.trimmed_to), table)
    parts = _divided(planned, table, limits)
    return Prepared(row.project_key, row.version, planned.seqs, [_written(*part) for part in parts])


def plan(ended: Sequence[int], there: Sequence[Segment], limits: Limits) -> Planned | None:
    """Of these ended tasks, by number, ascending: which go next, and where; None if it is not worth it.

    Those behind all segments fill the last one, or a new one. The rest belong into segments that are there:
    the one that has most of them coming is next.
    """
    free = ended[: max(0, len(ended) - limits.keep)]
    last = there[-1] if there else None
    late = [] if last is None else [seq for seq in free if seq < last.last_seq]
    behind = free[len(late) :]
    found = _late(late, there, limits) if len(late) > len(behind) else None
    return found or _behind(behind, last, limits) or _late(late, there, limits)


def _behind(behind: Sequence[int], last: Segment | None, limits: Limits) -> Planned | None:
    if len(behind) < limits.worth:
        return None
    room = 0 if last is None else limits.full - last.rows
    if last is not None and room >= limits.worth:
        return Planned(last.number, tuple(behind[: min(room, limits.at_once)]))
    number = 0 if last is None else last.number + limits.gap
    if number > bitmaps.LAST_SEGMENT:
        return None
    return Planned(number, tuple(behind[: min(limits.at_once, limits.full)]))


def _late(late: Sequence[int], there: Sequence[Segment], limits: Limits) -> Planned | None:
    coming: dict[int, list[int]] = {}
    firsts = np.array([segment.first_seq for segment in there])
    for seq, place in zip(late, np.searchsorted(firsts, late, side="right").tolist(), strict=True):
        coming.setdefault(max(0, place - 1), []).append(seq)
    for at in sorted(coming, key=lambda at: -len(coming[at])):
        number = there[at].number
        beyond = there[at + 1].number if at + 1 < len(there) else _beyond(number, limits)
        beside = number + (beyond - number) // 2 if beyond - number > 1 else None
        room = limits.most - there[at].rows if beside is None else limits.most
        some = coming[at][: min(room, limits.at_once)]
        if len(some) >= limits.worth:
            return Planned(number, tuple(some), beside)
    return None


def _beyond(last: int, limits: Limits) -> int:
    return min(last + limits.gap, bitmaps.LAST_SEGMENT + 1)


def next_version(version: int) -> int:
    """A version after this one, which nobody was ever given: not even who wrote it and was rolled back.

    What is on a shelf is found by it.
    """
    counted = (version >> _VERSION_BITS) + 1
    return (counted << _VERSION_BITS) + random.randrange(1 << _VERSION_BITS)  # noqa: S311 - no secret


def remove(tx: Connection, project_key: int, number: int) -> None:
    """Take a segment away with its columns. The caller holds the project's lock."""
    for table in (task_column, task_segment):
        tx.execute(sa.delete(table).where(table.c.project_key == project_key, table.c.number == number))


_Table = dict[str, NDArray[np.int64]]


def _ended(tx: Connection, project: Record, there: Sequence[Segment], limits: Limits) -> list[int]:
    """The oldest ended tasks, by number: more than go at once, behind all segments and among them."""
    mine = sa.select(task_recent.c.seq).where(
        task_recent.c.project_key == project.project_key, task_recent.c.status.in_(ENDED)
    )
    if project.trimmed_to is not None:
        mine = mine.where(task_recent.c.seq >= project.trimmed_to)
    parts = [mine]
    if there:
        last = there[-1].last_seq
        parts = [mine.where(task_recent.c.seq < last), mine.where(task_recent.c.seq > last)]
    most = 2 * limits.at_once + limits.keep
    return [seq for part in parts for seq in tx.scalars(part.order_by(task_recent.c.seq).limit(most))]


def _rows(tx: Connection, project_key: int, seqs: Sequence[int]) -> _Table:
    """What is known of these recent tasks."""
    names = ("seq", *COLUMNS)
    named = (sa.type_coerce(task_recent.c[name], sa.BigInteger).label(name) for name in names)
    mine = (task_recent.c.project_key == project_key, task_recent.c.seq.in_(numbers(tx, seqs)))
    found = tx.execute(sa.select(*named).where(*mine).order_by(task_recent.c.seq)).all()
    values = [[NEVER if value is None else value for value in row] for row in found]
    by_name = np.array(values, dtype=np.int64).T
    return dict(zip(names, by_name, strict=True))


def _rows_of(tx: Connection, segment: Segment, trimmed_to: int | None) -> _Table:
    """What a segment holds, but for what is trimmed."""
    table = segments.table(tx, segment, ("seq", *COLUMNS))
    kept = slice(0 if trimmed_to is None else int(np.searchsorted(table["seq"], trimmed_to)), None)
    return {name: values[kept] for name, values in table.items()}


def _joined(one: _Table, other: _Table) -> _Table:
    order = np.argsort(np.concatenate((one["seq"], other["seq"])), kind="stable")
    return {name: np.concatenate((one[name], other[name]))[order] for name in one}


def _divided(planned: Planned, table: _Table, limits: Limits) -> list[tuple[int, _Table]]:
    rows = len(table["seq"])
    if planned.beside is None or rows <= limits.most:
        return [(planned.number, table)]
    half = rows // 2
    lower = {name: values[:half] for name, values in table.items()}
    upper = {name: values[half:] for name, values in table.items()}
    return [(planned.number, lower), (planned.beside, upper)]


def _written(number: int, table: _Table) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The row of a segment, and its columns and blocks as they are kept."""
    seqs = table["seq"]
    contents = {name: Column.of(table[name]).write() for name in KEYS}
    contents |= {name: write_plain(table[name]) for name in PLAIN}
    for name, has in HAS.items():
        contents[has] = Column.of((table[name] != NEVER).astype(np.int64)).write()
    for block, begin in enumerate(range(0, len(seqs), BLOCK)):
        contents[segments.block_name(block)] = segments.write_block(seqs[begin : begin + BLOCK])
    row = {
        "number": number,
        "rows": len(seqs),
        "first_seq": int(seqs[0]),
        "last_seq": int(seqs[-1]),
        "blocks": seqs[::BLOCK].tobytes(),
        **_span("started", table["started_at"]),
        **_span("ended", table["ended_at"]),
    }
    return row, contents


def _span(name: str, moments: NDArray[np.int64]) -> dict[str, int | None]:
    there = moments[moments != NEVER]
    if not len(there):
        return {f"{name}_from": None, f"{name}_to": None}
    return {f"{name}_from": int(there.min()), f"{name}_to": int(there.max())}
