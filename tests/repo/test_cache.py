import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.repo import index
from holdfast.repo import repository as repositories
from holdfast.repo.blob import Blob, BlobKind
from holdfast.repo.cache import Cache
from holdfast.repo.crypto import Key
from holdfast.repo.errors import Damaged
from holdfast.repo.index import Index
from holdfast.repo.pack import Pack
from holdfast.repo.repository import Repository, load_index, put_file
from holdfast.repo.table_file import Kept
from holdfast.store.objects import Objects, open_store

PASSWORD = "correct horse"
KEY = Key.random()
NAMES = frozenset({"ab" * 32, "cd" * 32})
_NUMBERS = count()


def some_pack(blobs: int = 3) -> Pack:
    held = [Blob(BlobKind(n % 2), os.urandom(32), n * 50, 50, n) for n in range(blobs)]
    return Pack(os.urandom(32).hex(), tuple(held))


def add_index_file(repository: Repository, *packs: Pack) -> str:
    return put_file(repository, "index", index.encode(packs))[0]


def spoil(store: Objects, name: str) -> None:
    """Make an index file one that is there, and that nobody can read."""
    store.delete(f"index/{name}")
    store.put(f"index/{name}", b"not an index file")


def load_as_another_process(repository: Repository) -> Index:
    """Load the index with nothing of it in this process's memory: another repository's is there instead."""
    other = repositories.init(open_store("memory://caches", f"other{next(_NUMBERS)}"), PASSWORD, cost=4)
    load_index(other)
    return load_index(repository)


def knows(known: Index, *packs: Pack) -> bool:
    found = {pack_id: known.blobs_of(pack_id) for pack_id in known.pack_ids()}
    return found == {pack.id: list(pack.blobs) for pack in packs}


def kept_table(*packs: Pack) -> Kept:
    known = Index()
    for pack in packs:
        known.add(pack)
    return Kept(NAMES, known.merged())


@pytest.fixture
def cached(store: Objects, tmp_path: Path) -> Repository:
    return repositories.init(store, PASSWORD, cost=4, cache=tmp_path / "cache")


@pytest.fixture(scope="module")
def filled() -> Iterator[Cache]:
    """A folder that each of many examples may damage and must fill again."""
    with TemporaryDirectory() as folder:
        yield Cache(Path(folder), KEY)


def folder_of(repository: Repository) -> Path:
    assert repository.cache is not None
    return repository.cache.folder


def test_index_files_that_were_read_once_are_not_read_again(cached: Repository, store: Objects) -> None:
    packs = [some_pack() for _ in range(3)]
    names = [add_index_file(cached, pack) for pack in packs]
    load_index(cached)
    for name in names:
        spoil(store, name)
    assert knows(load_as_another_process(cached), *packs)


def test_a_process_reads_only_index_files_that_are_new_to_it(repository: Repository, store: Objects) -> None:
    first, second = some_pack(), some_pack()
    name = add_index_file(repository, first)
    load_index(repository)
    spoil(store, name)
    add_index_file(repository, second)
    assert knows(load_index(repository), first, second)


def test_what_is_in_memory_is_not_shown_to_a_repository_that_only_claims_the_id(
    repository: Repository, store: Objects
) -> None:
    name = add_index_file(repository, some_pack())
    load_index(repository)
    spoil(store, name)
    assert len(load_index(replace(repository))) == 3
    with pytest.raises(Damaged):
        load_index(replace(repository, key=KEY))


def test_what_a_save_adds_does_not_get_into_other_indexes(cached: Repository) -> None:
    packs = [some_pack() for _ in range(3)]
    add_index_file(cached, *packs)
    saving = load_index(cached)
    saving.add(some_pack())
    assert knows(load_index(cached), *packs)
    assert knows(load_as_another_process(cached), *packs)


