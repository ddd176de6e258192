"""A calendar whose days pass when a test says so."""

from datetime import datetime, timedelta

from holdfast.model import clock

_now, _now_ns = clock.now, clock.now_ns


class Calendar:
    """The real time, moved forward."""

    def __init__(self, days: float = 0) -> None:
        self._moved = timedelta(days=days)

    @property
    def days(self) -> float:
        """How far it is moved."""
        return self._moved / timedelta(days=1)

    def move(self, step: timedelta) -> None:
        """Let time pass."""
        self._moved += step

    def now(self) -> datetime:
        """As `clock.now`."""
        return _now() + self._moved

    def now_ns(self) -> int:
        """As `clock.now_ns`."""
        return _now_ns() + self._moved // timedelta(microseconds=1) * 1000
