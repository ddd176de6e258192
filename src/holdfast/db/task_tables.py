"""The tables of the tasks, drawn so that ten million of them are found and counted in milliseconds.

| Table | One row per |
|---|---|
| `task` | task: its place in the order of all, and marks of the few things that lead to few tasks |
| `task_document` | task: the whole of it as JSON, read only for the few that are shown |
| `task_recent` | task that no segment holds yet: integer keys for all that lists are filtered by |
| `task_segment` | up to 65,536 ended tasks of a project, in order |
| `task_column` | segment and thing that lists are filtered by: which of its tasks have which value |
| `task_project` | project: how many of its tasks are recent, which segments there are, the last event |
| `task_total` | project, operation and status, with the number of tasks that ever ended so |
| `task_word` | project, provider, policy, type, code or the like that tasks name, for its integer key |
| `task_vault` | vault of a project under the name that it had when the task was made |
| `task_resource` | resource of a project under the name and type that it had when the task was made |
| `task_message` | sentence of a project's tasks that says why one did not end well |
| `task_event` | change of a task's status, by its number in the project |
| `task_warning` | thing that went wrong with one file or the like of a task, by its place in the task's log |
| `work` | unfinished task: who does it and how far it got |
| `work_resource` | resource that an unfinished task reads or changes |

`task.seq` is made from the creation time (`sequences`): it is the total order of all lists, and a range of
times is a range of it. Progress touches only the small `work` row. Each task is found either by its row in
`task_recent` or by the segment that holds it (`history`): an ended task never changes any more.
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
    Index(None, "project_key", "key"),
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
    Index(None, "project_key", "key"),
)

task_message = Table(
    "task_message",
    metadata,
    Column("key", Key, primary_key=True),
    Column("project_key", ForeignKey("task_word.key"), nullable=False),
    Column("text", Words, nullable=False),
    sa.UniqueConstraint("project_key", "text"),
    Index(None, "project_key", "key"),
)

task = Table(
    "task",
    metadata,
    Column("seq", Key, primary_key=True, autoincrement=False),
    Column("id", Words, nullable=False, unique=True),
    Column("project_key", ForeignKey("task_word.key"), nullable=False),
    # Marks (`task_keys.mark`) of what leads to few tasks, whose numbers are read from the index alone.
    Column("checkpoint_mark", BigInteger),
    Column("backup_mark", BigInteger),
    Column("request_mark", BigInteger),
    Column("parent_mark", BigInteger),
    Index(None, "checkpoint_mark", "seq"),
    Index(None, "backup_mark", "seq"),
    Index(None, "request_mark", "seq"),
    Index(None, "parent_mark", "seq"),
)

task_recent = Table(
    "task_recent",
    metadata,
    Column("project_key", ForeignKey("task_word.key"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("operation", SmallInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("provider_key", BigInteger, nullable=False),
    Column("enterprise_key", BigInteger, nullable=False),
    Column("vault_key", BigInteger, nullable=False),
    Column("resource_key", BigInteger, nullable=False),
    Column("type_key", BigInteger, nullable=False),
    Column("policy_key", BigInteger, nullable=False),  # of the empty word where there is none; so with errors
    Column("error_key", BigInteger, nullable=False),
    Column("message_key", BigInteger, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("bytes_done", BigInteger, nullable=False),
    Column("bytes_stored", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

task_segment = Table(
    "task_segment",
    metadata,
    Column("project_key", ForeignKey("task_word.key"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),  # of the project, when it was written last
    Column("rows", Integer, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    # Between which moments its tasks started and ended; none of them where there are none.
    Column("started_from", BigInteger),
    Column("started_to", BigInteger),
    Column("ended_from", BigInteger),
    Column("ended_to", BigInteger),
    Column("blocks", sa.LargeBinary, nullable=False),  # `history.segments.Segment.blocks`
)

task_column = Table(
    "task_column",
    metadata,
    Column("project_key", ForeignKey("task_word.key"), primary_key=True, autoincrement=False),
    Column("name", Words, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", sa.LargeBinary, nullable=False),
)

task_project = Table(
    "task_project",
    metadata,
    Column("project_key", ForeignKey("task_word.key"), primary_key=True, autoincrement=False),
    Column("recent", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),  # one more whenever a segment is written or removed
    Column("trimmed_to", BigInteger),  # what segments hold below this number is gone
    Column("events", BigInteger, nullable=False),  # the number of the last one
)

task_total = Table(
    "task_total",
    metadata,
    Column("project_key", ForeignKey("task_word.key"), primary_key=True, autoincrement=False),
    Column("operation", SmallInteger, primary_key=True, autoincrement=False),
    Column("status", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
)

task_event = Table(
    "task_event",
    metadata,
    Column("project_key", ForeignKey("task_word.key"), primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("task_id", Words, nullable=False),
    Column("request_id", Words, nullable=False),
    Column("status", SmallInteger, nullable=False),
)

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
