"""What leads to few tasks: the numbers of those that have one of some marks, from the index of each mark."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import CompoundSelect, Connection, Select, SelectBase

from holdfast.model.task_filter import TaskFilter

from .statements import gathered, numbers_of, one_of
from .task_conditions import OneOf
from .task_keys import mark
from .task_tables import task, task_recent

FIRST, LAST = 0, (1 << 63) - 1  # of all numbers that a task can have

# Column, and field of the filter whose values it holds the marks of.
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "checkpoint_mark": "checkpoint_ids",
        "backup_mark": "backup_ids",
        "request_mark": "request_ids",
        "parent_mark": "parent_ids",
    }
)


def _with(column: str, dialect: str) -> Select[tuple[int]]:
    first, last = (sa.bindparam(name, type_=sa.BigInteger) for name in ("first", "last"))
    return sa.select(task.c.seq).where(
        one_of(dialect, task.c[column], "marks"), task.c.seq.between(first, last)
    )


def _recent(column: str, dialect: str) -> CompoundSelect[tuple[int]]:
    late = sa.select(task.c.seq).select_from(task_recent.join(task, task.c.seq == task_recent.c.seq))
    here = task_recent.c.project_key == sa.bindparam("project", type_=sa.BigInteger)
    before = task_recent.c.seq < sa.bindparam("first", type_=sa.BigInteger)
    among = one_of(dialect, task.c[column], "marks")
    return sa.union_all(_with(column, dialect), late.where(here, before, among))


@cache
def _gathered(wanted: Callable[[str, str], SelectBase], column: str, dialect: str) -> Select[Any]:
    """Built once for each: that takes longer than the database needs for it."""
    return sa.select(gathered(dialect, wanted(column, dialect).subquery().c.seq))


def asked(wanted: TaskFilter) -> Iterable[OneOf]:
    """The marks that tasks must have. A mark is of an id in one project: its tasks are of this one."""
    for column, field in COLUMNS.items():
        texts = getattr(wanted, field)
        if texts:
            yield OneOf(column, frozenset(mark(wanted.project_id, text) for text in texts))


def seqs(tx: Connection, one_of: OneOf, first: int = FIRST, last: int = LAST) -> NDArray[np.int64]:
    """The numbers of the tasks with one of these marks, ascending; those in a range of numbers."""
    values = {"marks": list(one_of.keys), "first": first, "last": last}
    return _read(tx, _gathered(_with, one_of.column, tx.dialect.name), values)


def recent_seqs(tx: Connection, project: int, one_of: OneOf, last: int | None) -> NDArray[np.int64]:
    """Those with one of these marks that are in no segment, ascending; `last` is in one, and none behind it.

    Few recent tasks are older than the last one in a segment: all others are read from the index alone.
    """
    if last is None:
        return seqs(tx, one_of)
    values = {"marks": list(one_of.keys), "first": last + 1, "last": LAST, "project": project}
    return _read(tx, _gathered(_recent, one_of.column, tx.dialect.name), values)


def _read(tx: Connection, wanted: Select[Any], values: Mapping[str, Any]) -> NDArray[np.int64]:
    return np.sort(numbers_of(tx.scalar(wanted, values)), kind="stable")  # what is in order is merged
