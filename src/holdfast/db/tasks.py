"""Tasks, unfinished and ended alike: written, counted, shown.

What a list is filtered by is in the narrow row, the whole task in its document, and how far an unfinished
one got in its `work` row; `show` lays the last over the document.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.model.errors import InvalidParameter, TaskNotFound
from holdfast.model.task import Figures, Page, Task, TaskFilter

from . import projects, task_queries
from .codes import CODE_OF_STATUS
from .columns import read_document, write_document
from .sequences import candidate
from .statements import Record, insert
from .task_keys import Keys, count_down, count_up, keys_of
from .task_tables import task as table
from .task_tables import task_document, task_word
from .task_tables import work as work_table
from .under_way import begin

_TRIES = 100


def add(tx: Connection, task: Task, site: str | None = None) -> None:
    """Write a new task and count it; unless it is over already, workers may do it.

    Only those of `site` may, where one is named.
    """
    projects.lock(tx, task.project_id)
    keys = keys_of(tx, task)
    seq = _insert(tx, task, keys, count_up(tx, keys, task.status))
    tx.execute(sa.insert(task_document).values(seq=seq, document=write_document(task)))
    if not task.status.is_end:
        begin(tx, seq, task, site)


def get(tx: Connection, project_id: str, task_id: str) -> Task:
    """One task of the project; raises TaskNotFound."""
    return show(tx, [_seq(tx, project_id, task_id)])[0]


def known(tx: Connection, task_id: str) -> Task | None:
    """The task of that id, in whatever project."""
    seq = tx.scalar(sa.select(table.c.seq).where(table.c.id == task_id))
    return None if seq is None else show(tx, [seq])[0]


def find(tx: Connection, wanted: TaskFilter, page: Page) -> list[Task]:
    """A page of the tasks that match, newest first.

    The order is total: by creation time, tasks of one microsecond by their place. Raises InvalidParameter for
    a marker that names no task of the project.
    """
    after = None
    if page.marker is not None:
        try:
            after = _seq(tx, wanted.project_id, page.marker)
        except TaskNotFound as error:
            raise InvalidParameter("marker", "names no task") from error
    return show(tx, task_queries.page(tx, wanted, page, after))


def count(tx: Connection, wanted: TaskFilter) -> int:
    """How many tasks match, exactly."""
    return task_queries.count(tx, wanted)


def show(tx: Connection, seqs: Sequence[int]) -> list[Task]:
    """The tasks with these numbers, in this order."""
    if not seqs:
        return []
    wanted = (
        sa.select(
            task_document.c.seq,
            task_document.c.document,
            work_table.c.progress,
            work_table.c.figures,
            work_table.c.phase,
            work_table.c.updated_at,
        )
        .outerjoin(work_table, work_table.c.seq == task_document.c.seq)
        .where(task_document.c.seq.in_(seqs))
    )
    shown = {row.seq: _shown(row) for row in tx.execute(wanted)}
    return [shown[seq] for seq in seqs]


def rewrite(tx: Connection, seq: int, task: Task) -> None:
    """Write a task whose status, times or outcome changed, and move it to the cell of its status."""
    projects.lock(tx, task.project_id)
    row = tx.execute(sa.select(table).where(table.c.seq == seq)).one()
    cell_key = row.cell_key
    if row.status != CODE_OF_STATUS[task.status]:
        count_down(tx, cell_key)
        cell_key = count_up(tx, _keys(row), task.status)
    tx.execute(
        sa.update(table)
        .where(table.c.seq == seq)
        .values(
            status=CODE_OF_STATUS[task.status],
            cell_key=cell_key,
            started_at=task.started_at,
            ended_at=task.ended_at,
        )
    )
    document = write_document(task)
    tx.execute(sa.update(task_document).where(task_document.c.seq == seq).values(document=document))


def _insert(tx: Connection, task: Task, keys: Keys, cell_key: int) -> int:
    added = insert(tx, table).values(
        id=task.id,
        project_key=keys.project,
        vault_key=keys.vault,
        resource_key=keys.resource,
        cell_key=cell_key,
        operation=keys.operation,
        status=CODE_OF_STATUS[task.status],
        provider_key=keys.provider,
        enterprise_key=keys.enterprise,
        created_at=task.created_at,
        started_at=task.started_at,
        ended_at=task.ended_at,
    )
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


def _keys(row: Record) -> Keys:
    return Keys(
        project=row.project_key,
        vault=row.vault_key,
        resource=row.resource_key,
        provider=row.provider_key,
        enterprise=row.enterprise_key,
        operation=row.operation,
    )


def _shown(row: Record) -> Task:
    task = read_document(row.document, Task)
    if row.progress is None:
        return task
    return replace(
        task,
        progress=row.progress,
        figures=read_document(row.figures, Figures),
        phase=row.phase,
        updated_at=row.updated_at,
    )
