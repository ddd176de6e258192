from datetime import UTC, datetime

import pytest
from tests.repo.conftest import PASSWORD
from tests.repo.trees import save_files

from holdfast.repo import key_file, polynomial, snapshot
from holdfast.repo import repository as repositories
from holdfast.repo.crypto import Key
from holdfast.repo.errors import (
    AlreadyARepository,
    Damaged,
    NotARepository,
    SnapshotMissing,
    UnsupportedVersion,
    WrongPassword,
)
from holdfast.repo.ids import file_id
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects


def test_a_repository_opens_with_its_password_only(store: Objects) -> None:
    made = repositories.init(store, PASSWORD, cost=4)
    assert repositories.open_repository(store, PASSWORD).id == made.id
    with pytest.raises(WrongPassword):
        repositories.open_repository(store, "wrong")


def test_a_repository_is_made_once(store: Objects) -> None:
    assert not repositories.exists(store)
    repositories.init(store, PASSWORD, cost=4)
    assert repositories.exists(store)
    with pytest.raises(AlreadyARepository):
        repositories.init(store, PASSWORD, cost=4)


def test_where_nothing_is_there_is_no_repository(store: Objects) -> None:
    with pytest.raises(NotARepository):
        repositories.open_repository(store, PASSWORD)


def test_a_config_without_a_key_is_no_repository(store: Objects) -> None:
    repositories.init(store, PASSWORD, cost=4)
    for name, _ in list(store.names("keys")):
        store.delete(name)
    with pytest.raises(NotARepository):
        repositories.open_repository(store, PASSWORD)


def test_a_key_left_by_a_killed_init_is_passed_over_and_removed(store: Objects) -> None:
    for _ in range(4):
        key_file.add(store, Key.random(), PASSWORD, 4)
    made = repositories.init(store, PASSWORD, cost=4)
    assert repositories.open_repository(store, PASSWORD).id == made.id
    assert len(list(store.names("keys"))) == 1


def test_a_second_password_opens_the_same_repository(store: Objects, repository: Repository) -> None:
    key_file.add(store, repository.key, "another", 4)
    opened = [repositories.open_repository(store, one) for one in ("another", PASSWORD)]
    assert [one.id for one in opened] == [repository.id, repository.id]
    assert len(list(store.names("keys"))) == 2


def test_a_format_from_the_future_is_refused(store: Objects) -> None:
    key = Key.random()
    key_file.add(store, key, PASSWORD, 4)
    store.put("config", key.seal(b'{"version":3,"id":"aa","chunker_polynomial":"1"}'))
    with pytest.raises(UnsupportedVersion, match="3"):
        repositories.open_repository(store, PASSWORD)


def test_a_key_file_that_asks_for_too_much_memory_is_refused(store: Objects) -> None:
    repositories.init(store, PASSWORD, cost=4)
    name, _ = next(store.names("keys"))
    greedy = store.get(name).replace(b'"N":16', b'"N":4294967296')
    store.delete(name)
    store.put(f"keys/{file_id(greedy)}", greedy)
    with pytest.raises(Damaged, match="N=4294967296"):
        repositories.open_repository(store, PASSWORD)


def test_the_chunker_polynomial_is_irreducible_and_of_degree_53() -> None:
    made = polynomial.random()
    assert made.bit_length() == 54
    assert polynomial.is_irreducible(made)
    assert polynomial.is_irreducible(0x3DA3358B4DC173)  # the one in restic's design document
    assert not polynomial.is_irreducible((1 << 53) | 1)


def test_snapshots_are_found_by_id_tag_and_time(repository: Repository) -> None:
    first = snapshot.add(repository, wanted(1, "holdfast:backup=1"))[0]
    second = snapshot.add(repository, wanted(2, "holdfast:backup=2", parent=first))[0]
    assert [one.id for one in snapshot.find(repository)] == [first, second]
    tagged = snapshot.find_tagged(repository, "holdfast:backup=2")
    assert tagged == snapshot.get(repository, second)
    assert tagged is not None
    assert (tagged.parent, tagged.paths, tagged.hostname) == (first, (b"/srv/data",), "host")
    assert tagged.time == datetime(2024, 1, 2, 3, 4, 5, 678901, UTC)
    assert snapshot.find_tagged(repository, "holdfast:backup=3") is None


def wanted(day: int, tag: str, parent: str | None = None) -> snapshot.Snapshot:
    time = datetime(2024, 1, day, 3, 4, 5, 678901, UTC)
    return snapshot.Snapshot("", time, b"t" * 32, (b"/srv/data",), "host", "root", (tag,), parent)


def test_a_forgotten_snapshot_is_gone_and_may_be_forgotten_again(repository: Repository) -> None:
    made = save_files(repository, {b"srv/data/a": b"a"}).snapshot_id
    snapshot.forget(repository, made)
    snapshot.forget(repository, made)
    with pytest.raises(SnapshotMissing):
        snapshot.get(repository, made)
    assert snapshot.find(repository) == []


@pytest.mark.parametrize("odd", ["", "latest", "../config", "A" * 64])
def test_what_is_no_id_of_a_snapshot_is_missing(repository: Repository, odd: str) -> None:
    with pytest.raises(SnapshotMissing):
        snapshot.get(repository, odd)


def test_a_damaged_file_of_the_repository_is_noticed(store: Objects, repository: Repository) -> None:
    made = save_files(repository, {b"srv/data/a": b"a"}).snapshot_id
    sealed = bytearray(store.get(f"snapshots/{made}"))
    sealed[20] ^= 1
    store.delete(f"snapshots/{made}")
    store.put(f"snapshots/{made}", sealed)
    with pytest.raises(Damaged, match=made):
        snapshot.get(repository, made)


def test_the_bytes_in_the_store_are_counted(store: Objects, repository: Repository) -> None:
    before = repositories.stored_bytes(repository)
    saved = save_files(repository, {b"srv/data/a": b"a" * 1000})
    assert repositories.stored_bytes(repository) - before == saved.stored_bytes
    assert repositories.stored_bytes(repository) == sum(size for _, size in store.names())
