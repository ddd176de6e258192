"""Pruning while others save, restore, prune, or lose their locks."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta

import pytest
from tests.repo.pruning import (
    DAY,
    NOW,
    Between,
    Files,
    assert_sound,
    home_of,
    let_pass,
    listing,
    packs_in_index,
    packs_in_store,
    put_pack,
)
from tests.repo.trees import loaded_files, origin, save_files, tree_of

from holdfast.model.entry import Entry
from holdfast.repo import pack, save, snapshot
from holdfast.repo.blob import BlobKind
from holdfast.repo.check import examine
from holdfast.repo.errors import Damaged, RepositoryLocked, RepositoryLockLost
from holdfast.repo.lock import locked, unlock
from holdfast.repo.plan import Limits
from holdfast.repo.prune import Pruned, prune
from holdfast.repo.repository import Repository, load_index

RNG = random.Random(4)
CONTENTS = [RNG.randbytes(300_000) for _ in range(6)]
OLD: Files = {b"a": CONTENTS[0], b"b": CONTENTS[1]}
NEW: Files = {b"a": CONTENTS[0], b"b": CONTENTS[1], b"c": CONTENTS[2]}


class Saving:
    """A save that has found out what it need not send, and then stands still until it is told to end."""

    def __init__(self, repository: Repository, files: Files, lock: AbstractContextManager[object]) -> None:
        self._still = threading.Event()
        self._go = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._done: Future[str] = self._pool.submit(self._save, repository, files, lock)
        assert self._still.wait(60)

    def end(self) -> str:
        """Let it end; the snapshot."""
        self._go.set()
        try:
            return self._done.result(60)
        finally:
            self._pool.shutdown()

    def _save(self, repository: Repository, files: Files, lock: AbstractContextManager[object]) -> str:
        with lock:
            return save.save(repository, self._entries(files), origin()).snapshot_id

    def _entries(self, files: Files) -> Iterator[Entry]:
        yield from tree_of(files)
        self._still.set()
        assert self._go.wait(60)


@contextmanager
def forgotten(repository: Repository) -> Iterator[str]:
    """OLD was saved and forgotten: nobody needs its packs; the pack of its content."""
    saved = save_files(repository, OLD)
    snapshot.forget(repository, saved.snapshot_id)
    yield home_of(repository, CONTENTS[0])


@pytest.mark.parametrize("grace", [NOW, DAY])
def test_beside_a_running_save_nothing_is_marked_or_removed(repository: Repository, grace: timedelta) -> None:
    with forgotten(repository) as old:
        saving = Saving(repository, NEW, locked(repository))
        before = packs_in_store(repository)
        pruned = prune(repository, grace=grace)
        assert "in use by holdfast" in pruned.put_off
        assert (pruned.marked_packs, pruned.removed_packs) == (0, 0)
        assert packs_in_store(repository) >= before
        assert old in packs_in_index(repository)
        snapshot_id = saving.end()
        assert_sound(repository, {snapshot_id: NEW})
        assert prune(repository, grace=NOW).put_off == ""
        assert_sound(repository, {snapshot_id: NEW})


def test_what_was_copied_beside_a_running_save_is_not_copied_again(repository: Repository) -> None:
    big = save_files(repository, {b"%d" % number: one for number, one in enumerate(CONTENTS)})
    kept = save_files(repository, OLD)
    snapshot.forget(repository, big.snapshot_id)
    saving = Saving(repository, NEW, locked(repository))
    first = prune(repository, grace=NOW)
    assert (first.repacked_packs > 0, first.removed_packs, first.put_off != "") == (True, 0, True)
    snapshot_id = saving.end()
    second = prune(repository, grace=NOW, limits=Limits(max_unused=100.0))
    assert (second.written_packs, second.removed_packs > 0) == (0, True)
    assert_sound(repository, {kept.snapshot_id: OLD, snapshot_id: NEW})


def test_a_pack_marked_before_is_removed_beside_a_running_save(repository: Repository) -> None:
    with forgotten(repository) as old:
        prune(repository, grace=DAY)
        let_pass(repository, DAY)
        saving = Saving(repository, NEW, locked(repository))
        pruned = prune(repository, grace=DAY)
        assert pruned.removed_packs == 2
        assert old not in packs_in_store(repository)
        assert_sound(repository, {saving.end(): NEW})


def test_a_save_that_begins_after_the_mark_does_not_rely_on_it(repository: Repository) -> None:
    with forgotten(repository) as old:
        prune(repository, grace=DAY)
        saved = save_files(repository, NEW)
        assert home_of(repository, CONTENTS[0]) != old
        let_pass(repository, DAY)
        assert prune(repository, grace=DAY).removed_packs == 2
        assert_sound(repository, {saved.snapshot_id: NEW})


def test_what_a_save_without_its_lock_relied_on_is_brought_back(repository: Repository) -> None:
    with forgotten(repository) as old:
        saving = Saving(repository, NEW, nullcontext())
        assert prune(repository, grace=DAY).marked_packs > 0
        assert old not in packs_in_index(repository)
        snapshot_id = saving.end()
        assert examine(repository).problems != ()
        let_pass(repository, DAY)
        pruned = prune(repository, grace=DAY)
        assert pruned.revived_packs == 1
        assert old in packs_in_index(repository)
        assert_sound(repository, {snapshot_id: NEW})
        assert prune(repository, grace=NOW).revived_packs == 0
        assert_sound(repository, {snapshot_id: NEW})


def test_a_snapshot_that_comes_during_the_work_keeps_what_it_needs(repository: Repository) -> None:
    snapshots = {}

    def another_save() -> None:
        with locked(repository):
            snapshots[save_files(repository, NEW).snapshot_id] = NEW

    big = save_files(repository, {b"%d" % number: one for number, one in enumerate(CONTENTS)})
    small = save_files(repository, {b"x": CONTENTS[4]})
    snapshot.forget(repository, big.snapshot_id)
    between = Between("repacking", another_save)
    pruned = prune(repository, grace=NOW, progress=between)
    assert between.acted
    assert pruned.put_off == ""
    assert_sound(repository, {**snapshots, small.snapshot_id: {b"x": CONTENTS[4]}})
    prune(repository, grace=NOW)
    assert_sound(repository, {**snapshots, small.snapshot_id: {b"x": CONTENTS[4]}})


def test_of_what_is_needed_all_at_once_every_copy_is_kept(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as stock restic saves, which does not look whether the packs of the index are there
    monkeypatch.setattr("holdfast.repo.recover._is_lost", lambda *_: False)
    kept = save_files(repository, {b"x": CONTENTS[4]})
    blobs = [(BlobKind.DATA, CONTENTS[0]), (BlobKind.DATA, CONTENTS[1]), (BlobKind.DATA, CONTENTS[2])]
    put_pack(repository, blobs)
    missing = put_pack(repository, reversed(blobs))
    repository.store.delete(pack.name(missing.id))
    snapshots = {kept.snapshot_id: {b"x": CONTENTS[4]}}

    def another_save() -> None:
        with locked(repository):
            snapshots[save_files(repository, NEW).snapshot_id] = NEW

    between = Between("reading the listings of folders", another_save)
    prune(repository, grace=NOW, progress=between)
    assert between.acted
    prune(repository, grace=NOW)
    assert_sound(repository, snapshots)


def test_a_save_that_takes_a_lost_pack_out_of_the_index_does_a_prune_no_harm(repository: Repository) -> None:
    kept = save_files(repository, {b"x": CONTENTS[4]})
    lost = put_pack(repository, [(BlobKind.DATA, CONTENTS[0]), (BlobKind.DATA, CONTENTS[1])])
    repository.store.delete(pack.name(lost.id))
    snapshots = {kept.snapshot_id: {b"x": CONTENTS[4]}}

    def another_save() -> None:
        with locked(repository):
            snapshots[save_files(repository, NEW).snapshot_id] = NEW

    between = Between("reading the listings of folders", another_save)
    with suppress(Damaged):
        prune(repository, grace=NOW, progress=between)
    assert between.acted
    assert load_index(repository).has_pack(lost.id) is False
    prune(repository, grace=NOW)
    assert_sound(repository, snapshots)


def test_a_restore_keeps_packs_in_the_index(repository: Repository) -> None:
    with forgotten(repository) as old, locked(repository):
        assert prune(repository, grace=NOW).put_off
        assert old in packs_in_store(repository)


def test_an_exclusive_lock_of_others_refuses_a_prune(repository: Repository) -> None:
    with forgotten(repository):
        before = listing(repository)
        with locked(repository, exclusive=True), pytest.raises(RepositoryLocked):
            prune(repository, grace=NOW)
        assert listing(repository) == before


def test_a_prune_that_has_lost_its_lock_removes_nothing(repository: Repository) -> None:
    with forgotten(repository):
        packs, index = packs_in_store(repository), packs_in_index(repository)
        lost = Between("reading the listings of folders", lambda: unlock(repository, everything=True))
        with pytest.raises(RepositoryLockLost):
            prune(repository, grace=NOW, progress=lost)
        assert lost.acted
        assert packs_in_store(repository) == packs
        assert packs_in_index(repository) == index


def test_two_prunes_at_once_do_no_harm(repository: Repository) -> None:
    inner: list[Pruned] = []
    kept = save_files(repository, {b"x": CONTENTS[4], b"y": CONTENTS[5]})
    snapshot.forget(repository, save_files(repository, {b"x": CONTENTS[4], b"z": CONTENTS[3]}).snapshot_id)
    with forgotten(repository):
        second = Between("removing packs", lambda: inner.append(prune(repository, grace=NOW)))
        prune(repository, grace=NOW, progress=second)
        assert len(inner) == 1
        files = {b"x": CONTENTS[4], b"y": CONTENTS[5]}
        assert_sound(repository, {kept.snapshot_id: files})
        assert prune(repository, grace=NOW).removed_packs == 0


def test_a_prune_waits_for_a_save_to_end(repository: Repository) -> None:
    with forgotten(repository):
        saving = Saving(repository, {b"z": CONTENTS[5]}, locked(repository))
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(prune, repository, grace=NOW, limits=Limits(wait=timedelta(minutes=1)))
            snapshot_id = saving.end()
            assert done.result().removed_packs == 2
        assert loaded_files(repository, snapshot_id) == {b"z": CONTENTS[5]}
