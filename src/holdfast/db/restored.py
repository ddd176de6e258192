"""Of which resources a backup was restored, when last, and by which task: as far as a project's history goes.

What segments hold never changes: what follows from them is worked out once for each state of them, and stays
on the shelf.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy import Connection

from holdfast.model.task import Operation, Status
from holdfast.model.task_filter import TaskFilter

from . import task_filters, task_projects
from .columns import moment_of
from .history import shelf
from .history.older import Older
from .statements import numbers
from .task_conditions import Conditions
from .task_projects import TaskProject
from .task_selection import Selection
from .task_tables import task_resource

_COLUMNS = ("resource_key", "ended_at", "seq")
_BYTES_OF_ONE = 400

_Table = Mapping[str, NDArray[np.int64]]


class Restored(msgspec.Struct, frozen=True, order=True):
    """The successful restore of a resource's backups that ended last, and its number."""

    ended_at: datetime
    seq: int


class _Sealed(msgspec.Struct, frozen=True):
    """What the segments of a project tell."""

    by_resource: dict[str, Restored]


def newest(tx: Connection, project_id: str) -> dict[str, Restored]:
    """By resource: of the whole or of a part, in place or elsewhere."""
    wanted = TaskFilter(project_id=project_id, operations=(Operation.RESTORE,), statuses=(Status.SUCCESS,))
    project = task_projects.find(tx, project_id)
    asked = None if project is None else task_filters.resolve(tx, project, wanted)
    if project is None or asked is None:
        return {}
    older = Older.of(tx, project)
    recent = _by_resource(tx, [Selection(tx, older, asked).recent(_COLUMNS)])
    return recent if older is None else _later(_sealed(tx, project, older, asked), recent)


def _sealed(tx: Connection, project: TaskProject, older: Older, asked: Conditions) -> dict[str, Restored]:
    name = ("restored", project.project_key, project.version, project.trimmed_to)
    known = shelf.of(tx).get(name, _Sealed)
    if known is None:
        parts = Selection(tx, older, asked).sealed()
        known = _Sealed(
            _by_resource(tx, (older.table(segment, rows, _COLUMNS) for _, segment, rows in parts))
        )
        if shelf.is_settled(tx):
            shelf.of(tx).put(name, known, _BYTES_OF_ONE * len(known.by_resource))
    return known.by_resource


def _by_resource(tx: Connection, parts: Iterable[_Table]) -> dict[str, Restored]:
    """The last of each resource, which has a key for each name that it had."""
    newest: dict[int, tuple[int, int]] = {}
    for part in parts:
        columns = (part[name].tolist() for name in _COLUMNS)
        for key, at, seq in zip(*columns, strict=True):
            newest[key] = max(newest.get(key, (at, seq)), (at, seq))
    if not newest:
        return {}
    wanted = sa.select(task_resource.c.key, task_resource.c.id)
    rows = tx.execute(wanted.where(task_resource.c.key.in_(numbers(tx, newest)))).all()
    found: dict[str, Restored] = {}
    for key, id in rows:
        at, seq = newest[key]
        one = Restored(moment_of(at), seq)
        found[id] = max(found.get(id, one), one)
    return found


def _later(one: Mapping[str, Restored], other: Mapping[str, Restored]) -> dict[str, Restored]:
    """Of each resource the later one of both."""
    return {**one, **{id: max(last, one.get(id, last)) for id, last in other.items()}}
