"""Schedules that run: when each vault comes due, windows and limits of vaults, sites, warnings of tasks."""

import sqlalchemy as sa
from alembic import op

from holdfast.model import clock

revision = "0004"
down_revision = "0003"

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger()
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Those that are known already get what they had all along.
NEW_COLUMNS = (
    ("resource", "site", TEXT, True, None),
    ("vault", "windows", TEXT, False, "[]"),
    ("vault", "max_running", sa.Integer(), True, None),
    ("vault", "litter_at", BIG, True, None),
    ("vault", "pruned_at", BIG, True, None),
    ("policy", "execution", TEXT, False, "{}"),
    ("attachment", "since", BIG, False, "0"),
    ("vault_policy", "since", BIG, False, "0"),
    ("vault_policy", "due_at", BIG, True, None),
    ("vault_policy", "fires_at", BIG, True, None),
    ("backup", "policy_id", TEXT, True, None),
    ("work", "phase", TEXT, False, ""),
)


def upgrade() -> None:
    """Forward. What was paid in advance, nothing ever followed from; orders tell it."""
    for table, name, kind, nullable, default in NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=nullable, server_default=default))
    # Before, no policy was run: nothing is expected of one until it comes due next.
    now = sa.literal(clock.now_ns() // 1000, BIG)
    op.execute(sa.update(sa.table("vault_policy", sa.column("since"))).values(since=now))
    # Nobody wrote down what was deleted.
    op.execute(sa.update(sa.table("vault", sa.column("litter_at"))).values(litter_at=now))
    op.create_index("ix_vault_policy_fires_at", "vault_policy", ["fires_at"])
    op.drop_column("vault", "charging_mode")
    op.create_table(
        "task_warning",
        sa.Column("seq", KEY, nullable=False, autoincrement=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", "place", name="pk_task_warning"),
        sa.ForeignKeyConstraint(["seq"], ["task.seq"], name="fk_task_warning_seq", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("task_warning")
    op.add_column("vault", sa.Column("charging_mode", TEXT, nullable=False, server_default="post_paid"))
    op.drop_index("ix_vault_policy_fires_at", "vault_policy")
    for table, name, *_ in reversed(NEW_COLUMNS):
        op.drop_column(table, name)
