"""Ids that follow from a number, so that whoever measures knows the id of any task without having kept it."""

import numpy as np
from numpy.typing import NDArray

from .columns import Integers

PROJECT, VAULT, RESOURCE, POLICY, TASK, CHECKPOINT, BACKUP, REQUEST = range(1, 9)
_KIND_BITS = 56


def many(kind: int, numbers: Integers) -> list[str]:
    """The ids of these numbers, UUIDs with dashes; every kind of thing has its own."""
    return [
        f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
        for digits in undashed(kind, numbers)
    ]


def undashed(kind: int, numbers: Integers) -> list[str]:
    """The same without dashes, as projects have them."""
    seeds = np.asarray(numbers, dtype=np.uint64) | np.uint64(kind << _KIND_BITS)
    halves = np.empty((len(seeds), 2), dtype=">u8")
    halves[:, 0], halves[:, 1] = _mixed(seeds), _mixed(~seeds)
    digits = halves.tobytes().hex()
    return [digits[place : place + 32] for place in range(0, len(digits), 32)]


def one(kind: int, number: int) -> str:
    """The id of one number."""
    return many(kind, np.array([number]))[0]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64: every number becomes another one that looks random."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
