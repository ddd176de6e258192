"""Contents of a load can be pulled in another process, and what is damaged costs as little there as here."""

import os
import pickle
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from tests.repo.test_damage import place_of, spoil
from tests.repo.trees import content_of, image, load_all, loaded, origin, save_files

from holdfast.crew.crew import Crew
from holdfast.model.entry import Data, Entry, Hole, Kind, Portable, Range, Unreadable
from holdfast.providers.directory import Directory
from holdfast.providers.provider import Target
from holdfast.repo import loaded as listings
from holdfast.repo import repository as repositories
from holdfast.repo.blob import BlobKind
from holdfast.repo.errors import Damaged
from holdfast.repo.ids import blob_id
from holdfast.repo.load import load
from holdfast.repo.pack import name
from holdfast.repo.repository import Repository
from holdfast.repo.save import save
from holdfast.repo.zeros import ZERO_CHUNK, zero_id
from holdfast.store.objects import open_store

MIB = 1 << 20
NOISE = random.Random(8).randbytes(20 * MIB)
MANY = 1000


class Puller:
    """Pulls contents in a helper process."""

    def pull(self, contents: Iterable[Iterable[Range]]) -> list[bytes | Unreadable]:
        """The bytes of each, or why they cannot be had."""
        return [self._pull(one) for one in contents]

    def _pull(self, content: Iterable[Range]) -> bytes | Unreadable:
        try:
            return b"".join([bytes(piece.content) for piece in content if isinstance(piece, Data)])
        except Unreadable as problem:
            return problem


@pytest.fixture
def on_disk(tmp_path: Path) -> Repository:
    """A repository that other processes can reach."""
    return repositories.init(open_store(f"file://{tmp_path}/repo"), "password", cost=4)


