"""Pieces: how a file's bytes become blobs, cut by content or into fixed blocks, with zeros set apart."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from .arena import Arena
from .chunker import Chunker
from .crypto import Buffer
from .packer import Packer
from .zeros import ZERO_CHUNK, ZEROS, is_zeros, zero_lengths

_BLOCKS_TOGETHER = 8 << 20


class Pieces(Protocol):
    """Takes a file's bytes in order."""

    def write(self, content: Buffer) -> None:
        """The next bytes; the buffer may change afterwards."""

    def zeros(self, length: int) -> None:
        """The next bytes are so many zeros."""

    def reuse(self, blob_id: bytes, length: int) -> bool:
        """The next bytes are a blob that is in the repository; False if they must be written after all."""

    def finish(self) -> list[bytes]:
        """The ids of the file's blobs, in order."""


class Workshop(NamedTuple):
    """What pieces are made with, one file after the other."""

    packer: Packer
    chunker: Chunker
    arena: Arena


def pieces_of(workshop: Workshop, block_size: int) -> Pieces:
    """Fixed blocks of so many bytes, or content-defined chunks for 0."""
    return Blocks(workshop, block_size) if block_size else Chunks(workshop)


class Chunks:
    """Content-defined chunks: bytes are gathered in the arena, and what can still change stays in it."""

    def __init__(self, workshop: Workshop) -> None:
        self._content = _Content(workshop.packer)
        self._chunker = workshop.chunker
        self._arena = workshop.arena
        self._arena.begin()

    def write(self, content: Buffer) -> None:
        """Gather; cut when the window is full."""
        view = memoryview(content)
        while True:
            view = view[self._arena.add(view) :]
            if not view:
                return
            *chunks, rest = self._chunker.cut(self._arena.region) or [memoryview(b"")]
            self._content.add(chunks)
            self._arena.turn(rest)

    def zeros(self, length: int) -> None:
        """A long run ends the chunk before it and becomes ids; a short one is content like any other."""
        rest = length
        if length >= ZERO_CHUNK:
            self._cut_all()
            rest = length % ZERO_CHUNK
            self._content.add_zeros(length - rest)
        if rest:
            self.write(ZEROS[:rest])

    def reuse(self, blob_id: bytes, length: int) -> bool:  # noqa: ARG002 - blocks ask how long it is
        """A known chunk ends the one before it."""
        self._cut_all()
        self._content.ids.append(blob_id)
        return True

    def finish(self) -> list[bytes]:
        """Cut what is left."""
        self._cut_all()
        return self._content.ids

    def _cut_all(self) -> None:
        self._content.add(self._chunker.cut(self._arena.region))
        self._arena.begin()


class Blocks:
    """Blocks of one size, each at a multiple of it; the last one may be short."""

    def __init__(self, workshop: Workshop, block_size: int) -> None:
        self._content = _Content(workshop.packer)
        self._block_size = block_size
        self._blocks: list[Buffer] = []
        self._arena = workshop.arena
        self._arena.begin()

    def write(self, content: Buffer) -> None:
        """Fill the open block, and the next ones."""
        view = memoryview(content)
        while view:
            count = self._arena.add(view[: self._block_size - self._held])
            view = view[count:]
            if self._held == self._block_size:
                self._close()
            elif view:
                self._arena.turn(self._arena.region)

    def zeros(self, length: int) -> None:
        """Whole blocks of zeros are ids; the rest fills the blocks at both ends."""
        if self._held:
            filling = min(length, self._block_size - self._held)
            self.write(ZEROS[:filling])
            length -= filling
        rest = length % self._block_size
        if length > rest:
            self._flush()
            self._content.add_zeros(length - rest)
        if rest:
            self.write(ZEROS[:rest])

    def reuse(self, blob_id: bytes, length: int) -> bool:
        """Only a block at a block's place can be used as it is."""
        if self._held or length != self._block_size:
            return False
        self._flush()
        self._content.ids.append(blob_id)
        return True

    def finish(self) -> list[bytes]:
        """The last block is as long as it is."""
        if self._held:
            self._close()
        self._flush()
        return self._content.ids

    @property
    def _held(self) -> int:
        return len(self._arena.region)

    def _close(self) -> None:
        self._blocks.append(self._arena.region)
        self._arena.begin()
        if len(self._blocks) * self._block_size >= _BLOCKS_TOGETHER:
            self._flush()

    def _flush(self) -> None:
        self._content.add(self._blocks)
        self._blocks = []


class _Content:
    """The ids of a file's blobs so far."""

    def __init__(self, packer: Packer) -> None:
        self.ids: list[bytes] = []
        self._packer = packer

    def add(self, pieces: Sequence[Buffer]) -> None:
        """Store pieces; those of nothing but zeros as a hole would be."""
        if not pieces:
            return
        empty = [is_zeros(piece) for piece in pieces]
        ids = iter(
            self._packer.put_data([piece for piece, zero in zip(pieces, empty, strict=True) if not zero])
        )
        for piece, zero in zip(pieces, empty, strict=True):
            if zero:
                self.add_zeros(len(piece))
            else:
                self.ids.append(next(ids))

    def add_zeros(self, length: int) -> None:
        """A run of zeros."""
        for size, count in zero_lengths(length):
            self.ids += [self._packer.put_zeros(size)] * count
