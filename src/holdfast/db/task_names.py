"""Names of vaults and resources, messages of errors, and the keys of those that hold a text.

A project has tens of thousands of names; they are looked through in memory. Names are only ever added, with
higher keys than those before, because whoever adds one holds the project's lock: so what is on the shelf is
brought up to date by reading what has come since. Whatever adds one is an event of the project: without a new
event there is nothing to read.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from sys import getsizeof
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import BindParameter, CompoundSelect, Connection, Select, Table

from .columns import clean
from .history import shelf
from .statements import one_of
from .task_conditions import OneOf
from .task_projects import TaskProject
from .task_tables import task_message, task_resource, task_vault

_BYTES_BESIDE_A_NAME = 50  # for its key, and for a place in two tuples
_BYTES_OF_A_KEY = 100  # in a set


class Names(msgspec.Struct, frozen=True):
    """Keys of a project, ascending, and the text of each; how many bytes they take in memory, and how many
    events the project had when they were read."""

    keys: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    nbytes: int = 0
    events: int = -1

    def and_these(self, keys: Sequence[int], texts: Sequence[str]) -> "Names":
        """These with more behind them, if there are more."""
        if not keys:
            return self
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


def vaults(tx: Connection, project: TaskProject, ids: Sequence[str], names: Sequence[str]) -> frozenset[int]:
    """The keys of the vaults that have one of these ids and one of these texts in their name; without ids, or
    without texts, those do not matter."""
    return _keys(tx, task_vault, project, ids, names)


def resources(
    tx: Connection, project: TaskProject, ids: Sequence[str], names: Sequence[str]
) -> frozenset[int]:
    """The same of resources."""
    return _keys(tx, task_resource, project, ids, names)


def either(tx: Connection, project: TaskProject, text: str) -> tuple[OneOf, ...]:
    """Where a text is searched for: in the names of resources and vaults, and in the messages of errors."""
    columns = {"resource_key": task_resource, "vault_key": task_vault, "message_key": task_message}
    names = _names(tx, tuple(columns.values()), project)
    return tuple(
        OneOf(column, _holding(tx, table, project, found, (text,)))
        for (column, table), found in zip(columns.items(), names, strict=True)
    )


def _holding(
    tx: Connection, table: Table, project: TaskProject, names: Names, parts: Sequence[str]
) -> frozenset[int]:
    """The keys of those of the project's names in a table that hold one of these parts."""
    here = shelf.of(tx)
    place = ("holding", table.name, project.project_key, tuple(parts), names.keys[-1:])
    found = here.get(place, frozenset)
    if found is None:
        found = names.holding(parts)
        if shelf.is_settled(tx):
            here.put(place, found, _BYTES_OF_A_KEY * len(found) + _bytes_of(parts))
    return found


def _keys(
    tx: Connection, table: Table, project: TaskProject, ids: Sequence[str], names: Sequence[str]
) -> frozenset[int]:
    found = _holding(tx, table, project, _names(tx, (table,), project)[0], names) if names else None
    if not ids:
        return found or frozenset()
    values = {"project": project.project_key, "ids": list(ids)}
    with_ids: frozenset[int] = frozenset(tx.scalars(_with_ids(table, tx.dialect.name), values))
    return with_ids if found is None else with_ids & found


@cache
def _with_ids(table: Table, dialect: str) -> Select[Any]:
    here = table.c.project_key == sa.bindparam("project", type_=sa.BigInteger)
    return sa.select(table.c.key).where(here, one_of(dialect, table.c.id, "ids"), table.c.id != "")


def _names(tx: Connection, tables: Sequence[Table], project: TaskProject) -> list[Names]:
    """All names in each of these tables that this project has, those of this moment included."""
    here, settled = shelf.of(tx), shelf.is_settled(tx)
    places = [("names", table.name, project.project_key) for table in tables]
    known = [here.get(place, Names) or Names() for place in places]
    if settled and all(names.events == project.events for names in known):
        return known
    fresh = _fresh(tx, tuple(tables), project, known)
    found = [names.and_these(*some) for names, some in zip(known, fresh, strict=True)]
    if settled:
        for place, names in zip(places, found, strict=True):
            here.put(place, msgspec.structs.replace(names, events=project.events), names.nbytes)
    return found


def _fresh(
    tx: Connection, tables: tuple[Table, ...], project: TaskProject, known: Sequence[Names]
) -> list[tuple[list[int], list[str]]]:
    """The keys and names in each of these tables that have come since, in order; one statement."""
    last = {f"last_{number}": names.keys[-1] if names.keys else 0 for number, names in enumerate(known)}
    rows = tx.execute(_since(tables), {"project": project.project_key, **last}).all()
    found: list[tuple[list[int], list[str]]] = [([], []) for _ in tables]
    for place, key, text in sorted(rows, key=lambda row: row.key):
        found[place][0].append(key)
        found[place][1].append(text)
    return found


@cache
def _since(tables: tuple[Table, ...]) -> CompoundSelect[Any]:
    """Built once for each: that takes longer than the database needs for it."""
    project: BindParameter[int] = sa.bindparam("project", type_=sa.BigInteger)
    parts = []
    for number, table in enumerate(tables):
        text = table.c.text if table is task_message else table.c.name
        last: BindParameter[int] = sa.bindparam(f"last_{number}", type_=sa.BigInteger)
        named = sa.select(sa.literal(number).label("place"), table.c.key, text.label("text"))
        parts.append(named.where(table.c.project_key == project, table.c.key > last))
    return sa.union_all(*parts)


def _bytes_of(texts: Iterable[str]) -> int:
    return sum(map(getsizeof, texts))
