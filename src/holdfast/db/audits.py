"""The audit trail: written by the transaction of each change, found newest first."""

import re
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model.audit import Asked, AuditEntry, AuditFilter
from holdfast.model.errors import InvalidParameter

from .columns import Moment
from .statements import Record
from .tables import audit as table
from .task_keys import mark
from .task_tables import task

_KEY = re.compile(r"[0-9]{1,19}")
_LARGEST_KEY = (1 << 63) - 1


def add(tx: Connection, entry: AuditEntry) -> None:
    """Write an entry."""
    tx.execute(
        sa.insert(table).values(
            at=entry.at,
            project_id=entry.project_id,
            request_id=entry.request_id,
            user_id=entry.user_id,
            user_name=entry.user_name,
            method=entry.asked.method,
            route=entry.asked.route,
            path=entry.asked.path,
        )
    )


def find(
    tx: Connection, owners: Sequence[str], wanted: AuditFilter, limit: int, marker: str | None = None
) -> list[AuditEntry]:
    """The newest entries of these projects and domains, or those behind the one that the marker names.

    Raises InvalidParameter for a marker that names none of them.
    """
    conditions = list(_conditions(wanted))
    if marker is not None:
        conditions.append(_behind(tx, owners, marker))
    if wanted.request_id is not None:
        # Few, whoever they belong to: the index of requests leads there, and no other is to be thought of.
        found = [row for row in tx.execute(sa.select(table).where(*conditions)) if row.project_id in owners]
    else:
        found = [row for owner in owners for row in _newest(tx, owner, conditions, limit)]
    found.sort(key=lambda row: (row.at, row.key), reverse=True)
    return [_of(row) for row in found[:limit]]


def task_ids(tx: Connection, project_id: str, request_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The project's tasks that each of these requests made, oldest first; nothing for one that made none."""
    requests = {mark(project_id, request_id): request_id for request_id in request_ids}
    rows = tx.execute(
        sa.select(task.c.id, task.c.request_mark)
        .where(task.c.request_mark.in_(sorted(requests)))
        .order_by(task.c.seq)
    )
    made: dict[str, tuple[str, ...]] = {}
    for row in rows:
        request_id = requests[row.request_mark]
        made[request_id] = (*made.get(request_id, ()), row.id)
    return made


def _newest(
    tx: Connection, owner: str, conditions: Sequence[ColumnElement[bool]], limit: int
) -> Sequence[Record]:
    """From the end of the index, and never more than a page."""
    mine = sa.select(table).where(table.c.project_id == owner, *conditions)
    return tx.execute(mine.order_by(table.c.at.desc(), table.c.key.desc()).limit(limit)).all()


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.request_id is not None:
        yield table.c.request_id == wanted.request_id
    if wanted.user is not None:
        yield sa.or_(table.c.user_id == wanted.user, table.c.user_name == wanted.user)
    if wanted.method is not None:
        yield table.c.method == wanted.method
    if wanted.since is not None:
        yield table.c.at >= wanted.since
    if wanted.before is not None:
        yield table.c.at < wanted.before


def _behind(tx: Connection, owners: Sequence[str], marker: str) -> ColumnElement[bool]:
    is_key = _KEY.fullmatch(marker) is not None and int(marker) <= _LARGEST_KEY
    wanted = sa.select(table.c.at, table.c.key).where(table.c.project_id.in_(owners))
    found = tx.execute(wanted.where(table.c.key == int(marker))).first() if is_key else None
    if found is None:
        raise InvalidParameter("marker", "names no entry")
    place = sa.tuple_(sa.literal(found.at, Moment), sa.literal(found.key, sa.BigInteger))
    return sa.tuple_(table.c.at, table.c.key) < place


def _of(row: Record) -> AuditEntry:
    return AuditEntry(
        id=str(row.key),
        at=row.at,
        project_id=row.project_id,
        request_id=row.request_id,
        user_id=row.user_id,
        user_name=row.user_name,
        asked=Asked(row.method, row.route, row.path),
    )
