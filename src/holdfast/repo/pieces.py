"""Pieces: how a file's bytes become blobs, cut by content or into fixed blocks, with zeros set apart."""

from collections.abc import Sequence
from typing import Protocol

from .chunker import MAX_CHUNK, Chunker
from .crypto import Buffer
from .packer import Packer
from .zeros import ZERO_CHUNK, ZEROS, is_zeros, zero_lengths

_WINDOW = 2 * MAX_CHUNK
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


def pieces_of(packer: Packer, chunker: Chunker, block_size: int) -> Pieces:
    """Fixed blocks of so many bytes, or content-defined chunks for 0."""
    return Blocks(packer, block_size) if block_size else Chunks(packer, chunker)


class Chunks:
    """Content-defined chunks: bytes are gathered in a window, and what can still change stays in it."""

    def __init__(self, packer: Packer, chunker: Chunker) -> None:
        self._content = _Content(packer)
        self._chunker = chunker
        self._parts: list[Buffer] = []
        self._held = 0

    def write(self, content: Buffer) -> None:
        """Gather; cut when there is enough."""
        self._parts.append(bytes(content))
        self._held += len(content)
        if self._held >= _WINDOW:
            chunks = self._chunker.cut(b"".join(self._parts))
            self._parts = [bytes(chunks.pop())]
            self._held = len(self._parts[0])
            self._content.add(chunks)

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
        if self._held:
            self._content.add(self._chunker.cut(b"".join(self._parts)))
            self._parts, self._held = [], 0


class Blocks:
    """Blocks of one size, each at a multiple of it; the last one may be short."""

    def __init__(self, packer: Packer, block_size: int) -> None:
        self._content = _Content(packer)
        self._block_size = block_size
        self._blocks: list[Buffer] = []
        self._partial = bytearray()

    def write(self, content: Buffer) -> None:
        """Complete the open block, then cut whole ones."""
        view = memoryview(content)
        if self._partial:
            missing = self._block_size - len(self._partial)
            self._partial += view[:missing]
            view = view[missing:]
            self._close_full()
        whole = len(view) - len(view) % self._block_size
        for start in range(0, whole, self._block_size):
            self._add(bytes(view[start : start + self._block_size]))
        self._partial += view[whole:]

    def zeros(self, length: int) -> None:
        """Whole blocks of zeros are ids; the rest fills the blocks at both ends."""
        if self._partial:
            filling = min(length, self._block_size - len(self._partial))
            self._partial += bytes(filling)
            length -= filling
            self._close_full()
        rest = length % self._block_size
        if length > rest:
            self._flush()
            self._content.add_zeros(length - rest)
        if rest:
            self._partial += bytes(rest)

    def reuse(self, blob_id: bytes, length: int) -> bool:
        """Only a block at a block's place can be used as it is."""
        if self._partial or length != self._block_size:
            return False
        self._flush()
        self._content.ids.append(blob_id)
        return True

    def finish(self) -> list[bytes]:
        """The last block is as long as it is."""
        if self._partial:
            self._add(bytes(self._partial))
            self._partial = bytearray()
        self._flush()
        return self._content.ids

    def _close_full(self) -> None:
        if len(self._partial) == self._block_size:
            self._add(bytes(self._partial))
            self._partial = bytearray()

    def _add(self, block: bytes) -> None:
        self._blocks.append(block)
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
