"""A calendar whose days pass when a test says so."""

import pytest
from tests.repo.safety.calendar import Calendar


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Today, and as many days later as a test wants, for all that reads the clock in this process."""
    calendar = Calendar()
    monkeypatch.setattr("holdfast.model.clock.now", calendar.now)
    monkeypatch.setattr("holdfast.model.clock.now_ns", calendar.now_ns)
    return calendar