def small_files() -> dict[bytes, bytes]:
    return {b"srv/data/%03d/%05d" % (n // 100, n): NOISE[n * 977 : n * 978] for n in range(MANY)}


def distant(entry: Entry) -> Iterable[Range] | None:
    assert isinstance(entry.content, Portable)
    return entry.content.travelling()


def test_files_are_pulled_in_another_process_without_an_index(on_disk: Repository) -> None:
    files = {**small_files(), b"srv/large": NOISE[: 5 * MIB], b"srv/empty": b""}
    saved = save_files(on_disk, files)
    entries = [entry for entry in loaded(on_disk, saved.snapshot_id) if entry.kind is Kind.FILE]
    contents = [distant(entry) for entry in entries]
    with Crew(Puller, 1) as crew:
        found = crew.members[0].call("pull", contents)
    assert dict(zip([entry.path for entry in entries], found, strict=True)) == files


def test_what_is_in_memory_or_full_of_holes_does_not_travel(
    repository: Repository, on_disk: Repository
) -> None:
    ranges: list[Range] = [Data(0, NOISE[:MIB]), Hole(MIB, MIB), Data(2 * MIB, NOISE[:MIB])]
    for one in (repository, on_disk):
        saved = save(one, [image(b"disk", ranges, 3 * MIB)], origin())
        (entry,) = loaded(one, saved.snapshot_id)
        assert distant(entry) is None
        assert content_of(entry) == NOISE[:MIB] + bytes(MIB) + NOISE[:MIB]
    saved = save_files(repository, {b"a": b"here"})
    (entry,) = loaded(repository, saved.snapshot_id)
    assert distant(entry) is None


def test_a_damaged_blob_costs_one_file_of_many(on_disk: Repository, tmp_path: Path) -> None:
    files = small_files()
    saved = save_files(on_disk, files)
    victim = sorted(files)[900]
    place = place_of(on_disk, BlobKind.DATA, blob_id(files[victim]))
    spoil(on_disk, place)
    target = Target({"path": "/srv/data"}, b"srv/data", str(tmp_path / "back"))
    written = Directory().write(target, (one for one in load(on_disk, saved.snapshot_id)))
    assert (written.files, written.failure_count) == (MANY - 1, 1)
    assert written.failures[0].path == victim
    assert f"pack {place.pack_id} is damaged" in written.failures[0].reason
    for path in files.keys() - {victim}:
        assert (tmp_path / "back" / os.fsdecode(path[9:])).read_bytes() == files[path]


def test_a_pack_that_was_cut_off_costs_only_what_was_beyond(on_disk: Repository) -> None:
    files = small_files()
    saved = save_files(on_disk, files)
    pack_name = name(place_of(on_disk, BlobKind.DATA, blob_id(files[max(files)])).pack_id)
    content = on_disk.store.get(pack_name)
    on_disk.store.delete(pack_name)
    on_disk.store.put(pack_name, content[: len(content) // 2])
    entries = [entry for entry in loaded(on_disk, saved.snapshot_id) if entry.kind is Kind.FILE]
    here, _ = load_all(on_disk, saved.snapshot_id)
    with Crew(Puller, 1) as crew:
        found = crew.members[0].call("pull", [distant(entry) for entry in entries])
    there = {entry.path: one for entry, one in zip(entries, found, strict=True) if isinstance(one, bytes)}
    assert there == here
    assert 0 < len(there) < MANY


ONE_FILE = """
import sys, threading
from holdfast.repo import repository
from holdfast.repo.load import load
from holdfast.store.objects import open_store

opened = repository.open_repository(open_store(sys.argv[1]), "password")
for entry in load(opened, sys.argv[2], [b"srv/data/003/00333"]):
    content = b"".join(piece.content for piece in entry.content)
assert threading.active_count() == 1
sys.stdout.buffer.write(content)
"""


def test_one_small_file_needs_no_thread(on_disk: Repository, tmp_path: Path) -> None:
    saved = save_files(on_disk, small_files())
    done = subprocess.run(
        [sys.executable, "-c", ONE_FILE, f"file://{tmp_path}/repo", saved.snapshot_id],
        capture_output=True,
        check=True,
    )
    assert done.stdout == small_files()[b"srv/data/003/00333"]


def test_a_large_file_that_is_left_half_read_leaves_no_thread(on_disk: Repository) -> None:
    saved = save_files(on_disk, {b"large": NOISE})
    (entry,) = loaded(on_disk, saved.snapshot_id)
    ranges = iter(entry.content)
    assert next(ranges).offset == 0
    del ranges
    assert content_of(entry) == NOISE


def test_equal_blobs_are_read_as_runs() -> None:
    hole, other = zero_id(ZERO_CHUNK).hex(), blob_id(b"other").hex()
    ids = [hole] * 100_000 + [other] + [hole] * 2 + [other] * 3
    content = b'{"nodes":[{"name":"disk","type":"file","content":%s}]}' % msgspec.json.encode(ids)
    (node,) = listings.decode(content)
    assert [(run.id.hex(), run.times) for run in node.runs()] == [
        (hole, 100_000),
        (other, 1),
        (hole, 2),
        (other, 3),
    ]
    assert node.id_count == 100_006
    assert [one.hex() for one in node.content_ids] == ids


@pytest.mark.parametrize("content", ["null", "[]", '[ "{0}" ,\n "{0}" ]', '["{0}"]'])
def test_a_list_of_ids_may_be_written_in_other_ways(content: str) -> None:
    one = blob_id(b"one").hex()
    written = content.replace("{0}", one)
    (node,) = listings.decode(f'{{"nodes":[{{"name":"a","type":"file","content":{written}}}]}}'.encode())
    assert [found.hex() for found in node.content_ids] == [one] * content.count("{0}")
    assert sum(run.times for run in node.runs()) == node.id_count == content.count("{0}")


@pytest.mark.parametrize("content", ['"x"', "{}", "[1]", '["12"]', f'["{"A" * 64}"]', '["]', "7"])
def test_what_is_no_list_of_ids_is_damaged(content: str) -> None:
    with pytest.raises(Damaged):
        listings.decode(f'{{"nodes":[{{"name":"a","type":"file","content":{content}}}]}}'.encode())


def test_a_travelling_content_is_small(on_disk: Repository) -> None:
    saved = save_files(on_disk, small_files())
    entries = [entry for entry in loaded(on_disk, saved.snapshot_id) if entry.kind is Kind.FILE]
    assert len(pickle.dumps([distant(entry) for entry in entries])) < 200 * MANY
