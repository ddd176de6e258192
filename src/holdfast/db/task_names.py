"""Names of vaults and resources, messages of errors, and the keys of those that hold a text."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from .statements import contains
from .task_conditions import OneOf
from .task_tables import task_message, task_resource, task_vault


def vaults(tx: Connection, project: int, ids: Sequence[str], names: Sequence[str]) -> frozenset[int]:
    """The keys of the vaults that have one of these ids and one of these texts in their name; without ids, or
    without texts, those do not matter."""
    return _keys(tx, task_vault, project, ids, names)


def resources(tx: Connection, project: int, ids: Sequence[str], names: Sequence[str]) -> frozenset[int]:
    """The same of resources."""
    return _keys(tx, task_resource, project, ids, names)


def either(tx: Connection, project: int, text: str) -> tuple[OneOf, ...]:
    """Where a text is searched for: in the names of resources and vaults, and in the messages of errors."""
    messages = sa.select(task_message.c.key).where(
        task_message.c.project_key == project, contains(task_message.c.text, text)
    )
    return (
        OneOf("resource_key", resources(tx, project, (), (text,))),
        OneOf("vault_key", vaults(tx, project, (), (text,))),
        OneOf("message_key", frozenset(tx.scalars(messages))),
    )


def _keys(
    tx: Connection, table: Table, project: int, ids: Sequence[str], names: Sequence[str]
) -> frozenset[int]:
    wanted = sa.select(table.c.key).where(table.c.project_key == project)
    if ids:
        wanted = wanted.where(table.c.id.in_(ids), table.c.id != "")
    if names:
        wanted = wanted.where(sa.or_(*(contains(table.c.name, name) for name in names)))
    return frozenset(tx.scalars(wanted))
