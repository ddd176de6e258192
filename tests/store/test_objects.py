"""One contract for every kind of store: whatever holds for a folder holds for memory."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.store.objects import (
    BadName,
    ObjectDiffers,
    ObjectMissing,
    Objects,
    StoreError,
    StoreFull,
    open_store,
)

NAME = "data/0a/0a1b2c3d"


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (tmp_path / "a new" / "folder").as_uri() if request.param == "file" else f"memory://{tmp_path}"


@pytest.fixture
def store(url: str) -> Objects:
    return open_store(url, "vault-1")


def test_what_was_put_is_there_whole_and_in_part(store: Objects) -> None:
    store.put(NAME, b"0123456789")
    assert store.get(NAME) == b"0123456789"
    assert store.get_part(NAME, 3, 4) == b"3456"
    assert store.get_part(NAME, 3, 0) == b""
    assert store.size(NAME) == 10


def test_an_empty_object_is_an_object(store: Objects) -> None:
    store.put(NAME, b"")
    assert (store.get(NAME), store.size(NAME)) == (b"", 0)


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, lambda data: memoryview(bytearray(data))[:]])
def test_any_buffer_can_be_put(store: Objects, wrap: type[bytes]) -> None:
    store.put(NAME, wrap(b"buffer"))
    assert store.get(NAME) == b"buffer"


def test_putting_the_same_bytes_again_is_fine(store: Objects) -> None:
    store.put(NAME, b"same")
    store.put(NAME, memoryview(b"same"))
    assert store.get(NAME) == b"same"


def test_an_object_is_never_overwritten(store: Objects) -> None:
    store.put(NAME, b"first")
    with pytest.raises(ObjectDiffers, match=NAME):
        store.put(NAME, b"other")
    assert store.get(NAME) == b"first"


def test_what_is_missing_is_said_to_be_missing(store: Objects) -> None:
    for ask in (store.get, store.size, lambda name: store.get_part(name, 0, 1)):
        with pytest.raises(ObjectMissing, match="config"):
            ask("config")


@pytest.mark.parametrize("part", [(8, 3), (10, 1), (50, 1)])
def test_a_part_beyond_the_end_is_an_error_not_a_short_answer(store: Objects, part: tuple[int, int]) -> None:
    store.put(NAME, b"0123456789")
    with pytest.raises(StoreError):
        store.get_part(NAME, *part)


def test_names_are_those_of_a_folder_with_their_sizes(store: Objects) -> None:
    for name, data in {"config": b"1", "data/aa/aa1": b"22", "data/bb/bb1": b"333", "index/x": b"4"}.items():
        store.put(name, data)
    assert dict(store.names("data")) == {"data/aa/aa1": 2, "data/bb/bb1": 3}
    assert dict(store.names("data/bb/")) == {"data/bb/bb1": 3}
    assert dict(store.names()) == {"config": 1, "data/aa/aa1": 2, "data/bb/bb1": 3, "index/x": 1}
    assert list(store.names("locks")) == []


def test_many_names_are_all_listed(store: Objects) -> None:
    wanted = {f"index/{number:04}": 1 for number in range(1100)}
    for name in wanted:
        store.put(name, b"x")
    assert dict(store.names("index")) == wanted


def test_deleting_is_done_once_and_may_be_asked_twice(store: Objects) -> None:
    store.put(NAME, b"x")
    store.delete(NAME)
    store.delete(NAME)
    assert list(store.names()) == []
    store.put(NAME, b"other bytes after all")
    assert store.size(NAME) == 21


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/config",
        "data/",
        "data//x",
        "../config",
        "data/../../x",
        ".hidden",
        "a b",
        "a#1",
        "ü",
        "x" * 513,
    ],
)
def test_an_odd_name_is_refused(store: Objects, name: str) -> None:
    for ask in (store.get, store.size, store.delete, lambda name: store.put(name, b"x")):
        with pytest.raises(BadName):
            ask(name)


def test_the_same_address_is_the_same_store(url: str) -> None:
    open_store(url, "one").put(NAME, b"x")
    assert open_store(url, "one").get(NAME) == b"x"
    assert dict(open_store(url).names()) == {f"one/{NAME}": 1}
    assert list(open_store(url, "two").names()) == []


def test_an_address_of_no_known_kind_is_refused() -> None:
    with pytest.raises(StoreError, match="gopher"):
        open_store("gopher://hole/in/the/ground")


def test_a_folder_holds_plain_files_and_no_leftovers(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    store.put(NAME, b"plain")
    with pytest.raises(ObjectDiffers):
        store.put(NAME, b"other")
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == b"plain"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_said_to_be_full_and_nothing_half_written_remains(small_disk: Path) -> None:
    store = open_store(small_disk.as_uri(), "vault")
    store.put("index/first", bytes(1 << 20))
    with pytest.raises(StoreFull, match="data/aa/second"):
        store.put("data/aa/second", bytes(4 << 20))
    assert dict(store.names()) == {"index/first": 1 << 20}
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["first"]
    store.put("data/aa/second", b"small enough")
