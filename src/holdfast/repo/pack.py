"""Packs: sealed blobs one after another, then a sealed header that lists them, then the header's length.

A header has an entry for each blob: a byte for the kind (2 is added where the blob is compressed), its
length, for a compressed one the length of its content, and its id. Integers are 32 bits, least significant
byte first.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from holdfast.store.objects import Draft

from .blob import Blob, BlobKind, Sealed
from .crypto import OVERHEAD, SLACK, Buffer, Key
from .errors import Damaged
from .ids import ID_BYTES, file_id

TARGET_BYTES = 16 << 20
_BUFFER_BYTES = 2 << 20  # more than most blobs; a larger one makes it grow
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
    """A pack that is being filled: sealed blobs go into a draft, by way of a small buffer."""

    def __init__(self, key: Key, draft: Draft) -> None:
        """The draft is the pack's from now on."""
        self._key = key
        self._draft = draft
        self._hash = sha256()
        self._blobs: list[Blob] = []
        self._view = memoryview(bytearray(_BUFFER_BYTES))
        self._filled = 0
        self._written = 0

    @property
    def size(self) -> int:
        """How many bytes of blobs are in it."""
        return self._written + self._filled

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin another: by its size, or because its header must stay small."""
        return self.size >= TARGET_BYTES or len(self._blobs) >= _MOST_BLOBS

    def add(self, kind: BlobKind, content_id: bytes, content: Buffer, plain_length: int) -> memoryview:
        """Seal content, compressed if `plain_length` is not 0, into the pack.

        The sealed bytes can be looked at until something else is added. Raises StoreError.
        """
        self._make_room(len(content) + OVERHEAD + SLACK)
        length = self._key.seal_into(content, self._view[self._filled :])
        self._blobs.append(Blob(kind, content_id, self.size, length, plain_length))
        self._filled += length
        return self._view[self._filled - length : self._filled]

    def take(self, sealed: Sealed) -> None:
        """Put a blob that is sealed already into the pack, as it is; raises StoreError."""
        length = len(sealed.content)
        self._make_room(length)
        self._view[self._filled : self._filled + length] = sealed.content
        self._blobs.append(Blob(sealed.kind, sealed.id, self.size, length, sealed.plain_length))
        self._filled += length

    def take_all(self, other: "OpenPack") -> None:
        """Move what another pack holds into this one; that one is dropped."""
        other._flush()
        for one in other._blobs:
            content = memoryview(other._draft.read(one.offset, one.length))
            self.take(Sealed(one.kind, one.id, one.plain_length, content))
        other.drop()

    def put(self) -> Pack:
        """Write the header, and make it an object under its id; raises StoreError."""
        header = encode_header(self._blobs)
        self._make_room(len(header) + OVERHEAD + SLACK + _LENGTH.size)
        length = self._key.seal_into(header, self._view[self._filled :])
        self._filled += length
        self._view[self._filled : self._filled + _LENGTH.size] = _LENGTH.pack(length)
        self._filled += _LENGTH.size
        self._flush()
        packed = Pack(self._hash.hexdigest(), tuple(self._blobs))
        self._draft.put(name(packed.id))
        return packed

    def drop(self) -> None:
        """It is not needed; a pack that was put stays."""
        self._draft.close()

    def _flush(self) -> None:
        full = self._view[: self._filled]
        self._hash.update(full)
        self._draft.write(full)
        self._written += self._filled
        self._filled = 0

    def _make_room(self, length: int) -> None:
        if self._filled + length > len(self._view):
            self._flush()
        if length > len(self._view):
            self._view = memoryview(bytearray(length))


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
