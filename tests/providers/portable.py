"""Contents that helper processes can pull, and what may happen there."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from holdfast.model.entry import Data, Portable, Range, Unreadable


@dataclass(frozen=True)
class Text:
    """Some bytes, pulled elsewhere."""

    content: bytes

    def __iter__(self) -> Iterator[Range]:
        yield Data(0, self.content)


@dataclass(frozen=True)
class Broken:
    """Half of a file, and then its pack is damaged."""

    path: bytes

    def __iter__(self) -> Iterator[Range]:
        yield Data(0, b"half")
        raise Unreadable(self.path, "pack 1234 is damaged")


@dataclass(frozen=True)
class Deadly:
    """Whoever pulls it dies, unless it is the process that made it."""

    maker: int

    def __iter__(self) -> Iterator[Range]:
        yield Data(0, b"half")
        if os.getpid() != self.maker:
            os._exit(9)


@dataclass(frozen=True)
class Slow:
    """Takes a while."""

    seconds: float

    def __iter__(self) -> Iterator[Range]:
        yield Data(0, b"half")
        time.sleep(self.seconds)
        yield Data(4, b"whole")


@dataclass
class Distant(Portable):
    """Content that goes elsewhere, and remembers what it was told of it."""

    content: Iterable[Range]
    told: list[tuple[int, Unreadable | None]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Range]:
        return iter(self.content)

    def travelling(self) -> Iterable[Range]:
        return self.content

    def arrived(self, byte_count: int, problem: Unreadable | None) -> None:
        self.told.append((byte_count, problem))
