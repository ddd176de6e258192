"""Tasks: narrow rows, documents, the keys and cells they are counted by, and what is under way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger()
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    _make_keys()
    _make_cells()
    _make_tasks()
    _make_documents()
    _make_work()


def downgrade() -> None:
    """Back."""
    for table in (
        "work_resource",
        "work",
        "task_document",
        "task",
        "task_cell",
        "task_resource",
        "task_vault",
        "task_word",
    ):
        op.drop_table(table)


def _make_keys() -> None:
    op.create_table(
        "task_word",
        sa.Column("key", KEY, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_task_word"),
        sa.UniqueConstraint("text", name="uq_task_word_text"),
    )
    op.create_table(
        "task_vault",
        sa.Column("key", KEY, nullable=False),
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project_key"], ["task_word.key"], name="fk_task_vault_project_key"),
        sa.PrimaryKeyConstraint("key", name="pk_task_vault"),
        sa.UniqueConstraint("project_key", "id", "name", name="uq_task_vault_project_key"),
    )
    op.create_table(
        "task_resource",
        sa.Column("key", KEY, nullable=False),
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project_key"], ["task_word.key"], name="fk_task_resource_project_key"),
        sa.PrimaryKeyConstraint("key", name="pk_task_resource"),
        sa.UniqueConstraint("project_key", "id", "name", "type", name="uq_task_resource_project_key"),
    )


def _make_cells() -> None:
    op.create_table(
        "task_cell",
        sa.Column("key", KEY, nullable=False),
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("vault_key", KEY, nullable=False),
        sa.Column("operation", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("provider_key", KEY, nullable=False),
        sa.Column("enterprise_key", KEY, nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.ForeignKeyConstraint(["enterprise_key"], ["task_word.key"], name="fk_task_cell_enterprise_key"),
        sa.ForeignKeyConstraint(["project_key"], ["task_word.key"], name="fk_task_cell_project_key"),
        sa.ForeignKeyConstraint(["provider_key"], ["task_word.key"], name="fk_task_cell_provider_key"),
        sa.ForeignKeyConstraint(["vault_key"], ["task_vault.key"], name="fk_task_cell_vault_key"),
        sa.PrimaryKeyConstraint("key", name="pk_task_cell"),
        sa.UniqueConstraint(
            "project_key",
            "vault_key",
            "operation",
            "status",
            "provider_key",
            "enterprise_key",
            name="uq_task_cell_project_key",
        ),
    )
    op.create_index("ix_task_cell_vault_key", "task_cell", ["vault_key"])


def _make_tasks() -> None:
    op.create_table(
        "task",
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_key", KEY, nullable=False),
        sa.Column("vault_key", KEY, nullable=False),
        sa.Column("resource_key", KEY, nullable=False),
        sa.Column("cell_key", KEY, nullable=False),
        sa.Column("operation", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("provider_key", KEY, nullable=False),
        sa.Column("enterprise_key", KEY, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("started_at", BIG),
        sa.Column("ended_at", BIG),
        sa.ForeignKeyConstraint(["cell_key"], ["task_cell.key"], name="fk_task_cell_key"),
        sa.ForeignKeyConstraint(["enterprise_key"], ["task_word.key"], name="fk_task_enterprise_key"),
        sa.ForeignKeyConstraint(["project_key"], ["task_word.key"], name="fk_task_project_key"),
        sa.ForeignKeyConstraint(["provider_key"], ["task_word.key"], name="fk_task_provider_key"),
        sa.ForeignKeyConstraint(["resource_key"], ["task_resource.key"], name="fk_task_resource_key"),
        sa.ForeignKeyConstraint(["vault_key"], ["task_vault.key"], name="fk_task_vault_key"),
        sa.PrimaryKeyConstraint("seq", name="pk_task"),
        sa.UniqueConstraint("id", name="uq_task_id"),
    )
    op.create_index("ix_task_cell", "task", ["cell_key", "seq"])
    op.create_index(
        "ix_task_project",
        "task",
        ["project_key", "seq", "operation", "status", "provider_key", "enterprise_key", "vault_key"],
    )
    op.create_index(
        "ix_task_resource",
        "task",
        ["resource_key", "seq", "operation", "status", "provider_key", "enterprise_key", "vault_key"],
    )


def _make_documents() -> None:
    op.create_table(
        "task_document",
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["task.seq"], name="fk_task_document_seq", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name="pk_task_document"),
    )


def _make_work() -> None:
    op.create_table(
        "work",
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("task_id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("vault_id", TEXT),
        sa.Column("backup_id", TEXT),
        sa.Column("checkpoint_id", TEXT),
        sa.Column("site", TEXT),
        sa.Column("dispatched", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", TEXT),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("figures", TEXT, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["task.seq"], name="fk_work_seq", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name="pk_work"),
        sa.UniqueConstraint("task_id", name="uq_work_task_id"),
    )
    op.create_index("ix_work_backup_id", "work", ["backup_id"])
    op.create_index("ix_work_checkpoint_id", "work", ["checkpoint_id"])
    op.create_index("ix_work_project_id", "work", ["project_id"])
    op.create_index("ix_work_vault_id", "work", ["vault_id"])
    op.create_table(
        "work_resource",
        sa.Column("seq", KEY, autoincrement=False, nullable=False),
        sa.Column("resource_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["work.seq"], name="fk_work_resource_seq", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", "resource_id", name="pk_work_resource"),
    )
    op.create_index("ix_work_resource_resource_id", "work_resource", ["resource_id"])
