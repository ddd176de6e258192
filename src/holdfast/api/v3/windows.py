"""What a vault has beyond the reference: maintenance windows, and how many tasks it runs at once."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.model.schedule import WEEKDAYS
from holdfast.model.vault import MOST_RUNNING, Vault
from holdfast.model.window import MAX_WINDOWS, Window
from holdfast.model.zone import MOST_CHARACTERS

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
Limit = Annotated[int, Meta(ge=1, le=MOST_RUNNING)]


class WindowBody(msgspec.Struct, frozen=True, kw_only=True):
    """A window as it is asked for; without `weekdays`, on every day."""

    weekdays: list[Weekday] | None = None
    begin: TimeOfDay
    end: TimeOfDay
    timezone: Annotated[str, Meta(max_length=MOST_CHARACTERS)] = "UTC"

    def asked(self) -> Window:
        """What is asked of the service."""
        return Window(
            weekdays=WEEKDAYS if self.weekdays is None else tuple(self.weekdays),
            begin=_minute(self.begin),
            end=_minute(self.end),
            timezone=self.timezone,
        )


class LimitsBody(msgspec.Struct, frozen=True, kw_only=True):
    """The block `holdfast` of a vault that is made or changed: windows that are null stay as they are, a
    limit that is null is none."""

    maintenance_windows: Annotated[list[WindowBody], Meta(max_length=MAX_WINDOWS)] | None = None
    max_running_tasks: Limit | UnsetType | None = UNSET

    def windows(self) -> tuple[Window, ...] | None:
        """The windows that are asked for, if any are said."""
        if self.maintenance_windows is None:
            return None
        return tuple(one.asked() for one in self.maintenance_windows)


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """A window as it is told."""

    weekdays: list[str]
    begin: str
    end: str
    timezone: str

    @classmethod
    def of(cls, window: Window) -> "WindowView":
        """One of a vault's windows."""
        return cls(
            weekdays=list(window.weekdays),
            begin=_time(window.begin),
            end=_time(window.end),
            timezone=window.timezone,
        )


class HoldfastView(msgspec.Struct, frozen=True, kw_only=True):
    """The block `holdfast` of a vault: always there."""

    backup_count: int
    maintenance_windows: list[WindowView]
    max_running_tasks: int | None

    @classmethod
    def of(cls, vault: Vault) -> "HoldfastView":
        """How many backups are in a vault, and what holds its tasks back."""
        return cls(
            backup_count=vault.backup_count,
            maintenance_windows=[WindowView.of(window) for window in vault.windows],
            max_running_tasks=vault.max_running,
        )


def _minute(text: str) -> int:
    hour, minute = text.split(":")
    return 60 * int(hour) + int(minute)


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
