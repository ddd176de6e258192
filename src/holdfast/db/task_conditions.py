"""What a filter asks for, in the integers that tasks are kept by: the same for recent and for older ones."""

import msgspec
import numpy as np
from numpy.typing import NDArray


class OneOf(msgspec.Struct, frozen=True):
    """A column holds one of these keys."""

    column: str
    keys: frozenset[int]


class Between(msgspec.Struct, frozen=True):
    """A column of moments holds one, from `first` on and before `end`, in microseconds; None: no such end."""

    column: str
    first: int | None
    end: int | None


class Conditions(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """All must hold: each of `keys`, `marks` and `moments`, one of `either` unless it is None; there is no
    moment in the columns `lacking`; the number is from `first` on and below `end`. Of recent tasks, those are
    meant with one of `seqs`, which are ascending, unless that is None; with `settled`, these are known to
    meet all else, but for the range of numbers."""

    project_key: int
    keys: tuple[OneOf, ...] = ()
    marks: tuple[OneOf, ...] = ()
    moments: tuple[Between, ...] = ()
    lacking: tuple[str, ...] = ()
    either: tuple[OneOf, ...] | None = None
    seqs: NDArray[np.int64] | None = None
    settled: bool = False
    first: int | None = None
    end: int | None = None


def below(conditions: Conditions, seq: int) -> Conditions:
    """The same, for numbers below this one only."""
    end = seq if conditions.end is None else min(seq, conditions.end)
    return msgspec.structs.replace(conditions, end=end)


def above(conditions: Conditions, seq: int) -> Conditions:
    """The same, for numbers above this one only."""
    first = seq + 1 if conditions.first is None else max(seq + 1, conditions.first)
    return msgspec.structs.replace(conditions, first=first)
