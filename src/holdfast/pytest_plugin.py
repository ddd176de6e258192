"""The pytest plugin: a test that asks for `cbr` gets a fresh project of an emulator that runs beside it.

pytest loads this file in every run of whoever has holdfast installed, so it loads nothing by itself.
"""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def cbr_server() -> Iterator[Any]:
    """A running emulator (`holdfast.emulator.Emulator`), one for each test process."""
    with importlib.import_module("holdfast.emulator").emulator() as server:
        yield server


@pytest.fixture
def cbr(cbr_server: Any) -> Iterator[Any]:
    """A project of the emulator that no other test works in (`holdfast.emulator.Cbr`)."""
    project = cbr_server.new_project()
    yield project
    project.close()
