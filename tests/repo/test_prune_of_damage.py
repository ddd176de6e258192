"""What cannot be read might be needed: a prune that does not know everything changes nothing."""

import random

import pytest
from tests.repo.pruning import NOW, assert_sound, home_of, listing, put_pack
from tests.repo.trees import loaded_files, save_files

from holdfast.repo import index, pack, snapshot
from holdfast.repo.blob import BlobKind
from holdfast.repo.check import check
from holdfast.repo.errors import Damaged
from holdfast.repo.ids import blob_id
from holdfast.repo.plan import Limits
from holdfast.repo.prune import prune
from holdfast.repo.repository import Repository, get_file, load_index, put_file

RNG = random.Random(6)
CONTENTS = [RNG.randbytes(300_000) for _ in range(6)]
FILES = {b"srv/a": CONTENTS[0], b"srv/b": CONTENTS[1]}


@pytest.fixture
def saved(repository: Repository) -> str:
    """A snapshot, and beside it much that nobody needs."""
    gone = save_files(repository, {b"%d" % number: one for number, one in enumerate(CONTENTS)})
    kept = save_files(repository, FILES)
    snapshot.forget(repository, gone.snapshot_id)
    return kept.snapshot_id


def replace(repository: Repository, name: str, content: bytes) -> None:
    repository.store.delete(name)
    repository.store.put(name, content)


def flip(repository: Repository, name: str, place: int) -> None:
    content = bytearray(repository.store.get(name))
    content[place] ^= 1
    replace(repository, name, bytes(content))


def root_pack(repository: Repository, snapshot_id: str) -> str:
    found = load_index(repository).find(BlobKind.TREE, snapshot.get(repository, snapshot_id).tree)
    assert found is not None
    return pack.name(found.pack_id)


def refuses_and_changes_nothing(repository: Repository, reason: str) -> None:
    before = listing(repository)
    with pytest.raises(Damaged, match=reason):
        prune(repository, grace=NOW, limits=Limits(max_unused=0.0))
    assert listing(repository) == before


def test_a_missing_listing_refuses(repository: Repository, saved: str) -> None:
    repository.store.delete(root_pack(repository, saved))
    refuses_and_changes_nothing(repository, "missing")


def test_a_damaged_listing_refuses(repository: Repository, saved: str) -> None:
    flip(repository, root_pack(repository, saved), 20)
    refuses_and_changes_nothing(repository, "damaged")


def test_a_missing_pack_of_data_refuses(repository: Repository, saved: str) -> None:
    assert saved
    repository.store.delete(pack.name(home_of(repository, CONTENTS[0])))
    refuses_and_changes_nothing(repository, "needed and missing")


def test_a_pack_that_was_cut_off_refuses(repository: Repository, saved: str) -> None:
    assert saved
    name = pack.name(home_of(repository, CONTENTS[0]))
    replace(repository, name, repository.store.get(name)[:-1])
    refuses_and_changes_nothing(repository, "is needed and has")


def test_a_missing_index_file_refuses(repository: Repository, saved: str) -> None:
    assert saved
    for name in listing(repository, "index"):
        repository.store.delete(name)
    refuses_and_changes_nothing(repository, "in no index")


@pytest.mark.parametrize("folder", ["index", "snapshots"])
def test_a_file_that_cannot_be_read_refuses(repository: Repository, saved: str, folder: str) -> None:
    assert saved
    flip(repository, next(iter(listing(repository, folder))), 40)
    refuses_and_changes_nothing(repository, "is not what its id says")


def test_a_mark_that_cannot_be_read_refuses_and_no_lost_pack_is_used(
    repository: Repository, saved: str
) -> None:
    assert saved
    lost = put_pack(repository, [(BlobKind.DATA, b"lost")], indexed=False)
    repository.store.put("holdfast/marks/" + "ab" * 32, b"torn")
    refuses_and_changes_nothing(repository, "holdfast/marks")
    save_files(repository, {b"x": b"lost"})
    assert home_of(repository, b"lost") != lost.id


def test_index_files_that_contradict_each_other_refuse(repository: Repository, saved: str) -> None:
    assert saved
    name = next(iter(listing(repository, "index"))).rpartition("/")[2]
    first = next(index.decode(get_file(repository, "index", name)))
    put_file(repository, "index", index.encode([pack.Pack(first.id, first.blobs[:-1])]))
    refuses_and_changes_nothing(repository, "different things")


def test_a_damaged_pack_that_should_be_copied_stays_and_is_told(repository: Repository, saved: str) -> None:
    source = home_of(repository, CONTENTS[0])
    found = load_index(repository).find(BlobKind.DATA, blob_id(CONTENTS[0]))
    assert found is not None
    flip(repository, pack.name(source), found.offset + 99)
    pruned = prune(repository, grace=NOW, limits=Limits(max_unused=0.0))
    assert len(pruned.problems) == 1
    assert source in pruned.problems[0]
    assert home_of(repository, CONTENTS[0]) == source
    assert all(source in problem for problem in check(repository, read_data=True))
    assert loaded_files(repository, saved, b"srv/b") == {b"srv/b": CONTENTS[1]}


def test_damage_that_nobody_needs_is_pruned_away(repository: Repository, saved: str) -> None:
    damaged = put_pack(repository, [(BlobKind.DATA, CONTENTS[5] + b"other")])
    flip(repository, pack.name(damaged.id), 1000)
    assert check(repository, read_data=True) != []
    prune(repository, grace=NOW, limits=Limits(max_unused=0.0))
    assert_sound(repository, {saved: FILES})
