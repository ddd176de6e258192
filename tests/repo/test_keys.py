import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.repo.conftest import PASSWORD

from holdfast.model import clock
from holdfast.repo import key_file, keys
from holdfast.repo import repository as repositories
from holdfast.repo.crypto import Key
from holdfast.repo.errors import Damaged, KeyMissing, KeyNeeded, WrongPassword
from holdfast.repo.ids import file_id
from holdfast.repo.lock import locked
from holdfast.repo.repository import Repository, open_repository
from holdfast.store.objects import Objects, open_store


def key_ids(store: Objects) -> set[str]:
    return {name.rpartition("/")[2] for name, _ in store.names("keys")}


def put_key(store: Objects, content: bytes) -> str:
    key_id = file_id(content)
    store.put(f"keys/{key_id}", content)
    return key_id


def test_an_added_password_opens_the_repository_and_the_first_one_too(
    store: Objects, repository: Repository
) -> None:
    added = keys.add(repository, "another", cost=4)
    assert key_ids(store) == {repository.key_id, added}
    assert open_repository(store, "another").key_id == added
    assert open_repository(store, PASSWORD).key_id == repository.key_id
    assert open_repository(store, "another").id == repository.id


def test_keys_are_told_oldest_first(store: Objects, repository: Repository) -> None:
    before = clock.now()
    added = keys.add(repository, "another", cost=4)
    found = keys.find(store)
    assert [one.id for one in found] == [repository.key_id, added]
    assert {(one.username, one.hostname) for one in found} == {("holdfast", os.uname().nodename)}
    created = found[1].created
    assert created is not None
    assert timedelta() <= created - before < timedelta(minutes=5)


def test_a_removed_password_opens_nothing(store: Objects, repository: Repository) -> None:
    added = keys.add(repository, "another", cost=4)
    with locked(repository, exclusive=True):
        keys.remove(repository, added)
    with pytest.raises(WrongPassword):
        open_repository(store, "another")
    assert open_repository(store, PASSWORD).id == repository.id


def test_the_key_in_use_stays_unless_another_is_proven(store: Objects, repository: Repository) -> None:
    keys.add(repository, "another", cost=4)
    with pytest.raises(KeyNeeded, match=repository.key_id):
        keys.remove(repository, repository.key_id)
    assert len(key_ids(store)) == 2
    proven = open_repository(store, "another")
    keys.remove(repository, repository.key_id, proven=proven)
    assert key_ids(store) == {proven.key_id}
    with pytest.raises(KeyNeeded):
        keys.remove(proven, proven.key_id)
    with pytest.raises(KeyNeeded, match="not there any more"):
        keys.remove(repository, proven.key_id)  # with a key that has gone since
    assert open_repository(store, "another").id == repository.id


def test_another_repository_proves_nothing(store: Objects, repository: Repository) -> None:
    elsewhere = repositories.init(open_store("memory://tests", "elsewhere"), "its own", cost=4)
    for stranger in (elsewhere, replace(elsewhere, id=repository.id), replace(repository, key=elsewhere.key)):
        with pytest.raises(KeyNeeded):
            keys.remove(repository, repository.key_id, proven=replace(stranger, key_id="ab" * 32))
    assert key_ids(store) == {repository.key_id}


@pytest.mark.parametrize("odd", ["ab" * 32, "", "../config", "latest"])
def test_a_key_that_is_not_there_is_missing(repository: Repository, odd: str) -> None:
    with pytest.raises(KeyMissing):
        keys.remove(repository, odd)


def test_a_changed_password_takes_the_place_of_the_old_one(store: Objects, repository: Repository) -> None:
    third = keys.add(repository, "third", cost=4)
    with locked(repository, exclusive=True):
        renewed = keys.change_password(repository, "new", cost=4)
    assert (renewed.id, renewed.key_id) == (repository.id, open_repository(store, "new").key_id)
    assert key_ids(store) == {renewed.key_id, third}
    with pytest.raises(WrongPassword):
        open_repository(store, PASSWORD)


def test_a_password_may_be_changed_into_itself(store: Objects, repository: Repository) -> None:
    renewed = keys.change_password(repository, PASSWORD, cost=4)
    assert key_ids(store) == {renewed.key_id} != {repository.key_id}
    assert open_repository(store, PASSWORD).key_id == renewed.key_id


