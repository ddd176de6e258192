"""Which backups are asked for and in which order, as the conditions and keys of a statement."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from holdfast.model.backup import BackupStatus, ImageType, OwnType
from holdfast.model.member import MemberStatus

from . import members
from .backup_statuses import Situation
from .columns import EPOCH, Moment, end_of_second
from .listing import Key
from .statements import contains
from .tables import backup as table
from .tables import vault


class SortKey(StrEnum):
    """What a list of backups may be sorted by."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"
    STATUS = "status"
    PROTECTED_AT = "protected_at"
    ID = "id"
    SIZE = "resource_size_gb"
    STAGE = "stage"


# What a backup is up to, whether it waits for it or is at it; in this order where lists are sorted by it.
STAGES = (
    (BackupStatus.AVAILABLE,),
    (BackupStatus.PROTECTING, BackupStatus.WAITING_PROTECT),
    (BackupStatus.DELETING, BackupStatus.WAITING_DELETE),
    (BackupStatus.ERROR,),
    (BackupStatus.RESTORING, BackupStatus.WAITING_RESTORE),
)


class Sort(msgspec.Struct, frozen=True):
    """One key of the order of a list."""

    key: SortKey
    descending: bool = True


class BackupFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which backups of a project, in which order; every given condition must hold.

    Names match as substrings, the `whole_name` as it is, and `resource_part` is a part of the resource's
    id. `begin` and `end` bound the creation time as in `TaskFilter`. `parent_id` asks for the disks of a
    server's backup, which are left out otherwise. `used_percent` asks for the backups in vaults that are at
    least this full. `own_type` says whose: of those that are shared with the project it means the accepted
    ones unless `member_status` asks for others, and their vault is the one that they were accepted into; of
    the project's own, `member_status` asks for those that somebody else has so. Without `sort` the newest
    come first.
    """

    project_id: str
    ids: tuple[str, ...] | None = None
    name: str | None = None
    whole_name: str | None = None
    vault_id: str | None = None
    checkpoint_id: str | None = None
    parent_id: str | None = None
    resource_id: str | None = None
    resource_part: str | None = None
    resource_name: str | None = None
    resource_type: str | None = None
    image_type: ImageType | None = None
    statuses: tuple[BackupStatus, ...] | None = None
    incremental: bool | None = None
    enterprise_project_id: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    used_percent: int | None = None
    own_type: OwnType = OwnType.PRIVATE
    member_status: MemberStatus | None = None
    sort: tuple[Sort, ...] = ()


def conditions(wanted: BackupFilter, situation: Situation) -> list[ColumnElement[bool]]:
    """What must hold of a backup; `situation` is that of the project that asks."""
    equal = {
        "name": wanted.whole_name,
        "checkpoint_id": wanted.checkpoint_id,
        "resource_id": wanted.resource_id,
        "resource_type": wanted.resource_type,
        "image_type": wanted.image_type,
        "incremental": wanted.incremental,
        "enterprise_project_id": wanted.enterprise_project_id,
    }
    holding = {
        "name": wanted.name,
        "resource_id": wanted.resource_part,
        "resource_name": wanted.resource_name,
    }
    return [
        whose(wanted),
        table.c.parent_id.is_(None) if wanted.parent_id is None else table.c.parent_id == wanted.parent_id,
        *(table.c[column] == value for column, value in equal.items() if value is not None),
        *(contains(table.c[column], text) for column, text in holding.items() if text is not None),
        *_ranges(wanted),
        *_vaults(wanted),
        *([] if wanted.ids is None else [table.c.id.in_(wanted.ids)]),
        *([] if wanted.statuses is None else [situation.expression().in_(wanted.statuses)]),
    ]


def _ranges(wanted: BackupFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.begin is not None:
        found.append(table.c.created_at >= wanted.begin)
    if wanted.end is not None:
        found.append(table.c.created_at < end_of_second(wanted.end))
    return found


def _vaults(wanted: BackupFilter) -> list[ColumnElement[bool]]:
    """What is asked of the vault that a backup is in for the project that asks."""
    some = sa.select(vault.c.id).where(vault.c.project_id == wanted.project_id)
    found = []
    if wanted.vault_id is not None:
        found.append(whose(wanted, some.where(vault.c.id == wanted.vault_id)))
    if wanted.used_percent is not None:
        size = sa.cast(vault.c.size_gb, sa.BigInteger)
        full = vault.c.used_bytes * 100 >= size * (wanted.used_percent << 30)
        found.append(whose(wanted, some.where(full)))
    return found


def whose(wanted: BackupFilter, vault_ids: Select[Any] | None = None) -> ColumnElement[bool]:
    """Whose backups are asked for, and in which vaults of the project they are."""
    some = []
    if wanted.own_type is not OwnType.SHARED:
        own = [table.c.project_id == wanted.project_id]
        if vault_ids is not None:
            own.append(table.c.vault_id.in_(vault_ids))
        if wanted.member_status is not None:
            own.append(table.c.id.in_(members.given(wanted.member_status)))
        some.append(sa.and_(*own))
    if wanted.own_type is not OwnType.PRIVATE:
        status = wanted.member_status or MemberStatus.ACCEPTED
        shared = members.granted(wanted.project_id, status, vault_ids)
        # The disks of a shared backup are shared with it, once it is accepted.
        disks = table.c.parent_id.in_(members.granted(wanted.project_id, MemberStatus.ACCEPTED, vault_ids))
        some += [table.c.id.in_(shared), disks]
    return sa.or_(*some)


def keys(sort: Sequence[Sort], situation: Situation) -> list[Key]:
    """What the list is ordered by."""
    expressions: dict[SortKey, ColumnElement[Any]] = {
        SortKey.CREATED_AT: table.c.created_at,
        SortKey.UPDATED_AT: table.c.updated_at,
        SortKey.NAME: table.c.name,
        SortKey.STATUS: situation.expression(),
        # What is not protected yet stands before all that is, in both databases.
        SortKey.PROTECTED_AT: sa.func.coalesce(table.c.protected_at, sa.literal(EPOCH, Moment)),
        SortKey.ID: table.c.id,
        SortKey.SIZE: table.c.resource_size_gb,
        SortKey.STAGE: stage(situation),
    }
    wanted = sort or (Sort(SortKey.CREATED_AT),)
    return [(expressions[one.key], one.descending) for one in wanted]


def stage(situation: Situation) -> ColumnElement[int]:
    """The place of a backup's status among `STAGES`."""
    places = {status: place for place, some in enumerate(STAGES) for status in some}
    return sa.case(places, value=situation.expression())
