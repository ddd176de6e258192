"""Trimming: what a project no longer keeps is deleted in small steps, the oldest first.

A task is gone for everybody in the transaction that deletes its row: recent ones lose their narrow row with
it. What a segment holds stays as it is while the segment's tasks go one step after the other: readers pass
over what is below the project's `trimmed_to`. The segment goes with the last of them.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Protocol

import msgspec
import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.db import projects, task_keys, task_projects
from holdfast.db.codes import ENDED
from holdfast.db.sequences import first_of
from holdfast.db.statements import numbers
from holdfast.db.tables import audit
from holdfast.db.task_tables import task, task_event, task_project, task_recent, task_word

from . import segments
from .sealing import next_version, remove

AT_ONCE = 200


def find(tx: Connection, after: str | None, limit: int) -> list[str]:
    """The ids of the next projects behind this one that ever had a task, in order; removed ones too."""
    wanted = sa.select(task_word.c.text).join(task_project, task_project.c.project_key == task_word.c.key)
    if after is not None:
        wanted = wanted.where(task_word.c.text > after)
    return list(tx.scalars(wanted.order_by(task_word.c.text).limit(limit)))


def next_owner(tx: Connection, after: str | None) -> str | None:
    """The next project or domain behind this one that has entries in the audit trail; None at the end."""
    wanted = sa.select(sa.func.min(audit.c.project_id))
    found: str | None = tx.scalar(wanted if after is None else wanted.where(audit.c.project_id > after))
    return found


class Old(Protocol):
    """Something of which the oldest are deleted."""

    def is_there(self, tx: Connection) -> bool:
        """Whether there is any of it."""

    def forget(self, tx: Connection, at_once: int = AT_ONCE) -> int:
        """Delete the oldest of it, at most so many; how many."""


class OldTasks(msgspec.Struct, frozen=True):
    """The tasks of a project that have ended, and were made before a moment."""

    project_id: str
    before: datetime

    def is_there(self, tx: Connection) -> bool:
        """Whether there is one."""
        key, end = task_keys.find_word(tx, self.project_id), first_of(self.before)
        return key is not None and bool(_recent(tx, key, end, 1) or _sealed(tx, key, end, 1))

    def forget(self, tx: Connection, at_once: int = AT_ONCE) -> int:
        """Delete the oldest of them; how many."""
        projects.lock(tx, self.project_id)
        key, end = task_keys.find_word(tx, self.project_id), first_of(self.before)
        if key is None:
            return 0
        # Recent ones first: behind `trimmed_to` nobody would find them any more, and nobody seals them.
        if recent := _recent(tx, key, end, at_once):
            return _forget_recent(tx, key, recent)
        sealed = _sealed(tx, key, end, at_once)
        return _forget_sealed(tx, key, sealed) if sealed else 0


class OldEvents(msgspec.Struct, frozen=True):
    """The events of a project that came before a moment, but for the newest `leave`.

    None of them goes before those with lower numbers.
    """

    project_id: str
    before: datetime
    leave: int

    def is_there(self, tx: Connection) -> bool:
        """Whether there is one."""
        return bool(self._numbers(tx, 1))

    def forget(self, tx: Connection, at_once: int = AT_ONCE) -> int:
        """Delete the oldest of them; how many."""
        old = self._numbers(tx, at_once)
        if old:
            mine = task_event.c.project_key == task_keys.find_word(tx, self.project_id)
            tx.execute(sa.delete(task_event).where(mine, task_event.c.number <= old[-1]))
        return len(old)

    def _numbers(self, tx: Connection, limit: int) -> list[int]:
        key = task_keys.find_word(tx, self.project_id)
        last = sa.select(task_project.c.events).where(task_project.c.project_key == key).scalar_subquery()
        oldest = (
            sa.select(task_event.c.number, task_event.c.at)
            .where(task_event.c.project_key == key, task_event.c.number <= last - self.leave)
            .order_by(task_event.c.number)
            .limit(limit)
        )
        return [row.number for row in takewhile(lambda row: row.at < self.before, tx.execute(oldest))]


class OldEntries(msgspec.Struct, frozen=True):
    """The entries of the audit trail of a project or domain from before a moment."""

    owner: str
    before: datetime

    def is_there(self, tx: Connection) -> bool:
        """Whether there is one."""
        return bool(self._keys(tx, 1))

    def forget(self, tx: Connection, at_once: int = AT_ONCE) -> int:
        """Delete the oldest of them; how many."""
        old = self._keys(tx, at_once)
        if old:
            tx.execute(sa.delete(audit).where(audit.c.key.in_(numbers(tx, old))))
        return len(old)

    def _keys(self, tx: Connection, limit: int) -> Sequence[int]:
        mine = sa.select(audit.c.key).where(audit.c.project_id == self.owner, audit.c.at < self.before)
        return tx.scalars(mine.order_by(audit.c.at, audit.c.key).limit(limit)).all()


def _recent(tx: Connection, project_key: int, end: int, limit: int) -> Sequence[int]:
    """The lowest numbers below `end` of recent tasks that have ended."""
    table = task_recent.c
    wanted = sa.select(table.seq).where(
        table.project_key == project_key, table.seq < end, table.status.in_(ENDED)
    )
    return tx.scalars(wanted.order_by(table.seq).limit(limit)).all()


def _sealed(tx: Connection, project_key: int, end: int, limit: int) -> list[int]:
    """The lowest numbers below `end` of tasks in the oldest segment that has any left."""
    catalogue = segments.catalogue(tx, task_projects.get(tx, project_key))
    if catalogue is None:
        return []
    trimmed_to = catalogue.trimmed_to
    # One that was written while trimming went on may hold nothing else than what is gone.
    left = (one for one in catalogue.segments if trimmed_to is None or one.last_seq >= trimmed_to)
    oldest = next(left, catalogue.segments[-1])
    first = 0 if trimmed_to is None else segments.rows_below(tx, oldest, trimmed_to)
    last = min(first + limit, segments.rows_below(tx, oldest, end))
    found: list[int] = segments.seqs(tx, oldest, np.arange(first, max(first, last), dtype=np.uint16)).tolist()
    return found


def _forget_recent(tx: Connection, project_key: int, seqs: Sequence[int]) -> int:
    _delete(tx, seqs)
    mine = (task_recent.c.project_key == project_key, task_recent.c.seq.in_(numbers(tx, seqs)))
    tx.execute(sa.delete(task_recent).where(*mine))
    _change(tx, project_key, recent=task_project.c.recent - len(seqs))
    return len(seqs)


def _forget_sealed(tx: Connection, project_key: int, seqs: Sequence[int]) -> int:
    _delete(tx, seqs)
    _change(tx, project_key, trimmed_to=seqs[-1] + 1)
    catalogue = segments.catalogue(tx, task_projects.get(tx, project_key))
    empty = [] if catalogue is None else [one for one in catalogue.segments if one.last_seq <= seqs[-1]]
    for one in empty:
        remove(tx, project_key, one.number)
    if catalogue is not None and empty:
        _change(tx, project_key, version=next_version(catalogue.version))
    return len(seqs)


def _delete(tx: Connection, seqs: Sequence[int]) -> None:
    """Documents and warnings go with their task."""
    tx.execute(sa.delete(task).where(task.c.seq.in_(numbers(tx, seqs))))


def _change(tx: Connection, project_key: int, **values: object) -> None:
    tx.execute(sa.update(task_project).where(task_project.c.project_key == project_key).values(values))
