"""Policies have tags, which the Volume Backup Service hangs on them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "policy_tag",
        sa.Column("policy_id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy.id"], name="fk_policy_tag_policy_id_policy", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("policy_id", "key", name="pk_policy_tag"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("policy_tag")
