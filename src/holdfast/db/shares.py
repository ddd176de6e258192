"""Shares of disks' backups, asked for across backups by either side: who gave what to whom."""

from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select

from holdfast.model.backup import BackupStatus
from holdfast.model.errors import MemberNotFound
from holdfast.model.member import MemberStatus
from holdfast.model.resource import ResourceType
from holdfast.model.share import Share, Side
from holdfast.model.task import Page

from . import backup_statuses, backups, members
from .backup_filters import stage
from .backup_statuses import Situation
from .statements import contains
from .tables import backup, member


class ShareKey(StrEnum):
    """What a list of shares may be sorted by: its own times and id, or what is said of its backup."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    ID = "id"
    NAME = "name"
    STATUS = "status"
    SIZE = "size"


class ShareFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which shares of a project, in which order; every given condition must hold.

    Received are those that the project did not reject. `name` is part of the backup's name, `statuses` are
    the backup's.
    """

    project_id: str
    side: Side = Side.GIVEN
    volume_id: str | None = None
    name: str | None = None
    statuses: tuple[BackupStatus, ...] | None = None
    backup_id: str | None = None
    from_project_id: str | None = None
    to_project_id: str | None = None
    key: ShareKey = ShareKey.CREATED_AT
    descending: bool = True


def find(tx: Connection, wanted: ShareFilter, page: Page) -> list[Share]:
    """A page of the shares that match."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    key = _keys(situation)[wanted.key]
    order = [one.desc() if wanted.descending else one.asc() for one in (key, member.c.id)]
    chosen = _matching(wanted, situation, member.c.id).order_by(*order).limit(page.limit).offset(page.offset)
    share_ids = list(tx.scalars(chosen))
    return _read(tx, share_ids, wanted.project_id)


def count(tx: Connection, wanted: ShareFilter) -> int:
    """How many shares match."""
    situation = backup_statuses.of_project(tx, wanted.project_id)
    return int(tx.execute(_matching(wanted, situation, sa.func.count())).scalar_one())


def get(tx: Connection, project_id: str, share_id: str) -> Share:
    """One share that the project gave or was given, whatever it said to that; raises MemberNotFound."""
    mine = sa.or_(backup.c.project_id == project_id, member.c.project_id == project_id)
    known = tx.scalar(_of_disks(member.c.id).where(mine, member.c.id == share_id))
    if known is None:
        raise MemberNotFound(share_id)
    return _read(tx, [known], project_id)[0]


def _of_disks(*columns: ColumnElement[Any]) -> Select[Any]:
    joined = sa.select(*columns).select_from(member).join(backup, backup.c.id == member.c.backup_id)
    return joined.where(backup.c.resource_type == ResourceType.DISK, backup.c.parent_id.is_(None))


def _matching(wanted: ShareFilter, situation: Situation, *columns: ColumnElement[Any]) -> Select[Any]:
    equal = [
        (backup.c.resource_id, wanted.volume_id),
        (member.c.backup_id, wanted.backup_id),
        (backup.c.project_id, wanted.from_project_id),
        (member.c.project_id, wanted.to_project_id),
    ]
    return _of_disks(*columns).where(
        *_of_side(wanted),
        *(column == value for column, value in equal if value is not None),
        *([] if wanted.name is None else [contains(backup.c.name, wanted.name)]),
        *([] if wanted.statuses is None else [situation.expression().in_(wanted.statuses)]),
    )


def _of_side(wanted: ShareFilter) -> list[ColumnElement[bool]]:
    if wanted.side is Side.GIVEN:
        return [backup.c.project_id == wanted.project_id]
    return [member.c.project_id == wanted.project_id, member.c.status != MemberStatus.REJECTED]


def _keys(situation: Situation) -> dict[ShareKey, ColumnElement[Any]]:
    return {
        ShareKey.CREATED_AT: member.c.created_at,
        ShareKey.UPDATED_AT: member.c.updated_at,
        ShareKey.ID: member.c.id,
        ShareKey.NAME: backup.c.name,
        ShareKey.STATUS: stage(situation),
        ShareKey.SIZE: backup.c.resource_size_gb,
    }


def _read(tx: Connection, share_ids: list[str], viewer: str) -> list[Share]:
    """These shares in this order, without those that are gone since their ids were read."""
    known = members.by_ids(tx, share_ids)
    shared = backups.by_ids(tx, {one.backup_id for one in known.values()}, viewer)
    return [
        Share(member=known[one], backup=shared[known[one].backup_id])
        for one in share_ids
        if one in known and known[one].backup_id in shared
    ]
