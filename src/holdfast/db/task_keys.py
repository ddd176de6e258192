"""Integer keys for what tasks are filtered by, made where they are first needed, and the cells that count.

All tasks that agree in project, vault, operation, status, provider and enterprise project share a cell, which
knows how many they are. The cell's count changes in the transaction that changes the task; a transaction
that does so holds the project's lock, so that no two of them wait for each other's cells.
"""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from holdfast.model.task import Status, Task

from .codes import CODE_OF_OPERATION, CODE_OF_STATUS
from .statements import insert
from .task_tables import task_cell, task_resource, task_vault, task_word

# Longer names are found by their beginning. PostgreSQL indexes no text beyond 2,700 bytes.
LONGEST_NAME = 255


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """A task's integer keys."""

    project: int
    vault: int
    resource: int
    provider: int
    enterprise: int
    operation: int


def keys_of(tx: Connection, task: Task) -> Keys:
    """The keys of a new task."""
    project = _word(tx, task.project_id)
    return Keys(
        project=project,
        vault=_key(
            tx,
            task_vault,
            project_key=project,
            id=task.vault_id or "",
            name=(task.vault_name or "")[:LONGEST_NAME],
        ),
        resource=_key(
            tx,
            task_resource,
            project_key=project,
            id=task.resource.id,
            name=task.resource.name[:LONGEST_NAME],
            type=task.resource.type,
        ),
        provider=_word(tx, task.provider_id),
        enterprise=_word(tx, task.enterprise_project_id),
        operation=CODE_OF_OPERATION[task.operation],
    )


def count_up(tx: Connection, keys: Keys, status: Status) -> int:
    """One more task with these keys and this status; the key of its cell."""
    cell = {
        "project_key": keys.project,
        "vault_key": keys.vault,
        "operation": keys.operation,
        "status": CODE_OF_STATUS[status],
        "provider_key": keys.provider,
        "enterprise_key": keys.enterprise,
    }
    one_more = sa.update(task_cell).values(n=task_cell.c.n + 1).returning(task_cell.c.key)
    found = tx.scalar(one_more.where(*_same(task_cell, cell)))
    if found is not None:
        return int(found)
    added = insert(tx, task_cell).values(**cell, n=1)
    return int(
        tx.execute(
            added.on_conflict_do_update(index_elements=list(cell), set_={"n": task_cell.c.n + 1}).returning(
                task_cell.c.key
            )
        ).scalar_one()
    )


def count_down(tx: Connection, cell_key: int) -> None:
    """One task less in the cell."""
    tx.execute(sa.update(task_cell).where(task_cell.c.key == cell_key).values(n=task_cell.c.n - 1))


def find_word(tx: Connection, text: str) -> int | None:
    """The key of a project, provider or enterprise project id; None if no task ever named it."""
    return tx.scalar(sa.select(task_word.c.key).where(task_word.c.text == text))


def _word(tx: Connection, text: str) -> int:
    return _key(tx, task_word, text=text)


def _key(tx: Connection, table: Table, **values: Any) -> int:
    # Asked for first: an insert that conflicts uses up a number of PostgreSQL's sequence each time.
    wanted = sa.select(table.c.key).where(*_same(table, values))
    found = tx.scalar(wanted)
    if found is None:
        added = insert(tx, table).values(**values).on_conflict_do_nothing().returning(table.c.key)
        found = tx.scalar(added)
    return int(tx.execute(wanted).scalar_one() if found is None else found)


def _same(table: Table, values: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in values.items()]
