"""What a check finds, and what it only remarks on."""

import random
from collections.abc import Callable

import pytest
from tests.repo.pruning import DAY, listing, put_pack
from tests.repo.trees import save_files

from holdfast.repo import index, keys, pack, snapshot
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.check import check, examine
from holdfast.repo.findings import KEPT
from holdfast.repo.lock import locked
from holdfast.repo.pack import Pack
from holdfast.repo.prune import prune
from holdfast.repo.repository import Repository, get_file, put_file

RNG = random.Random(9)


@pytest.fixture
def full(repository: Repository) -> Repository:
    """A repository with a file of every sort in it."""
    gone = save_files(repository, {b"old": RNG.randbytes(5000)})
    snapshot.forget(repository, gone.snapshot_id)
    prune(repository, grace=DAY)
    save_files(repository, {b"a/b": RNG.randbytes(200_000), b"a/c": b"text" * 1000, b"d": b""})
    keys.add(repository, "another", cost=4)
    return repository


def flip(repository: Repository, name: str, bit: int) -> None:
    content = bytearray(repository.store.get(name))
    content[bit // 8] ^= 1 << bit % 8
    repository.store.delete(name)
    repository.store.put(name, bytes(content))


def first_index(repository: Repository) -> list[Pack]:
    name = next(iter(listing(repository, "index"))).rpartition("/")[2]
    return list(index.decode(get_file(repository, "index", name)))


def write_index(repository: Repository, change: Callable[[Blob], Blob]) -> None:
    """Replace the index by one in which every blob is changed."""
    packs = first_index(repository)
    for name in listing(repository, "index"):
        repository.store.delete(name)
    changed = [Pack(one.id, tuple(change(blob) for blob in one.blobs)) for one in packs]
    put_file(repository, "index", index.encode(changed))


def test_a_bit_that_flipped_in_any_file_is_found(full: Repository) -> None:
    with locked(full):
        assert examine(full, 100.0).problems == ()
        spare = {f"data/{one[:2]}/{one}" for one in _marked(full)}
        names = listing(full)
        assert {name.partition("/")[0] for name in names} >= {
            "config",
            "data",
            "holdfast",
            "index",
            "keys",
            "locks",
            "snapshots",
        }
        for name, size in names.items():
            for bit in (0, RNG.randrange(size * 8), size * 8 - 1):
                flip(full, name, bit)
                checked = examine(full, 100.0)
                found = checked.remarks if name in spare else checked.problems
                assert any(name.rpartition("/")[2] in one for one in found), (name, bit, found)
                flip(full, name, bit)
        assert examine(full, 100.0).problems == ()


def _marked(repository: Repository) -> set[str]:
    indexed = {one.id for one in first_index(repository)}
    return {name.rpartition("/")[2] for name in listing(repository, "data")} - indexed


def test_a_check_counts_what_it_looked_at(full: Repository) -> None:
    checked = examine(full)
    assert (checked.snapshots, checked.packs, checked.read_packs, checked.read_bytes) == (1, 2, 0, 0)
    checked = examine(full, 100.0)
    assert checked.read_packs == len(listing(full, "data"))
    assert checked.read_bytes == sum(listing(full, "data").values())


def test_a_share_of_the_packs_is_read(repository: Repository) -> None:
    for number in range(10):
        put_pack(repository, [(BlobKind.DATA, b"%d" % number)])
    assert examine(repository, 1.0).read_packs == 1
    assert examine(repository, 35.0).read_packs == 4
    damaged = put_pack(repository, [(BlobKind.DATA, b"damaged")])
    flip(repository, pack.name(damaged.id), 100)
    tries = [bool(examine(repository, 50.0).problems) for _ in range(60)]
    assert any(tries)
    assert not all(tries)


def test_what_is_wrong_in_data_is_only_found_by_reading_it(full: Repository) -> None:
    sizes = {one.id: one.size for one in first_index(full)}
    flip(full, pack.name(max(sizes, key=lambda one: sizes[one])), 8000)
    assert check(full, read_data=False) == []
    assert check(full, read_data=100.0) != []


def test_entries_of_the_index_that_overlap_are_a_problem(full: Repository) -> None:
    write_index(full, lambda blob: Blob(blob.kind, blob.id, 0, blob.length, blob.plain_length))
    assert any("a gap or an overlap" in one for one in check(full, read_data=False))


def test_entries_beyond_the_end_of_a_pack_are_a_problem(full: Repository) -> None:
    write_index(full, lambda blob: Blob(blob.kind, blob.id, blob.offset, blob.length + 1, blob.plain_length))
    assert any("bytes, not" in one for one in check(full, read_data=False))


def test_a_header_that_contradicts_the_index_is_a_problem(full: Repository) -> None:
    write_index(full, lambda blob: Blob(blob.kind, bytes(32), blob.offset, blob.length, blob.plain_length))
    assert any("its header and the index differ" in one for one in check(full, read_data=True))


def test_index_files_that_contradict_each_other_are_a_problem(full: Repository) -> None:
    one = first_index(full)[0]
    put_file(full, "index", index.encode([Pack(one.id, ())]))
    assert any("what another does not" in problem for problem in check(full, read_data=False))


def test_what_endangers_nothing_is_a_remark(repository: Repository) -> None:
    save_files(repository, {b"a": b"1" * 100})
    put_pack(repository, [(BlobKind.DATA, b"1" * 100)])
    torn = put_pack(repository, [(BlobKind.DATA, b"lost")], indexed=False)
    flip(repository, pack.name(torn.id), 9)
    packs = first_index(repository)
    put_file(repository, "index", index.encode(packs[:1]) + b" ")
    repository.store.put("data/README.txt", b"a foreign file")
    checked = examine(repository, 100.0)
    assert checked.problems == ()
    told = " | ".join(checked.remarks)
    assert "data/README.txt is no file of a repository" in told
    assert "packs in no index, as a killed save leaves them: 1" in told
    assert "copies of blobs that are there already: 1" in told
    assert "packs that more than one index file tells of: 1" in told
    assert f"pack {torn.id} is damaged" in told


def test_a_lock_or_a_key_that_nobody_can_read_is_a_problem(repository: Repository) -> None:
    repository.store.put("locks/" + "ab" * 32, b"torn")
    repository.store.put("keys/" + "cd" * 32, b"torn")
    problems = check(repository, read_data=False)
    assert len(problems) == 2
    assert all(one in " ".join(problems) for one in ("ab" * 32, "cd" * 32))


def test_of_very_many_problems_the_first_are_told_and_all_counted(repository: Repository) -> None:
    saved = save_files(repository, {b"%04d" % number: b"%d" % number for number in range(KEPT + 50)})
    packs = first_index(repository)
    trees = [one for one in packs if one.blobs[0].kind is BlobKind.TREE]
    for name in listing(repository, "index"):
        repository.store.delete(name)
    put_file(repository, "index", index.encode(trees))
    checked = examine(repository)
    assert checked.problem_count == KEPT + 50
    assert len(checked.problems) == KEPT + 1
    assert saved.snapshot_id in checked.problems[0]
    assert checked.problems[-1] == "and 50 more problems"