KILLED = """
import os, signal, sys
from holdfast.repo import keys
from holdfast.repo.repository import open_repository
from holdfast.store.objects import Objects, open_store

class Mortal(Objects):
    def put(self, name, data):
        super().put(name, data)
        os.kill(os.getpid(), signal.SIGKILL)

store = open_store(sys.argv[1])
store.__class__ = Mortal
keys.change_password(open_repository(store, "old"), "new", cost=4)
"""


def test_killed_between_two_passwords_both_open(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    made = repositories.init(store, "old", cost=4)
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path.as_uri()], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [open_repository(store, one).id for one in ("old", "new")] == [made.id, made.id]
    keys.change_password(open_repository(store, "old"), "new", cost=4)
    with pytest.raises(WrongPassword):
        open_repository(store, "old")


def test_a_key_file_under_another_name_is_not_used(store: Objects, repository: Repository) -> None:
    content = store.get(f"keys/{repository.key_id}")
    store.delete(f"keys/{repository.key_id}")
    store.put("keys/" + "ab" * 32, content)
    with pytest.raises(Damaged, match="not what its id says"):
        open_repository(store, PASSWORD)
    assert [bool(one.problem) for one in keys.find(store)] == [True]


@pytest.mark.parametrize(
    "change",
    [
        {"kdf": "none"},
        {"N": 1 << 32},
        {"N": 0},
        {"N": -16},
        {"N": 15},
        {"N": 1 << 80},
        {"r": 0},
        {"r": 1 << 30},
        {"r": -8},
        {"p": 0},
        {"p": 1 << 24},
        {"p": "many"},
        {"salt": None},
        {"data": "%%%"},
    ],
)
def test_an_absurd_key_file_is_refused_and_may_be_removed(
    store: Objects, repository: Repository, change: dict[str, object]
) -> None:
    good = msgspec.json.decode(store.get(f"keys/{repository.key_id}"))
    absurd = put_key(store, msgspec.json.encode({**good, **change}))
    assert open_repository(store, PASSWORD).key_id == repository.key_id
    with pytest.raises(Damaged):
        key_file.opened(store, absurd, PASSWORD)
    keys.remove(repository, absurd)
    assert [one.id for one in keys.find(store)] == [repository.key_id]


def test_a_key_file_that_cannot_be_read_is_told_with_its_problem(
    store: Objects, repository: Repository
) -> None:
    good = msgspec.json.decode(store.get(f"keys/{repository.key_id}"))
    odd = [put_key(store, b"{}"), put_key(store, msgspec.json.encode({**good, "created": "yesterday"}))]
    usable, *others = keys.find(store)
    assert (usable.id, usable.problem) == (repository.key_id, "")
    assert {one.id for one in others} == set(odd)
    assert all(one.problem and one.created is None for one in others)


def test_a_key_of_another_length_is_refused(store: Objects) -> None:
    odd = key_file.add(store, Key(b"too short", bytes(16), bytes(16)), "odd", 4)
    with pytest.raises(Damaged, match="length"):
        key_file.opened(store, odd, "odd")


@given(st.text(st.characters(codec="utf-8"), max_size=30), st.text(st.characters(codec="utf-8"), max_size=30))
def test_only_its_password_opens_a_key(password: str, other: str) -> None:
    store = open_store("memory://keys")
    key = Key.random()
    key_id = key_file.add(store, key, password, 1)
    opened = key_file.opened(store, key_id, password)
    assert (opened.encrypt, opened.mac_k, opened.mac_r) == (key.encrypt, key.mac_k, key.mac_r)
    if other != password:
        with pytest.raises(WrongPassword):
            key_file.opened(store, key_id, other)


@given(st.integers(0), st.integers(0, 7))
def test_a_key_file_with_a_bit_turned_opens_to_the_same_key_or_not_at_all(position: int, bit: int) -> None:
    store = open_store("memory://keys")
    key = Key.random()
    content = bytearray(store.get(f"keys/{key_file.add(store, key, 'secret', 1)}"))
    content[position % len(content)] ^= 1 << bit
    try:
        opened = key_file.opened(store, put_key(store, bytes(content)), "secret")
    except (Damaged, WrongPassword):
        return
    assert opened.encrypt == key.encrypt  # it was a letter of the user's or the host's name, or of the time
