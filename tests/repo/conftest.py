"""A fresh repository in memory for every test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.small_disks import mounted

from holdfast.repo import repository as repositories
from holdfast.repo.repository import Repository
from holdfast.store.objects import Objects, open_store

PASSWORD = "correct horse"
_NUMBERS = count()


@pytest.fixture
def store() -> Iterator[Objects]:
    objects = open_store("memory://tests", f"repo{next(_NUMBERS)}")
    yield objects
    for name, _ in list(objects.names()):
        objects.delete(name)


@pytest.fixture
def repository(store: Objects) -> Repository:
    return repositories.init(store, PASSWORD, cost=4)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB: a pack and a half."""
    with mounted(tmp_path, "24m") as folder:
        yield folder
