"""A survey of a repository: which packs there are, what each holds, and how much of that is needed.

Blobs are counted by their numbers in an index: four bytes for the pack a blob is at home in, four for its
length there, one for whether it is needed. A blob that lies in several packs is at home in one of them; its
other copies are as good as not needed.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from holdfast.model import clock
from holdfast.store.objects import ObjectMissing

from . import index as indexes
from . import marks, recover
from .blob import Blob, BlobKind
from .errors import Damaged
from .ids import is_file_id
from .index import Index
from .pack import Pack
from .progress import SILENT, Progress
from .repository import Repository, file_names, get_file, put_file
from .usage import Usage

_MIXED = 1 << BlobKind.DATA | 1 << BlobKind.TREE


class PackUse:
    """A pack of the index; sizes are in bytes of the store, `needed` without the header."""

    __slots__ = ("blob_bytes", "count", "id", "kinds", "needed", "size", "stored")

    def __init__(self, told: Pack) -> None:
        self.id = told.id
        self.size = told.size
        self.blob_bytes = sum(blob.length for blob in told.blobs)
        self.count = len(told.blobs)
        self.stored: int | None = None
        self.needed = 0
        self.kinds = 0
        for blob in told.blobs:
            self.kinds |= 1 << blob.kind

    @property
    def is_sound(self) -> bool:
        """Whether the pack's file is there and as long as the index says."""
        return self.stored == self.size

    @property
    def is_mixed(self) -> bool:
        """Whether data and trees lie in it side by side."""
        return self.kinds == _MIXED

    @property
    def unused(self) -> int:
        """How many bytes of it nobody needs."""
        return self.blob_bytes - self.needed


