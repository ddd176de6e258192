"""Whatever is saved, forgotten and pruned, and in whatever order: what was promised can be had."""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.repo.conftest import PASSWORD
from tests.repo.pruning import NOW, Files, let_pass, listing, packs_in_index, put_pack
from tests.repo.trees import loaded_files, save_files

from holdfast.repo import index, pack, snapshot
from holdfast.repo import repository as repositories
from holdfast.repo.blob import BlobKind
from holdfast.repo.check import examine
from holdfast.repo.plan import Limits
from holdfast.repo.prune import prune
from holdfast.repo.repository import load_index, put_file
from holdfast.store.objects import open_store

HOUR = timedelta(hours=1)
CONTENTS = [bytes([number]) * (1 + 37 * number) for number in range(12)]
FILES = st.dictionaries(
    st.sampled_from([b"a", b"b/c", b"b/d", b"b/e/f", b"g"]), st.sampled_from(CONTENTS), max_size=5
)
LIMITS = st.builds(
    Limits,
    max_unused=st.sampled_from([0.0, 30.0, None]),
    max_repack=st.sampled_from([None, 400]),
)


class Histories(RuleBasedStateMachine):
    """A repository in memory, and what its snapshots must bring back."""

    def __init__(self) -> None:
        super().__init__()
        store = open_store("memory://histories", os.urandom(8).hex())
        self.repository = repositories.init(store, PASSWORD, cost=4)
        self.promised: dict[str, Files] = {}

    @rule(files=FILES)
    def save(self, files: Files) -> None:
        self.promised[save_files(self.repository, files).snapshot_id] = files

    @rule(which=st.integers(0, 10))
    def forget(self, which: int) -> None:
        if self.promised:
            gone = sorted(self.promised)[which % len(self.promised)]
            snapshot.forget(self.repository, gone)
            del self.promised[gone]

    @rule(grace=st.sampled_from([NOW, HOUR, 3 * HOUR]), limits=LIMITS)
    def prune(self, grace: timedelta, limits: Limits) -> None:
        told = prune(self.repository, grace=grace, limits=limits, dry_run=True)
        done = prune(self.repository, grace=grace, limits=limits)
        assert (told.marked_packs, told.removed_packs) == (done.marked_packs, done.removed_packs)
        assert done.put_off == ""

    @rule()
    def time_passes(self) -> None:
        let_pass(self.repository, 2 * HOUR)

    @rule(
        contents=st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=4, unique=True),
        indexed=st.booleans(),
    )
    def another_program_leaves_a_pack(self, contents: list[bytes], indexed: bool) -> None:
        put_pack(self.repository, [(BlobKind.DATA, one) for one in contents], indexed=indexed)

    @rule()
    def a_killed_prune_left_old_index_files(self) -> None:
        known = load_index(self.repository)
        packs = [pack.Pack(one, tuple(known.blobs_of(one))) for one in known.pack_ids()]
        put_file(self.repository, "index", index.encode(packs))

    @invariant()
    def nothing_is_lost(self) -> None:
        assert examine(self.repository, 100.0).problems == ()
        for snapshot_id, files in self.promised.items():
            assert loaded_files(self.repository, snapshot_id) == files

    def teardown(self) -> None:
        """In the end all that nobody needs can be got rid of."""
        prune(self.repository, grace=NOW, limits=Limits(max_unused=0.0))
        pruned = prune(self.repository, grace=NOW, limits=Limits(max_unused=0.0))
        assert (pruned.unused_bytes, pruned.removed_packs, pruned.waiting_packs) == (0, 0, 0)
        assert len(listing(self.repository, "data")) == len(packs_in_index(self.repository))
        assert listing(self.repository, "holdfast") == listing(self.repository, "locks") == {}
        for name in listing(self.repository):
            self.repository.store.delete(name)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