def test_small_additions_get_into_the_table_when_they_are_many(cached: Repository, store: Objects) -> None:
    packs = [some_pack(2000)]
    add_index_file(cached, packs[0])
    load_index(cached)
    names = []
    for _ in range(20):
        packs.append(some_pack(2))
        names.append(add_index_file(cached, packs[-1]))
        assert knows(load_as_another_process(cached), *packs)
    spoil(store, names[0])
    assert knows(load_as_another_process(cached), *packs)


def test_what_index_files_told_that_are_gone_is_forgotten(cached: Repository, store: Objects) -> None:
    old, new = some_pack(), some_pack()
    name = add_index_file(cached, old)
    assert knows(load_index(cached), old)
    add_index_file(cached, new)
    store.delete(f"index/{name}")
    assert knows(load_index(cached), new)
    assert knows(load_as_another_process(cached), new)
    assert old.blobs[0].id not in (folder_of(cached) / "blobs").read_bytes()


def test_without_a_cache_and_with_one_the_index_is_the_same(cached: Repository, store: Objects) -> None:
    packs = [some_pack(20), some_pack(0), some_pack(1)]
    again = Pack(packs[0].id, (*packs[0].blobs[:2], *some_pack().blobs))
    for pack in (*packs, again):
        add_index_file(cached, pack)
    plain = load_as_another_process(repositories.open_repository(store, PASSWORD))
    for _ in range(2):
        known = load_as_another_process(cached)
        assert len(known) == len(plain) == 24
        for pack in packs:
            assert set(known.blobs_of(pack.id)) == set(plain.blobs_of(pack.id))
            assert known.end(pack.id) == plain.end(pack.id)


def test_the_folder_is_for_nobody_else_and_does_not_show_names(cached: Repository) -> None:
    add_index_file(cached, some_pack())
    load_index(cached)
    assert cached.cache is not None
    cached.cache.put("letters", b"to whom it may concern" * 99)
    folder = folder_of(cached)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    shown = b"".join(file.name.encode() + file.read_bytes() for file in folder.iterdir())
    assert b"letters" not in shown
    assert b"concern" not in shown


def test_what_was_kept_is_had_again(filled: Cache) -> None:
    assert filled.get("something") is None
    filled.put("something", b"first" * 1000)
    filled.put("something", b"second" * 1000)
    filled.put("nothing", b"")
    assert filled.get("something") == b"second" * 1000
    assert filled.get("nothing") == b""
    assert filled.get("something else") is None
    assert Cache(filled.folder, KEY).get("something") == b"second" * 1000


@settings(max_examples=200)
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 255), st.sampled_from(["change", "cut", "add"]))
def test_a_file_that_is_damaged_anywhere_is_no_file(
    filled: Cache, place: float, byte: int, what: str
) -> None:
    kept = kept_table(pack := some_pack(40), some_pack(2), Pack(pack.id, some_pack().blobs))
    filled.remove()
    filled.put_table(kept)
    filled.put("something", os.urandom(50))
    for file in filled.folder.iterdir():
        content = bytearray(file.read_bytes())
        position = int(place * len(content))
        if what == "change":
            content[position] ^= byte or 1
        elif what == "cut":
            del content[position:]
        else:
            content.append(byte)
        file.write_bytes(content)
    assert filled.table(NAMES) is None
    assert filled.get("something") is None


@given(st.binary(max_size=400))
def test_a_file_of_anything_is_no_file(filled: Cache, content: bytes) -> None:
    filled.put_table(kept_table())
    filled.put("something", b"")
    for file in filled.folder.iterdir():
        file.write_bytes(content)
    assert filled.table(NAMES) is None
    assert filled.get("something") is None


def test_a_table_of_more_index_files_than_there_are_is_not_used(filled: Cache) -> None:
    filled.put_table(kept_table(some_pack()))
    assert filled.table(NAMES) is not None
    assert filled.table(NAMES | {"ef" * 32}) is not None
    assert filled.table(frozenset(list(NAMES)[:1])) is None


