"""Migrations from earlier backup services as a caller may ask for them."""

import msgspec

from holdfast.db import migrates
from holdfast.model import clock
from holdfast.model.migrate import Migration, nothing_to_move

from . import region_projects
from .context import Context


class NewMigration(msgspec.Struct, frozen=True):
    """What a caller says of a migration; `reservation` is how much larger its vaults should be made."""

    all_regions: bool
    reservation: float


def migrate(context: Context, asked: NewMigration) -> Migration:
    """Move what earlier services hold of the caller's projects, which is nothing; raises NotAllowed."""
    with context.changing() as tx:
        migration = nothing_to_move(
            context.caller.domain_id,
            region_projects.visible(tx, context),
            context.config.region,
            (asked.all_regions, asked.reservation),
            clock.now(),
        )
        migrates.add(tx, migration)
    return migration


def show(context: Context) -> Migration:
    """The last migration of the caller's domain, with the projects that the caller may see.

    Raises MigrationNotFound.
    """
    with context.db.reading() as tx:
        migration = migrates.latest(tx, context.caller.domain_id)
        mine = {project.id for project in region_projects.visible(tx, context)}
    seen = tuple(project for project in migration.projects if project.project_id in mine)
    return msgspec.structs.replace(migration, projects=seen)
