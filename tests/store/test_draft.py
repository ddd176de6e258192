"""Drafts: bytes that become an object once their name is known, on every kind of store."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.store.objects import ObjectDiffers, Objects, StoreFull, open_store

NAME = "data/0a/0a1b2c3d"


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_draft_becomes_an_object_when_it_gets_its_name(store: Objects) -> None:
    draft = store.draft()
    draft.write(b"one ")
    draft.write(memoryview(bytearray(b"two ")))
    assert draft.read(4, 3) == b"two"
    draft.write(b"three")
    assert list(store.names()) == []
    draft.put(NAME)
    assert store.get(NAME) == b"one two three"


def test_a_draft_of_what_is_there_is_fine_and_of_other_bytes_is_not(store: Objects) -> None:
    store.put(NAME, b"there")
    same, other = store.draft(), store.draft()
    same.write(b"there")
    same.put(NAME)
    other.write(b"other")
    with pytest.raises(ObjectDiffers):
        other.put(NAME)
    assert store.get(NAME) == b"there"


def test_a_draft_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())
    before = set(os.listdir("/proc/self/fd"))
    draft = store.draft()
    draft.write(b"content")
    draft.close()
    draft.close()
    assert files_below(tmp_path) == []
    assert set(os.listdir("/proc/self/fd")) == before


KILLED = """
import os, signal, sys
from holdfast.store.objects import open_store

draft = open_store(sys.argv[1]).draft()
draft.write(b"content")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_draft_of_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path.as_uri()], check=False)
    assert killed.returncode == -9
    assert files_below(tmp_path) == []


def test_a_disk_that_fills_up_under_a_draft_is_said_to_be_full(small_disk: Path) -> None:
    store = open_store(small_disk.as_uri())
    draft = store.draft()
    draft.write(bytes(1 << 20))
    with pytest.raises(StoreFull):
        draft.write(bytes(4 << 20))
    draft.close()
    store.put(NAME, b"there is room again")
