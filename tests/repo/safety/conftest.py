"""A calendar whose days pass when a test says so, and locks that do not wait for anybody to be seen."""

from collections.abc import Iterator

import pytest
from tests.repo.safety.calendar import Calendar

from holdfast.repo import pack, packer
from holdfast.repo.cache import Recent

_OWN_SIZES = (pack.TARGET_BYTES, packer._INDEX_PACKS)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Today, and as many days later as a test wants, for all that reads the clock in this process."""
    calendar = Calendar()
    monkeypatch.setattr("holdfast.model.clock.now", calendar.now)
    monkeypatch.setattr("holdfast.model.clock.now_ns", calendar.now_ns)
    return calendar


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody takes a lock at the same moment, nothing is remembered of the index of another test, and packs
    are of their own size again after a `SteppingStore` was used, be it by a fixture of a whole module."""
    monkeypatch.setattr("holdfast.repo.lock._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("holdfast.repo.repository._RECENT", Recent())
    yield
    pack.TARGET_BYTES, packer._INDEX_PACKS = _OWN_SIZES
