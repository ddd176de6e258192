"""Alembic's entry: runs the migrations in the transaction that `database.migrate` opened and locked."""

from typing import Any

from alembic import context
from sqlalchemy.schema import SchemaItem

# These tables join the same metadata when they are imported.
from holdfast.db import task_tables, usage_tables  # noqa: F401 - see above
from holdfast.db.tables import metadata


def is_ours(
    _item: SchemaItem, name: str | None, kind: Any, reflected: bool, _compare_to: SchemaItem | None
) -> bool:
    """Whether a table found in the database is one of ours: the durable engine keeps its own beside them."""
    return not (kind == "table" and reflected and name not in metadata.tables)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=is_ours,
    transactional_ddl=True,
    render_as_batch=False,
)

with context.begin_transaction():
    context.run_migrations()
