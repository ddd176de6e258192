"""What vaults held, day by day: a row for each day on which that changed.

It is written in the transaction that changes `vault.used_bytes`, so that the last row of a vault says what it
holds now.
"""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Table

from .columns import Words
from .tables import metadata

vault_usage = Table(
    "vault_usage",
    metadata,
    Column("vault_id", Words, ForeignKey("vault.id", ondelete="CASCADE"), primary_key=True),
    Column("day", sa.Date, primary_key=True),  # in UTC
    Column("used_bytes", sa.BigInteger, nullable=False),  # when the day ended
)
