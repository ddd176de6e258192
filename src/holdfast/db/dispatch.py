"""Handing waiting tasks to a worker: what may start now, however much there is that waits.

A task is in a worker's hand while `dispatched` is set, and `worker` says whose. What was begun and put down
waits as well, and keeps its resources meanwhile: nothing else happens to a target that is half restored.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from holdfast.model import clock
from holdfast.model.task import Operation
from holdfast.model.turn import PUT_DOWN, REST, RESTORES, Candidate, InHand, choose
from holdfast.model.window import Window, is_shut

from .columns import read_document
from .statements import Record, serialise, texts
from .tables import vault
from .task_tables import work as table
from .task_tables import work_resource

_LOCK = 0x64697370
_AT_ONCE = 100
_NOBODY: Mapping[str, int] = MappingProxyType({})


def dispatch(
    tx: Connection, worker: str, sites: Collection[str], limit: int, served: Mapping[str, int] = _NOBODY
) -> list[Candidate]:
    """Hand tasks that may start now to a worker which serves these sites: at most `limit`, in their turns.

    No two tasks in hand of a project touch one resource; projects do not wait for each other, except where
    one replicates into the vault of another. A vault_delete waits until nothing else of its vault is in hand
    or put down, and then has the vault for itself. No vault has more in hand than it lets run at once, and
    nothing starts in one that is in a maintenance window. `served` is as `model.turn.choose` has it.
    """
    serialise(tx, _LOCK)  # nobody else chooses before this transaction ends
    chosen: list[Candidate] = []
    while len(chosen) < limit:
        held = _Held(tx)
        candidates = _candidates(tx, sites, held, _closed(tx, held))
        in_hand = InHand(held.projects, held.vaults)
        some = choose(candidates, in_hand, limit - len(chosen), served)
        _hand_over(tx, worker, some)
        chosen += some
        # Where some did not fit beside each other, others may be behind them.
        if not some or len(candidates) < _AT_ONCE:
            break
    return chosen


def some_wait(tx: Connection, sites: Collection[str]) -> bool:
    """Whether any task of these sites is in nobody's hand, for whatever reason."""
    waiting = sa.select(table.c.seq).where(~table.c.dispatched, _is_of(sites)).limit(1)
    return tx.execute(waiting).first() is not None


def _is_of(sites: Collection[str]) -> ColumnElement[bool]:
    return sa.or_(table.c.site.is_(None), table.c.site.in_(sites))


def is_shut_for(tx: Connection, task_id: str) -> bool:
    """Whether the vault that an unfinished task works in is in a maintenance window."""
    wanted = sa.select(vault.c.windows).join(table, table.c.vault_id == vault.c.id)
    return _is_shut(tx.scalar(wanted.where(table.c.task_id == task_id)))


def _is_shut(windows: str | None) -> bool:
    return windows is not None and is_shut(read_document(windows, tuple[Window, ...]), clock.now())


def _hand_over(tx: Connection, worker: str, some: Collection[Candidate]) -> None:
    wanted = table.c.seq.in_([one.seq for one in some])
    tx.execute(sa.update(table).where(wanted).values(dispatched=True, worker=worker))


