"""Projects, accounts, resources, vaults, policies, checkpoints, backups and workers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# What `holdfast.db.columns` says now may change; what this migration makes does not.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BIG = sa.BigInteger()


def upgrade() -> None:
    """Forward."""
    _make_projects()
    _make_tokens()
    _make_resources()
    _make_vaults()
    _make_contents()
    _make_policies()
    _make_checkpoints()
    _make_backups()
    _make_workers()


def downgrade() -> None:
    """Back."""
    for table in (
        "worker",
        "backup",
        "checkpoint",
        "vault_policy",
        "policy",
        "attachment",
        "vault_tag",
        "vault",
        "resource",
        "token",
        "granted_role",
        "account",
        "project",
    ):
        op.drop_table(table)


def _make_projects() -> None:
    op.create_table(
        "project",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("domain_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("domain_id", "name", name="uq_project_domain_id"),
    )
    op.create_table(
        "account",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("domain_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("domain_id", "name", name="uq_account_domain_id"),
    )
    op.create_table(
        "granted_role",
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_granted_role_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_granted_role_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "project_id", name="pk_granted_role"),
    )


def _make_tokens() -> None:
    op.create_table(
        "token",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("account_id", TEXT, nullable=False),
        sa.Column("project_id", TEXT),
        sa.Column("issued_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_token_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name="fk_token_project_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_token"),
    )
    op.create_index("ix_token_expires_at", "token", ["expires_at"])


def _make_resources() -> None:
    op.create_table(
        "resource",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("size_bytes", BIG, nullable=False),
        sa.Column("parent_id", TEXT),
        sa.Column("configured", sa.Boolean(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_resource_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
    )
    op.create_index("ix_resource_parent_id", "resource", ["parent_id"])
    op.create_index("ix_resource_project_id_type", "resource", ["project_id", "type"])


def _make_vaults() -> None:
    op.create_table(
        "vault",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("user_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("description", TEXT),
        sa.Column("object_type", TEXT, nullable=False),
        sa.Column("protect_type", TEXT, nullable=False),
        sa.Column("consistent_level", TEXT, nullable=False),
        sa.Column("charging_mode", TEXT, nullable=False),
        sa.Column("cloud_type", TEXT, nullable=False),
        sa.Column("is_multi_az", sa.Boolean(), nullable=False),
        sa.Column("size_gb", sa.Integer(), nullable=False),
        sa.Column("used_bytes", BIG, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("enterprise_project_id", TEXT, nullable=False),
        sa.Column("auto_bind", sa.Boolean(), nullable=False),
        sa.Column("auto_expand", sa.Boolean(), nullable=False),
        sa.Column("bind_rules", TEXT, nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("smn_notify", sa.Boolean(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("demand_billing", sa.Boolean(), nullable=False),
        sa.Column("availability_zone", TEXT, nullable=False),
        sa.Column("backup_name_prefix", TEXT, nullable=False),
        sa.Column("sys_lock_source_service", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_vault_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_vault"),
    )
    op.create_index("ix_vault_project_id_created_at_id", "vault", ["project_id", "created_at", "id"])


def _make_contents() -> None:
    op.create_table(
        "vault_tag",
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["vault_id"], ["vault.id"], name="fk_vault_tag_vault_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("vault_id", "key", name="pk_vault_tag"),
    )
    op.create_table(
        "attachment",
        sa.Column("resource_id", TEXT, nullable=False),
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("size_gb", sa.Integer(), nullable=False),
        sa.Column("exclude_volumes", TEXT, nullable=False),
        sa.Column("include_volumes", TEXT, nullable=False),
        sa.Column("auto_protect", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["vault_id"], ["vault.id"], name="fk_attachment_vault_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resource_id", name="pk_attachment"),
    )
    op.create_index("ix_attachment_vault_id_position", "attachment", ["vault_id", "position"])


def _make_policies() -> None:
    op.create_table(
        "policy",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("patterns", TEXT, nullable=False),
        sa.Column("start_window_minutes", sa.Integer()),
        sa.Column("retention", TEXT, nullable=False),
        sa.Column("destination_project_id", TEXT),
        sa.Column("destination_region", TEXT),
        sa.Column("trigger_id", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_policy_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy"),
    )
    op.create_index("ix_policy_project_id_created_at_id", "policy", ["project_id", "created_at", "id"])
    op.create_table(
        "vault_policy",
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("policy_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy.id"], name="fk_vault_policy_policy_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["vault_id"], ["vault.id"], name="fk_vault_policy_vault_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("vault_id", "policy_id", name="pk_vault_policy"),
    )
    op.create_index("ix_vault_policy_policy_id", "vault_policy", ["policy_id"])


def _make_checkpoints() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_checkpoint_project_id"),
        sa.ForeignKeyConstraint(
            ["vault_id"], ["vault.id"], name="fk_checkpoint_vault_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_checkpoint"),
    )
    op.create_index("ix_checkpoint_vault_id", "checkpoint", ["vault_id"])


def _make_backups() -> None:
    op.create_table(
        "backup",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("project_id", TEXT, nullable=False),
        sa.Column("vault_id", TEXT, nullable=False),
        sa.Column("checkpoint_id", TEXT, nullable=False),
        sa.Column("parent_id", TEXT),
        sa.Column("resource_id", TEXT, nullable=False),
        sa.Column("resource_name", TEXT, nullable=False),
        sa.Column("resource_type", TEXT, nullable=False),
        sa.Column("resource_size_gb", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("description", TEXT),
        sa.Column("image_type", TEXT, nullable=False),
        sa.Column("incremental", sa.Boolean(), nullable=False),
        sa.Column("auto_trigger", sa.Boolean(), nullable=False),
        sa.Column("enterprise_project_id", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("snapshot_id", TEXT),
        sa.Column("bookmark", TEXT),
        sa.Column("root", TEXT, nullable=False),
        sa.Column("read_bytes", BIG, nullable=False),
        sa.Column("stored_bytes", BIG, nullable=False),
        sa.Column("file_count", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("protected_at", BIG),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("expired_at", BIG),
        sa.ForeignKeyConstraint(["parent_id"], ["backup.id"], name="fk_backup_parent_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_backup_project_id"),
        sa.ForeignKeyConstraint(["vault_id"], ["vault.id"], name="fk_backup_vault_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_backup"),
    )
    op.create_index("ix_backup_checkpoint_id", "backup", ["checkpoint_id"])
    op.create_index("ix_backup_parent_id", "backup", ["parent_id"])
    op.create_index("ix_backup_project_id_created_at_id", "backup", ["project_id", "created_at", "id"])
    op.create_index(
        "ix_backup_vault_id_resource_id_created_at", "backup", ["vault_id", "resource_id", "created_at"]
    )


def _make_workers() -> None:
    op.create_table(
        "worker",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("seen_at", BIG, nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )
