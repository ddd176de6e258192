"""What is known of a project's tasks as a whole: the first thing that every question about them reads."""

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from .task_tables import task_project, task_word


class TaskProject(msgspec.Struct, frozen=True):
    """A project's key, how many of its tasks are recent, which segments hold the rest, and the number of the
    last event: what can be found changes only with one of these."""

    project_key: int
    recent: int
    version: int
    trimmed_to: int | None
    events: int


# Built once: every list asks it.
_ALL = sa.select(*(task_project.c[name] for name in TaskProject.__struct_fields__))
_WANTED = _ALL.join(task_word, task_word.c.key == task_project.c.project_key).where(
    task_word.c.text == sa.bindparam("project_id")
)


def find(tx: Connection, project_id: str) -> TaskProject | None:
    """The project of that id; None where it never had a task."""
    row = tx.execute(_WANTED, {"project_id": project_id}).first()
    return None if row is None else TaskProject(*row)


def get(tx: Connection, project_key: int) -> TaskProject:
    """The project of that key, which has tasks."""
    return TaskProject(*tx.execute(_ALL.where(task_project.c.project_key == project_key)).one())