class _Held:
    """What keeps others from starting: all that is in hand, or was begun and put down."""

    def __init__(self, tx: Connection) -> None:
        self.projects: Counter[str] = Counter()
        self.vaults: Counter[str] = Counter()
        self.entered: set[str] = set()
        self.doomed: set[str] = set()
        holds = sa.or_(table.c.dispatched, table.c.epoch > 0)
        columns = (table.c[name] for name in ("project_id", "vault_id", "operation", "dispatched"))
        for row in tx.execute(sa.select(*columns).where(holds)):
            self._add(row)
        self.touched = tx.execute(
            sa.select(table.c.project_id, table.c.operation, work_resource.c.resource_id)
            .join(work_resource, work_resource.c.seq == table.c.seq)
            .where(holds)
        ).all()

    def _add(self, row: Record) -> None:
        self.projects[row.project_id] += row.dispatched
        if row.vault_id is not None:
            self.vaults[row.vault_id] += row.dispatched
            self.entered.add(row.vault_id)
            if row.operation == Operation.VAULT_DELETE:
                self.doomed.add(row.vault_id)

    def is_free(self, tx: Connection) -> ColumnElement[bool]:
        """Whether none of it is in a waiting task's way."""
        deletes = table.c.operation == Operation.VAULT_DELETE
        return sa.and_(
            table.c.seq.not_in(self._held_up(tx)),
            sa.or_(table.c.vault_id.is_(None), table.c.vault_id.not_in(texts(tx, self.doomed))),
            sa.or_(~deletes, table.c.vault_id.is_(None), table.c.vault_id.not_in(texts(tx, self.entered))),
        )

    def _held_up(self, tx: Connection) -> sa.Select[tuple[int]]:
        """The tasks that touch what is held. One resource may be known to several projects, by its replicas;
        what replicates touches only the vault that it writes into, whosever that is."""
        mine = table.alias("mine")
        by_all = {row.resource_id for row in self.touched if row.operation == Operation.REPLICATION}
        pairs = {f"{row.project_id}/{row.resource_id}" for row in self.touched}
        pair = mine.c.project_id + "/" + work_resource.c.resource_id
        return (
            sa.select(work_resource.c.seq)
            .join(mine, mine.c.seq == work_resource.c.seq)
            .where(
                work_resource.c.resource_id.in_(texts(tx, {row.resource_id for row in self.touched})),
                sa.or_(
                    pair.in_(texts(tx, pairs)),
                    mine.c.operation == Operation.REPLICATION,
                    work_resource.c.resource_id.in_(texts(tx, by_all)),
                ),
            )
        )


def _closed(tx: Connection, held: _Held) -> list[str]:
    """The vaults in which nothing may start now: they are in a maintenance window, or have enough in hand."""
    shuts = sa.and_(
        vault.c.windows != "[]", vault.c.id.in_(sa.select(table.c.vault_id).where(~table.c.dispatched))
    )
    limited = sa.and_(vault.c.max_running.is_not(None), vault.c.id.in_(texts(tx, held.vaults)))
    rows = tx.execute(
        sa.select(vault.c.id, vault.c.windows, vault.c.max_running).where(sa.or_(shuts, limited))
    )
    return [row.id for row in rows if _is_full(row, held) or _is_shut(row.windows)]


def _is_full(row: Record, held: _Held) -> bool:
    return row.max_running is not None and held.vaults[row.id] >= row.max_running


def _candidates(
    tx: Connection, sites: Collection[str], held: _Held, closed: Collection[str]
) -> list[Candidate]:
    """The first of what waits, group by group, and in a group every project's first before any's second."""
    group = sa.case(
        (table.c.epoch > 0, PUT_DOWN), (table.c.operation == Operation.RESTORE, RESTORES), else_=REST
    )
    place = sa.func.row_number().over(partition_by=(group, table.c.project_id), order_by=table.c.seq)
    waiting = (
        sa.select(
            *(table.c[name] for name in ("seq", "task_id", "project_id", "operation", "vault_id")),
            group.label("group"),
            place.label("place"),
        )
        .where(
            ~table.c.dispatched,
            _is_of(sites),
            sa.or_(table.c.vault_id.is_(None), table.c.vault_id.not_in(texts(tx, closed))),
            sa.or_(table.c.epoch > 0, held.is_free(tx)),
        )
        .subquery()
    )
    rows = tx.execute(
        sa.select(waiting).order_by(waiting.c.group, waiting.c.place, waiting.c.seq).limit(_AT_ONCE)
    ).all()
    touched = _touched(tx, [row.seq for row in rows])
    limits = _limits(tx, {row.vault_id for row in rows if row.vault_id is not None})
    return [
        Candidate(
            resources=frozenset(touched[row.seq]), max_running=limits.get(row.vault_id), **row._asdict()
        )
        for row in rows
    ]


def _limits(tx: Connection, vault_ids: Collection[str]) -> Mapping[str | None, int]:
    wanted = sa.select(vault.c.id, vault.c.max_running)
    limited = wanted.where(vault.c.id.in_(vault_ids), vault.c.max_running.is_not(None))
    return {row.id: row.max_running for row in tx.execute(limited)}


def _touched(tx: Connection, some: Collection[int]) -> Mapping[int, set[str]]:
    wanted = sa.select(work_resource.c.seq, work_resource.c.resource_id).where(work_resource.c.seq.in_(some))
    touched: dict[int, set[str]] = defaultdict(set)
    for seq, resource_id in tx.execute(wanted):
        touched[seq].add(resource_id)
    return touched
