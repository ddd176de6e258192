"""Blobs: pieces of files and listings of folders, compressed where that helps, and sealed."""

from dataclasses import dataclass
from enum import IntEnum

from . import compression
from .crypto import OVERHEAD, Buffer, Key
from .errors import Damaged
from .ids import blob_id

MAX_BLOB = 1 << 30  # far above what anyone writes; guards against a length that is damaged


class BlobKind(IntEnum):
    """What a blob is; the values are those of a pack's header."""

    DATA = 0
    TREE = 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """A blob as it goes into a pack; `plain_length` is 0 where it is not compressed."""

    kind: BlobKind
    id: bytes
    plain_length: int
    content: memoryview


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob's place in a pack; `length` is what it takes there, `plain_length` is 0 if not compressed."""

    kind: BlobKind
    id: bytes
    offset: int
    length: int
    plain_length: int

    @property
    def size(self) -> int:
        """How many bytes of content the blob has."""
        return self.plain_length or self.length - OVERHEAD


def seal(key: Key, kind: BlobKind, content: Buffer, content_id: bytes, *, compressing: bool) -> Sealed:
    """Compress and seal; what compression does not make smaller is sealed as it is."""
    packed, plain_length = pressed(content, compressing=compressing)
    return Sealed(kind, content_id, plain_length, key.seal(packed))


def pressed(content: Buffer, *, compressing: bool) -> tuple[Buffer, int]:
    """What is to be sealed: compressed, with the content's length, where that helps, or as it is, with 0."""
    if compressing and compression.is_worth_trying(content):
        smaller = compression.compress(content)
        if len(smaller) < len(content):
            return smaller, len(content)
    return content, 0


def unseal(key: Key, sealed: Buffer, content_id: bytes, plain_length: int) -> bytes:
    """The content of a blob, proven to be what its id says; raises Damaged."""
    return unsealed(key, sealed, content_id, plain_length)[0]


def unsealed(key: Key, sealed: Buffer, content_id: bytes, plain_length: int) -> tuple[bytes, bytes | None]:
    """The same, and what was sealed where that is the content compressed; raises Damaged."""
    if plain_length > MAX_BLOB:
        raise Damaged(f"no blob has {plain_length} bytes")
    packed = key.open(sealed)
    content = compression.decompress(packed, plain_length) if plain_length else packed
    if blob_id(content) != content_id:
        raise Damaged("the content is not what its id says")
    return content, packed if plain_length else None


def unseal_into(
    key: Key, sealed: Buffer, content_id: bytes, plain_length: int, room: memoryview
) -> memoryview:
    """The same, at the beginning of a buffer that has room for `opened_room` bytes; raises Damaged."""
    if plain_length:
        content = room[:plain_length]
        compression.decompress_into(key.open(sealed), content)
    else:
        content = key.open_into(sealed, room)
    if blob_id(content) != content_id:
        raise Damaged("the content is not what its id says")
    return content


def opened_room(length: int, plain_length: int) -> int:
    """How large a buffer `unseal_into` needs for a blob that takes `length` bytes in its pack.

    Raises Damaged for more than any blob has.
    """
    if plain_length > MAX_BLOB:
        raise Damaged(f"no blob has {plain_length} bytes")
    return max(length, plain_length)
