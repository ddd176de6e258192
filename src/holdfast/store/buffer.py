"""What can be put: one buffer, or several that are written one after the other."""

from collections.abc import Sequence

Buffer = bytes | bytearray | memoryview
Content = Buffer | Sequence[Buffer]


def pieces(content: Content) -> list[memoryview]:
    """The content as views of bytes, none of them empty; nothing is copied."""
    parts = (content,) if isinstance(content, Buffer) else content
    return [memoryview(part).cast("B") for part in parts if len(part)]


def length(parts: Sequence[memoryview]) -> int:
    """How many bytes they are together."""
    return sum(map(len, parts))


def same(parts: Sequence[memoryview], stored: bytes) -> bool:
    """Whether the pieces, one after the other, are these bytes."""
    if length(parts) != len(stored):
        return False
    offset = 0
    rest = memoryview(stored)
    for part in parts:
        if part != rest[offset : offset + len(part)]:
            return False
        offset += len(part)
    return True
