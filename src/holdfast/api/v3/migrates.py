"""Moving what a domain kept in the services before CBR."""

from typing import Annotated

import msgspec
from msgspec import Meta

from holdfast.api.request import Call, HomeRoute, Reply
from holdfast.model.migrate import MigratedProject
from holdfast.service import migrates
from holdfast.service.context import Context
from holdfast.service.migrates import NewMigration


class MigrateBody(msgspec.Struct, frozen=True):
    """DomainMigrate."""

    all_regions: bool
    reservation: Annotated[float, Meta(ge=0, le=1)]


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """DomainMigrateProjectStatus. Only a project that failed has a code and a reason, and none can."""

    project_id: str
    project_name: str
    region_id: str
    status: str
    progress: int

    @classmethod
    def of(cls, project: MigratedProject) -> "ProjectView":
        """One project of a migration."""
        return cls(
            project_id=project.project_id,
            project_name=project.project_name,
            region_id=project.region,
            status=project.status,
            progress=project.progress,
        )


class StatusReply(msgspec.Struct, frozen=True):
    """DomainMigrateResp."""

    status: str
    project_status: list[ProjectView]


def migrate(context: Context, call: Call) -> Reply:
    """POST migrates: the state of each region."""
    asked = call.read(MigrateBody)
    migration = migrates.migrate(context, NewMigration(asked.all_regions, asked.reservation))
    return Reply({project.region: migration.status for project in migration.projects})


def show(context: Context, call: Call) -> Reply:
    """GET migrates. There is one region, so `all_regions` changes nothing."""
    call.query.truth("all_regions")
    migration = migrates.show(context)
    return Reply(StatusReply(migration.status, [ProjectView.of(one) for one in migration.projects]))


ROUTES: tuple[HomeRoute, ...] = (
    HomeRoute("POST", "/v3/migrates", migrate),
    HomeRoute("GET", "/v3/migrates", show),
)
