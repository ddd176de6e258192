"""How a vault fills: what it held at the end of each day, how fast that grows, and when it is full."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

import msgspec

# Growth is what the last days say; fewer than three of them say nothing.
GROWTH_DAYS = 30
LEAST_DAYS = 3
# Beyond that nobody can tell.
FORESEEN_DAYS = 3650


class Usage(msgspec.Struct, frozen=True):
    """What a vault held when a day ended, or holds now."""

    day: date
    used_bytes: int


class UsageHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a vault, oldest first and none left out, the last of them today.

    `capacity_bytes` is None for a vault that never gets full: it grows, or may hold more than its size.
    """

    vault_id: str
    vault_name: str
    capacity_bytes: int | None
    days: tuple[Usage, ...]

    @property
    def bytes_per_day(self) -> int | None:
        """How much more there is each day, to the nearest byte; less than 0 where it gets less."""
        slope = growth(self.days)
        return None if slope is None else round(slope)

    @property
    def full_on(self) -> date | None:
        """The day on which the vault is full, if it goes on like that; today where it is full already."""
        return full_on(self.days, self.capacity_bytes)

    def last(self, days: int) -> Sequence[Usage]:
        """The last so many days, or as many as there are."""
        return self.days[-days:]


def every_day(samples: Mapping[date, int], today: date) -> Iterator[Usage]:
    """Each day from the first sample to today: where nothing changed, what was there stays."""
    if not samples:
        return
    first = min(samples)
    held = samples[first]
    for number in range((today - first).days + 1):
        day = first + timedelta(days=number)
        held = samples.get(day, held)
        yield Usage(day, held)


def growth(days: Sequence[Usage]) -> Fraction | None:
    """Bytes a day: the slope of the straight line that is nearest, by least squares, to the last 30 days.

    None where fewer than three days are known.
    """
    known = days[-GROWTH_DAYS:]
    if len(known) < LEAST_DAYS:
        return None
    middle = Fraction(len(known) - 1, 2)
    mean = Fraction(sum(one.used_bytes for one in known), len(known))
    across = sum((place - middle) ** 2 for place in range(len(known)))
    along = sum((place - middle) * (one.used_bytes - mean) for place, one in enumerate(known))
    return Fraction(along) / Fraction(across)


def full_on(days: Sequence[Usage], capacity_bytes: int | None) -> date | None:
    """The day on which so many bytes are reached, counted from what is there now at the present growth.

    None where nothing grows, where there is no such size, and where it is more than ten years away.
    """
    if capacity_bytes is None or not days:
        return None
    last = days[-1]
    left = capacity_bytes - last.used_bytes
    if left <= 0:
        return last.day
    slope = growth(days)
    if slope is None or slope <= 0:
        return None
    away = left / slope
    return last.day + timedelta(days=int(away)) if away < FORESEEN_DAYS else None
