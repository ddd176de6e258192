"""One contract for every kind of store: whatever holds for a folder holds for memory and for any server."""

import pickle
import random
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.store.conftest import Place

from holdfast.store.objects import BadName, Buffer, ObjectDiffers, ObjectMissing, Objects, StoreError

NAME = "data/0a/0a1b2c3d"


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


def test_what_was_put_stays_when_its_buffer_is_used_again(store: Objects) -> None:
    buffer = bytearray(b"first")
    store.put(NAME, memoryview(buffer))
    store.put("data/two", [memoryview(buffer), b"!"])
    buffer[:] = b"other"
    assert (store.get(NAME), store.get("data/two")) == (b"first", b"first!")


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


def test_what_was_deleted_is_missing_in_part_too(store: Objects) -> None:
    store.put(NAME, b"0123456789")
    assert store.get_part(NAME, 9, 1) == b"9"
    store.delete(NAME)
    with pytest.raises(ObjectMissing, match=NAME):
        store.get_part(NAME, 9, 1)


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


def test_names_that_are_none_of_ours_are_passed_over(store: Objects, place: Place) -> None:
    store.put("data/aa/ours", b"1")
    if place.kind == "file":
        folder = Path(unquote(urlsplit(place.base).path)) / "vault-1/data"
        (folder / "aa/.ours.part-1").write_bytes(b"2")
        (folder / "with space").write_bytes(b"3")
        (folder / "lost+found").mkdir()
        (folder / "lost+found/file").write_bytes(b"4")
    assert dict(store.names()) == {"data/aa/ours": 1}


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


def test_the_same_address_is_the_same_store(place: Place) -> None:
    place.open(30, "one").put(NAME, b"x")
    assert place.open(30, "one").get(NAME) == b"x"
    assert dict(place.open(30).names()) == {f"one/{NAME}": 1}
    assert list(place.open(30, "two").names()) == []


def test_several_buffers_are_put_as_one_object(store: Objects) -> None:
    parts: list[Buffer] = [b"head", bytearray(b"-body"), b"", memoryview(b"..-tail")[2:]]
    store.put(NAME, parts)
    store.put(NAME, parts)
    store.put(NAME, b"head-body-tail")
    store.put("data/many", [bytes([number % 251]) for number in range(3000)])
    assert store.get(NAME) == b"head-body-tail"
    assert store.get("data/many") == bytes(number % 251 for number in range(3000))
    with pytest.raises(ObjectDiffers):
        store.put(NAME, [b"head", b"-body", b"-tale"])
    store.put("data/none", [])
    assert store.get("data/none") == b""


def test_a_pack_of_many_mebibytes_goes_in_and_out(store: Objects) -> None:
    pack = random.Random(1).randbytes(17_000_001)
    store.put(NAME, memoryview(pack))
    assert store.get(NAME) == pack
    assert store.get_part(NAME, 16_999_990, 11) == pack[-11:]
    assert store.get_part(NAME, 5_000_000, 3_000_000) == pack[5_000_000:8_000_000]


def test_another_process_opens_the_same_store(store: Objects) -> None:
    if not store.shared:
        with pytest.raises(TypeError, match="one process"):
            pickle.dumps(store)
        return
    store.put(NAME, b"from here")
    program = (
        "import pickle, sys; store = pickle.load(sys.stdin.buffer);"
        f"store.put('data/there', store.get({NAME!r}) + b' and there')"
    )
    subprocess.run([sys.executable, "-c", program], input=pickle.dumps(store), check=True)
    assert store.get("data/there") == b"from here and there"
