"""Recent tasks: a narrow row for each that no segment holds yet, all that are unfinished among them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection

from holdfast.model.task import Task

from .codes import CODE_OF_STATUS
from .statements import Record, insert, numbers
from .task_conditions import Between, Conditions, OneOf
from .task_keys import outcome_of
from .task_tables import task_project, task_recent, task_total

FEW_KEYS = 50  # are spelled out in a statement


def add(tx: Connection, seq: int, facts: Mapping[str, Any]) -> None:
    """Write the row of a new task. The caller holds the project's lock."""
    tx.execute(sa.insert(task_recent).values(seq=seq, **facts))
    added = insert(tx, task_project).values(project_key=facts["project_key"], recent=1, version=0, events=0)
    one_more = {"recent": task_project.c.recent + 1}
    tx.execute(added.on_conflict_do_update(index_elements=["project_key"], set_=one_more))


def change(tx: Connection, project_key: int, seq: int, task: Task) -> bool:
    """Write a task's status, times and outcome; whether its status is another one than before.

    The caller holds the project's lock.
    """
    here = (task_recent.c.project_key == project_key, task_recent.c.seq == seq)
    before = tx.scalar(sa.select(task_recent.c.status).where(*here))
    if before is None:
        raise LookupError(f"task {task.id} is no recent one: it has ended, and does not change any more")
    tx.execute(sa.update(task_recent).where(*here).values(outcome_of(tx, project_key, task)))
    return bool(before != CODE_OF_STATUS[task.status])


def count_ended(tx: Connection, project_key: int, operation: int, status: int) -> None:
    """One more task of the project ended so. The caller holds the project's lock."""
    ended = {"project_key": project_key, "operation": operation, "status": status}
    added = insert(tx, task_total).values(**ended, n=1)
    tx.execute(added.on_conflict_do_update(index_elements=list(ended), set_={"n": task_total.c.n + 1}))


def count(tx: Connection, asked: Conditions) -> int:
    """How many recent tasks match."""
    if asked.seqs == ():
        return 0
    wanted = sa.select(sa.func.count()).select_from(task_recent).where(*_matching(tx, asked))
    return int(tx.execute(wanted).scalar_one())


def first_page(tx: Connection, asked: Conditions, limit: int) -> tuple[list[int], int]:
    """The numbers of so many of the recent tasks that match, highest first, and how many match in all."""
    if asked.seqs == ():
        return [], 0
    number = sa.func.count().over().label("number")
    wanted = sa.select(task_recent.c.seq, number).where(*_matching(tx, asked))
    rows = tx.execute(wanted.order_by(task_recent.c.seq.desc()).limit(limit)).all()
    return [row.seq for row in rows], rows[0].number if rows else 0


def newest(tx: Connection, asked: Conditions, limit: int | None = None, offset: int = 0) -> list[int]:
    """The numbers of the recent tasks that match, highest first; all of them without a limit."""
    if asked.seqs == ():
        return []
    wanted = sa.select(task_recent.c.seq).where(*_matching(tx, asked)).order_by(task_recent.c.seq.desc())
    return list(tx.scalars(wanted if limit is None else wanted.limit(limit).offset(offset)))


def narrowed(tx: Connection, asked: Conditions) -> Conditions:
    """The same as far as recent tasks go: in place of many keys, the numbers of those that have one."""
    broad = [one for one in asked.keys if _is_broad(one)]
    either = asked.either if asked.either is not None and any(map(_is_broad, asked.either)) else None
    if not broad and either is None:
        return asked
    rest = replace(
        asked,
        keys=tuple(one for one in asked.keys if not _is_broad(one)),
        either=asked.either if either is None else None,
    )
    named = dict.fromkeys(one.column for one in (*broad, *(either or ())))
    found = [
        row.seq
        for row in rows(tx, rest, ("seq", *named))
        if all(getattr(row, one.column) in one.keys for one in broad)
        and (either is None or any(getattr(row, one.column) in one.keys for one in either))
    ]
    return replace(rest, seqs=tuple(found))


def _is_broad(asked: OneOf) -> bool:
    return len(asked.keys) > FEW_KEYS


def rows(tx: Connection, asked: Conditions, columns: Sequence[str]) -> Sequence[Record]:
    """These columns of the recent tasks that match, in no order; moments in microseconds since 1970."""
    named = (sa.type_coerce(task_recent.c[name], sa.BigInteger).label(name) for name in columns)
    return tx.execute(sa.select(*named).where(*_matching(tx, asked))).all()


def _matching(tx: Connection, asked: Conditions) -> list[ColumnElement[bool]]:
    table = task_recent.c
    conditions = [table.project_key == asked.project_key]
    conditions += [_is_one_of(tx, one) for one in asked.keys]
    if asked.either is not None:
        conditions.append(sa.or_(*(_is_one_of(tx, one) for one in asked.either)))
    if asked.seqs is not None:
        conditions.append(table.seq.in_(numbers(tx, asked.seqs)))
    conditions += [table[name].is_not(None) for name in (one.column for one in asked.moments)]
    conditions += [table[name].is_(None) for name in asked.lacking]
    for one in (*asked.moments, Between("seq", asked.first, asked.end)):
        column = sa.type_coerce(table[one.column], sa.BigInteger)
        if one.first is not None:
            conditions.append(column >= one.first)
        if one.end is not None:
            conditions.append(column < one.end)
    return conditions


def _is_one_of(tx: Connection, asked: OneOf) -> ColumnElement[bool]:
    column = task_recent.c[asked.column]
    return column.in_(numbers(tx, asked.keys) if _is_broad(asked) else sorted(asked.keys))
