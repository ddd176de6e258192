"""A bit flipped anywhere in any file of a repository is found by check, and never restored silently."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.repo.safety.damage import replace
from tests.repo.safety.told import Told, told
from tests.repo.trees import file, folder, origin

from holdfast.repo import prune, save, snapshot
from holdfast.repo import repository as repositories
from holdfast.repo.cache import Recent
from holdfast.repo.check import check
from holdfast.repo.errors import RepositoryError
from holdfast.repo.repository import Repository
from holdfast.store.objects import StoreError, open_store

PASSWORD = "secret"
KINDS = ("config", "keys", "index", "snapshots", "data", "holdfast")
DICE = random.Random(11)
RANDOM_PLACES = 60
FILES = {
    b"srv/a": b"dear all",
    b"srv/noise": DICE.randbytes(40_000),
    b"srv/text": b"all work and no play\n" * 9000,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of two backups, with compressed and plain blobs of both kinds, and packs that wait."""
    place = tmp_path_factory.mktemp("whole") / "repository"
    opened = repositories.init(open_store(place.as_uri()), PASSWORD, cost=4)
    first = save.save(opened, [folder(b"srv"), *(file(*one) for one in FILES.items())], origin())
    changed = [folder(b"srv"), file(b"srv/a", b"dear all"), file(b"srv/b", b"new")]
    save.save(opened, changed, origin(first.snapshot_id))
    third = save.save(opened, [file(b"third", DICE.randbytes(1000))], origin())
    snapshot.forget(opened, third.snapshot_id)
    assert prune.prune(opened).marked_packs
    return place


@pytest.fixture(scope="module")
def wanted(whole: Path) -> dict[str, Told]:
    """What every backup in it must bring back."""
    opened = opened_at(whole)
    found = {one.id: told(opened, one.id) for one in snapshot.find(opened)}
    assert sorted(map(len, found.values())) == [3, 4]
    assert check(opened, read_data=True) == []
    return found


@pytest.fixture
def place(whole: Path, tmp_path: Path) -> Path:
    """A copy to be ruined."""
    return Path(shutil.copytree(whole, tmp_path / "repository"))


def opened_at(place: Path) -> Repository:
    return repositories.open_repository(open_store(place.as_uri()), PASSWORD)


def files_of(place: Path, kind: str) -> list[Path]:
    """The files of a kind; of the packs those that are not waiting to be removed."""
    found = [one for one in (place / kind, *(place / kind).rglob("*")) if one.is_file()]
    if kind == "data":
        known = repositories.load_index(opened_at(place))
        found = [one for one in found if known.has_pack(one.name)]
    assert found
    return sorted(found)


def places_in(size: int) -> Iterator[int]:
    """The bytes where something ends or begins in a sealed file, and some between."""
    ends = {0, 1, 15, 16, 17, size - 1, size - 4, size - 5, size - 20, size - 21, size - 37}
    anywhere = {DICE.randrange(size) for _ in range(RANDOM_PLACES)}
    return (one for one in sorted(ends | anywhere) if 0 <= one < size)


def assert_found_and_harmless(place: Path, wanted: dict[str, Told], what: str) -> None:
    """The damage is told by opening or by check; what a load brings is right, if it brings anything."""
    try:
        opened = opened_at(place)
    except (RepositoryError, StoreError):
        return
    assert check(opened, read_data=True), what
    for snapshot_id, right in wanted.items():
        assert told(opened, snapshot_id).items() <= right.items(), what


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_found_and_never_restored(place: Path, wanted: dict[str, Told], kind: str) -> None:
    for path in files_of(place, kind):
        content = path.read_bytes()
        for number in places_in(len(content)):
            ruined = bytearray(content)
            ruined[number] ^= 1 << DICE.randrange(8)
            replace(path, ruined)
            assert_found_and_harmless(place, wanted, f"{path} at {number} of {len(content)}")
        replace(path, content)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_or_grown_is_found_and_never_restored(
    place: Path, wanted: dict[str, Told], kind: str
) -> None:
    for path in files_of(place, kind):
        content = path.read_bytes()
        half = len(content) // 2
        for ruined in (b"", content[:1], content[:half], content[:-1], content + b"\0", content + content):
            replace(path, ruined)
            assert_found_and_harmless(place, wanted, f"{path} with {len(ruined)} of {len(content)}")
        replace(path, content[:half] + bytes(len(content) - half))  # what a power failure leaves
        assert_found_and_harmless(place, wanted, f"{path} half zeros")
        replace(path, content)


@pytest.mark.parametrize("kind", ["index", "snapshots", "data"])
def test_a_file_in_the_place_of_another_is_found_and_never_restored(
    place: Path, wanted: dict[str, Told], kind: str
) -> None:
    first, second, *_ = files_of(place, kind)
    content = first.read_bytes()
    replace(first, second.read_bytes())
    assert_found_and_harmless(place, wanted, f"{second} as {first}")
    replace(first, content)
    replace(second, content)
    assert_found_and_harmless(place, wanted, f"{first} as {second}")


def test_a_flipped_bit_in_the_cache_is_never_restored(
    place: Path, wanted: dict[str, Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, cache = open_store(place.as_uri()), tmp_path / "cache"
    for snapshot_id in wanted:
        told(repositories.open_repository(store, PASSWORD, cache), snapshot_id)
    for path in files_of(cache, ""):
        content = path.read_bytes()
        for number in places_in(len(content)):
            ruined = bytearray(content)
            ruined[number] ^= 1 << DICE.randrange(8)
            replace(path, ruined)
            monkeypatch.setattr("holdfast.repo.repository._RECENT", Recent())
            opened = repositories.open_repository(store, PASSWORD, cache)
            for snapshot_id, right in wanted.items():
                assert told(opened, snapshot_id) == right, f"{path} at {number} of {len(content)}"