def test_the_files_of_another_repository_are_no_files(filled: Cache, tmp_path: Path) -> None:
    filled.put_table(kept_table(some_pack()))
    filled.put("something", b"else")
    other = Cache(tmp_path, Key.random())
    other.put("something", b"")
    name = next(file.name for file in tmp_path.iterdir())
    for file in filled.folder.iterdir():
        (tmp_path / (name if len(file.name) == 64 else file.name)).write_bytes(file.read_bytes())
    assert other.table(NAMES) is None
    assert other.get("something") is None


def test_a_file_under_the_name_of_another_is_no_file(tmp_path: Path) -> None:
    cache = Cache(tmp_path, KEY)
    cache.put("one", b"1")
    one = next(tmp_path.iterdir())
    cache.put("two", b"2")
    (two,) = set(tmp_path.iterdir()) - {one}
    one.replace(two)
    assert cache.get("two") is None


def test_a_damaged_table_is_made_anew(cached: Repository, store: Objects) -> None:
    pack = some_pack()
    name = add_index_file(cached, pack)
    load_index(cached)
    (folder_of(cached) / "blobs").write_bytes(b"holdfast")
    assert knows(load_as_another_process(cached), pack)
    spoil(store, name)
    assert knows(load_as_another_process(cached), pack)


def test_a_folder_that_cannot_be_written_only_means_no_cache(store: Objects, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    opened = repositories.init(store, PASSWORD, cost=4, cache=tmp_path / "file")
    pack = some_pack()
    add_index_file(opened, pack)
    assert opened.cache is not None
    opened.cache.put("something", b"")
    assert opened.cache.get("something") is None
    assert knows(load_as_another_process(opened), pack)


def test_a_full_disk_only_means_no_cache(store: Objects, small_disk: Path) -> None:
    with suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    opened = repositories.init(store, PASSWORD, cost=4, cache=small_disk)
    pack = some_pack(500)
    add_index_file(opened, pack)
    assert knows(load_as_another_process(opened), pack)
    assert list(folder_of(opened).iterdir()) == []


def test_what_was_used_least_goes_first_when_there_is_too_much(tmp_path: Path) -> None:
    cache = Cache(tmp_path, KEY, limit=10_000)
    for number in range(3):
        cache.put(f"{number}", os.urandom(3000))
    for age, file in enumerate(tmp_path.iterdir()):
        os.utime(file, ns=(0, age))
    assert cache.get("1") is not None
    cache.put("3", os.urandom(3000))
    cache.put("4", os.urandom(3000))
    kept = [number for number in range(5) if cache.get(f"{number}") is not None]
    assert kept == [1, 3, 4]


def test_what_a_killed_process_left_goes(tmp_path: Path) -> None:
    left, begun = tmp_path / ".0123456789abcdef", tmp_path / ".fedcba9876543210"
    for file in (left, begun):
        file.write_bytes(b"half a file")
    os.utime(left, ns=(0, 0))
    Cache(tmp_path, KEY).put("something", b"")
    assert not left.exists()
    assert begun.exists()


def test_several_may_write_and_read_at_once(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(8)]

    def work(number: int) -> list[bytes | None]:
        cache = Cache(tmp_path, KEY)
        found = []
        for _ in range(20):
            cache.put("shared", contents[number])
            found.append(cache.get("shared"))
        return found

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(8)):
            assert set(found) <= set(contents)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_id_of_a_repository_cannot_lead_out_of_the_folder(repository: Repository, tmp_path: Path) -> None:
    sealed = repository.key.seal(b'{"version":2,"id":"../../odd","chunker_polynomial":"1"}')
    repository.store.delete("config")
    repository.store.put("config", sealed)
    opened = repositories.open_repository(repository.store, PASSWORD, tmp_path)
    assert opened.id == "../../odd"
    assert opened.cache is None
