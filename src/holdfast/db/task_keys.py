"""Integer keys for what tasks are filtered by, made where they are first needed, and never given to another.

A mark stands for an id that leads to few tasks: it is kept in place of the id because it is short. Marks of
different ids are the same by an accident that a house will not live to see (one in 2^64 for each pair).
"""

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from holdfast.model.task import Task

from .codes import CODE_OF_OPERATION, CODE_OF_STATUS
from .statements import insert
from .task_tables import task_message, task_resource, task_vault, task_word

# Longer names are found by their beginning. PostgreSQL indexes no text beyond 2,700 bytes.
LONGEST_NAME = 255
LONGEST_MESSAGE = 600


def project_key(tx: Connection, project_id: str) -> int:
    """The key of a project, made where it has none."""
    return _word(tx, project_id)


def facts_of(tx: Connection, task: Task) -> dict[str, Any]:
    """All that a task is filtered by, as the columns of `task_recent` hold it, but for its number."""
    project = _word(tx, task.project_id)
    vault = {"id": task.vault_id or "", "name": (task.vault_name or "")[:LONGEST_NAME]}
    resource = {
        "id": task.resource.id,
        "name": task.resource.name[:LONGEST_NAME],
        "type": task.resource.type,
    }
    return {
        "project_key": project,
        "operation": CODE_OF_OPERATION[task.operation],
        "provider_key": _word(tx, task.provider_id),
        "enterprise_key": _word(tx, task.enterprise_project_id),
        "vault_key": _key(tx, task_vault, project_key=project, **vault),
        "resource_key": _key(tx, task_resource, project_key=project, **resource),
        "type_key": _word(tx, task.resource.type),
        "policy_key": _word(tx, task.policy_id or ""),
        **outcome_of(tx, project, task),
    }


def outcome_of(tx: Connection, project: int, task: Task) -> dict[str, Any]:
    """Those of the columns that change until a task has ended."""
    return {
        "status": CODE_OF_STATUS[task.status],
        "error_key": _word(tx, task.error.code),
        "message_key": _key(tx, task_message, project_key=project, text=task.error.message[:LONGEST_MESSAGE]),
        "started_at": task.started_at,
        "ended_at": task.ended_at,
        "bytes_done": task.figures.bytes_done,
        "bytes_stored": task.figures.bytes_stored,
    }


def marks_of(task: Task) -> dict[str, int | None]:
    """The marks of what leads to few tasks, as the columns of `task` hold them."""
    led = {
        "checkpoint_mark": task.checkpoint_id,
        "backup_mark": task.backup_id,
        "request_mark": task.request_id,
        "parent_mark": task.parent_id,
    }
    return {name: mark(task.project_id, text) if text else None for name, text in led.items()}


def mark(project_id: str, text: str) -> int:
    """The mark of an id of this project."""
    digest = hashlib.blake2b(f"{project_id} {text}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def find_word(tx: Connection, text: str) -> int | None:
    """The key of a project, provider, policy or the like; None if no task ever named it."""
    return tx.scalar(sa.select(task_word.c.key).where(task_word.c.text == text))


def _word(tx: Connection, text: str) -> int:
    return _key(tx, task_word, text=text)


def _key(tx: Connection, table: Table, **values: Any) -> int:
    # Asked for first: an insert that conflicts uses up a number of PostgreSQL's sequence each time.
    wanted = sa.select(table.c.key).where(*(table.c[name] == value for name, value in values.items()))
    found = tx.scalar(wanted)
    if found is None:
        added = insert(tx, table).values(**values).on_conflict_do_nothing().returning(table.c.key)
        found = tx.scalar(added)
    return int(tx.execute(wanted).scalar_one() if found is None else found)
