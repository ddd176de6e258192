"""A calendar whose days pass when a test says so, and locks that do not wait for anybody to be seen."""

import pytest
from tests.repo.safety.calendar import Calendar

from holdfast.repo import pack, packer
from holdfast.repo.cache import Recent


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Today, and as many days later as a test wants, for all that reads the clock in this process."""
    calendar = Calendar()
    monkeypatch.setattr("holdfast.model.clock.now", calendar.now)
    monkeypatch.setattr("holdfast.model.clock.now_ns", calendar.now_ns)
    return calendar


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes a lock at the same moment, nothing is remembered of the index of another test, and packs
    are of their own size again after a `SteppingStore` was used."""
    monkeypatch.setattr("holdfast.repo.lock._SETTLE_SECONDS", 0.0)
    monkeypatch.setattr("holdfast.repo.repository._RECENT", Recent())
    monkeypatch.setattr("holdfast.repo.pack.TARGET_BYTES", pack.TARGET_BYTES)
    monkeypatch.setattr("holdfast.repo.packer._INDEX_PACKS", packer._INDEX_PACKS)
