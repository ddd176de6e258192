"""What every kind of store does for `Objects`, which checks names and lengths for all of them."""

from collections.abc import Iterator
from typing import Protocol

from .buffer import Content
from .draft import Draft


class Place(Protocol):
    """Objects by name; see `Objects` for what each of these means and raises."""

    def put(self, name: str, content: Content) -> None:
        """Write an object, once."""

    def draft(self) -> Draft:
        """An object to be."""

    def get(self, name: str) -> bytes:
        """The whole object."""

    def get_part(self, name: str, offset: int, length: int) -> bytes:
        """A part; fewer bytes when the object ends before."""

    def size(self, name: str) -> int:
        """How many bytes the object has."""

    def names(self, folder: str) -> Iterator[tuple[str, int]]:
        """Names and sizes below a folder (`"data/"`; `""` for all)."""

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is fine."""
