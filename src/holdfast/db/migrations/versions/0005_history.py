"""Tasks are found by recent rows and segments of columns, no longer by cells; events; who asked for what.

The narrow rows and cells are made anew from the documents, which hold all that they held and more.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

revision = "0005"
down_revision = "0004"

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger()
SMALL = sa.SmallInteger()
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

AT_ONCE = 500
LONGEST_MESSAGE = 600
MARKS = ("checkpoint_mark", "backup_mark", "request_mark", "parent_mark")
# What the narrow row no longer tells, and the foreign keys among it.
OLD_COLUMNS = (
    "vault_key", "resource_key", "cell_key", "operation", "status", "provider_key", "enterprise_key",
    "created_at", "started_at", "ended_at",
)  # fmt: skip
OLD_KEYS = (
    "fk_task_vault_key", "fk_task_resource_key", "fk_task_cell_key", "fk_task_provider_key",
    "fk_task_enterprise_key",
)  # fmt: skip
OLD_INDEXES = ("ix_task_cell", "ix_task_project", "ix_task_resource")
NAMED = ("task_vault", "task_resource", "task_message")


def upgrade() -> None:
    """Forward."""
    op.add_column("project", sa.Column("history_days", sa.Integer()))
    _make_keys()
    _make_history()
    _make_events()
    for name in MARKS:
        op.add_column("task", sa.Column(name, BIG))
    _fill(op.get_bind())
    for index in OLD_INDEXES:
        op.drop_index(index, "task")
    with op.batch_alter_table("task") as task:
        for key in OLD_KEYS:
            task.drop_constraint(key, type_="foreignkey")
        for column in OLD_COLUMNS:
            task.drop_column(column)
    for name in MARKS:
        op.create_index(f"ix_task_{name}", "task", [name])
    op.drop_table("task_cell")


def downgrade() -> None:
    """Back, where there is no task: what the narrow rows and cells held is not made again."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM task")):
        raise RuntimeError("the tasks of this database cannot be taken back to an older version")
    for name in MARKS:
        op.drop_index(f"ix_task_{name}", "task")
    with op.batch_alter_table("task") as task:
        for name in MARKS:
            task.drop_column(name)
    _make_cells_again()
    for table in NAMED:
        op.drop_index(f"ix_{table}_project_key_key", table)
    for table in (
        "audit", "task_event", "task_total", "task_project", "task_column", "task_segment", "task_recent",
        "task_message",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("project", "history_days")


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["project_key"], ["task_word.key"], name=f"fk_{table}_project_key")


def _make_keys() -> None:
    op.create_table(
        "task_message",
        sa.Column("key", KEY, nullable=False),
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        _of_project("task_message"),
        sa.PrimaryKeyConstraint("key", name="pk_task_message"),
        sa.UniqueConstraint("project_key", "text", name="uq_task_message_project_key"),
    )

    for table in NAMED:
        op.create_index(f"ix_{table}_project_key_key", table, ["project_key", "key"])