class Survey:
    """What is in a repository. Take it inside `locked(repository)`."""

    def __init__(self, repository: Repository, progress: Progress = SILENT) -> None:
        """Look; raises Damaged when it cannot be known what is needed, or when that is not there."""
        self.index = Index()
        self.packs: list[PackUse] = []
        self.files: dict[str, array[int]] = {}  # the packs that each index file tells of
        self.unindexed: dict[str, int] = {}
        self.revived: list[Pack] = []  # retired ones that are needed, and in no index file yet
        self.blobs = 0
        self.blob_bytes = 0
        self.plain_bytes = 0
        self.duplicates = 0
        self.duplicate_bytes = 0
        self._repository = repository
        self._numbers: dict[str, int] = {}
        self._homes = array("I")  # number of the pack + 1
        self._lengths = array("I")
        self._copies: dict[int, list[tuple[int, int]]] = {}
        # snapshots are listed before the index, and that before the packs: what they need is then there
        self.looked = clock.now()
        self.snapshots = set(file_names(repository, "snapshots"))
        self._read_index(progress)
        self.marks = marks.find(repository)
        self._list_packs()
        self.usage = Usage(repository, self.index, self._retired_packs)
        self.usage.add(self.snapshots, progress)
        self._bring_back()
        self._settle()
        self._check()

    @property
    def retired(self) -> dict[str, datetime]:
        """Packs that are marked, in the store and not in the index, and when they were marked."""
        times = marks.newest(self.marks)
        return {one: time for one, time in times.items() if one in self.unindexed}

    def home(self, number: int) -> int:
        """The number of the pack in which a blob is at home."""
        return self._homes[number] - 1

    def holders(self, number: int) -> set[int]:
        """The numbers of all packs that hold a blob."""
        return {self.home(number), *(pack_number for pack_number, _ in self._copies.get(number, ()))}

    def is_home(self, pack_number: int, kind: BlobKind, blob_id: bytes) -> bool:
        """Whether a blob is needed, and this pack's copy is the one to keep."""
        number = self.index.number(kind, blob_id)
        return number is not None and self.usage.needs(number) and self.home(number) == pack_number

    def number(self, pack_id: str) -> int | None:
        """The number of a pack of the index."""
        return self._numbers.get(pack_id)

    def packs_in(self, index_file: str) -> Iterator[Pack]:
        """The packs that an index file tells of; raises Damaged."""
        return indexes.decode(get_file(self._repository, "index", index_file))

    def learn(self, told: Pack) -> int:
        """A pack of the index; its number. Raises Damaged where another file tells something else of it."""
        known = self._numbers.get(told.id)
        if known is not None:
            if set(told.blobs) != set(self.index.blobs_of(told.id)):
                raise Damaged(f"index files tell different things of pack {told.id}")
            return known
        number = self._numbers[told.id] = len(self.packs)
        self.packs.append(PackUse(told))
        self.index.add(told)
        missing = self.index.numbers() - len(self._homes)
        self._homes.frombytes(bytes(4 * missing))
        self._lengths.frombytes(bytes(4 * missing))
        for blob in told.blobs:
            self._place(self._number(blob.kind, blob.id), number, blob)
        return number

    def move_in(self, told: Pack) -> None:
        """A pack that was just written: what it holds is at home there from now on."""
        number = self.learn(told)
        fresh = self.packs[number]
        fresh.stored, fresh.needed = fresh.size, fresh.blob_bytes
        for blob in told.blobs:
            self._homes[self._number(blob.kind, blob.id)] = number + 1

    def refresh(self, progress: Progress) -> None:
        """Look again at what has come since; raises Damaged as the first look did."""
        self.looked = clock.now()
        come = set(file_names(self._repository, "snapshots")) - self.snapshots
        self.snapshots |= come
        names = file_names(self._repository, "index")
        if not self.files.keys() <= set(names):
            raise Damaged("index files have gone while the repository was locked")
        for name in names:
            if name not in self.files:
                self._read_index_file(name)
        self.unindexed = {one: size for one, size in self.unindexed.items() if one not in self._numbers}
        self.usage.add(come, progress)
        self._bring_back()

    def tell(self, packs: Sequence[Pack]) -> None:
        """Write an index file of packs."""
        name, _ = put_file(self._repository, "index", indexes.encode(packs))
        self.files[name] = array("I", [self.learn(one) for one in packs])

    def tell_revived(self) -> None:
        """Write an index file of the packs that were brought back, if there are any."""
        if self.revived:
            self.tell(self.revived)
        self.revived = []

    def retire(self, gone: Iterable[int], old: Iterable[str]) -> None:
        """These packs are marked, and the index files that told of them removed."""
        for name in old:
            del self.files[name]
        for number in gone:
            one = self.packs[number]
            if one.stored is not None:
                self.unindexed[one.id] = one.stored
        self.marks = marks.find(self._repository)

    def _bring_back(self) -> None:
        """Learn of retired packs that are needed after all; they must be whole to be indexed again."""
        for pack_id in self.usage.revived:
            if pack_id not in self._numbers:
                self.revived.append(recover.proven(self._repository, pack_id))
                self.learn(self.revived[-1])
                self.packs[-1].stored = self.unindexed.pop(pack_id)

    def _read_index(self, progress: Progress) -> None:
        names = file_names(self._repository, "index")
        progress.begin("reading the index", len(names))
        for name in names:
            self._read_index_file(name)
            progress.advance(1)

    def _read_index_file(self, name: str) -> None:
        self.files[name] = array("I", [self.learn(told) for told in self.packs_in(name)])

    def _list_packs(self) -> None:
        for name, size in self._repository.store.names("data"):
            pack_id = name.rpartition("/")[2]
            if pack_id in self._numbers:
                self.packs[self._numbers[pack_id]].stored = size
            elif is_file_id(pack_id):
                self.unindexed[pack_id] = size

    def _retired_packs(self) -> Iterator[Pack]:
        for pack_id in self.retired:
            with suppress(Damaged, ObjectMissing):
                yield recover.header(self._repository, pack_id, self.unindexed[pack_id])

    def _number(self, kind: BlobKind, blob_id: bytes) -> int:
        number = self.index.number(kind, blob_id)
        if number is None:
            raise Damaged(f"blob {blob_id.hex()} has no number")
        return number

    def _place(self, number: int, pack_number: int, blob: Blob) -> None:
        if not self._homes[number]:
            self._homes[number], self._lengths[number] = pack_number + 1, blob.length
            self.blobs += 1
            self.blob_bytes += blob.length
            self.plain_bytes += blob.size
            return
        first = (self.home(number), self._lengths[number])
        self._copies.setdefault(number, [first]).append((pack_number, blob.length))
        self.duplicates += 1
        self.duplicate_bytes += blob.length

    def _settle(self) -> None:
        """Count what each pack holds that is needed, each blob in one pack."""
        needs, packs = self.usage.needs, self.packs
        for number, home in enumerate(self._homes):
            if home and number not in self._copies and needs(number):
                packs[home - 1].needed += self._lengths[number]
        copies = [(number, places) for number, places in self._copies.items() if needs(number)]
        possible = array("Q", [one.needed for one in packs])
        for _, places in copies:
            for pack_number, length in places:
                possible[pack_number] += length
        for number, places in copies:
            best, length = max(places, key=lambda place: self._worth(place[0], possible[place[0]]))
            self._homes[number] = best + 1
            packs[best].needed += length

    def _worth(self, pack_number: int, possible: int) -> tuple[bool, float, int, str]:
        """How good a pack is as a home: sound, full of what is needed, large; the id makes it certain."""
        one = self.packs[pack_number]
        return one.is_sound, possible / max(1, one.blob_bytes), one.size, one.id

    def _check(self) -> None:
        for one in self.packs:
            if one.needed and one.stored is None:
                raise Damaged(f"pack {one.id} is needed and missing")
            if one.needed and not one.is_sound:
                raise Damaged(f"pack {one.id} is needed and has {one.stored} bytes, not {one.size}")
