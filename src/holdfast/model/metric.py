"""What a monitoring system is told of a house: counted at one moment, and never by resource."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from .project import Project
from .task import Operation, Status


class TaskCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many tasks of a project agree in type and status."""

    project_id: str
    operation: Operation
    status: Status
    count: int


class VaultFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How full a vault is, and when its last good backup was begun."""

    project_id: str
    vault_id: str
    name: str
    used_bytes: int
    size_bytes: int
    last_good_at: datetime | None = None


class OverdueCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many resources of a project are overdue: with what is to come under way, and without."""

    project_id: str
    running: int
    lacking: int


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `workers` are those alive by site; `oldest_waiting_at` is by site when the oldest task that
    waits was made, None being those that any worker may do."""

    projects: tuple[Project, ...]
    unfinished: tuple[TaskCount, ...]
    ended: tuple[TaskCount, ...]
    overdue: tuple[OverdueCount, ...]
    vaults: tuple[VaultFigures, ...]
    workers: Mapping[str, int]
    oldest_waiting_at: Mapping[str | None, datetime]
