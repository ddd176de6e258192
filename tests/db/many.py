"""Thousands of tasks alike, written at once: for tests of what is only seen with many."""

from datetime import timedelta

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from holdfast.db import task_keys, tasks
from holdfast.db.columns import write_document
from holdfast.db.sequences import first_of
from holdfast.db.task_tables import task as task_table
from holdfast.db.task_tables import task_document, task_project, task_recent
from holdfast.model import ids
from holdfast.model.task import Task


def add_many(tx: Connection, one: Task, number: int, apart: timedelta = timedelta(seconds=1)) -> list[str]:
    """Add tasks like this one, which has ended, each made so much later than the one before; their ids."""
    tasks.add(tx, one)
    facts = task_keys.facts_of(tx, one)
    more = [
        replace(one, id=ids.new(), created_at=one.created_at + place * apart) for place in range(1, number)
    ]
    numbered = [(first_of(each.created_at), each) for each in more]
    project_key = facts["project_key"]
    marks = task_keys.marks_of(one)
    tx.execute(
        sa.insert(task_table),
        [{"seq": seq, "id": each.id, "project_key": project_key, **marks} for seq, each in numbered],
    )
    tx.execute(
        sa.insert(task_document),
        [{"seq": seq, "document": write_document(each)} for seq, each in numbered],
    )
    tx.execute(sa.insert(task_recent), [{"seq": seq, **facts} for seq, _ in numbered])
    here = task_project.c.project_key == project_key
    tx.execute(sa.update(task_project).where(here).values(recent=task_project.c.recent + len(more)))
    return [one.id, *(each.id for each in more)]
