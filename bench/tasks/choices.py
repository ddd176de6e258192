"""Values for every filter that the list of tasks has, typical and adversarial, with the rows that they mean.

Which rows those are is found out here once more, from the generated columns and in the plainest way.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from holdfast.db.codes import CODE_OF_OPERATION, CODE_OF_STATUS
from holdfast.db.columns import moment_of
from holdfast.model.task import Operation, Status
from holdfast.model.task_filter import Span

from . import idents
from .columns import NEVER, NONE, Column, Columns, Integers
from .history import DAY, DAYS, END, SECOND
from .world import ENTERPRISES, ERRORS, TYPES, World

Rows = NDArray[np.bool_]

HOUR = 3600 * SECOND
_NOBODY = "00000000-0000-4000-8000-000000000000"


class Choice(msgspec.Struct, frozen=True):
    """One value, or several, of a filter: what a `TaskFilter` has there, and which rows match."""

    filter: str
    label: str
    fields: Mapping[str, Any]
    rows: Rows


class Choices:
    """The values that are asked for in one project."""

    def __init__(self, world: World, columns: Columns, project: int) -> None:
        self._world = world
        self.rows: Integers = np.flatnonzero(columns["project"] == project)
        self._columns, self.project = columns, project
        self._read: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._read:
            self._read[name] = np.asarray(self._columns[name])[self.rows]
        return self._read[name]

    def all(self) -> Iterator[Choice]:
        """All values of all filters."""
        for several in (
            self._codes,
            self._kinds,
            self._things,
            self._names,
            self._marks,
            self._errors,
            self._moments,
        ):
            yield from several()

    def _codes(self) -> Iterator[Choice]:
        operations: dict[str, tuple[Operation, ...]] = {
            "nearly all": (Operation.BACKUP,),
            "two": (Operation.DELETE, Operation.RESTORE),
            "rare": (Operation.VAULT_DELETE,),
        }
        for label, wanted in operations.items():
            codes = [CODE_OF_OPERATION[one] for one in wanted]
            yield Choice("operations", label, {"operations": wanted}, np.isin(self["operation"], codes))
        statuses: dict[str, tuple[Status, ...]] = {
            "nearly all": (Status.SUCCESS,),
            "failed": (Status.FAILED, Status.TIMEOUT),
            "unfinished": (Status.WAITING, Status.RUNNING),
        }
        for label, some in statuses.items():
            codes = [CODE_OF_STATUS[one] for one in some]
            yield Choice("statuses", label, {"statuses": some}, np.isin(self["status"], codes))

    def _kinds(self) -> Iterator[Choice]:
        providers = [provider for _, provider in TYPES]
        kinds = [kind.value for kind, _ in TYPES]
        for label, numbers in (("one", [0]), ("two", [1, 2])):
            wanted = tuple(providers[number] for number in numbers)
            yield Choice("provider_ids", label, {"provider_ids": wanted}, np.isin(self["provider"], numbers))
            some = tuple(kinds[number] for number in numbers)
            yield Choice("resource_types", label, {"resource_types": some}, np.isin(self["type"], numbers))
        for label, number in (("everybody's", 0), ("one", 3)):
            named = {"enterprise_project_ids": (ENTERPRISES[number],)}
            yield Choice("enterprise_project_ids", label, named, self["enterprise"] == number)

    def _things(self) -> Iterator[Choice]:
        lists = (
            ("vault_ids", "vault", self._world.vault_ids),
            ("resource_ids", "resource", self._world.resource_ids),
            ("policy_ids", "policy", self._world.policy_ids),
        )
        for field, column, ids in lists:
            ranked = self._ranked(column)
            for label, numbers in (
                ("largest", ranked[:1]),
                ("smallest", ranked[-1:]),
                ("fifty", ranked[:100:2]),
            ):
                wanted = tuple(ids[number] for number in numbers)
                yield Choice(field, label, {field: wanted}, np.isin(self[column], numbers))
            yield Choice(field, "nobody's", {field: (_NOBODY,)}, self._none)

    def _names(self) -> Iterator[Choice]:
        world = self._world
        for label, text in (("all", "vault"), ("many", "oslo"), ("renamed", "moved"), ("none", "Oslo")):
            found = _holding(world.vault_names, text)[self["vault_row"]]
            yield Choice("vault_names", label, {"vault_names": (text,)}, found)
        one = world.resource_names[self._ranked("resource")[0]]
        for label, text in (("nearly all", "-0"), ("many", "web"), ("one", one), ("none", "WEB")):
            found = _holding(world.resource_names, text)[self["resource"]]
            yield Choice("resource_names", label, {"resource_names": (text,)}, found)
        for label, text in (("many", "lima"), ("sentences", "part-00"), ("all", "a"), ("none", "nowhere")):
            found = _holding(world.resource_names, text)[self["resource"]]
            found |= _holding(world.vault_names, text)[self["vault_row"]]
            found |= _holding(world.messages, text)[self["message"]]
            yield Choice("text", label, {"text": text}, found)

    def _marks(self) -> Iterator[Choice]:
        lists = (
            ("checkpoint_ids", "checkpoint", idents.CHECKPOINT, ""),
            ("backup_ids", "backup", idents.BACKUP, ""),
            ("request_ids", "request", idents.REQUEST, "req-"),
            ("parent_ids", "parent", idents.TASK, ""),
        )
        for field, column, kind, before in lists:
            ranked = self._ranked(column)
            for label, numbers in (("largest", ranked[:1]), ("thirty", ranked[:30])):
                wanted = tuple(before + one for one in idents.many(kind, np.array(numbers, dtype=np.int64)))
                if wanted:
                    yield Choice(field, label, {field: wanted}, np.isin(self[column], numbers))
            yield Choice(field, "nobody's", {field: (_NOBODY,)}, self._none)

    def _errors(self) -> Iterator[Choice]:
        ranked = [number for number in self._ranked("error") if number > 0]
        for label, numbers in (("common", ranked[:1]), ("rare", ranked[-1:]), ("several", ranked[:4])):
            wanted = tuple(ERRORS[number][0] for number in numbers)
            if wanted:
                yield Choice("error_codes", label, {"error_codes": wanted}, np.isin(self["error"], numbers))

    def _moments(self) -> Iterator[Choice]:
        created = self["created_at"]
        for label, (first, last) in _SPANS.items():
            fields = {"begin": _moment(first), "end": _moment(last)}
            found = (created >= (first or NEVER)) & (created < (END * 2 if last is None else last + SECOND))
            yield Choice("start_time, end_time", label, fields, found)
            for name in ("created", "started", "ended"):
                moments = self[f"{name}_at"]
                span = Span(after=_moment(first), before=_moment(last))
                there = (moments >= (first or NEVER + 1)) & (moments < (END * 2 if last is None else last))
                yield Choice(name, label, {name: span}, there)

    def _ranked(self, column: str) -> list[int]:
        """The numbers in a column, the commonest first."""
        values = self[column]
        counts = np.bincount(values[values != NONE])
        ranked: list[int] = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist()
        return ranked

    @cached_property
    def _none(self) -> Rows:
        return np.zeros(len(self.rows), dtype=np.bool_)


# From when and to when; some end on the edges of days, some do not.
_SPANS: Mapping[str, tuple[int | None, int | None]] = {
    "hour": (END - 100 * DAY + HOUR, END - 100 * DAY + 2 * HOUR),
    "day": (END - 33 * DAY + 11 * HOUR + 7, END - 32 * DAY + 11 * HOUR + 7),
    "month": (END - 230 * DAY, END - 200 * DAY),
    "all but an edge": (END - DAYS * DAY + 5 * HOUR, None),
    "older half": (None, END - DAYS * DAY // 2 - 3 * HOUR),
}


def _moment(microseconds: int | None) -> Any:
    return None if microseconds is None else moment_of(microseconds)


def _holding(names: Sequence[str], text: str) -> Rows:
    return np.array([text in name for name in names], dtype=np.bool_)
