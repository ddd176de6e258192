import random
from datetime import timedelta

import pytest
from tests.repo.pruning import (
    DAY,
    NOW,
    assert_sound,
    blobs_by_pack,
    home_of,
    let_pass,
    listing,
    packs_in_index,
    packs_in_store,
    put_pack,
)
from tests.repo.trees import save_files

from holdfast.repo import marks, pack, snapshot
from holdfast.repo.blob import BlobKind
from holdfast.repo.ids import blob_id
from holdfast.repo.plan import Limits
from holdfast.repo.prune import prune
from holdfast.repo.repository import Repository, load_index

MIB = 1 << 20
RNG = random.Random(3)
NOTHING_UNUSED = Limits(max_unused=0.0)


def noise(count: int, size: int = 300_000) -> list[bytes]:
    """Contents that are one blob each and do not compress."""
    return [RNG.randbytes(size) for _ in range(count)]


def files_of(contents: list[bytes]) -> dict[bytes, bytes]:
    return {b"srv/%03d" % number: content for number, content in enumerate(contents)}


def test_where_all_is_needed_nothing_changes(repository: Repository) -> None:
    files = files_of(noise(4))
    saved = save_files(repository, files)
    before = listing(repository)
    pruned = prune(repository, grace=NOW, limits=NOTHING_UNUSED)
    assert listing(repository) == before
    assert (pruned.marked_packs, pruned.removed_packs, pruned.unused_bytes) == (0, 0, 0)
    assert pruned.kept_packs == len(packs_in_store(repository))
    assert_sound(repository, {saved.snapshot_id: files})


def test_an_empty_repository_can_be_pruned(repository: Repository) -> None:
    assert prune(repository, grace=NOW).kept_packs == 0


def test_what_nobody_needs_is_marked_first_and_removed_after_the_grace(repository: Repository) -> None:
    gone = save_files(repository, files_of(noise(2)))
    old = packs_in_store(repository)
    files = files_of(noise(2))
    kept = save_files(repository, files)
    snapshot.forget(repository, gone.snapshot_id)
    first = prune(repository, grace=DAY)
    assert packs_in_store(repository) > old
    assert packs_in_index(repository).isdisjoint(old)
    assert (first.marked_packs, first.removed_packs, first.waiting_packs) == (len(old), 0, len(old))
    assert first.marked_bytes == sum(listing(repository)[pack.name(one)] for one in old)
    second = prune(repository, grace=DAY)
    assert (second.marked_packs, second.removed_packs, second.waiting_packs) == (0, 0, len(old))
    let_pass(repository, DAY)
    third = prune(repository, grace=DAY)
    assert (third.removed_packs, third.removed_bytes) == (len(old), first.marked_bytes)
    assert packs_in_store(repository).isdisjoint(old)
    assert marks.find(repository) == []
    assert_sound(repository, {kept.snapshot_id: files})


def test_without_grace_one_run_marks_and_removes(repository: Repository) -> None:
    saved = save_files(repository, files_of(noise(2)))
    snapshot.forget(repository, saved.snapshot_id)
    pruned = prune(repository, grace=NOW)
    assert pruned.removed_packs == pruned.marked_packs > 0
    assert listing(repository, "data") == {}
    assert marks.find(repository) == []
    assert listing(repository, "locks") == {}


def test_what_is_needed_of_a_wasteful_pack_is_copied_as_it_is(repository: Repository) -> None:
    contents = noise(10)
    gone = save_files(repository, files_of(contents))
    files = files_of(contents[:2])
    kept = save_files(repository, files)
    snapshot.forget(repository, gone.snapshot_id)
    source = home_of(repository, contents[0])
    place = load_index(repository).find(BlobKind.DATA, blob_id(contents[0]))
    assert place is not None
    sealed = repository.store.get_part(pack.name(source), place.offset, place.length)
    pruned = prune(repository, grace=NOW)
    assert pruned.repacked_packs > 0
    assert source not in packs_in_store(repository)
    place = load_index(repository).find(BlobKind.DATA, blob_id(contents[0]))
    assert place is not None
    assert repository.store.get_part(pack.name(place.pack_id), place.offset, place.length) == sealed
    assert not load_index(repository).has(BlobKind.DATA, blob_id(contents[5]))
    assert pruned.unused_bytes == 0
    assert_sound(repository, {kept.snapshot_id: files})


def test_waste_below_the_limit_is_left(repository: Repository) -> None:
    contents = noise(20)
    gone = save_files(repository, files_of(contents))
    files = files_of(contents[1:])
    kept = save_files(repository, files)
    snapshot.forget(repository, gone.snapshot_id)
    source = home_of(repository, contents[0])
    for limits in (Limits(max_unused=6.0), Limits(max_unused=None), Limits(0.0, max_repack=MIB)):
        pruned = prune(repository, grace=NOW, limits=limits)
        assert (pruned.repacked_packs, pruned.unused_bytes >= 300_000) == (0, True)
        assert source in packs_in_index(repository)
    pruned = prune(repository, grace=NOW, limits=Limits(0.0, max_repack=8 * MIB))
    assert (pruned.repacked_packs, pruned.unused_bytes) == (1, 0)
    assert_sound(repository, {kept.snapshot_id: files})


