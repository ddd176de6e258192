"""Folders for the tests of providers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.providers.trees import descriptors


@pytest.fixture
def common_folder() -> Iterator[Path]:
    """A folder that every user of the machine can reach, unlike `tmp_path`."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-")).resolve()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nothing_left_open() -> Iterator[None]:
    """Fails a test after which more is open than before."""
    before = descriptors()
    yield
    assert descriptors() - before == set()
