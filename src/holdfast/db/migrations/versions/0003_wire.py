"""The whole wire: domains, credentials, orders, organization policies, sharing, replication, agents."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger()
YES = sa.true()

NEW_TABLES = (
    "migration",
    "agent",
    "replication_record",
    "member",
    "organization_policy",
    "vault_order",
    "application_credential",
    "used_signature",
    "access_key",
    "domain",
)
# Those that are known already get what they had all along.
NEW_COLUMNS = (
    ("project", "description", TEXT, False, ""),
    ("project", "enabled", sa.Boolean(), False, YES),
    ("account", "enabled", sa.Boolean(), False, YES),
    ("token", "domain_id", TEXT, True, None),
    ("token", "role", TEXT, True, None),
    ("token", "methods", TEXT, False, "password"),
    ("token", "credential_id", TEXT, True, None),
    ("resource", "tags", TEXT, False, "[]"),
    ("vault", "subscription", TEXT, False, "{}"),
    ("policy", "organization_policy_id", TEXT, True, None),
    ("policy", "accelerated", sa.Boolean(), True, None),
    ("policy", "cross_account_urn", TEXT, True, None),
    ("vault_policy", "destination_vault_id", TEXT, True, None),
)


def upgrade() -> None:
    """Forward."""
    for table, name, kind, nullable, default in NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=nullable, server_default=default))
    op.create_index("ix_token_credential_id", "token", ["credential_id"])
    op.create_index("ix_policy_organization_policy_id", "policy", ["organization_policy_id"])
    op.create_index("ix_vault_tag_key_value", "vault_tag", ["key", "value"])
    _make_identity()
    _make_documents()
    _make_sharing()


def downgrade() -> None:
    """Back."""
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_index("ix_vault_tag_key_value", "vault_tag")
    op.drop_index("ix_policy_organization_policy_id", "policy")
    op.drop_index("ix_token_credential_id", "token")
    for table, name, *_ in reversed(NEW_COLUMNS):
        op.drop_column(table, name)


def _make_identity() -> None:
    domain = op.create_table(
        "domain",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_domain"),
        sa.UniqueConstraint("name", name="uq_domain_name"),
    )
    op.bulk_insert(domain, [{"id": "default", "name": "Default", "created_at": 0}])
    op.create_table(
        "access_key",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_key"),
        _belongs("access_key", "account"),
    )
    op.create_index("ix_access_key_account_id", "access_key", ["account_id"])
    op.create_table(
        "used_signature",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_signature"),
    )
    op.create_index("ix_used_signature_expires_at", "used_signature", ["expires_at"])
    op.create_table(
        "application_credential",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("description", TEXT, nullable=False),
        sa.Column("secret_hash", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("unrestricted", sa.Boolean(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG),
        sa.PrimaryKeyConstraint("id", name="pk_application_credential"),
        sa.UniqueConstraint("account_id", "name", name="uq_application_credential_account_id"),
        _belongs("application_credential", "account"),
        _belongs("application_credential", "project"),
    )
    op.create_index("ix_application_credential_project_id", "application_credential", ["project_id"])


def _make_documents() -> None:
    op.create_table(
        "vault_order",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vault_order"),
        _names("vault_order", "project"),
    )
    op.create_index("ix_vault_order_project_id_created_at", "vault_order", ["project_id", "created_at"])
    op.create_table(
        "organization_policy",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("domain_id", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organization_policy"),
        _names("organization_policy", "project"),
    )
    op.create_index(
        "ix_organization_policy_domain_id_created_at_id",
        "organization_policy",
        ["domain_id", "created_at", "id"],
    )
    op.create_table(
        "agent",
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_agent"),
        _names("agent", "project"),
    )
    op.create_index("ix_agent_project_id_created_at_id", "agent", ["project_id", "created_at", "id"])
    op.create_table(
        "migration",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("domain_id", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_migration"),
    )
    op.create_index("ix_migration_domain_id_created_at_id", "migration", ["domain_id", "created_at", "id"])


def _make_sharing() -> None:
    op.create_table(
        "member",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("backup_id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("vault_id", TEXT),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("backup_id", "project_id", name="uq_member_backup_id"),
        _belongs("member", "backup"),
        _belongs("member", "project"),
    )
    op.create_index("ix_member_project_id_status", "member", ["project_id", "status"])
    op.create_table(
        "replication_record",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("backup_id", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replication_record"),
        _belongs("replication_record", "backup"),
    )
    op.create_index(
        "ix_replication_record_backup_id_created_at", "replication_record", ["backup_id", "created_at"]
    )


def _belongs(table: str, owner: str) -> sa.ForeignKeyConstraint:
    """It goes with its owner."""
    column = f"{owner}_id"
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _names(table: str, owner: str) -> sa.ForeignKeyConstraint:
    column = f"{owner}_id"
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=f"fk_{table}_{column}")
