"""Which recent tasks match: by a walk through the project's rows, a few thousand at most but for what waits.

Building a statement takes longer than the database needs for it: one is built for each shape of conditions,
and kept.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from msgspec.structs import replace
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select

from .history import shelf
from .statements import Record, gathered, numbers, numbers_of, one_of
from .task_conditions import Conditions, OneOf
from .task_tables import task_recent

FEW_KEYS = 50  # are spelled out in a statement
_SHAPES = 1024
_BYTES_OF_A_KEY = 100  # in a set

_TABLE = task_recent.c


class _Shape(msgspec.Struct, frozen=True):
    """What conditions say, without the values: columns of keys, and which ends the spans have; for whom."""

    dialect: str
    keys: tuple[str, ...]
    either: tuple[str, ...] | None
    moments: tuple[tuple[str, bool, bool], ...]
    lacking: tuple[str, ...]
    first: bool
    end: bool

    @classmethod
    def of(cls, tx: Connection, asked: Conditions) -> "_Shape":
        """The shape of these conditions, for the transaction's database."""
        return cls(
            dialect=tx.dialect.name,
            keys=tuple(one.column for one in asked.keys),
            either=None if asked.either is None else tuple(one.column for one in asked.either),
            moments=tuple((one.column, one.first is not None, one.end is not None) for one in asked.moments),
            lacking=asked.lacking,
            first=asked.first is not None,
            end=asked.end is not None,
        )


def count(tx: Connection, asked: Conditions) -> int:
    """How many recent tasks match."""
    if asked.settled or _is_none(asked):
        return len(_known(asked))
    return int(tx.execute(_among(tx, _count(_Shape.of(tx, asked)), asked), _values(asked)).scalar_one())


def first_page(tx: Connection, asked: Conditions, limit: int) -> tuple[list[int], int]:
    """The numbers of so many of the recent tasks that match, highest first, and how many match in all."""
    if asked.seqs is not None:
        found = newest(tx, asked)
        return found[:limit], len(found)
    rows = tx.execute(_first_page(_Shape.of(tx, asked)), {**_values(asked), "limit": limit}).all()
    found = sorted((seq for is_number, seq in rows if not is_number), reverse=True)
    return found, next(number for is_number, number in rows if is_number)


def newest(tx: Connection, asked: Conditions, limit: int | None = None, offset: int = 0) -> list[int]:
    """The numbers of the recent tasks that match, highest first; all of them without a limit."""
    if asked.settled or _is_none(asked):
        known = _known(asked)[::-1]
        return known[offset:] if limit is None else known[offset : offset + limit]
    wanted = _among(tx, _newest(_Shape.of(tx, asked)), asked)
    if limit is not None:
        wanted = wanted.limit(limit).offset(offset)
    return list(tx.scalars(wanted, _values(asked)))


def rows(tx: Connection, asked: Conditions, columns: Sequence[str]) -> Sequence[Record]:
    """These columns of the recent tasks that match, in no order; moments in microseconds since 1970."""
    return tx.execute(_among(tx, _rows(_Shape.of(tx, asked), tuple(columns)), asked), _values(asked)).all()


def narrowed(tx: Connection, asked: Conditions) -> Conditions:
    """The same as far as recent tasks go: in place of many keys, the numbers of those that have one."""
    broad = [one for one in asked.keys if _is_broad(one)]
    either = asked.either if asked.either is not None and any(map(_is_broad, asked.either)) else None
    if _is_none(asked) or (not broad and either is None):
        return asked
    rest = replace(
        asked,
        keys=tuple(one for one in asked.keys if not _is_broad(one)),
        either=asked.either if either is None else None,
    )
    named = dict.fromkeys(one.column for one in (*broad, *(either or ())))
    found = _columns(tx, rest, ("seq", *named))
    fits = np.ones(len(found["seq"]), dtype=np.bool_)
    for one in broad:
        fits &= _is_among(tx, found, one)
    if either is not None:
        fits &= np.logical_or.reduce([_is_among(tx, found, one) for one in either])
    return replace(rest, seqs=np.sort(found["seq"][fits]), settled=True)


def _columns(tx: Connection, asked: Conditions, names: tuple[str, ...]) -> dict[str, NDArray[np.int64]]:
    """These columns of the recent tasks that match, none of which is ever empty; alike in their order."""
    wanted = _among(tx, _gathered(_Shape.of(tx, asked), names), asked)
    row = tx.execute(wanted, _values(asked)).one()
    return {name: numbers_of(value) for name, value in zip(names, row, strict=True)}


def _is_among(tx: Connection, columns: Mapping[str, NDArray[np.int64]], asked: OneOf) -> NDArray[np.bool_]:
    keys, values = _array(tx, asked.keys), columns[asked.column]
    places = np.searchsorted(keys, values)
    places[places == len(keys)] = 0  # where it is not, as at any other
    found: NDArray[np.bool_] = keys[places] == values if len(keys) else np.zeros(len(values), dtype=np.bool_)
    return found


