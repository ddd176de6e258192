"""What the index says of the packs, checked against itself and against the store."""

from dataclasses import dataclass
from math import ceil
from random import SystemRandom

from holdfast.store.objects import StoreError

from . import index as indexes
from . import marks
from .blob import Blob
from .errors import Damaged
from .findings import Findings
from .index import Index
from .pack import Pack
from .progress import Progress
from .repository import Repository, file_names, get_file


@dataclass(frozen=True, slots=True)
class Told:
    """How long a pack is by the index, how many blobs are in it, and a sum over all that was told of it."""

    size: int
    count: int
    sum: int

    @classmethod
    def of(cls, told: Pack) -> "Told":
        """What is kept of a pack."""
        return cls(told.size, len(told.blobs), hash(tuple(sorted(map(_place, told.blobs)))))


class Layout:
    """The packs that index files tell of, and those that are in the store."""

    def __init__(self, repository: Repository, found: Findings, progress: Progress) -> None:
        """Read the index; what is wrong with it is told to `found`."""
        self.index = Index()
        self.packs: dict[str, Told] = {}
        self.stored: dict[str, int] = {}
        self._found = found
        self._repository = repository
        self._repeated = 0
        names = file_names(repository, "index")
        progress.begin("reading the index", len(names))
        for name in names:
            self._read(name)
            progress.advance(1)

    def compare(self) -> None:
        """Compare the index with the packs in the store."""
        for pack_id, told in self.packs.items():
            size = self.stored.get(pack_id)
            if size is None:
                self._found.problem(f"pack {pack_id} is missing")
            elif size != told.size:
                self._found.problem(f"pack {pack_id} has {size} bytes, not {told.size}")
        self._remark_on_packs()
        duplicates = sum(told.count for told in self.packs.values()) - len(self.index)
        if duplicates:
            self._found.remark(f"copies of blobs that are there already: {duplicates}")
        if self._repeated:
            self._found.remark(f"packs that more than one index file tells of: {self._repeated}")

    def chosen(self, percent: float) -> list[str]:
        """So many percent of the packs in the store, by chance; all of them in the order of their names."""
        present = sorted(self.packs.keys() & self.stored.keys())
        if percent >= 100:
            return present + sorted(self.stored.keys() - self.packs.keys())
        return SystemRandom().sample(present, ceil(len(present) * percent / 100))

    def _remark_on_packs(self) -> None:
        try:
            marked = marks.newest(marks.find(self._repository))
        except (Damaged, StoreError):
            marked = {}  # told of elsewhere
        spare = self.stored.keys() - self.packs.keys()
        if waiting := spare & marked.keys():
            self._found.remark(f"packs that are marked, for a later prune to remove: {len(waiting)}")
        if lost := spare - marked.keys():
            self._found.remark(f"packs in no index, as a killed save leaves them: {len(lost)}")

    def _read(self, name: str) -> None:
        try:
            for one in indexes.decode(get_file(self._repository, "index", name)):
                self._learn(name, one)
        except (Damaged, StoreError) as error:
            self._found.problem(f"index {name}: {error}")

    def _learn(self, name: str, one: Pack) -> None:
        told = Told.of(one)
        known = self.packs.setdefault(one.id, told)
        if known is not told:
            self._repeated += 1
            if known != told:
                self._found.problem(f"index {name}: it tells of pack {one.id} what another does not")
        end = 0
        for blob in sorted(one.blobs, key=_offset):
            if blob.offset != end:
                self._found.problem(f"index {name}: pack {one.id} has a gap or an overlap at byte {end}")
                break
            end += blob.length
        self.index.add(one)


def _offset(blob: Blob) -> int:
    return blob.offset


def _place(blob: Blob) -> tuple[int, int, int, bytes, int]:
    return blob.offset, blob.length, blob.plain_length, blob.id, blob.kind