def _make_history() -> None:
    op.create_table(
        "task_recent",
        sa.Column("project_key", KEY, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("operation", SMALL, nullable=False),
        sa.Column("status", SMALL, nullable=False),
        *(sa.Column(f"{name}_key", BIG, nullable=False) for name in ("provider", "enterprise", "vault")),
        *(sa.Column(f"{name}_key", BIG, nullable=False) for name in ("resource", "type", "policy")),
        *(sa.Column(f"{name}_key", BIG, nullable=False) for name in ("error", "message")),
        sa.Column("started_at", BIG),
        sa.Column("ended_at", BIG),
        sa.Column("bytes_done", BIG, nullable=False),
        sa.Column("bytes_stored", BIG, nullable=False),
        _of_project("task_recent"),
        sa.PrimaryKeyConstraint("project_key", "seq", name="pk_task_recent"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "task_segment",
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first_seq", BIG, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.Column("started_from", BIG),
        sa.Column("started_to", BIG),
        sa.Column("ended_from", BIG),
        sa.Column("ended_to", BIG),
        sa.Column("blocks", sa.LargeBinary(), nullable=False),
        _of_project("task_segment"),
        sa.PrimaryKeyConstraint("project_key", "number", name="pk_task_segment"),
    )
    op.create_table(
        "task_column",
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _of_project("task_column"),
        sa.PrimaryKeyConstraint("project_key", "name", "number", name="pk_task_column"),
    )
    op.create_table(
        "task_project",
        sa.Column("project_key", KEY, autoincrement=False, nullable=False),
        sa.Column("recent", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("trimmed_to", BIG),
        sa.Column("events", BIG, nullable=False),
        _of_project("task_project"),
        sa.PrimaryKeyConstraint("project_key", name="pk_task_project"),
    )
    op.create_table(
        "task_total",
        sa.Column("project_key", KEY, autoincrement=False, nullable=False),
        sa.Column("operation", SMALL, autoincrement=False, nullable=False),
        sa.Column("status", SMALL, autoincrement=False, nullable=False),
        sa.Column("n", BIG, nullable=False),
        _of_project("task_total"),
        sa.PrimaryKeyConstraint("project_key", "operation", "status", name="pk_task_total"),
    )


def _make_events() -> None:
    op.create_table(
        "task_event",
        sa.Column("project_key", KEY, autoincrement=False, nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("task_id", TEXT, nullable=False),
        sa.Column("request_id", TEXT, nullable=False),
        sa.Column("status", SMALL, nullable=False),
        _of_project("task_event"),
        sa.PrimaryKeyConstraint("project_key", "number", name="pk_task_event"),
    )
    op.create_table(
        "audit",
        sa.Column("key", KEY, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("request_id", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("user_name", TEXT, nullable=False),
        sa.Column("method", TEXT, nullable=False),
        sa.Column("route", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_audit"),
    )
    op.create_index("ix_audit_request_id", "audit", ["request_id"])
    op.create_index("ix_audit_project_id_at_key", "audit", ["project_id", "at", "key"])


def _fill(tx: Connection) -> None:
    """Recent rows, marks and totals of the tasks that there are."""
    keys = _Keys(tx)
    recent = sa.table("task_recent", *(sa.column(name) for name in _RECENT))
    task = sa.table("task", sa.column("seq"), *(sa.column(name) for name in MARKS))
    for row, document in _tasks(tx):
        tx.execute(sa.insert(recent).values(_recent(row, document, keys)))
        tx.execute(sa.update(task).where(task.c.seq == row.seq).values(_marks(document)))
    tx.execute(
        sa.text(
            "INSERT INTO task_project (project_key, recent, version, events)"
            " SELECT project_key, count(*), 0, 0 FROM task_recent GROUP BY project_key"
        )
    )
    tx.execute(
        sa.text(
            "INSERT INTO task_total (project_key, operation, status, n)"
            " SELECT project_key, operation, status, sum(n) FROM task_cell WHERE status IN (3, 4, 5, 6)"
            " AND n > 0 GROUP BY project_key, operation, status"
        )
    )


_RECENT = (
    "project_key", "seq", "operation", "status", "provider_key", "enterprise_key", "vault_key",
    "resource_key", "type_key", "policy_key", "error_key", "message_key", "started_at", "ended_at",
    "bytes_done", "bytes_stored",
)  # fmt: skip


def _tasks(tx: Connection) -> Iterator[tuple[Any, dict[str, Any]]]:
    task, document = sa.table("task", sa.column("seq")), sa.table("task_document", sa.column("seq"))
    everything = sa.text("task.*, task_document.document")
    last = -(1 << 63)
    while True:
        wanted = (
            sa.select(everything)
            .select_from(task.join(document, document.c.seq == task.c.seq))
            .where(task.c.seq > last)
            .order_by(task.c.seq)
            .limit(AT_ONCE)
        )
        rows = tx.execute(wanted).all()
        if not rows:
            return
        for row in rows:
            yield row, msgspec.json.decode(row.document)
        last = int(rows[-1].seq)


def _recent(row: Any, document: dict[str, Any], keys: "_Keys") -> dict[str, Any]:
    error, figures = document.get("error") or {}, document.get("figures") or {}
    return {
        **{name: getattr(row, name) for name in _RECENT if hasattr(row, name)},
        "type_key": keys.word(document["resource"]["type"]),
        "policy_key": keys.word(document.get("policy_id") or ""),
        "error_key": keys.word(error.get("code", "")),
        "message_key": keys.message(row.project_key, error.get("message", "")[:LONGEST_MESSAGE]),
        "bytes_done": figures.get("bytes_done", 0),
        "bytes_stored": figures.get("bytes_stored", 0),
    }


def _marks(document: dict[str, Any]) -> dict[str, int | None]:
    detail = document.get("detail") or {}
    led = {
        "checkpoint_mark": document.get("checkpoint_id"),
        "backup_mark": document.get("backup_id"),
        "request_mark": document["request_id"],
        "parent_mark": document.get("retry_of") or detail.get("source_task_id"),
    }
    return {name: _mark(document["project_id"], text) if text else None for name, text in led.items()}


def _mark(project_id: str, text: str) -> int:
    digest = hashlib.blake2b(f"{project_id} {text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


class _Keys:
    """Keys of words and messages, made where there are none."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._known: dict[tuple[Any, ...], int] = {}

    def word(self, text: str) -> int:
        return self._key("task_word", text=text)

    def message(self, project_key: int, text: str) -> int:
        return self._key("task_message", project_key=project_key, text=text)

    def _key(self, name: str, **values: Any) -> int:
        known = (name, *values.values())
        if known not in self._known:
            table = sa.table(name, sa.column("key"), *(sa.column(one) for one in values))
            wanted = sa.select(table.c.key).where(*(table.c[one] == value for one, value in values.items()))
            if self._tx.scalar(wanted) is None:
                self._tx.execute(sa.insert(table).values(values))
            self._known[known] = self._tx.execute(wanted).scalar_one()
        return self._known[known]


def _make_cells_again() -> None:
    op.create_table(
        "task_cell",
        sa.Column("key", KEY, nullable=False),
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("vault_key", KEY, nullable=False),
        sa.Column("operation", SMALL, nullable=False),
        sa.Column("status", SMALL, nullable=False),
        sa.Column("provider_key", KEY, nullable=False),
        sa.Column("enterprise_key", KEY, nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_key"], ["task_word.key"], name="fk_task_cell_enterprise_key"),
        sa.ForeignKeyConstraint(["project_key"], ["task_word.key"], name="fk_task_cell_project_key"),
        sa.ForeignKeyConstraint(["provider_key"], ["task_word.key"], name="fk_task_cell_provider_key"),
        sa.ForeignKeyConstraint(["vault_key"], ["task_vault.key"], name="fk_task_cell_vault_key"),
        sa.PrimaryKeyConstraint("key", name="pk_task_cell"),
        sa.UniqueConstraint(
            "project_key", "vault_key", "operation", "status", "provider_key", "enterprise_key",
            name="uq_task_cell_project_key",
        ),
    )  # fmt: skip
    op.create_index("ix_task_cell_vault_key", "task_cell", ["vault_key"])
    with op.batch_alter_table("task") as task:
        for name in OLD_COLUMNS:
            kind = SMALL if name in ("operation", "status") else KEY if name.endswith("_key") else BIG
            task.add_column(sa.Column(name, kind, nullable=name in ("started_at", "ended_at")))
        for key, (column, parent) in zip(OLD_KEYS, _OLD_PARENTS, strict=True):
            task.create_foreign_key(key, parent, [column], ["key"])
    op.create_index("ix_task_cell", "task", ["cell_key", "seq"])
    for name in ("project", "resource"):
        covered = ("operation", "status", "provider_key", "enterprise_key", "vault_key")
        op.create_index(f"ix_task_{name}", "task", [f"{name}_key", "seq", *covered])


_OLD_PARENTS = (
    ("vault_key", "task_vault"),
    ("resource_key", "task_resource"),
    ("cell_key", "task_cell"),
    ("provider_key", "task_word"),
    ("enterprise_key", "task_word"),
)
