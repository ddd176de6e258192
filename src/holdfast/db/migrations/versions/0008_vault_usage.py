"""What vaults held is kept day by day, from today on."""

import sqlalchemy as sa
from alembic import op

from holdfast.model import clock

revision = "0008"
down_revision = "0007"

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Forward."""
    usage = op.create_table(
        "vault_usage",
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vault_id"], ["vault.id"], name="fk_vault_usage_vault_id_vault", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vault_id", "day", name="pk_vault_usage"),
    )
    vault = sa.table("vault", sa.column("id", TEXT), sa.column("used_bytes", sa.BigInteger()))
    today = sa.literal(clock.now().date(), sa.Date())
    present = sa.select(vault.c.id, today, vault.c.used_bytes)
    op.execute(sa.insert(usage).from_select(["vault_id", "day", "used_bytes"], present))


def downgrade() -> None:
    """Back."""
    op.drop_table("vault_usage")
