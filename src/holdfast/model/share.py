"""Shares: a backup of a disk together with one project that it is shared with."""

from enum import StrEnum

import msgspec

from .backup import Backup
from .member import Member


class Side(StrEnum):
    """Whose shares a project asks for: those that it gave, or those that others gave to it."""

    GIVEN = "given"
    RECEIVED = "received"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One project that has a backup, or was offered it, and the backup as whoever asks sees it."""

    member: Member
    backup: Backup
