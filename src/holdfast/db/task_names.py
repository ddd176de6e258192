"""Names of vaults and resources, messages of errors, and the keys of those that hold a text.

A project has tens of thousands of names; they are looked through in memory. Names are only ever added, with
higher keys than those before, because whoever adds one holds the project's lock: so what is on the shelf is
brought up to date by reading what has come since.
"""

from collections.abc import Iterable, Sequence
from sys import getsizeof

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from .columns import clean
from .history import shelf
from .task_conditions import OneOf
from .task_tables import task_message, task_resource, task_vault

_BYTES_BESIDE_A_NAME = 50  # for its key, and for a place in two tuples
_BYTES_OF_A_KEY = 100  # in a set


class Names(msgspec.Struct, frozen=True):
    """Keys of a project, ascending, and the text of each; how many bytes they take in memory."""

    keys: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    nbytes: int = 0

    def and_these(self, keys: Sequence[int], texts: Sequence[str]) -> "Names":
        """These with more behind them."""
        nbytes = self.nbytes + _BYTES_BESIDE_A_NAME * len(keys) + _bytes_of(texts)
        return Names((*self.keys, *keys), (*self.texts, *texts), nbytes)

    def holding(self, parts: Sequence[str]) -> frozenset[int]:
        """The keys of the texts that hold one of these parts, case included."""
        pairs = zip(self.keys, self.texts, strict=True)
        if len(parts) == 1:
            part = clean(parts[0])
            return frozenset([key for key, text in pairs if part in text])
        wanted = [clean(part) for part in parts]
        return frozenset([key for key, text in pairs if any(part in text for part in wanted)])


def vaults(tx: Connection, project: int, ids: Sequence[str], names: Sequence[str]) -> frozenset[int]:
    """The keys of the vaults that have one of these ids and one of these texts in their name; without ids, or
    without texts, those do not matter."""
    return _keys(tx, task_vault, project, ids, names)


def resources(tx: Connection, project: int, ids: Sequence[str], names: Sequence[str]) -> frozenset[int]:
    """The same of resources."""
    return _keys(tx, task_resource, project, ids, names)


def either(tx: Connection, project: int, text: str) -> tuple[OneOf, ...]:
    """Where a text is searched for: in the names of resources and vaults, and in the messages of errors."""
    places = (("resource_key", task_resource), ("vault_key", task_vault), ("message_key", task_message))
    return tuple(OneOf(column, _holding(tx, table, project, (text,))) for column, table in places)


def _holding(tx: Connection, table: Table, project: int, parts: Sequence[str]) -> frozenset[int]:
    """The keys of the project's names in a table that hold one of these parts."""
    names, here = _names(tx, table, project), shelf.of(tx)
    place = ("holding", table.name, project, tuple(parts), names.keys[-1:])
    found = here.get(place, frozenset)
    if found is None:
        found = names.holding(parts)
        if shelf.is_settled(tx):
            here.put(place, found, _BYTES_OF_A_KEY * len(found) + _bytes_of(parts))
    return found


def _keys(
    tx: Connection, table: Table, project: int, ids: Sequence[str], names: Sequence[str]
) -> frozenset[int]:
    found = _holding(tx, table, project, names) if names else None
    if not ids:
        return found or frozenset()
    wanted = sa.select(table.c.key).where(table.c.project_key == project)
    with_ids = frozenset(tx.scalars(wanted.where(table.c.id.in_(ids), table.c.id != "")))
    return with_ids if found is None else with_ids & found


def _names(tx: Connection, table: Table, project: int) -> Names:
    """All names in a table that this project has, those of this moment included."""
    place, here = ("names", table.name, project), shelf.of(tx)
    known = here.get(place, Names) or Names()
    text = table.c.text if table is task_message else table.c.name
    wanted = sa.select(table.c.key, text.label("text")).where(table.c.project_key == project)
    if known.keys:
        wanted = wanted.where(table.c.key > known.keys[-1])
    fresh = tx.execute(wanted.order_by(table.c.key)).all()
    if not fresh:
        return known
    found = known.and_these([row.key for row in fresh], [row.text for row in fresh])
    if shelf.is_settled(tx):
        here.put(place, found, found.nbytes)
    return found


def _bytes_of(texts: Iterable[str]) -> int:
    return sum(map(getsizeof, texts))
