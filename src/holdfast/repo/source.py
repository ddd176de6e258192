"""Where the blobs of a repository are read: its store and its key, the same in every process.

What is wanted soon is announced, so that neighbours in a pack are read at once.
"""

import pickle
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from holdfast.store.objects import ObjectMissing, Objects, StoreError

from . import pack
from .blob import unseal, unseal_into
from .buffers import Buffers
from .crypto import Buffer, Key
from .errors import Damaged

LARGEST_PART = 4 << 20
_GAP = 32 << 10  # reading on over this much is cheaper than another read
_BYTES_KEPT = 16 << 20


class Wanted(NamedTuple):
    """A blob that is to be read, and where it is; `plain_length` is 0 where it is not compressed."""

    pack_id: str
    offset: int
    length: int
    plain_length: int
    id: bytes

    @property
    def end(self) -> int:
        """Where in the pack it ends."""
        return self.offset + self.length


class Part(NamedTuple):
    """A part of a pack that is read at once."""

    pack_id: str
    offset: int
    content: bytes

    @property
    def end(self) -> int:
        """Where in the pack it ends."""
        return self.offset + len(self.content)

    def holds(self, wanted: Wanted) -> bool:
        """Whether a blob of the same pack lies in it."""
        return self.offset <= wanted.offset and wanted.end <= self.end

    def sealed(self, wanted: Wanted) -> memoryview:
        """The bytes of one blob in it."""
        return memoryview(self.content)[wanted.offset - self.offset : wanted.end - self.offset]


def together(wanted: Iterable[Wanted], most: int = LARGEST_PART) -> list[list[Wanted]]:
    """Blobs by the part that they are read in: near each other in one pack, and at most so many bytes."""
    groups: list[list[Wanted]] = []
    for one in sorted(set(wanted)):
        last = groups[-1] if groups else []
        if (
            last
            and last[0].pack_id == one.pack_id
            and one.offset <= last[-1].end + _GAP
            and one.end <= last[0].offset + most
        ):
            last.append(one)
        else:
            groups.append([one])
    return groups


class Source:
    """Reads and opens blobs. `read` and `open` may be called by several threads at once."""

    def __init__(self, store: Objects, key: Key) -> None:
        self.store = store
        self.buffers = Buffers()
        self._key = key
        self._expected: list[Wanted] = []
        self._groups: dict[tuple[str, int], list[Wanted]] = {}
        self._parts: OrderedDict[tuple[str, int], Part] = OrderedDict()
        self._bytes = 0  # in the parts
        self._pickled = b""

    def __reduce__(self) -> tuple[Callable[..., "Source"], tuple[bytes, bytes, bytes, bytes]]:
        """Pickled as the store's address and the key; a process has one source for the same ones."""
        self._pickled = self._pickled or pickle.dumps(self.store)
        return _source, (self._pickled, self._key.encrypt, self._key.mac_k, self._key.mac_r)

    def read(self, pack_id: str, offset: int, length: int) -> Part:
        """Read a part of a pack; raises Damaged, naming the pack."""
        try:
            return Part(pack_id, offset, self.store.get_part(pack.name(pack_id), offset, length))
        except ObjectMissing as error:
            raise Damaged(f"pack {pack_id} is missing") from error
        except StoreError as error:
            raise Damaged(f"pack {pack_id} cannot be read: {error}") from error

    def read_group(self, group: list[Wanted]) -> Part:
        """Read the part of a pack that these blobs of it lie in, sorted; raises as `read`."""
        first = group[0]
        return self.read(first.pack_id, first.offset, max(one.end for one in group) - first.offset)

    def open(self, wanted: Wanted, sealed: Buffer) -> bytes:
        """The content of a blob, proven to be what its id says; raises Damaged, naming the pack."""
        try:
            return unseal(self._key, sealed, wanted.id, wanted.plain_length)
        except Damaged as error:
            raise Damaged(f"pack {wanted.pack_id} is damaged: {error}") from error

    def open_into(self, wanted: Wanted, sealed: Buffer, room: memoryview) -> memoryview:
        """The same, at the beginning of a buffer with `opened_room` bytes."""
        try:
            return unseal_into(self._key, sealed, wanted.id, wanted.plain_length, room)
        except Damaged as error:
            raise Damaged(f"pack {wanted.pack_id} is damaged: {error}") from error

    def expect(self, wanted: Iterable[Wanted]) -> None:
        """These blobs will be asked of `get` soon."""
        self._expected.extend(wanted)

    def get(self, wanted: Wanted) -> bytes:
        """The content of a blob, read together with those that are expected; from one thread at a time.

        Raises Damaged, naming the pack.
        """
        if self._expected:
            self._arrange()
        group = self._groups.get(wanted[:2]) or [wanted]
        part = self._parts.get(group[0][:2])
        if part is None or not part.holds(wanted):
            part = self._read_of(group, wanted)
            self._keep(part)
        return self.open(wanted, part.sealed(wanted))

    def _read_of(self, group: list[Wanted], wanted: Wanted) -> Part:
        """The part with all of the group, or where that cannot be had, with the blob that is wanted."""
        try:
            return self.read_group(group)
        except Damaged:
            if len(group) == 1:
                raise
        self._groups.update((one[:2], [one]) for one in group)
        return self.read_group([wanted])

    def _arrange(self) -> None:
        self._groups = {one[:2]: group for group in together(self._expected) for one in group}
        self._expected = []

    def _keep(self, part: Part) -> None:
        before = self._parts.pop(part[:2], None)
        self._parts[part[:2]] = part
        self._bytes += len(part.content) - (len(before.content) if before else 0)
        while self._bytes > _BYTES_KEPT and len(self._parts) > 1:
            self._bytes -= len(self._parts.popitem(last=False)[1].content)


@lru_cache(maxsize=4)
def _source(pickled_store: bytes, encrypt: bytes, mac_k: bytes, mac_r: bytes) -> Source:
    return Source(pickle.loads(pickled_store), Key(encrypt, mac_k, mac_r))  # noqa: S301 - it was made above
