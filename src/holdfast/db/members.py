"""Members: which project a backup is shared with, what it said, and which backups it may read for that."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model.errors import MemberNotFound
from holdfast.model.member import Member, MemberStatus
from holdfast.model.task import Operation

from .statements import Record
from .tables import backup, project, vault
from .tables import member as table
from .task_tables import work


def add(tx: Connection, member: Member) -> None:
    """Keep a new share."""
    tx.execute(
        sa.insert(table).values(
            id=member.id,
            backup_id=member.backup_id,
            project_id=member.project_id,
            vault_id=member.vault_id,
            status=member.status,
            created_at=member.created_at,
            updated_at=member.updated_at,
        )
    )


def get(tx: Connection, backup_id: str, member_id: str) -> Member:
    """One member of a backup, by the receiver's project or by the share's own id; raises MemberNotFound."""
    named = sa.or_(table.c.project_id == member_id, table.c.id == member_id)
    row = tx.execute(_read().where(table.c.backup_id == backup_id, named)).first()
    if row is None:
        raise MemberNotFound(member_id)
    return _of(row)


def of_backup(tx: Connection, backup_id: str) -> list[Member]:
    """All members of a backup, the newest first."""
    wanted = _read().where(table.c.backup_id == backup_id)
    return [_of(row) for row in tx.execute(wanted.order_by(table.c.created_at.desc(), table.c.id.desc()))]


def by_ids(tx: Connection, share_ids: Collection[str]) -> dict[str, Member]:
    """These shares, of whatever backups, by their ids."""
    return {row.id: _of(row) for row in tx.execute(_read().where(table.c.id.in_(share_ids)))}


def with_project(tx: Connection, project_id: str, backup_ids: Collection[str]) -> dict[str, Member]:
    """By backup, the shares of these backups with one project, whatever it said."""
    wanted = _read().where(table.c.project_id == project_id, table.c.backup_id.in_(backup_ids))
    return {row.backup_id: _of(row) for row in tx.execute(wanted)}


def replace(tx: Connection, member: Member) -> None:
    """Write what the receiver said; one that does not accept stops restoring. Raises MemberNotFound."""
    said = (
        sa.update(table)
        .where(table.c.id == member.id)
        .values(status=member.status, vault_id=member.vault_id, updated_at=member.updated_at)
    )
    if not tx.execute(said).rowcount:
        raise MemberNotFound(member.id)
    if member.status is not MemberStatus.ACCEPTED:
        _stop_restores(tx, member)


def remove(tx: Connection, member: Member) -> None:
    """The backup is not shared with that project any more, whose unfinished restores are asked to stop."""
    tx.execute(sa.delete(table).where(table.c.id == member.id))
    _stop_restores(tx, member)


def are_restoring(tx: Connection, backup_id: str, owner_id: str) -> bool:
    """Whether another project than its owner's restores the backup, or is about to."""
    wanted = sa.select(work.c.seq).where(_restores(backup_id), work.c.project_id != owner_id)
    return tx.scalar(wanted.limit(1)) is not None


def restored(tx: Connection, owner_id: str, vault_id: str) -> set[str]:
    """The backups in a vault of the owner that other projects restore, or are about to."""
    wanted = sa.select(work.c.backup_id).where(
        work.c.operation == Operation.RESTORE, work.c.vault_id == vault_id, work.c.project_id != owner_id
    )
    return set(tx.scalars(wanted))


def granted(
    project_id: str, status: MemberStatus, vault_ids: Select[Any] | None = None
) -> Select[tuple[str]]:
    """The ids of the backups that are shared with a project, with this status, into any of these vaults."""
    wanted = sa.select(table.c.backup_id).where(table.c.project_id == project_id, _status() == status)
    return wanted if vault_ids is None else wanted.where(table.c.vault_id.in_(vault_ids))


def offers(project_id: str) -> Select[tuple[str]]:
    """The ids of the backups that are shared with a project, whatever it said."""
    return sa.select(table.c.backup_id).where(table.c.project_id == project_id)


def given(status: MemberStatus) -> Select[tuple[str]]:
    """The ids of the backups that somebody has with this status."""
    return sa.select(table.c.backup_id).where(_status() == status)


def projects_of_domain(tx: Connection, domain_id: str) -> list[str]:
    """The projects of a domain, oldest first."""
    wanted = sa.select(project.c.id).where(project.c.domain_id == domain_id)
    return list(tx.scalars(wanted.order_by(project.c.created_at, project.c.id)))


def _status() -> ColumnElement[str]:
    """What the receiver said, while the vault that it named is there."""
    lost = sa.and_(
        table.c.status == MemberStatus.ACCEPTED,
        ~sa.exists(sa.select(vault.c.id).where(vault.c.id == table.c.vault_id)),
    )
    return sa.case((lost, sa.literal(MemberStatus.PENDING.value, sa.Text)), else_=table.c.status)


def _read() -> Select[Any]:
    columns = (column for column in table.c if column.name != "status")
    return sa.select(*columns, _status().label("status"))


def _restores(backup_id: str) -> ColumnElement[bool]:
    """The unfinished restores of a backup, or of one of its disks."""
    family = sa.select(backup.c.id).where(sa.or_(backup.c.id == backup_id, backup.c.parent_id == backup_id))
    return sa.and_(work.c.operation == Operation.RESTORE, work.c.backup_id.in_(family))


def _stop_restores(tx: Connection, member: Member) -> None:
    stopped = sa.update(work).where(_restores(member.backup_id), work.c.project_id == member.project_id)
    tx.execute(stopped.values(cancel_requested=True))


def _of(row: Record) -> Member:
    status = MemberStatus(row.status)
    return Member(
        id=row.id,
        backup_id=row.backup_id,
        project_id=row.project_id,
        vault_id=row.vault_id if status is MemberStatus.ACCEPTED else None,
        status=status,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
