import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.repo.trees import Files, loaded_files, origin, save_files, tree_of

from holdfast.repo import copy, pack, save, snapshot
from holdfast.repo import repository as repositories
from holdfast.repo.blob import BlobKind
from holdfast.repo.check import check
from holdfast.repo.copy import Moved
from holdfast.repo.errors import NotCopied, SnapshotMissing
from holdfast.repo.ids import blob_id
from holdfast.repo.index import Location
from holdfast.repo.packer import Packer
from holdfast.repo.repository import Repository
from holdfast.repo.runs import Runs
from holdfast.store.objects import Objects, StoreFull, open_store

MIB = 1 << 20
NOISE = random.Random(8).randbytes(24 * MIB)
SMALL = {b"srv/%d/%d" % (number % 5, number): b"%d" % number for number in range(60)}
_NUMBERS = count()


def make() -> Repository:
    return repositories.init(open_store("memory://copies", f"repo{next(_NUMBERS)}"), "other", cost=4)


@pytest.fixture
def target() -> Iterator[Repository]:
    made = make()
    yield made
    for name in names(made):
        made.store.delete(name)


def names(repository: Repository, folder: str = "") -> set[str]:
    return {name for name, _ in repository.store.names(folder)}


def spoil(repository: Repository, name: str, position: int) -> None:
    content = bytearray(repository.store.get(name))
    content[position] ^= 0xFF
    repository.store.delete(name)
    repository.store.put(name, content)


def place_of(repository: Repository, kind: BlobKind, content_id: bytes) -> Location:
    found = repositories.load_index(repository).find(kind, content_id)
    assert found is not None
    return found


CONTENTS = st.binary(max_size=40) | st.sampled_from(
    [NOISE[: 3 * MIB], NOISE[MIB : 4 * MIB], b"again" * 50_000]
)
FILES = st.dictionaries(
    st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=2, max_size=4).map(
        lambda p: b"/".join(p) + b".txt"
    ),
    CONTENTS,
    max_size=5,
)


@settings(max_examples=8, deadline=None)
@given(st.lists(FILES, min_size=1, max_size=4), st.data())
def test_every_copy_loads_as_its_original(revisions: list[Files], data: st.DataObject) -> None:
    source, target = make(), make()
    wanted = {save_files(source, files).snapshot_id: files for files in revisions}
    for some in data.draw(st.lists(st.sets(st.sampled_from(sorted(wanted))), min_size=1, max_size=3)):
        copied = copy.copy(source, sorted(some), target)
        assert copied.copies.keys() == some
        for source_id, copy_id in copied.copies.items():
            assert loaded_files(target, copy_id) == wanted[source_id]
    assert check(target, read_data=True) == []


