"""The resources in vaults, each with what is going on with it and what its backups there come to."""

from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model import clock
from holdfast.model.backup import BackupState
from holdfast.model.task import Operation
from holdfast.model.vault import Attachment, IncludedVolume, ProtectStatus

from . import under_way
from .columns import read_document
from .statements import Record
from .tables import attachment as table
from .tables import backup, vault
from .under_way import UnderWay


class _Taken(msgspec.Struct, frozen=True):
    """How many good backups of a resource its vault holds, what they take, and how the last one ended."""

    count: int = 0
    stored_bytes: int = 0
    last: str | None = None


def of_vaults(tx: Connection, vault_ids: Collection[str]) -> dict[str, list[Attachment]]:
    """The attachments of each vault, in the order in which they were attached.

    What other projects do with backups of a resource, replicas say, is not going on with the resource.
    """
    wanted = sa.select(table, vault.c.project_id).join(vault, vault.c.id == table.c.vault_id)
    chosen = wanted.where(table.c.vault_id.in_(vault_ids)).order_by(table.c.vault_id, table.c.position)
    rows = tx.execute(chosen).all()
    busy = under_way.of_resources(tx, [row.resource_id for row in rows])
    taken = _taken(tx, vault_ids)
    found: dict[str, list[Attachment]] = {}
    for row in rows:
        tasks = [task for task in busy.get(row.resource_id, ()) if task.project_id == row.project_id]
        attached = _of(row, tasks, taken.get((row.vault_id, row.resource_id), _Taken()))
        found.setdefault(row.vault_id, []).append(attached)
    return found


def move(tx: Connection, vault_id: str, resource_ids: Collection[str]) -> None:
    """The resources are in this vault from now on, behind what it has; one that is in none stays out."""
    last = sa.select(sa.func.max(table.c.position)).where(table.c.vault_id == vault_id)
    begin = tx.scalar(last) or 0
    for place, resource_id in enumerate(resource_ids, 1):
        moved = sa.update(table).where(table.c.resource_id == resource_id)
        tx.execute(moved.values(vault_id=vault_id, position=begin + place, since=clock.now()))


def set_auto_protect(
    tx: Connection, vault_id: str, resource_ids: Collection[str], *, auto_protect: bool
) -> None:
    """Whether runs of the vault back these resources up."""
    some = (table.c.vault_id == vault_id, table.c.resource_id.in_(resource_ids))
    other = sa.update(table).where(*some, table.c.auto_protect != auto_protect)
    tx.execute(other.values(auto_protect=auto_protect, since=clock.now()))


def _taken(tx: Connection, vault_ids: Collection[str]) -> dict[tuple[str, str], _Taken]:
    newer = backup.alias("newer")
    last = (
        sa.select(newer.c.state)
        .where(
            newer.c.vault_id == table.c.vault_id,
            newer.c.resource_id == table.c.resource_id,
            newer.c.parent_id.is_(None),
        )
        .order_by(newer.c.created_at.desc(), newer.c.id.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    here = sa.and_(
        backup.c.vault_id == table.c.vault_id,
        backup.c.resource_id == table.c.resource_id,
        backup.c.parent_id.is_(None),
    )
    good = sa.case((backup.c.state == BackupState.AVAILABLE, 1), else_=0)
    wanted = (
        sa.select(
            table.c.vault_id,
            table.c.resource_id,
            sa.func.sum(good).label("good"),
            sa.func.sum(good * backup.c.stored_bytes).label("bytes"),
            last.label("last"),
        )
        .join(backup, here)
        .where(table.c.vault_id.in_(vault_ids))
        .group_by(table.c.vault_id, table.c.resource_id)
    )
    return {
        (row.vault_id, row.resource_id): _Taken(int(row.good), int(row.bytes), row.last)
        for row in tx.execute(wanted)
    }


# The first that is under way says what is going on.
_GOING_ON = (
    (Operation.REMOVE_RESOURCE, ProtectStatus.REMOVING),
    (Operation.MIGRATE_RESOURCES, ProtectStatus.REMOVING),
    (Operation.RESTORE, ProtectStatus.RESTORING),
    (Operation.BACKUP, ProtectStatus.PROTECTING),
)


def _protect_status(tasks: Sequence[UnderWay], last: str | None) -> ProtectStatus | None:
    operations = {task.operation for task in tasks}
    for operation, status in _GOING_ON:
        if operation in operations:
            return status
    if last is None:
        return None
    return ProtectStatus.AVAILABLE if last == BackupState.AVAILABLE else ProtectStatus.ERROR


def _of(row: Record, tasks: Sequence[UnderWay], taken: _Taken) -> Attachment:
    return Attachment(
        resource_id=row.resource_id,
        name=row.name,
        type=row.type,
        size_gb=row.size_gb,
        exclude_volumes=read_document(row.exclude_volumes, tuple[str, ...]),
        include_volumes=read_document(row.include_volumes, tuple[IncludedVolume, ...]),
        auto_protect=row.auto_protect,
        protect_status=_protect_status(tasks, taken.last),
        backup_count=taken.count,
        backup_bytes=taken.stored_bytes,
    )
