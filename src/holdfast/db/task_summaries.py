"""Summaries of many tasks: batches of numbers are added up, and only what is shown gets its name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection, Table

from holdfast.model.task import Status
from holdfast.model.task_filter import Order
from holdfast.model.task_summary import (
    LONGEST_RUNNING,
    Day,
    ErrorRanking,
    OfDay,
    OfError,
    OfOne,
    OfOperation,
    Ranking,
    Summary,
    Tally,
    View,
    days_of,
    rank,
    total,
)

from . import tasks
from .codes import CODE_OF_STATUS, OPERATION_OF_CODE
from .columns import microseconds_of, moment_of
from .sequences import PLACES
from .statements import numbers, texts
from .tables import policy, vault
from .task_keys import find_word
from .task_queries import NEVER, Batch, Matches
from .task_tables import task_vault, task_word
from .task_tallies import MOST_ROWS, Cells, Lengths, Longest, Newest, Numbering, Numbers, Spread, Weights

_COLUMNS = (
    "seq",
    "created_at",
    "operation",
    "status",
    "vault_key",
    "policy_key",
    "error_key",
    "started_at",
    "ended_at",
    "bytes_done",
    "bytes_stored",
)
_RUNNING = CODE_OF_STATUS[Status.RUNNING]
_OLDEST_FIRST = Order(descending=False)


def show(tx: Connection, view: View, timezone: ZoneInfo, top: int) -> Summary:
    """The tasks of a view, by days of a zone; the `top` vaults, policies and codes with the most tasks."""
    matches = Matches(tx, view.wanted)
    days = days_of(view, _made(matches), timezone)
    sums = _Sums(days, microseconds_of(view.at), find_word(tx, ""))
    for batch in matches.batches(_COLUMNS):
        for piece in _pieces(batch):
            sums.add(piece)
    return Summary(
        view=view,
        total=total(sums.operations.tallies()),
        durations=sums.durations.whole(),
        statuses=tuple(sums.operations.status(status) for status in Status),
        operations=_operations(sums),
        days=_days(days, sums),
        vaults=_vaults(tx, view.wanted.project_id, sums, top),
        policies=_policies(tx, view.wanted.project_id, sums, top),
        errors=_errors(tx, sums.errors, top),
        longest=tuple(tasks.show(tx, sums.longest.seqs)),
    )


def _made(matches: Matches) -> tuple[datetime, datetime] | None:
    """When the oldest and the newest of them were made."""
    ends = [*matches.page(1, order=_OLDEST_FIRST), *matches.page(1)]
    if not ends:
        return None
    oldest, newest = (moment_of(seq // PLACES) for seq in ends)
    return oldest, newest


def _pieces(batch: Batch) -> Iterator[Batch]:
    rows = batch["seq"].size
    for begin in range(0, rows, MOST_ROWS):
        yield {name: values[begin : begin + MOST_ROWS] for name, values in batch.items()}


class _Sums:
    """All that is added up. Of days the first group is what was made before the first of them."""

    def __init__(self, days: Sequence[Day], now: int, no_error: int | None) -> None:
        self._begins = np.array([microseconds_of(day.begins) for day in days], dtype=np.int64)
        self._now = now
        self._no_error = NEVER if no_error is None else no_error
        self.operations, self.days = Cells(), Cells()
        self.vault_keys, self.vaults = Numbering(), Cells()
        self.policy_keys, self.policies = Numbering(), Cells()
        self.durations = Spread(max(OPERATION_OF_CODE) + 1)
        self.durations_of_days = Spread(len(days) + 1)
        self.errors = Newest()
        self.longest = Longest(LONGEST_RUNNING)

    def add(self, batch: Batch) -> None:
        """Add these tasks; there is at least one."""
        days = np.searchsorted(self._begins, batch["created_at"], side="right")
        done, stored = Weights(batch["bytes_done"]), Weights(batch["bytes_stored"])
        for cells, groups in (
            (self.operations, batch["operation"]),
            (self.days, days),
            (self.vaults, self.vault_keys.of(batch["vault_key"])),
            (self.policies, self.policy_keys.of(batch["policy_key"])),
        ):
            cells.add(groups, batch["status"], done, stored)
        self._add_durations(batch, days)
        bad = batch["error_key"] != self._no_error
        self.errors.add(batch["error_key"][bad], batch["seq"][bad])

    def _add_durations(self, batch: Batch, days: Numbers) -> None:
        """A task that runs has no duration yet; how long it has been running may be the longest time."""
        seqs, started, ended = batch["seq"], batch["started_at"], batch["ended_at"]
        running = (batch["status"] == _RUNNING) & (started != NEVER) & (ended == NEVER)
        self.longest.add(np.maximum(self._now - started[running], 0), seqs[running])
        ran = np.flatnonzero((started != NEVER) & (ended != NEVER))
        # Clocks of two servers may differ.
        lengths = Lengths(np.maximum(ended[ran] - started[ran], 0))
        self.longest.add(lengths.durations, seqs[ran])
        self.durations.add(batch["operation"][ran], lengths)
        self.durations_of_days.add(days[ran], lengths)


def _operations(sums: _Sums) -> tuple[OfOperation, ...]:
    """Those of which there are tasks, by their words."""
    return tuple(
        OfOperation(operation=OPERATION_OF_CODE[code], tally=tally, durations=sums.durations.told(code))
        for code, tally in enumerate(sums.operations.tallies())
        if tally.count
    )


def _days(days: Sequence[Day], sums: _Sums) -> tuple[OfDay, ...]:
    tallies = sums.days.tallies(len(days) + 1)
    return tuple(
        OfDay(day=day.day, tally=tallies[group], durations=sums.durations_of_days.told(group))
        for group, day in enumerate(days, start=1)
    )


def _vaults(tx: Connection, project_id: str, sums: _Sums, top: int) -> Ranking:
    """By id: one that had several names is one, with the name that it has now, or the last that was new."""
    wanted = sa.select(task_vault.c.key, task_vault.c.id, task_vault.c.name)
    rows = tx.execute(wanted.where(task_vault.c.key.in_(numbers(tx, sums.vault_keys.keys)))).all()
    tallies = dict(zip(sums.vault_keys.keys, sums.vaults.tallies(), strict=True))
    found: dict[str, list[Tally]] = defaultdict(list)
    for row in rows:
        found[row.id].append(tallies[row.key])
    last = {row.id: row.name for row in sorted(rows, key=lambda row: (row.name != "", row.key))}
    lines = [
        OfOne(id=id or None, name=last[id] or None, tally=some[0] if len(some) == 1 else total(some))
        for id, some in found.items()
    ]
    return _named(tx, vault, project_id, rank(lines, top))


def _policies(tx: Connection, project_id: str, sums: _Sums, top: int) -> Ranking:
    tallies = dict(zip(sums.policy_keys.keys, sums.policies.tallies(), strict=True))
    ids = _words(tx, sums.policy_keys.keys)
    lines = [OfOne(id=ids[key] or None, name=None, tally=tally) for key, tally in tallies.items()]
    return _named(tx, policy, project_id, rank(lines, top))


def _named(tx: Connection, table: Table, project_id: str, ranking: Ranking) -> Ranking:
    """The same; the first have the names of the vaults or policies that are there."""
    ids = [one.id for one in ranking.first if one.id is not None]
    wanted = sa.select(table.c.id, table.c.name).where(table.c.project_id == project_id)
    names = {row.id: row.name for row in tx.execute(wanted.where(table.c.id.in_(texts(tx, ids))))}
    first = tuple(replace(one, name=names.get(one.id, one.name)) for one in ranking.first)
    return replace(ranking, first=first)


def _errors(tx: Connection, errors: Newest, top: int) -> ErrorRanking:
    codes = _words(tx, errors.keys)
    ordered = sorted(errors.told(), key=lambda one: (-one.count, codes[one.key]))
    first, rest = ordered[:top], ordered[top:]
    newest = tasks.show(tx, [one.seq for one in first])
    return ErrorRanking(
        first=tuple(
            OfError(code=codes[one.key], count=one.count, newest=task)
            for one, task in zip(first, newest, strict=True)
        ),
        others=len(rest),
        rest=sum(one.count for one in rest),
    )


def _words(tx: Connection, keys: Sequence[int]) -> dict[int, str]:
    wanted = sa.select(task_word.c.key, task_word.c.text).where(task_word.c.key.in_(numbers(tx, keys)))
    return {row.key: row.text for row in tx.execute(wanted)}
