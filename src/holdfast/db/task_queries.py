"""Which tasks match, and how many: by the cells and three indexes, never through all rows for a few.

A filter on neither time nor resource is counted by the sum of the matching cells; one on time by the range
of the project where that is short, or else of the matching cells; one on a resource by the range of each
resource of that id or name. A page of few matches is taken from their cells. Where there are many, the newest
rows of the project come first, and if those do not suffice, the newest of each cell. A resource's page is
merged from the newest of each resource that matches.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, FromClause, Select, Subquery

from holdfast.model.task import Page, TaskFilter

from . import sequences
from .codes import CODE_OF_OPERATION, CODE_OF_STATUS
from .columns import end_of_second
from .statements import contains
from .task_keys import find_word
from .task_tables import task, task_cell, task_resource, task_vault

Item = TypeVar("Item")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """From where on another way is shorter; the answer is the same.

    `few_rows` are rather sorted than walked to. `strides` are how many rows of a project are looked through
    before its cells are asked one by one. Not more than `many_keys` cells or resources are asked one by one,
    `keys_at_once` of them in one statement, for not more than `many_rows` together.
    """

    few_rows: int = 4000
    strides: tuple[int, ...] = (4000, 64_000)
    many_keys: int = 2000
    keys_at_once: int = 100
    many_rows: int = 100_000


USUAL = Limits()


class _Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with keys for names. `columns` are equalities that cells and tasks have in common; `vaults`
    and `resources` select keys; tasks are numbered from `first` on, below `end`."""

    project: int
    columns: tuple[tuple[str, int], ...]
    vaults: Select[Any] | None
    resources: Select[Any] | None
    first: int | None
    end: int | None
    limits: Limits

    def on(self, table: FromClause) -> list[ColumnElement[bool]]:
        """The conditions on a task or a cell, but for the project."""
        conditions = [table.c[name] == value for name, value in self.columns]
        if self.vaults is not None:
            conditions.append(table.c.vault_key.in_(self.vaults))
        return conditions

    def within(self) -> list[ColumnElement[bool]]:
        """The conditions on the range of time."""
        bounds: list[ColumnElement[bool]] = []
        if self.first is not None:
            bounds.append(task.c.seq >= self.first)
        if self.end is not None:
            bounds.append(task.c.seq < self.end)
        return bounds


def count(tx: Connection, wanted: TaskFilter, limits: Limits = USUAL) -> int:
    """How many tasks match, exactly."""
    resolved = _resolve(tx, wanted, limits)
    if resolved is None:
        return 0
    within = resolved.within()
    if resolved.resources is not None:
        among = _among(tx, task.c.resource_key, resolved.resources, limits)
        return _number(tx, [among, *resolved.on(task), *within])
    if not within:
        return int(tx.scalar(sa.select(sa.func.sum(task_cell.c.n)).where(*_of_cells(resolved))) or 0)
    if not resolved.on(task):
        return _number(tx, [task.c.project_key == resolved.project, *within])
    few = _count_of_few(tx, resolved)
    if few is not None:
        return few
    cells = sa.select(task_cell.c.key).where(*_of_cells(resolved), task_cell.c.n > 0)
    return _number(tx, [_among(tx, task.c.cell_key, cells, limits), *within])


def page(
    tx: Connection, wanted: TaskFilter, cut: Page, after: int | None = None, limits: Limits = USUAL
) -> list[int]:
    """The numbers of a page of the tasks that match, newest first; all are below the number `after`."""
    resolved = _resolve(tx, wanted, limits)
    if resolved is None:
        return []
    if after is not None:
        end = after if resolved.end is None else min(after, resolved.end)
        resolved = msgspec.structs.replace(resolved, end=end)
    if resolved.resources is not None:
        return _page_of_resources(tx, resolved, cut)
    if not resolved.on(task):
        return _walk(tx, [*_of_project(resolved), *resolved.within()], cut)
    return _page_of_cells(tx, resolved, cut)


def _resolve(tx: Connection, wanted: TaskFilter, limits: Limits) -> _Resolved | None:
    """The filter with keys; None if it names something that no task has."""
    project = find_word(tx, wanted.project_id)
    words = {"provider_key": wanted.provider_id, "enterprise_key": wanted.enterprise_project_id}
    columns = {name: find_word(tx, text) for name, text in words.items() if text is not None}
    if project is None or None in columns.values():
        return None
    if wanted.operation is not None:
        columns["operation"] = CODE_OF_OPERATION[wanted.operation]
    if wanted.status is not None:
        columns["status"] = CODE_OF_STATUS[wanted.status]
    return _Resolved(
        project=project,
        columns=tuple((name, value) for name, value in columns.items() if value is not None),
        vaults=_named(task_vault, project, wanted.vault_id, wanted.vault_name),
        resources=_named(task_resource, project, wanted.resource_id, wanted.resource_name),
        first=None if wanted.begin is None else sequences.first_of(wanted.begin),
        end=None if wanted.end is None else sequences.first_of(end_of_second(wanted.end)),
        limits=limits,
    )


def _named(table: sa.Table, project: int, id: str | None, name: str | None) -> Select[Any] | None:
    """The keys of what has this id and this text in its name; None if neither is asked for."""
    if id is None and name is None:
        return None
    keys = sa.select(table.c.key).where(table.c.project_key == project)
    if id is not None:
        keys = keys.where(table.c.id == id, table.c.id != "")
    if name is not None:
        keys = keys.where(contains(table.c.name, name))
    return keys


def _of_project(resolved: _Resolved) -> list[ColumnElement[bool]]:
    conditions = [task.c.project_key == resolved.project, *resolved.on(task)]
    if resolved.resources is not None:
        conditions.append(task.c.resource_key.in_(resolved.resources))
    return conditions