def test_the_size_of_its_steps_makes_no_difference(
    repository: Repository, target: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    revisions = [SMALL, {**SMALL, b"srv/new": NOISE}, {b"srv/1/1": b"another", b"elsewhere/x": b"1"}]
    wanted = {save_files(repository, files).snapshot_id: files for files in revisions}
    for limit in ("_LISTINGS", "_PIECES", "_GROUP_BYTES"):
        monkeypatch.setattr(f"holdfast.repo.copy.{limit}", 1)
    visible = set()

    def watch(_: Moved) -> None:
        visible.add(len(names(target, "snapshots")))

    copied = copy.copy(repository, list(wanted), target, watch)
    assert visible == {0, 1, 2}  # each one is shown as soon as it is whole
    assert {one: loaded_files(target, copied.copies[one]) for one in wanted} == wanted
    assert check(target, read_data=True) == []


def test_a_repeated_copy_changes_nothing(repository: Repository, target: Repository) -> None:
    made = save_files(repository, SMALL).snapshot_id
    first = copy.copy(repository, [made], target)
    before = names(target)
    again = copy.copy(repository, [made, made], target)
    assert names(target) == before
    assert again.copies == first.copies
    assert (first.new, again.new) == ((made,), ())
    assert (again.blobs, again.bytes, again.stored_bytes) == (0, 0, 0)


def test_only_what_the_target_lacks_is_sent(repository: Repository, target: Repository) -> None:
    files = {b"srv/big": NOISE, b"srv/deep/a": b"1", b"srv/deep/b": b"2"}
    first = save_files(repository, files).snapshot_id
    stored = repositories.stored_bytes(target)
    copied = copy.copy(repository, [first], target)
    assert repositories.stored_bytes(target) == stored + copied.stored_bytes
    assert copied.bytes > len(NOISE)
    second = save_files(repository, {**files, b"srv/new": b"new"}, first).snapshot_id
    copied = copy.copy(repository, [first, second], target)
    assert copied.new == (second,)
    assert copied.blobs == 3  # the new file, and the listings of the two folders above it
    assert copied.stored_bytes < 10_000
    assert loaded_files(target, copied.copies[second]) == {**files, b"srv/new": b"new"}


def fields_of(repository: Repository, snapshot_id: str) -> dict[str, object]:
    decoded: dict[str, object] = json.loads(repositories.get_file(repository, "snapshots", snapshot_id))
    return decoded


def test_a_copy_says_all_that_the_original_says(repository: Repository, target: Repository) -> None:
    first = save_files(repository, {b"srv/a": b"1"}).snapshot_id
    second = save.save(repository, tree_of({b"srv/a": b"2"}), origin(first, "holdfast:backup=7", "daily"))
    says = fields_of(repository, second.snapshot_id)
    says |= {"excludes": ["*.tmp"], "uid": 7, "gid": 8, "summary": {"files_new": 3, "later": None}}
    odd, _ = repositories.put_file(repository, "snapshots", json.dumps(says).encode())
    copied = copy.copy(repository, [odd], target)
    del says["parent"]  # it means nothing in another repository
    assert fields_of(target, copied.copies[odd]) == {**says, "original": odd}
    tagged = snapshot.find_tagged(target, "holdfast:backup=7")
    assert tagged is not None
    assert (tagged.id, tagged.parent) == (copied.copies[odd], None)


def test_a_copy_of_a_copy_remembers_the_very_first(repository: Repository, target: Repository) -> None:
    made = save_files(repository, SMALL).snapshot_id
    near = copy.copy(repository, [made], target).copies[made]
    third = make()
    far = copy.copy(target, [near], third).copies[near]
    assert fields_of(third, far)["original"] == made
    assert copy.copy(repository, [made], third).copies == {made: far}
    assert copy.copy(third, [far], repository).copies == {far: made}


def test_a_snapshot_whose_tags_were_changed_is_copied_again(
    repository: Repository, target: Repository
) -> None:
    made = save_files(repository, SMALL).snapshot_id
    first = copy.copy(repository, [made], target).copies[made]
    changed = {**fields_of(repository, made), "tags": ["keep"], "original": made}
    tagged, _ = repositories.put_file(repository, "snapshots", json.dumps(changed).encode())
    copied = copy.copy(repository, [made, tagged], target)
    assert copied.copies[made] == first
    assert copied.new == (tagged,)


def test_a_repository_is_a_copy_of_itself(repository: Repository) -> None:
    made = save_files(repository, SMALL).snapshot_id
    before = names(repository)
    assert copy.copy(repository, [made], repository).copies == {made: made}
    assert names(repository) == before


def test_a_snapshot_that_is_not_there_ends_it_before_it_begins(
    repository: Repository, target: Repository
) -> None:
    made = save_files(repository, SMALL).snapshot_id
    before = names(target)
    for missing in ("ab" * 32, "latest"):
        with pytest.raises(SnapshotMissing):
            copy.copy(repository, [made, missing], target)
    assert names(target) == before


def test_a_damaged_piece_costs_only_the_snapshots_that_need_it(
    repository: Repository, target: Repository
) -> None:
    good, bad = {b"srv/a": b"good"}, {b"srv/dir/c": NOISE[:1000], b"srv/other": b"x"}
    before = save_files(repository, good).snapshot_id
    spoilt = save_files(repository, bad).snapshot_id
    shares = save_files(repository, {**bad, b"srv/other": b"y"}).snapshot_id
    after = save_files(repository, {**good, b"srv/z": b"z"}).snapshot_id
    place = place_of(repository, BlobKind.DATA, blob_id(NOISE[:1000]))
    spoil(repository, pack.name(place.pack_id), place.offset + 40)
    with pytest.raises(NotCopied) as refusal:
        copy.copy(repository, [before, spoilt, shares, after], target)
    assert refusal.value.failures.keys() == {spoilt, shares}
    assert f"snapshot {spoilt}: pack {place.pack_id} is damaged" in str(refusal.value)
    assert f"snapshot {shares}: pack {place.pack_id} is damaged" in str(refusal.value)
    visible = [loaded_files(target, one.id) for one in snapshot.find(target)]
    assert sorted(visible, key=len) == [good, {**good, b"srv/z": b"z"}]
    assert check(target, read_data=True) == []
    spoil(repository, pack.name(place.pack_id), place.offset + 40)
    copied = copy.copy(repository, [before, spoilt, shares, after], target)
    assert copied.new == (spoilt, shares)
    assert loaded_files(target, copied.copies[spoilt]) == bad
    assert check(target, read_data=True) == []


def test_whatever_is_damaged_is_named(repository: Repository, target: Repository) -> None:
    made = save_files(repository, {b"srv/a": NOISE[:1000]}).snapshot_id
    data = place_of(repository, BlobKind.DATA, blob_id(NOISE[:1000]))
    root = place_of(repository, BlobKind.TREE, snapshot.get(repository, made).tree)
    content = repository.store.get(pack.name(data.pack_id))

    def reason() -> str:
        with pytest.raises(NotCopied) as refusal:
            copy.copy(repository, [made], target)
        assert names(target, "snapshots") == set()
        return refusal.value.failures[made]

    repository.store.delete(pack.name(data.pack_id))
    assert reason() == f"pack {data.pack_id} is missing"
    repository.store.put(pack.name(data.pack_id), content[: data.offset + 100])
    assert reason() == f"pack {data.pack_id} is cut off"
    spoil(repository, pack.name(root.pack_id), root.offset + 20)
    assert reason().startswith(f"pack {root.pack_id} is damaged")
    spoil(repository, f"snapshots/{made}", 20)
    assert made in reason()
    spoil(repository, f"snapshots/{made}", 20)
    for name in names(repository, "index"):
        repository.store.delete(name)
    assert "is in no index" in reason()


class CancelledError(Exception):
    pass


def test_a_cancelled_copy_shows_nothing_and_its_packs_are_used_by_the_next(
    repository: Repository, target: Repository
) -> None:
    files = {b"a%02d" % number: os.urandom(4 * MIB) for number in range(25)}
    made = save_files(repository, files).snapshot_id

    def watch(_: Moved) -> None:
        if names(target, "data"):
            raise CancelledError

    with pytest.raises(CancelledError):
        copy.copy(repository, [made], target, watch)
    assert names(target, "snapshots") == set()
    sent = sum(size for _, size in target.store.names("data"))
    assert sent > 16 * MIB
    copied = copy.copy(repository, [made], target)
    assert copied.stored_bytes < 101 * MIB - sent
    assert loaded_files(target, copied.copies[made]) == files
    assert check(target, read_data=True) == []


KILLED = """
import os, signal, sys
from holdfast.repo import copy
from holdfast.repo.repository import open_repository
from holdfast.store.objects import open_store

source, target = (open_repository(open_store(url), "secret") for url in sys.argv[1:3])

def watch(progress):
    if sys.argv[4] == "at once" or any(target.store.names("data")):
        os.kill(os.getpid(), signal.SIGKILL)

copy.copy(source, [sys.argv[3]], target, watch)
"""


def test_a_killed_copy_goes_on_where_it_was(tmp_path: Path) -> None:
    source, target = (
        repositories.init(open_store((tmp_path / name).as_uri()), "secret", cost=4) for name in ("from", "to")
    )
    files = {b"srv/%02d/file" % number: os.urandom(2 * MIB) for number in range(50)}
    made = save_files(source, files).snapshot_id
    urls = [(tmp_path / name).as_uri() for name in ("from", "to")]
    for when in ("at once", "with a pack sent"):
        done = subprocess.run([sys.executable, "-c", KILLED, *urls, made, when], check=False)
        assert done.returncode == -signal.SIGKILL
        assert snapshot.find(target) == []
        assert check(target, read_data=False) == []
    sent = sum(size for _, size in target.store.names("data"))
    assert sent > 16 * MIB
    copied = copy.copy(source, [made], target)
    assert copied.bytes < 101 * MIB - sent
    assert loaded_files(target, copied.copies[made]) == files
    assert check(target, read_data=True) == []


def test_listings_that_came_before_what_they_tell_of_are_not_trusted(
    repository: Repository, target: Repository
) -> None:
    made = save_files(repository, SMALL).snapshot_id
    root = snapshot.get(repository, made).tree
    with Runs(repository, repositories.load_index(repository)) as runs:
        ((_, listing, _),) = next(runs.read(runs.plan(BlobKind.TREE, [root])))
    with Packer(target, repositories.load_index(target)) as packer:
        packer.put(BlobKind.TREE, listing)
        packer.finish()
    copied = copy.copy(repository, [made], target)
    assert loaded_files(target, copied.copies[made]) == SMALL
    assert check(target, read_data=True) == []


def test_a_full_target_shows_only_what_is_whole(repository: Repository, small_disk: Path) -> None:
    target = repositories.init(open_store(small_disk.as_uri()), "secret", cost=4)
    small = save_files(repository, SMALL).snapshot_id
    copy.copy(repository, [small], target)
    large = save_files(repository, {b"srv/big": os.urandom(40 * MIB)}).snapshot_id
    with pytest.raises(StoreFull):
        copy.copy(repository, [small, large], target)
    (visible,) = snapshot.find(target)
    assert loaded_files(target, visible.id) == SMALL
    assert check(target, read_data=True) == []


def test_progress_grows_until_it_reaches_its_aim(repository: Repository, target: Repository) -> None:
    made = [
        save_files(repository, {b"srv/big": NOISE}).snapshot_id,
        save_files(repository, SMALL).snapshot_id,
    ]
    told: list[Moved] = []
    copied = copy.copy(repository, made, target, told.append)
    assert len(told) > 4
    assert [one.bytes for one in told] == sorted(one.bytes for one in told)
    assert all(one.bytes <= one.of_bytes and one.blobs <= one.of_blobs for one in told)
    last = told[-1]
    assert (last.blobs, last.bytes) == (last.of_blobs, last.of_bytes) == (copied.blobs, copied.bytes)


def test_what_is_worth_compressing_is_compressed_again(repository: Repository, target: Repository) -> None:
    text = b"all work and no play\n" * 200_000
    made = save_files(repository, {b"srv/text": text}).snapshot_id
    copied = copy.copy(repository, [made], target)
    assert copied.bytes > len(text)
    assert copied.stored_bytes < len(text) // 20


def test_neighbours_are_read_together(repository: Repository) -> None:
    contents = [b"%d" % number * 100 for number in range(2000)]
    with Packer(repository, repositories.load_index(repository)) as packer:
        ids = packer.put_data(contents)
        packer.finish()
    with Runs(repository, repositories.load_index(repository)) as runs:
        plan = runs.plan(BlobKind.DATA, ids)
        assert len(plan) == 1
        found = {blob_id: content for blob_id, content, _ in next(runs.read(plan))}
        assert found == dict(zip(ids, contents, strict=True))
        in_order = [blob_id for blob_id, _ in plan[0].places]
        # what lies between two near ones is not worth another request
        assert len(runs.plan(BlobKind.DATA, [in_order[9], in_order[0], in_order[50]])) == 1
        (alone,) = runs.plan(BlobKind.DATA, in_order[7:8])
        assert alone.end - alone.start == alone.places[0][1].length


def test_no_run_is_larger_than_a_piece_or_a_few_mib(repository: Repository, store: Objects) -> None:
    save_files(repository, {b"srv/noise": NOISE, b"srv/text": b"a line of text\n" * MIB, **SMALL})
    packs = [
        pack.parse(repository.key, Path(name).name, store.get(name)) for name in names(repository, "data")
    ]
    wanted = [one.id for packed in packs for one in packed.blobs if one.kind is BlobKind.DATA]
    with Runs(repository, repositories.load_index(repository)) as runs:
        plan = runs.plan(BlobKind.DATA, wanted)
        assert all(run.size <= 4 * MIB or len(run.places) == 1 for run in plan)
        assert 5 < len(plan) < len(wanted) // 2
        contents = [content for run in runs.read(plan) for _, content, _ in run]
    assert sum(len(content) for content in contents) == sum(run.size for run in plan)
    assert {blob_id(content) for content in contents} == set(wanted)