def test_many_small_packs_and_index_files_become_few(repository: Repository) -> None:
    snapshots = {}
    for number in range(18):
        files = {b"srv/a": b"%d" % number, b"srv/b": b"the same"}
        snapshots[save_files(repository, files).snapshot_id] = files
    assert len(packs_in_store(repository)) >= 36
    pruned = prune(repository, grace=NOW)
    assert (pruned.kept_packs, pruned.written_packs) == (2, 2)
    assert len(packs_in_store(repository)) == 2
    assert len(listing(repository, "index")) <= 2
    kinds = [{load_index(repository).blobs_of(one)[0].kind} for one in packs_in_index(repository)]
    assert sorted(map(min, kinds)) == [BlobKind.DATA, BlobKind.TREE]
    assert_sound(repository, snapshots)
    before = listing(repository)
    prune(repository, grace=NOW, limits=NOTHING_UNUSED)
    assert listing(repository) == before


def test_of_two_copies_one_goes(repository: Repository) -> None:
    contents = noise(3)
    files = files_of(contents)
    saved = save_files(repository, files)
    copy = put_pack(repository, [(BlobKind.DATA, contents[0])])
    original = home_of(repository, contents[1])
    pruned = prune(repository, grace=NOW, limits=NOTHING_UNUSED)
    assert pruned.repacked_packs == 0
    assert copy.id not in packs_in_store(repository)
    assert original in packs_in_store(repository)
    assert_sound(repository, {saved.snapshot_id: files})


def test_the_emptier_home_of_a_copy_goes(repository: Repository) -> None:
    contents = noise(3)
    crowded = put_pack(repository, [(BlobKind.DATA, contents[0]), (BlobKind.DATA, contents[1])])
    full = put_pack(repository, [(BlobKind.DATA, contents[0])])
    files = files_of(contents[:1])
    saved = save_files(repository, files)
    prune(repository, grace=NOW, limits=NOTHING_UNUSED)
    assert full.id in packs_in_store(repository)
    assert crowded.id not in packs_in_store(repository)
    assert_sound(repository, {saved.snapshot_id: files})


def test_data_and_listings_that_lie_in_one_pack_part(repository: Repository) -> None:
    mixed = put_pack(repository, [(BlobKind.DATA, b"1"), (BlobKind.TREE, b'{"nodes":[]}\n')])
    files = {b"a": b"1"}
    snapshots = {save_files(repository, one).snapshot_id: one for one in (files, {})}
    assert home_of(repository, b"1") == mixed.id
    prune(repository, grace=NOW)
    known = load_index(repository)
    assert mixed.id not in known.pack_ids()
    for one in known.pack_ids():
        assert len({blob.kind for blob in known.blobs_of(one)}) == 1
    assert_sound(repository, snapshots)


def test_packs_in_no_index_stay_for_the_grace_and_are_not_used(repository: Repository) -> None:
    contents = noise(2)
    lost = put_pack(repository, [(BlobKind.DATA, contents[0])], indexed=False)
    pruned = prune(repository, grace=DAY)
    assert (pruned.marked_packs, pruned.waiting_packs) == (1, 1)
    files = files_of(contents)
    saved = save_files(repository, files)
    assert home_of(repository, contents[0]) != lost.id
    let_pass(repository, DAY)
    assert prune(repository, grace=DAY).removed_packs == 1
    assert lost.id not in packs_in_store(repository)
    assert_sound(repository, {saved.snapshot_id: files})


def test_a_pack_that_a_save_took_over_is_not_lost_any_more(repository: Repository) -> None:
    contents = noise(2)
    lost = put_pack(repository, [(BlobKind.DATA, contents[0])], indexed=False)
    files = files_of(contents)
    saved = save_files(repository, files)
    assert home_of(repository, contents[0]) == lost.id
    prune(repository, grace=NOW)
    assert lost.id in packs_in_store(repository)
    assert_sound(repository, {saved.snapshot_id: files})


def test_an_index_entry_of_a_pack_that_is_gone_and_not_needed_goes(repository: Repository) -> None:
    missing = put_pack(repository, [(BlobKind.DATA, b"nobody needs this")])
    repository.store.delete(pack.name(missing.id))
    files = files_of(noise(1))
    saved = save_files(repository, files)
    prune(repository, grace=NOW)
    assert missing.id not in packs_in_index(repository)
    assert_sound(repository, {saved.snapshot_id: files})


@pytest.mark.parametrize("grace", [NOW, DAY])
def test_a_dry_run_tells_what_would_be_done_and_does_not_do_it(
    repository: Repository, grace: timedelta
) -> None:
    contents = noise(10)
    gone = [save_files(repository, files_of(noise(3))), save_files(repository, files_of(contents))]
    files = files_of(contents[:2])
    save_files(repository, files)
    for one in gone:
        snapshot.forget(repository, one.snapshot_id)
    put_pack(repository, [(BlobKind.DATA, b"lost")], indexed=False)
    before = listing(repository)
    told = prune(repository, grace=grace, dry_run=True)
    assert listing(repository) == before
    done = prune(repository, grace=grace)
    for figure in ("marked_packs", "marked_bytes", "removed_packs", "waiting_bytes", "repacked_bytes"):
        assert getattr(told, figure) == getattr(done, figure), figure


def test_a_blob_is_in_one_pack_after_pruning(repository: Repository) -> None:
    snapshots = {}
    contents = noise(12)
    for number in range(4):
        files = files_of(contents[number : number + 5])
        snapshots[save_files(repository, files).snapshot_id] = files
    put_pack(repository, [(BlobKind.DATA, contents[3]), (BlobKind.DATA, contents[4])])
    forgotten = next(iter(snapshots))
    snapshot.forget(repository, forgotten)
    del snapshots[forgotten]
    prune(repository, grace=NOW, limits=NOTHING_UNUSED)
    blobs = [one for held in blobs_by_pack(repository).values() for one in held]
    assert len(blobs) == len(set(blobs))
    assert_sound(repository, snapshots)
