"""What a filter by tags says, as conditions of a query: of whatever has tags in a table of their own."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Column, ColumnElement

from holdfast.model.tag import TagFilter, Wanted

from .statements import contains


def conditions(tags: TagFilter, id: Column[str], owner: Column[str]) -> Sequence[ColumnElement[bool]]:
    """What `TagFilter.allows` says, of rows with this `id`; their tags name it as their `owner`, beside a
    `key` and a `value`."""
    if tags.untagged:
        return [~sa.exists().where(owner == id)]

    def has(wanted: Wanted) -> ColumnElement[bool]:
        return _has(wanted, id, owner)

    found = [has(one) for one in tags.all_of]
    if tags.any_of:
        found.append(sa.or_(*map(has, tags.any_of)))
    if tags.not_all_of:
        found.append(~sa.and_(*map(has, tags.not_all_of)))
    return [*found, *(~has(one) for one in tags.none_of)]


def _has(wanted: Wanted, id: Column[str], owner: Column[str]) -> ColumnElement[bool]:
    tag = owner.table.alias()
    found = [tag.c[owner.name] == id, tag.c.key == wanted.key]
    if wanted.values:
        alike = [contains(tag.c.value, part) for part in wanted.parts]
        found.append(sa.or_(tag.c.value.in_(wanted.whole), *alike))
    return sa.exists().where(*found)
