"""What was read or worked out lately of what never changes, up to so many bytes; the oldest goes first.

One shelf belongs to an opened database, and all threads share it.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import TypeVar

from sqlalchemy import Connection

SHELF = "holdfast_shelf"  # an execution option of the engine, so that functions of a transaction can reach it
SETTLED = "holdfast_settled"  # an option of connections that only read
USUAL_BYTES = 256 << 20

_BYTES_OF_A_PLACE = 400  # with a name of a few words, whatever lies there

Thing = TypeVar("Thing")


class Shelf:
    """Things by name, each with its size."""

    def __init__(self, most_bytes: int) -> None:
        """Nothing is on it."""
        self._most = most_bytes
        self._bytes = 0
        self._things: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, name: Hashable, kind: type[Thing]) -> Thing | None:
        """The thing of that name, if it is there."""
        with self._lock:
            found = self._things.get(name)
            if found is None:
                return None
            self._things.move_to_end(name)
        thing = found[0]
        return thing if isinstance(thing, kind) else None

    def put(self, name: Hashable, thing: object, size: int) -> None:
        """Keep a thing of so many bytes in place of what had its name, unless it is too large.

        What is long in its name is a part of its size.
        """
        size += _BYTES_OF_A_PLACE
        if size > self._most:
            return
        with self._lock:
            before = self._things.pop(name, None)
            self._bytes += size - (before[1] if before else 0)
            self._things[name] = (thing, size)
            while self._bytes > self._most:
                _, (_, gone) = self._things.popitem(last=False)
                self._bytes -= gone


def is_settled(tx: Connection) -> bool:
    """Whether all that the transaction sees is committed: it cannot write."""
    return bool(tx.get_execution_options().get(SETTLED))


def of(tx: Connection) -> Shelf:
    """The shelf of this transaction's database."""
    shelf: Shelf = tx.get_execution_options()[SHELF]
    return shelf
