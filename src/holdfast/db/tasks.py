"""Tasks, unfinished and ended alike: written, counted, shown.

What a list is filtered by is in the narrow row, the whole task in its document, and how far an unfinished
one got in its `work` row; `show` lays the last over the document.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection, Select

from holdfast.model.errors import InvalidParameter, TaskNotFound
from holdfast.model.task import Figures, Page, Task
from holdfast.model.task_filter import NEWEST_FIRST, Order, TaskFilter

from . import projects, task_events, task_keys, task_recent
from .codes import CODE_OF_OPERATION, CODE_OF_STATUS
from .columns import read_document, write_document
from .sequences import candidate
from .statements import Record, insert, one_of
from .task_orders import Place
from .task_queries import Matches
from .task_tables import task as table
from .task_tables import task_document, task_word
from .task_tables import work as work_table
from .under_way import begin

_TRIES = 100
_DOCUMENTS = 1024


@cache
def _wanted(dialect: str) -> Select[Any]:
    """Built once: every list asks it."""
    return (
        sa.select(
            task_document.c.seq,
            task_document.c.document,
            work_table.c.progress,
            work_table.c.figures,
            work_table.c.phase,
            work_table.c.updated_at,
        )
        .outerjoin(work_table, work_table.c.seq == task_document.c.seq)
        .where(one_of(dialect, task_document.c.seq, "seqs"))
    )


def add(tx: Connection, task: Task, site: str | None = None) -> None:
    """Write a new task, findable from the commit on; unless it is over already, workers may do it.

    Only those of `site` may, where one is named.
    """
    projects.lock(tx, task.project_id)
    facts = task_keys.facts_of(tx, task)
    seq = _insert(tx, task, facts["project_key"])
    tx.execute(sa.insert(task_document).values(seq=seq, document=write_document(task)))
    task_recent.add(tx, seq, facts)
    _tell(tx, facts["project_key"], seq, task)
    if not task.status.is_end:
        begin(tx, seq, task, site)


def get(tx: Connection, project_id: str, task_id: str) -> Task:
    """One task of the project; raises TaskNotFound."""
    return show(tx, [_seq(tx, project_id, task_id)])[0]


def known(tx: Connection, task_id: str) -> Task | None:
    """The task of that id, in whatever project."""
    seq = tx.scalar(sa.select(table.c.seq).where(table.c.id == task_id))
    return None if seq is None else show(tx, [seq])[0]


def find(tx: Connection, wanted: TaskFilter, page: Page, order: Order = NEWEST_FIRST) -> list[Task]:
    """A page of the tasks that match, in this order.

    The order is total: by creation time, tasks of one microsecond by their place. Raises InvalidParameter for
    a marker that names no task of the project.
    """
    return show(tx, _page(tx, Matches(tx, wanted), wanted, page, order))


def count(tx: Connection, wanted: TaskFilter) -> int:
    """How many tasks match, exactly."""
    return Matches(tx, wanted).count()


def search(
    tx: Connection, wanted: TaskFilter, page: Page, order: Order = NEWEST_FIRST
) -> tuple[list[Task], int]:
    """Both at once: a page as `find` has it, and how many match in all."""
    found, count = find_seqs(tx, wanted, page, order)
    return show(tx, found), count


def find_seqs(tx: Connection, wanted: TaskFilter, page: Page, order: Order) -> tuple[list[int], int]:
    """The same, the tasks by their numbers."""
    matches = Matches(tx, wanted)
    return _page(tx, matches, wanted, page, order), matches.count()


def _page(tx: Connection, matches: Matches, wanted: TaskFilter, page: Page, order: Order) -> list[int]:
    after = None if page.marker is None else place(tx, wanted.project_id, page.marker, order)
    return matches.page(page.limit, page.offset, order, after)


def place(tx: Connection, project_id: str, marker: str, order: Order) -> Place:
    """Where the task `marker` stands; raises InvalidParameter where that is none of the project."""
    try:
        seq = _seq(tx, project_id, marker)
    except TaskNotFound as error:
        raise InvalidParameter("marker", "names no task") from error
    return Place(0, seq) if order == NEWEST_FIRST else Place.of(show(tx, [seq])[0], seq, order)


def show(tx: Connection, seqs: Sequence[int]) -> list[Task]:
    """The tasks with these numbers, in this order."""
    shown = kept(tx, seqs)
    return [shown[seq] for seq in seqs]


def kept(tx: Connection, seqs: Collection[int]) -> dict[int, Task]:
    """Those of the tasks with these numbers that are not gone, by number."""
    if not seqs:
        return {}
    rows = tx.execute(_wanted(tx.dialect.name), {"seqs": list(seqs)})
    return {row.seq: _shown(row) for row in rows}


def rewrite(tx: Connection, seq: int, task: Task) -> None:
    """Write a task whose status, times or outcome changed."""
    projects.lock(tx, task.project_id)
    project_key = task_keys.project_key(tx, task.project_id)
    if task_recent.change(tx, project_key, seq, task):
        _tell(tx, project_key, seq, task)
    document = write_document(task)
    tx.execute(sa.update(task_document).where(task_document.c.seq == seq).values(document=document))


def _tell(tx: Connection, project_key: int, seq: int, task: Task) -> None:
    """The task has another status than before, or is new."""
    task_events.add(tx, project_key, seq, task)
    if task.status.is_end:
        operation, status = CODE_OF_OPERATION[task.operation], CODE_OF_STATUS[task.status]
        task_recent.count_ended(tx, project_key, operation, status)


def _insert(tx: Connection, task: Task, project_key: int) -> int:
    marks = task_keys.marks_of(task)
    added = insert(tx, table).values(id=task.id, project_key=project_key, **marks)
    for _ in range(_TRIES):
        # Only the number may be taken; an id that is there already is an error.
        numbered = added.values(seq=candidate(tx, task.created_at))
        seq = tx.scalar(numbered.on_conflict_do_nothing(index_elements=["seq"]).returning(table.c.seq))
        if seq is not None:
            return int(seq)
    raise OverflowError(f"too many tasks at {task.created_at}")


def _seq(tx: Connection, project_id: str, task_id: str) -> int:
    seq = tx.scalar(
        sa.select(table.c.seq)
        .join(task_word, task_word.c.key == table.c.project_key)
        .where(table.c.id == task_id, task_word.c.text == project_id)
    )
    if seq is None:
        raise TaskNotFound(task_id)
    return int(seq)


@lru_cache(_DOCUMENTS)
def _read(document: str) -> Task:
    """Whoever lists tasks lists them again and again."""
    return read_document(document, Task)


def _shown(row: Record) -> Task:
    if row.progress is None:
        return _read(row.document)
    return _under_way(row.document, row.progress, row.figures, row.phase, row.updated_at)


@lru_cache(_DOCUMENTS)
def _under_way(document: str, progress: int, figures: str, phase: str, updated_at: datetime) -> Task:
    """The task as its document has it, and how far it is."""
    told = {"progress": progress, "figures": read_document(figures, Figures), "phase": phase}
    return replace(_read(document), **told, updated_at=updated_at)
