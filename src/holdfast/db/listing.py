"""Pages of vaults and backups: a total order, cut by offset or after the item that a marker names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select, Table

from holdfast.model.errors import InvalidParameter
from holdfast.model.task import Page

# An expression over the rows of one table, and whether the highest come first.
Key = tuple[ColumnElement[Any], bool]


@dataclass(frozen=True)
class Listing:
    """How a project's rows of a table are listed: in the order of `keys`, then by id.

    `visible` says which rows a marker may name, where these are not just the project's own.
    """

    table: Table
    project_id: str
    keys: Sequence[Key]
    visible: ColumnElement[bool] | None = None

    def cut(self, tx: Connection, wanted: Select[Any], page: Page) -> Select[Any]:
        """The page of what is wanted; raises InvalidParameter for a marker that is none of the project's."""
        if page.marker is not None:
            wanted = wanted.where(self._after(tx, page.marker))
        order = [key.desc() if descending else key.asc() for key, descending in self._total()]
        return wanted.order_by(*order).limit(page.limit).offset(page.offset)

    def _total(self) -> list[Key]:
        """The keys, and an id to tell equals apart."""
        descending = self.keys[-1][1] if self.keys else True
        return [*self.keys, (self.table.c.id, descending)]

    def _after(self, tx: Connection, marker: str) -> ColumnElement[bool]:
        keys = self._total()
        visible = self.table.c.project_id == self.project_id if self.visible is None else self.visible
        seen = tx.execute(
            sa.select(*(key for key, _ in keys)).where(visible, self.table.c.id == marker)
        ).first()
        if seen is None:
            raise InvalidParameter("marker", "names nothing in this list")
        cases = []
        for place, (key, descending) in enumerate(keys):
            same = [earlier == value for (earlier, _), value in zip(keys[:place], seen, strict=False)]
            beyond = key < seen[place] if descending else key > seen[place]
            cases.append(sa.and_(*same, beyond))
        return sa.or_(*cases)
