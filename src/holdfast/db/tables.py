"""Every table but those of the tasks, which are in `task_tables`, and the one of `usage_tables`.

The durable engine keeps tables of its own in the same database: schema `dbos` in PostgreSQL, names such as
`workflow_status`, `operation_outputs`, `notifications`, `streams` or `queues` in SQLite. No name here may be
one of those; a test holds that.
"""

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, Table

from .columns import Moment, Words

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

metadata = MetaData(naming_convention=NAMES)

# ── who ─────────────────────────────────────────────────────────────────────────────────────────────────

domain = Table(
    "domain",
    metadata,
    Column("id", Words, primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

project = Table(
    "project",
    metadata,
    Column("id", Words, primary_key=True),
    Column("domain_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("history_days", Integer),  # None: as long as the configuration says
    sa.UniqueConstraint("domain_id", "name"),
)

account = Table(
    "account",
    metadata,
    Column("id", Words, primary_key=True),
    Column("domain_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("password_hash", Words, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("domain_id", "name"),
)

granted_role = Table(
    "granted_role",
    metadata,
    Column("account_id", Words, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("project_id", Words, ForeignKey("project.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Words, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("digest", Words, primary_key=True),  # SHA-256 of the token, hexadecimal; the token is never kept
    Column("account_id", Words, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", Words, ForeignKey("project.id", ondelete="CASCADE")),
    Column("domain_id", Words),  # of a token that was asked for a domain
    Column("role", Words),  # the most that the token may, where that is less than its user
    Column("methods", Words, nullable=False),  # how its user proved who they are, in Keystone's words
    Column("credential_id", Words),  # the application credential that it was made with
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
    Index(None, "credential_id"),
)

access_key = Table(
    "access_key",
    metadata,
    Column("id", Words, primary_key=True),  # what the wire calls AK
    Column("account_id", Words, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("secret", Words, nullable=False),  # SK, sealed: a signature is checked by making it again
    Column("description", Words, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "account_id"),
)

used_signature = Table(
    "used_signature",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("expires_at", Moment, nullable=False),  # from then on the date of the request refuses it
    Index(None, "expires_at"),
)

application_credential = Table(
    "application_credential",
    metadata,
    Column("id", Words, primary_key=True),
    Column("account_id", Words, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", Words, ForeignKey("project.id", ondelete="CASCADE"), nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words, nullable=False),
    Column("secret_hash", Words, nullable=False),
    Column("role", Words, nullable=False),
    Column("unrestricted", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    sa.UniqueConstraint("account_id", "name"),
    Index(None, "project_id"),
)

# ── what is protected, and where ────────────────────────────────────────────────────────────────────────

resource = Table(
    "resource",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("type", Words, nullable=False),
    Column("provider", Words, nullable=False),
    Column("settings", Words, nullable=False),
    Column("size_bytes", sa.BigInteger, nullable=False),
    Column("parent_id", Words),
    Column("configured", Boolean, nullable=False),
    Column("tags", Words, nullable=False),
    Column("site", Words),  # None: any worker can reach it
    Column("created_at", Moment, nullable=False),
    Index(None, "project_id", "type"),
    Index(None, "parent_id"),
)

vault = Table(
    "vault",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),
    Column("user_id", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words),
    Column("object_type", Words, nullable=False),
    Column("protect_type", Words, nullable=False),
    Column("consistent_level", Words, nullable=False),
    Column("cloud_type", Words, nullable=False),
    Column("is_multi_az", Boolean, nullable=False),
    Column("size_gb", Integer, nullable=False),
    Column("used_bytes", sa.BigInteger, nullable=False),
    Column("status", Words, nullable=False),  # never `deleting`: that follows from an unfinished vault_delete
    Column("enterprise_project_id", Words, nullable=False),
    Column("auto_bind", Boolean, nullable=False),
    Column("auto_expand", Boolean, nullable=False),
    Column("bind_rules", Words, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("smn_notify", Boolean, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("demand_billing", Boolean, nullable=False),
    Column("availability_zone", Words, nullable=False),
    Column("backup_name_prefix", Words, nullable=False),
    Column("sys_lock_source_service", Words, nullable=False),
    Column("subscription", Words, nullable=False),  # what only a bill would need: kept and told
    Column("windows", Words, nullable=False),
    Column("max_running", Integer),
    Column("litter_at", Moment),  # when a snapshot was last taken away; None: nothing since it was pruned
    Column("pruned_at", Moment),  # when it was last begun to be pruned
    Column("created_at", Moment, nullable=False),
    Column("secret", Words, nullable=False),  # the repository's password, sealed
    Index(None, "project_id", "created_at", "id"),
)

vault_tag = Table(
    "vault_tag",
    metadata,
    Column("vault_id", Words, ForeignKey("vault.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
    Column("position", Integer, nullable=False),
    Index(None, "key", "value"),
)

vault_order = Table(
    "vault_order",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),
    Column("vault_id", Words, nullable=False),  # the vault may be gone
    Column("document", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "project_id", "created_at"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("resource_id", Words, primary_key=True),  # a resource is in at most one vault
    Column("vault_id", Words, ForeignKey("vault.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Words, nullable=False),
    Column("type", Words, nullable=False),
    Column("size_gb", Integer, nullable=False),
    Column("exclude_volumes", Words, nullable=False),
    Column("include_volumes", Words, nullable=False),
    Column("auto_protect", Boolean, nullable=False),
    Column("since", Moment, nullable=False),  # since when runs of the vault are to back it up
    Index(None, "vault_id", "position"),
)

policy = Table(
    "policy",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),
    Column("name", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("patterns", Words, nullable=False),
    Column("start_window_minutes", Integer),
    Column("retention", Words, nullable=False),
    Column("destination_project_id", Words),
    Column("destination_region", Words),
    Column("accelerated", Boolean),  # this and the next one only a public cloud needs: kept and told
    Column("cross_account_urn", Words),
    Column("execution", Words, nullable=False),
    Column("trigger_id", Words, nullable=False),
    Column("organization_policy_id", Words),
    Column("created_at", Moment, nullable=False),
    Index(None, "project_id", "created_at", "id"),
    Index(None, "organization_policy_id"),
)

vault_policy = Table(
    "vault_policy",
    metadata,
    Column("vault_id", Words, ForeignKey("vault.id", ondelete="CASCADE"), primary_key=True),
    Column("policy_id", Words, ForeignKey("policy.id", ondelete="CASCADE"), primary_key=True),
    Column("destination_vault_id", Words),  # of a replication policy; the vault may be in another region
    Column("since", Moment, nullable=False),  # since when the vault follows the policy as it is now
    Column("due_at", Moment),  # when it comes due next; None: never, or nobody has looked yet
    Column("fires_at", Moment),  # the same, and a little later, so that not all vaults come at once
    Index(None, "policy_id"),
    Index(None, "fires_at"),
)

policy_tag = Table(
    "policy_tag",
    metadata,
    Column("policy_id", Words, ForeignKey("policy.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Words, primary_key=True),
    Column("value", Words, nullable=False),
    Column("position", Integer, nullable=False),
)

organization_policy = Table(
    "organization_policy",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),  # where it was made
    Column("domain_id", Words, nullable=False),
    Column("document", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "domain_id", "created_at", "id"),
)

# ── what was taken ──────────────────────────────────────────────────────────────────────────────────────

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),
    Column("vault_id", Words, ForeignKey("vault.id", ondelete="CASCADE"), nullable=False),
    Column(
        "document", Words, nullable=False
    ),  # the run as it was planned; its status follows from its backups
    Column("created_at", Moment, nullable=False),
    Index(None, "vault_id"),
)

backup = Table(
    "backup",
    metadata,
    Column("id", Words, primary_key=True),
    Column("project_id", Words, ForeignKey("project.id"), nullable=False),
    Column("vault_id", Words, ForeignKey("vault.id", ondelete="CASCADE"), nullable=False),
    Column("checkpoint_id", Words, nullable=False),
    Column("parent_id", Words, ForeignKey("backup.id", ondelete="CASCADE")),
    Column("policy_id", Words),  # whose schedule took it; the policy may be gone
    Column("resource_id", Words, nullable=False),
    Column("resource_name", Words, nullable=False),
    Column("resource_type", Words, nullable=False),
    Column("resource_size_gb", Integer, nullable=False),
    Column("name", Words, nullable=False),
    Column("description", Words),
    Column("image_type", Words, nullable=False),
    Column("incremental", Boolean, nullable=False),
    Column("auto_trigger", Boolean, nullable=False),
    Column("enterprise_project_id", Words, nullable=False),
    Column("state", Words, nullable=False),  # what is under way is added from the work table when read
    Column("snapshot_id", Words),
    Column("bookmark", Words),
    Column("root", Words, nullable=False),
    Column("read_bytes", sa.BigInteger, nullable=False),
    Column("stored_bytes", sa.BigInteger, nullable=False),
    Column("file_count", sa.BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("protected_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("expired_at", Moment),
    Index(None, "project_id", "created_at", "id"),
    Index(None, "vault_id", "resource_id", "created_at"),
    Index(None, "checkpoint_id"),
    Index(None, "parent_id"),
)

member = Table(
    "member",
    metadata,
    Column("id", Words, primary_key=True),
    Column("backup_id", Words, ForeignKey("backup.id", ondelete="CASCADE"), nullable=False),
    Column("project_id", Words, ForeignKey("project.id", ondelete="CASCADE"), nullable=False),  # the receiver
    Column("vault_id", Words),  # of the receiver, once accepted
    Column("status", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    sa.UniqueConstraint("backup_id", "project_id"),
    Index(None, "project_id", "status"),
)

replication_record = Table(
    "replication_record",
    metadata,
    Column("id", Words, primary_key=True),
    Column("backup_id", Words, ForeignKey("backup.id", ondelete="CASCADE"), nullable=False),
    Column("status", Words, nullable=False),
    Column("document", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "backup_id", "created_at"),
)

# ── what a public cloud has besides ─────────────────────────────────────────────────────────────────────

agent = Table(
    "agent",
    metadata,
    # Agents choose their ids: two projects may have the same one.
    Column("project_id", Words, ForeignKey("project.id"), primary_key=True),
    Column("id", Words, primary_key=True),
    Column("document", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "project_id", "created_at", "id"),
)

migration = Table(
    "migration",
    metadata,
    Column("id", Words, primary_key=True),
    Column("domain_id", Words, nullable=False),
    Column("document", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "domain_id", "created_at", "id"),
)

# ── who asked for what ──────────────────────────────────────────────────────────────────────────────────

audit = Table(
    "audit",
    metadata,
    Column("key", sa.BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("project_id", Words, nullable=False),  # or a domain's, where its accounts changed
    Column("request_id", Words, nullable=False, index=True),
    Column("user_id", Words, nullable=False),
    Column("user_name", Words, nullable=False),
    Column("method", Words, nullable=False),
    Column("route", Words, nullable=False),  # as the API's documents write it, names in braces
    Column("path", Words, nullable=False),  # as it was asked
    Index(None, "project_id", "at", "key"),
)

# ── who works ───────────────────────────────────────────────────────────────────────────────────────────

worker = Table(
    "worker",
    metadata,
    Column("id", Words, primary_key=True),
    Column("site", Words, nullable=False),  # the sites that it serves, one a line
    Column("seen_at", sa.BigInteger, nullable=False),  # microseconds since 1970 by the database's own clock
    Column("dead", Boolean, nullable=False),
)
