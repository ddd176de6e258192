"""The logs of what went wrong with single files of tasks. A log stays as long as its task's history."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.task_warning import Lines

from .statements import insert
from .task_tables import task, work
from .task_tables import task_warning as table


def write(tx: Connection, task_id: str, lines: Lines) -> None:
    """Write lines of an unfinished task, which must be known in this transaction to be ours.

    Written twice is written once.
    """
    seq = tx.scalar(sa.select(work.c.seq).where(work.c.task_id == task_id))
    if seq is None:
        return
    if lines.anew:
        tx.execute(sa.delete(table).where(table.c.seq == seq))
    if lines.lines:
        written = insert(tx, table)
        tx.execute(
            written.on_conflict_do_update(
                index_elements=["seq", "place"], set_={"text": written.excluded.text}
            ),
            [{"seq": seq, "place": place, "text": text} for place, text in lines.lines],
        )


def find(tx: Connection, task_id: str, offset: int, limit: int) -> Sequence[str]:
    """Some lines of a task, unfinished or ended, from this place on."""
    wanted = (
        sa.select(table.c.text)
        .join(task, task.c.seq == table.c.seq)
        .where(task.c.id == task_id, table.c.place >= offset)
    )
    return list(tx.scalars(wanted.order_by(table.c.place).limit(limit)))


def count(tx: Connection, task_id: str) -> int:
    """How many lines the log of a task has."""
    last = sa.select(sa.func.max(table.c.place)).join(task, task.c.seq == table.c.seq)
    place = tx.scalar(last.where(task.c.id == task_id))
    return 0 if place is None else int(place) + 1
