"""Copying snapshots into a vault of another holdfast over HTTP: what is sent, and what a cut wire costs."""

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.repo.trees import loaded_files, save_files
from tests.wire.served import Served, founded
from tests.wire.tap import Tap, tapped

from holdfast.repo import copy, repository
from holdfast.repo.check import check
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository
from holdfast.store.objects import StoreUnavailable, open_store

MIB = 1 << 20
NOISE = random.Random(11).randbytes(48 * MIB)
FILES = {b"srv/%d" % number: NOISE[number * 4 * MIB : (number + 1) * 4 * MIB] for number in range(12)}
_NUMBERS = count()


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with founded(migrated_sqlite, tmp_path_factory.mktemp("town")) as town:
        yield town


@pytest.fixture
def house(town: Served) -> Served:
    return town.with_another_vault()


@pytest.fixture
def tap(house: Served) -> Iterator[Tap]:
    with tapped(int(house.address.rpartition(":")[2])) as tap:
        yield tap


@pytest.fixture
def source() -> Iterator[Repository]:
    made = repository.init(open_store("memory://pushed", f"repo{next(_NUMBERS)}"), "ours", cost=4)
    yield made
    for name in [name for name, _ in made.store.names()]:
        made.store.delete(name)


def opened(house: Served, tap: Tap, patience: float = 20) -> Repository:
    """The vault's repository as another holdfast opens it."""
    remote = house.remote(patience, address=tap.address)
    return repository.open_repository(remote, house.password("operator"))


def pushed(source: Repository, target: Repository, snapshot_id: str) -> str:
    with locked(source), locked(target):
        return copy.copy(source, [snapshot_id], target).copies[snapshot_id]


def test_what_is_there_already_is_not_sent_again(house: Served, tap: Tap, source: Repository) -> None:
    target = opened(house, tap)
    first = save_files(source, FILES)
    copy_id = pushed(source, target, first.snapshot_id)
    assert tap.sent > 48 * MIB
    before = tap.sent
    assert pushed(source, target, first.snapshot_id) == copy_id
    more = FILES | {b"srv/new": b"one more letter"}
    second = pushed(source, target, save_files(source, more).snapshot_id)
    assert tap.sent - before < MIB // 4
    there = repository.open_repository(open_store(house.folder.as_uri()), house.password())
    assert loaded_files(there, copy_id) == FILES
    assert loaded_files(there, second) == more
    assert check(there, read_data=True) == []
    assert "no errors were found" in house.restic().run("check", "--read-data")


def test_a_wire_that_is_cut_now_and_then_costs_what_was_under_way_and_no_more(
    house: Served, tap: Tap, source: Repository
) -> None:
    saved = save_files(source, FILES)
    target = opened(house, tap)
    tap.cut_every = 28 * MIB
    copy_id = pushed(source, target, saved.snapshot_id)
    assert tap.cuts
    assert tap.sent < 48 * MIB + (tap.cuts + 1) * 17 * MIB
    there = repository.open_repository(open_store(house.folder.as_uri()), house.password())
    assert loaded_files(there, copy_id) == FILES
    assert check(there, read_data=True) == []


def test_a_push_that_was_given_up_goes_on_where_it_was(house: Served, tap: Tap, source: Repository) -> None:
    saved = save_files(source, FILES)
    target = opened(house, tap, 0.5)
    tap.cut_at = 40 * MIB
    with pytest.raises(StoreUnavailable):
        pushed(source, target, saved.snapshot_id)
    assert tap.cuts
    sent, tap.cut_at = tap.sent, None
    there = sum(size for _, size in open_store(house.folder.as_uri()).names("data"))
    assert there > 12 * MIB
    copy_id = pushed(source, opened(house, tap), saved.snapshot_id)
    assert tap.sent - sent < 50 * MIB - there + MIB
    found = repository.open_repository(open_store(house.folder.as_uri()), house.password())
    assert loaded_files(found, copy_id) == FILES
    assert check(found, read_data=True) == []