def _array(tx: Connection, keys: frozenset[int]) -> NDArray[np.int64]:
    """In order. What a part of a name led to is asked for again, the same set until a name is new."""
    here = shelf.of(tx)
    found = here.get(("keys", keys), np.ndarray)
    if found is None:
        found = np.sort(np.fromiter(keys, dtype=np.int64, count=len(keys)))
        here.put(("keys", keys), found, found.nbytes + _BYTES_OF_A_KEY * len(keys))
    return found


def _is_none(asked: Conditions) -> bool:
    return asked.seqs is not None and not len(asked.seqs)


def _known(asked: Conditions) -> list[int]:
    """The numbers of the recent tasks that match where nobody has to be asked, lowest first."""
    seqs = asked.seqs
    if seqs is None:
        raise ValueError("who is not asked has to know")
    first = 0 if asked.first is None else int(np.searchsorted(seqs, asked.first))
    end = len(seqs) if asked.end is None else int(np.searchsorted(seqs, asked.end))
    known: list[int] = seqs[first:end].tolist()
    return known


def _is_broad(asked: OneOf) -> bool:
    return len(asked.keys) > FEW_KEYS


@lru_cache(_SHAPES)
def _count(shape: _Shape) -> Select[Any]:
    return sa.select(sa.func.count()).select_from(task_recent).where(*_matching(shape))


@lru_cache(_SHAPES)
def _first_page(shape: _Shape) -> CompoundSelect[Any]:
    # A window over all matches would be the obvious way, and takes several times as long in SQLite.
    number = sa.select(sa.true(), sa.func.count()).select_from(task_recent).where(*_matching(shape))
    page = _newest(shape).limit(sa.bindparam("limit", type_=sa.Integer)).subquery()
    return sa.union_all(number, sa.select(sa.false(), page.c.seq))


@lru_cache(_SHAPES)
def _newest(shape: _Shape) -> Select[Any]:
    return sa.select(_TABLE.seq).where(*_matching(shape)).order_by(_TABLE.seq.desc())


@lru_cache(_SHAPES)
def _rows(shape: _Shape, columns: tuple[str, ...]) -> Select[Any]:
    named: list[ColumnElement[Any]] = [
        sa.type_coerce(_TABLE[name], sa.BigInteger).label(name) for name in columns
    ]
    return sa.select(*named).where(*_matching(shape))


@lru_cache(_SHAPES)
def _gathered(shape: _Shape, columns: tuple[str, ...]) -> Select[Any]:
    named = (gathered(shape.dialect, sa.type_coerce(_TABLE[name], sa.BigInteger)) for name in columns)
    return sa.select(*named).where(*_matching(shape))


def _among(tx: Connection, wanted: Select[Any], asked: Conditions) -> Select[Any]:
    """The same, of tasks with these numbers only, if there are any to say."""
    return wanted if asked.seqs is None else wanted.where(_TABLE.seq.in_(numbers(tx, asked.seqs.tolist())))


def _matching(shape: _Shape) -> list[ColumnElement[bool]]:
    conditions = [_TABLE.project_key == sa.bindparam("project_key")]
    conditions += [
        one_of(shape.dialect, _TABLE[column], f"keys_{place}") for place, column in enumerate(shape.keys)
    ]
    if shape.either is not None:
        parts = (
            one_of(shape.dialect, _TABLE[column], f"either_{place}")
            for place, column in enumerate(shape.either)
        )
        conditions.append(sa.or_(sa.false(), *parts))
    conditions += [_TABLE[name].is_not(None) for name, *_ in shape.moments]
    conditions += [_TABLE[name].is_(None) for name in shape.lacking]
    spans = ((f"moment_{place}", *span) for place, span in enumerate(shape.moments))
    for name, column, first, end in (*spans, ("seq", "seq", shape.first, shape.end)):
        value = sa.type_coerce(_TABLE[column], sa.BigInteger)
        if first:
            conditions.append(value >= sa.bindparam(f"{name}_first", type_=sa.BigInteger))
        if end:
            conditions.append(value < sa.bindparam(f"{name}_end", type_=sa.BigInteger))
    return conditions


def _values(asked: Conditions) -> Mapping[str, Any]:
    """What the parameters of a shape stand for."""
    values: dict[str, Any] = {"project_key": asked.project_key}
    for name, keys in (("keys", asked.keys), ("either", asked.either or ())):
        values |= {f"{name}_{place}": sorted(one.keys) for place, one in enumerate(keys)}
    spans = [(f"moment_{place}", one.first, one.end) for place, one in enumerate(asked.moments)]
    for name, first, end in (*spans, ("seq", asked.first, asked.end)):
        values |= {f"{name}_first": first} if first is not None else {}
        values |= {f"{name}_end": end} if end is not None else {}
    return values
