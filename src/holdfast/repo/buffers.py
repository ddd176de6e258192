"""Buffers that serve again and again, because new memory is slow: the system clears every page of it."""

from collections.abc import Iterable
from threading import Lock

_LEAST = (1 << 20) + 64  # a block of a disk, sealed


class Buffers:
    """Buffers that are not in use; for several threads."""

    def __init__(self) -> None:
        self._free: list[bytearray] = []
        self._lock = Lock()

    def take(self, size: int) -> bytearray:
        """A buffer of at least that size."""
        with self._lock:
            enough = [(len(one), number) for number, one in enumerate(self._free) if len(one) >= size]
            if enough:
                return self._free.pop(min(enough)[1])
            self._free = self._free[1:]  # one is given up for a larger one
        return bytearray(max(size, _LEAST))

    def give_back(self, buffers: Iterable[bytearray]) -> None:
        """These are not used any more."""
        with self._lock:
            self._free.extend(buffers)
