"""Packs: sealed blobs one after another, then a sealed header that lists them, then the header's length.

A header has an entry for each blob: a byte for the kind (2 is added where the blob is compressed), its
length, for a compressed one the length of its content, and its id. Integers are 32 bits, least significant
byte first.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from .blob import Blob, BlobKind, Sealed
from .crypto import OVERHEAD, SLACK, Buffer, Key
from .errors import Damaged
from .ids import ID_BYTES, file_id

TARGET_BYTES = 16 << 20
BUFFER_BYTES = TARGET_BYTES + (9 << 20)  # room for the largest chunk beyond the target, and a header
_MOST_BLOBS = 20_000
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


class OpenPack:
    """A pack that is being filled, in one buffer that may serve for others afterwards."""

    def __init__(self, key: Key, buffer: bytearray) -> None:
        """The buffer should have `BUFFER_BYTES`; it is only ever written to from here."""
        self._key = key
        self._buffer = buffer
        self._view = memoryview(buffer)
        self._blobs: list[Blob] = []
        self._end = 0

    @property
    def buffer(self) -> bytearray:
        """What the pack is written to; a blob larger than the room there was has made it a larger one."""
        return self._buffer

    @property
    def size(self) -> int:
        """How many bytes of blobs are in it."""
        return self._end

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin another: by its size, or because its header must stay small."""
        return self._end >= TARGET_BYTES or len(self._blobs) >= _MOST_BLOBS

    def add(self, kind: BlobKind, content_id: bytes, content: Buffer, plain_length: int) -> memoryview:
        """Seal content, compressed if `plain_length` is not 0, into the pack; the sealed bytes."""
        self._make_room(len(content) + OVERHEAD + SLACK)
        length = self._key.seal_into(content, self._view[self._end :])
        return self._list(Blob(kind, content_id, self._end, length, plain_length))

    def take(self, sealed: Sealed) -> None:
        """Put a blob that is sealed already into the pack, as it is."""
        length = len(sealed.content)
        self._make_room(length)
        self._view[self._end : self._end + length] = sealed.content
        self._list(Blob(sealed.kind, sealed.id, self._end, length, sealed.plain_length))

    def take_all(self, other: "OpenPack") -> None:
        """Move what another pack holds into this one."""
        for one in other._blobs:
            content = other._view[one.offset : one.offset + one.length]
            self.take(Sealed(one.kind, one.id, one.plain_length, content))
        other._blobs, other._end = [], 0

    def close(self) -> tuple[Pack, memoryview]:
        """Write the header; the pack, and the bytes of its file, valid as long as the buffer is."""
        header = encode_header(self._blobs)
        self._make_room(len(header) + OVERHEAD + SLACK + _LENGTH.size)
        length = self._key.seal_into(header, self._view[self._end :])
        end = self._end + length + _LENGTH.size
        self._view[end - _LENGTH.size : end] = _LENGTH.pack(length)
        content = self._view[:end]
        return Pack(file_id(content), tuple(self._blobs)), content

    def _list(self, one: Blob) -> memoryview:
        self._blobs.append(one)
        self._end += one.length
        return self._view[one.offset : self._end]

    def _make_room(self, length: int) -> None:
        if self._end + length > len(self._buffer):
            larger = bytearray(self._end + length)
            larger[: self._end] = self._view[: self._end]
            self._buffer, self._view = larger, memoryview(larger)


def build(key: Key, sealed: Iterable[Sealed]) -> tuple[Pack, memoryview]:
    """Join sealed blobs into a pack's file."""
    blobs = list(sealed)
    room = sum(len(one.content) for one in blobs) + len(blobs) * _COMPRESSED_ENTRY.size
    open_pack = OpenPack(key, bytearray(room + OVERHEAD + SLACK + _LENGTH.size))
    for one in blobs:
        open_pack.take(one)
    return open_pack.close()


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
                if not plain_length:
                    raise ValueError("a compressed blob without content")
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
