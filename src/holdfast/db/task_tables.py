"""The tables of the tasks, drawn so that ten million of them are found and counted in milliseconds.

| Table | One row per |
|---|---|
| `task` | task, narrow: integer keys for all that lists are filtered by, and the times |
| `task_document` | task: the whole of it as JSON, read only for the few that are shown |
| `task_word` | project, provider or enterprise project id that tasks name, for its integer key |
| `task_vault` | vault of a project under the name that it had when the task was made |
| `task_resource` | resource of a project under the name and type that it had when the task was made |
| `task_cell` | project, operation, status, provider, enterprise project and vault, with the number of tasks |
| `task_warning` | thing that went wrong with one file or the like of a task, by its place in the task's log |
| `work` | unfinished task: who does it and how far it got |
| `work_resource` | resource that an unfinished task reads or changes |

`task.seq` is made from the creation time (`sequences`): it is the total order of all lists, and a range of
times is a range of it. Progress touches only the small `work` row. Counters per day or month for projects
that outgrow walking their index would be a further table beside `task_cell`; nothing here changes for them.
"""

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, SmallInteger, Table

from .columns import Moment, Words
from .tables import metadata

# SQLite makes keys only for a primary key that is exactly INTEGER; it holds 64 bits there all the same.
Key = BigInteger().with_variant(Integer(), "sqlite")

task_word = Table(
    "task_word",
    metadata,
    Column("key", Key, primary_key=True),
    Column("text", Words, nullable=False, unique=True),
)

task_vault = Table(
    "task_vault",
    metadata,
    Column("key", Key, primary_key=True),
    Column("project_key", ForeignKey("task_word.key"), nullable=False),
    Column("id", Words, nullable=False),  # empty where a task has no vault
    Column("name", Words, nullable=False),
    sa.UniqueConstraint("project_key", "id", "name"),
)

task_resource = Table(
    "task_resource",
    metadata,
    Column("key", Key, primary_key=True),
    Column("project_key", ForeignKey("task_word.key"), nullable=False),
    Column("id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("type", Words, nullable=False),
    sa.UniqueConstraint("project_key", "id", "name", "type"),
)

task_cell = Table(
    "task_cell",
    metadata,
    Column("key", Key, primary_key=True),
    Column("project_key", ForeignKey("task_word.key"), nullable=False),
    Column("vault_key", ForeignKey("task_vault.key"), nullable=False),
    Column("operation", SmallInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("provider_key", ForeignKey("task_word.key"), nullable=False),
    Column("enterprise_key", ForeignKey("task_word.key"), nullable=False),
    Column("n", BigInteger, nullable=False),
    sa.UniqueConstraint("project_key", "vault_key", "operation", "status", "provider_key", "enterprise_key"),
    Index(None, "vault_key"),
)

task = Table(
    "task",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("id", Words, nullable=False, unique=True),
    Column("project_key", ForeignKey("task_word.key"), nullable=False),
    Column("vault_key", ForeignKey("task_vault.key"), nullable=False),
    Column("resource_key", ForeignKey("task_resource.key"), nullable=False),
    Column("cell_key", ForeignKey("task_cell.key"), nullable=False),
    Column("operation", SmallInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("provider_key", ForeignKey("task_word.key"), nullable=False),
    Column("enterprise_key", ForeignKey("task_word.key"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    # The columns behind `seq` let a list be filtered and counted in the index alone.
    Index(
        "ix_task_project",
        "project_key", "seq", "operation", "status", "provider_key", "enterprise_key", "vault_key",
    ),
    Index(
        "ix_task_resource",
        "resource_key", "seq", "operation", "status", "provider_key", "enterprise_key", "vault_key",
    ),
    Index("ix_task_cell", "cell_key", "seq"),
)  # fmt: skip

task_document = Table(
    "task_document",
    metadata,
    Column("seq", ForeignKey("task.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("document", Words, nullable=False),
)

task_warning = Table(
    "task_warning",
    metadata,
    Column("seq", ForeignKey("task.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),  # 0 is the first
    Column("text", Words, nullable=False),
)

work = Table(
    "work",
    metadata,
    Column("seq", ForeignKey("task.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("task_id", Words, nullable=False, unique=True),
    Column("project_id", Words, nullable=False),
    Column("operation", Words, nullable=False),
    Column("vault_id", Words),
    Column("backup_id", Words),
    Column("checkpoint_id", Words),
    Column("site", Words),  # None: any worker can reach what the task needs
    Column("dispatched", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),  # 0: nobody has begun; the row is `running` from 1 on
    Column("attempt", Integer, nullable=False),
    Column("worker", Words),
    Column("cancel_requested", Boolean, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("figures", Words, nullable=False),
    Column("phase", Words, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "project_id"),
    Index(None, "vault_id"),
    Index(None, "backup_id"),
    Index(None, "checkpoint_id"),
)

work_resource = Table(
    "work_resource",
    metadata,
    Column("seq", ForeignKey("work.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("resource_id", Words, primary_key=True),
    Index(None, "resource_id"),
)
