"""Migrations from the backup services before this one. There are none here, so nothing is left to move."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from . import ids
from .project import Project


class MigrationStatus(StrEnum):
    """How far a migration is."""

    MIGRATING = "migrating"
    SUCCESS = "success"
    FAILED = "failed"


class MigratedProject(msgspec.Struct, frozen=True, kw_only=True):
    """One project of a migration; `progress` is in percent of what there was to move."""

    project_id: str
    project_name: str
    region: str
    status: MigrationStatus
    progress: int


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """A migration that somebody asked for; `reservation` is how much larger its vaults should be made."""

    id: str
    domain_id: str
    all_regions: bool
    reservation: float
    projects: tuple[MigratedProject, ...]
    created_at: datetime

    @property
    def status(self) -> MigrationStatus:
        """The worst of the projects' states."""
        states = {project.status for project in self.projects}
        for worse in (MigrationStatus.FAILED, MigrationStatus.MIGRATING):
            if worse in states:
                return worse
        return MigrationStatus.SUCCESS


def nothing_to_move(
    domain_id: str, projects: Sequence[Project], region: str, asked: tuple[bool, float], now: datetime
) -> Migration:
    """The migration of projects of which no earlier service holds anything: done as it begins.

    `asked` are `all_regions` and `reservation`.
    """
    all_regions, reservation = asked
    return Migration(
        id=ids.new(),
        domain_id=domain_id,
        all_regions=all_regions,
        reservation=reservation,
        projects=tuple(
            MigratedProject(
                project_id=project.id,
                project_name=project.name,
                region=region,
                status=MigrationStatus.SUCCESS,
                progress=100,
            )
            for project in projects
        ),
        created_at=now,
    )
