"""Storage usage: sums over the backups of each resource of a project."""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.backup import BackupState
from holdfast.model.resource import ResourceType
from holdfast.model.storage_usage import StorageUsage

from .tables import backup as table
from .tables import vault


def find(
    tx: Connection, project_id: str, *, resource_id: str | None, resource_type: ResourceType | None
) -> list[StorageUsage]:
    """What each resource of the project that has backups takes, by the resource's id.

    The disks of a server are counted with it.
    """
    ranked = _ranked(project_id, resource_id, resource_type)
    last = ranked.c.place == 1
    sums = sa.select(
        ranked.c.resource_id,
        sa.func.max(sa.case((last, ranked.c.resource_name))).label("name"),
        sa.func.max(sa.case((last, ranked.c.resource_type))).label("type"),
        sa.func.count().label("backups"),
        sa.func.sum(ranked.c.stored_bytes).label("bytes"),
        sa.func.sum(sa.case((ranked.c.is_multi_az, ranked.c.stored_bytes), else_=0)).label("multi"),
    ).group_by(ranked.c.resource_id)
    return [
        StorageUsage(
            resource_id=row.resource_id,
            resource_name=row.name,
            resource_type=row.type,
            backup_count=int(row.backups),
            backup_bytes=int(row.bytes),
            multi_az_bytes=int(row.multi),
        )
        for row in tx.execute(sums.order_by(ranked.c.resource_id))
    ]


def _ranked(project_id: str, resource_id: str | None, resource_type: ResourceType | None) -> sa.Subquery:
    """The good backups, each with its place among those of its resource: 1 is the newest."""
    good = sa.and_(
        table.c.project_id == project_id,
        table.c.parent_id.is_(None),
        table.c.state == BackupState.AVAILABLE,
        *([] if resource_id is None else [table.c.resource_id == resource_id]),
        *([] if resource_type is None else [table.c.resource_type == resource_type]),
    )
    place = sa.func.row_number().over(
        partition_by=table.c.resource_id, order_by=(table.c.created_at.desc(), table.c.id.desc())
    )
    return (
        sa.select(
            table.c.resource_id,
            table.c.resource_name,
            table.c.resource_type,
            table.c.stored_bytes,
            vault.c.is_multi_az,
            place.label("place"),
        )
        .join(vault, vault.c.id == table.c.vault_id)
        .where(good)
        .subquery()
    )
