"""What leads to few tasks has their numbers in its index, so that nothing else is read for them."""

from alembic import op

revision = "0006"
down_revision = "0005"

MARKS = ("checkpoint_mark", "backup_mark", "request_mark", "parent_mark")


def upgrade() -> None:
    """Forward."""
    for name in MARKS:
        op.create_index(f"ix_task_{name}_seq", "task", [name, "seq"])
        op.drop_index(f"ix_task_{name}", "task")


def downgrade() -> None:
    """Back."""
    for name in MARKS:
        op.create_index(f"ix_task_{name}", "task", [name])
        op.drop_index(f"ix_task_{name}_seq", "task")
