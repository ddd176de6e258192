"""A listing of a bucket that goes on where it broke."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import obstore
from obstore.store import ObjectStore

from .answers import translated
from .errors import StoreError, StoreUnavailable
from .patience import Patience

PAGE = 1000


class Listing:
    """The objects below a prefix, page by page.

    Object stores list in the order of names, so that a broken listing goes on behind the last name it gave.
    One that was seen to do otherwise (Azure with folders of its own) can only fail.
    """

    def __init__(self, store: ObjectStore, prefix: str, name: str) -> None:
        """`name` is what messages call the bucket."""
        self._store = store
        self._prefix = prefix
        self._name = name
        self._last: str | None = None
        self._in_order = True
        self._stream: Iterator[Sequence[Mapping[str, Any]]] | None = None

    def paths(self, patience: Patience) -> Iterator[tuple[str, int]]:
        """Path and size of every object; raises StoreUnavailable, or StoreError."""
        while page := patience.of(self._next_page):
            for path, size in page:
                self._in_order = self._in_order and (self._last is None or self._last < path)
                self._last = path
                yield path, size

    def _next_page(self) -> list[tuple[str, int]]:
        """The next page; an empty one at the end."""
        try:
            with translated(self._prefix or self._name, self._name):
                return [(item["path"], item["size"]) for item in next(self._open(), ())]
        except StoreUnavailable as error:
            if not self._in_order:
                raise StoreError(f"a listing of {self._name} broke: {error}") from error
            self._stream = None
            raise

    def _open(self) -> Iterator[Sequence[Mapping[str, Any]]]:
        if self._stream is None:
            wanted = self._prefix or None
            self._stream = iter(obstore.list(self._store, wanted, offset=self._last, chunk_size=PAGE))
        return self._stream
