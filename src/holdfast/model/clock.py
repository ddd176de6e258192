"""The only place where the time of day is read."""

from datetime import UTC, datetime
from time import time_ns


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def now_ns() -> int:
    """Nanoseconds since the epoch."""
    return time_ns()
