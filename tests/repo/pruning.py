"""What the tests of pruning share: a look at a store, time that has passed, packs made by hand."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from tests.repo.packs import build
from tests.repo.trees import loaded_files

from holdfast.repo import index, marks, pack
from holdfast.repo.blob import BlobKind, seal
from holdfast.repo.check import examine
from holdfast.repo.ids import blob_id
from holdfast.repo.index import Index
from holdfast.repo.pack import Pack
from holdfast.repo.repository import Repository, load_index, put_file

NOW = timedelta(0)
DAY = timedelta(days=1)
Files = dict[bytes, bytes]


def listing(repository: Repository, folder: str = "") -> dict[str, int]:
    """Every object with its size."""
    return dict(repository.store.names(folder))


def packs_in_store(repository: Repository) -> set[str]:
    return {name.rpartition("/")[2] for name, _ in repository.store.names("data")}


def packs_in_index(repository: Repository) -> set[str]:
    return set(load_index(repository).pack_ids())


def home_of(repository: Repository, content: bytes, kind: BlobKind = BlobKind.DATA) -> str:
    """The pack that holds a blob of that content."""
    found = load_index(repository).find(kind, blob_id(content))
    assert found is not None
    return found.pack_id


def let_pass(repository: Repository, time: timedelta) -> None:
    """Make every mark so much older."""
    for mark in marks.find(repository):
        marks.put(repository, mark.packs, mark.time - time)
        marks.forget(repository, mark)


def put_pack(
    repository: Repository, contents: Iterable[tuple[BlobKind, bytes]], *, indexed: bool = True
) -> Pack:
    """A pack as another program may have written it."""
    sealed = [
        seal(repository.key, kind, content, blob_id(content), compressing=True) for kind, content in contents
    ]
    made, content = build(repository.key, sealed)
    repository.store.put(pack.name(made.id), bytes(content))
    if indexed:
        put_file(repository, "index", index.encode([made]))
    return made


def blobs_by_pack(repository: Repository) -> dict[str, list[bytes]]:
    known: Index = load_index(repository)
    return {one: [blob.id for blob in known.blobs_of(one)] for one in known.pack_ids()}


def assert_sound(repository: Repository, snapshots: dict[str, Files]) -> None:
    """Everything that was promised can be had, and a full check has nothing to complain of."""
    assert examine(repository, 100.0).problems == ()
    for snapshot_id, files in snapshots.items():
        assert loaded_files(repository, snapshot_id) == files


class Between:
    """Does something once, when a prune comes to a step: what others do at that moment."""

    def __init__(self, step: str, act: Callable[[], object]) -> None:
        self.acted = False
        self._step = step
        self._act = act

    def begin(self, step: str, total: int | None) -> None:  # noqa: ARG002 - what is told to every progress
        if step == self._step and not self.acted:
            self.acted = True
            self._act()

    def advance(self, amount: int) -> None:
        """Nothing happens."""
