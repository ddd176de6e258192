"""Domains: who shares users and projects, and sees nothing of other domains."""

from datetime import datetime

import msgspec


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """What projects and users belong to; their names are unique within it."""

    id: str
    name: str
    created_at: datetime
