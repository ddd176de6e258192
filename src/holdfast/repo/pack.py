"""Packs: sealed blobs one after another, then a sealed header that lists them, then the header's length.

A header has an entry for each blob: a byte for the kind (2 is added where the blob is compressed), its
length, for a compressed one the length of its content, and its id. Integers are 32 bits, least significant
byte first.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .blob import Blob, BlobKind, Sealed
from .crypto import OVERHEAD, Buffer, Key
from .errors import Damaged
from .ids import ID_BYTES, file_id

TARGET_BYTES = 16 << 20
_COMPRESSED = 2
_LENGTH = struct.Struct("<I")
_PLAIN_ENTRY = struct.Struct(f"<BI{ID_BYTES}s")
_COMPRESSED_ENTRY = struct.Struct(f"<BII{ID_BYTES}s")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack's id and what is in it, in the order of the file."""

    id: str
    blobs: tuple[Blob, ...]

    @property
    def size(self) -> int:
        """How many bytes the pack's file has."""
        return sum(blob.length for blob in self.blobs) + header_size(self.blobs)


def name(pack_id: str) -> str:
    """The object that holds a pack."""
    return f"data/{pack_id[:2]}/{pack_id}"


def build(key: Key, sealed: Sequence[Sealed]) -> tuple[Pack, bytes]:
    """Join sealed blobs into a pack's file."""
    blobs = []
    offset = 0
    for one in sealed:
        blobs.append(Blob(one.kind, one.id, offset, len(one.content), one.plain_length))
        offset += len(one.content)
    header = key.seal(encode_header(blobs))
    content = b"".join([*(one.content for one in sealed), header, _LENGTH.pack(len(header))])
    return Pack(file_id(content), tuple(blobs)), content


def encode_header(blobs: Iterable[Blob]) -> bytes:
    """The plain header of these blobs; offsets are not written, they follow from the lengths."""
    return b"".join(
        [
            _COMPRESSED_ENTRY.pack(blob.kind | _COMPRESSED, blob.length, blob.plain_length, blob.id)
            if blob.plain_length
            else _PLAIN_ENTRY.pack(blob.kind, blob.length, blob.id)
            for blob in blobs
        ]
    )


def decode_header(header: bytes) -> tuple[Blob, ...]:
    """The blobs of a plain header; raises Damaged."""
    blobs = []
    position = offset = 0
    try:
        while position < len(header):
            kind = header[position]
            if kind & _COMPRESSED:
                _, length, plain_length, content_id = _COMPRESSED_ENTRY.unpack_from(header, position)
                position += _COMPRESSED_ENTRY.size
            else:
                _, length, content_id = _PLAIN_ENTRY.unpack_from(header, position)
                plain_length = 0
                position += _PLAIN_ENTRY.size
            blobs.append(Blob(BlobKind(kind & ~_COMPRESSED), content_id, offset, length, plain_length))
            offset += length
    except (struct.error, ValueError) as error:
        raise Damaged(f"the header of a pack: {error}") from error
    return tuple(blobs)


def header_size(blobs: Iterable[Blob]) -> int:
    """How many bytes of a pack's file come after its blobs."""
    entries = sum(_COMPRESSED_ENTRY.size if blob.plain_length else _PLAIN_ENTRY.size for blob in blobs)
    return entries + OVERHEAD + _LENGTH.size


def parse(key: Key, pack_id: str, content: Buffer) -> Pack:
    """The pack in a file's bytes, proven to be what its id says; raises Damaged."""
    if file_id(content) != pack_id:
        raise Damaged(f"pack {pack_id}: the content is not what its id says")
    view = memoryview(content)
    pack = Pack(pack_id, decode_header(key.open(_header(view))))
    if pack.size != len(view):
        raise Damaged(f"pack {pack_id} has {len(view)} bytes, and its header tells of {pack.size}")
    return pack


def _header(file: memoryview) -> memoryview:
    """The sealed header of a pack's file."""
    if len(file) < OVERHEAD + _LENGTH.size:
        raise Damaged("too short for a pack")
    length: int = _LENGTH.unpack(file[-_LENGTH.size :])[0]
    if not OVERHEAD <= length <= len(file) - _LENGTH.size:
        raise Damaged(f"a pack of {len(file)} bytes has no header of {length} bytes")
    return file[-length - _LENGTH.size : -_LENGTH.size]
