"""Maintenance windows: hours in which nothing is done in a vault."""

import msgspec

from .schedule import WEEKDAYS


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From `begin` to `end`, minutes of the day by the clock of `timezone` (an IANA name), on these weekdays.

    One that ends before it begins, or with it, goes on into the next day.
    """

    weekdays: tuple[str, ...] = WEEKDAYS
    begin: int
    end: int
    timezone: str = "UTC"