def _of_cells(resolved: _Resolved) -> list[ColumnElement[bool]]:
    return [task_cell.c.project_key == resolved.project, *resolved.on(task_cell)]


def _cells(tx: Connection, resolved: _Resolved) -> dict[int, int]:
    """Key and count of the cells that match, one more than are asked one by one at most."""
    cells = sa.select(task_cell.c.key, task_cell.c.n).where(*_of_cells(resolved), task_cell.c.n > 0)
    return {row.key: row.n for row in tx.execute(cells.limit(resolved.limits.many_keys + 1))}


def _resource_keys(tx: Connection, resolved: _Resolved) -> list[int]:
    """The keys of the resources that match, one more than are asked one by one at most."""
    if resolved.resources is None:
        return []
    return list(tx.scalars(resolved.resources.limit(resolved.limits.many_keys + 1)))


def _among(
    tx: Connection, column: ColumnElement[int], keys: Select[Any], limits: Limits
) -> ColumnElement[bool]:
    """That the column holds one of these keys, spelled out unless they are many: planners misjudge them."""
    known = list(tx.scalars(keys.limit(limits.many_keys + 1)))
    return column.in_(known if len(known) <= limits.many_keys else keys)


def _number(tx: Connection, conditions: Sequence[ColumnElement[bool]]) -> int:
    return int(tx.execute(sa.select(sa.func.count()).select_from(task).where(*conditions)).scalar_one())


def _page_of_resources(tx: Connection, resolved: _Resolved, cut: Page) -> list[int]:
    keys = _resource_keys(tx, resolved)
    conditions = [*resolved.on(task), *resolved.within()]
    if len(keys) > resolved.limits.many_keys:
        return _walk(tx, [*_of_project(resolved), *resolved.within()], cut)
    if len(keys) == 1:
        return _walk(tx, [task.c.resource_key == keys[0], *conditions], cut)
    lists = [[task.c.resource_key == key, *conditions] for key in keys]
    return _merge(tx, lists, cut.offset + cut.limit, resolved.limits)[cut.offset :]


def _count_of_few(tx: Connection, resolved: _Resolved) -> int | None:
    """How many match, where the project has so few tasks within the range that each is looked at."""
    few = resolved.limits.few_rows
    tasks = _newest(resolved, few + 1)
    matching = sa.case((sa.and_(*resolved.on(tasks)), 1), else_=0)
    found = tx.execute(
        sa.select(sa.func.count().label("seen"), sa.func.sum(matching).label("matching")).select_from(tasks)
    ).one()
    return int(found.matching or 0) if found.seen <= few else None


def _page_of_cells(tx: Connection, resolved: _Resolved, cut: Page) -> list[int]:
    cells, limits, within = _cells(tx, resolved), resolved.limits, resolved.within()
    need = cut.offset + cut.limit
    known = len(cells) <= limits.many_keys
    if known and (len(cells) == 1 or sum(cells.values()) <= limits.few_rows):
        return _walk(tx, [task.c.cell_key.in_(cells), *within], cut)
    for stride in limits.strides:
        found = _stride(tx, resolved, stride, need) if need <= stride else []
        if len(found) == need:
            return found[cut.offset :]
    if known and sum(min(n, need) for n in cells.values()) <= limits.many_rows:
        return _merge(tx, [[task.c.cell_key == key, *within] for key in cells], need, limits)[cut.offset :]
    return _walk(tx, [*_of_project(resolved), *within], cut)


def _walk(tx: Connection, conditions: Sequence[ColumnElement[bool]], cut: Page) -> list[int]:
    """The page of all tasks under these conditions, in one statement."""
    found = sa.select(task.c.seq).where(*conditions).order_by(task.c.seq.desc())
    return list(tx.scalars(found.limit(cut.limit).offset(cut.offset)))


def _stride(tx: Connection, resolved: _Resolved, stride: int, need: int) -> list[int]:
    """The newest `need` matches among the newest of the project's tasks within the range."""
    tasks = _newest(resolved, stride)
    found = sa.select(tasks.c.seq).where(*resolved.on(tasks)).order_by(tasks.c.seq.desc())
    return list(tx.scalars(found.limit(need)))


def _newest(resolved: _Resolved, limit: int) -> Subquery:
    """The newest of the project's tasks within the range, by what its index holds."""
    columns = ("seq", "operation", "status", "provider_key", "enterprise_key", "vault_key")
    return (
        sa.select(*(task.c[name] for name in columns))
        .where(task.c.project_key == resolved.project, *resolved.within())
        .order_by(task.c.seq.desc())
        .limit(limit)
        .subquery()
    )


def _merge(
    tx: Connection, lists: Sequence[list[ColumnElement[bool]]], need: int, limits: Limits
) -> list[int]:
    """The newest of the tasks under any of these lists of conditions.

    Each statement asks several of them, only for what is newer than all that is needed from the last.
    """
    newest: list[int] = []
    for some in _batches(lists, limits):
        newer = [task.c.seq > newest[-1]] if len(newest) == need else []
        parts = [
            sa.select(
                sa.select(task.c.seq)
                .where(*conditions, *newer)
                .order_by(task.c.seq.desc())
                .limit(need)
                .subquery()
            )
            for conditions in some
        ]
        newest = sorted([*newest, *tx.scalars(sa.union_all(*parts))], reverse=True)[:need]
    return newest


def _batches(items: Sequence[Item], limits: Limits) -> list[Sequence[Item]]:
    return [items[start : start + limits.keys_at_once] for start in range(0, len(items), limits.keys_at_once)]
